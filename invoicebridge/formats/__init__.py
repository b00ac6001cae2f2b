"""How Django itself writes dates and times: as `display.day` and `display.moment` do (R-5)."""
