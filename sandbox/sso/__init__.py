"""A small OpenID Connect provider: whom InvoiceBridge's sign-in asks who somebody is."""
