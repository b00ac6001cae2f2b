"""
The native front: what Pipedrive calls to draw its own Invoice tab (its invoicing contract).

The third way into the same services, beside our pages and our frames. The caller is Pipedrive
itself, so here is no person, no session and no cookie; what the company allows the tab takes a
person's place (R-3).
"""
