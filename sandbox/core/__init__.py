"""
What both vendors share: clock, switches, faults, traffic, signing, ports and the control calls.

A vendor is an app `sandbox.<name>` with
  apps.py     an AppConfig (the app takes part as soon as this file exists)
  seed.py     seed() -> None: fill empty tables; called inside one transaction
  urls.py     urlpatterns for its port, ending with path("", include("sandbox.core.urls"))
  control.py  urlpatterns mounted at /_sandbox/ on both ports,
              describe_state() -> dict, shown by GET /_sandbox/state,
              rate_limited(problem, retry_after) -> HttpResponse, the vendor's 429,
              forget() -> None (optional): drop what is kept in memory, after a reset.
  webhooks.py settle(delivery, now) -> None: what an answered or failed delivery means; and
              tend(now) -> None: what else its sender does from time to time
All but apps.py are optional; a missing one is skipped.
A view that knows whose data was asked for sets request.environ["sandbox.company_id"] for traffic.
"""
