"""
A pretend Pipedrive and a pretend Xero that speak real HTTP.

A separate Django project: it imports nothing of the product and nothing of the product imports it.
"""
