"""Turkish: 20.03.2025 14:05 UTC."""

DATE_FORMAT = "d.m.Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "d.m.Y H:i T"
