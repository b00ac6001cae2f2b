"""The pretend Pipedrive: OAuth, API v1 and v2 in part, and pages a person can use."""
