"""A pretend Xero: identity, Accounting API and pages, after Xero's documented behaviour."""
