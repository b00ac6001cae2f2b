"""Webhooks received: verified, stored by one insert, followed by a worker (P-7, P-14)."""
