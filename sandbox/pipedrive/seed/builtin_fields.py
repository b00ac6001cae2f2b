"""Pipedrive's built-in fields, the same in every company: (code, name, type, options)."""

from __future__ import annotations

from typing import Any

STATUS = [
    {"id": "open", "label": "Open"},
    {"id": "won", "label": "Won"},
    {"id": "lost", "label": "Lost"},
    {"id": "deleted", "label": "Deleted"},
]
VISIBILITY = [{"id": 1, "label": "Item owner"}, {"id": 3, "label": "All users"}]
TIMES = [
    ("add_time", "Created", "date", None),
    ("update_time", "Update time", "date", None),
]

FIELDS: dict[str, list[tuple[str, str, str, list[dict[str, Any]] | None]]] = {
    "deal": [
        ("id", "ID", "int", None),
        ("title", "Title", "varchar", None),
        ("value", "Value", "monetary", None),
        ("currency", "Currency", "varchar", None),
        ("owner_id", "Owner", "user", None),
        ("creator_user_id", "Creator", "user", None),
        ("person_id", "Contact person", "people", None),
        ("org_id", "Organization", "org", None),
        ("pipeline_id", "Pipeline", "int", None),
        ("stage_id", "Stage", "stage", None),
        ("status", "Status", "status", STATUS),
        ("probability", "Probability", "int", None),
        ("expected_close_date", "Expected close date", "date", None),
        ("won_time", "Won time", "date", None),
        ("lost_time", "Lost time", "date", None),
        ("close_time", "Deal closed on", "date", None),
        ("lost_reason", "Lost reason", "varchar_options", []),
        ("label_ids", "Label", "set", []),
        ("visible_to", "Visible to", "visible_to", VISIBILITY),
        *TIMES,
    ],
    "person": [
        ("id", "ID", "int", None),
        ("name", "Name", "varchar", None),
        ("first_name", "First name", "varchar", None),
        ("last_name", "Last name", "varchar", None),
        ("email", "Email", "varchar", None),
        ("phone", "Phone", "phone", None),
        ("org_id", "Organization", "org", None),
        ("owner_id", "Owner", "user", None),
        ("label_ids", "Label", "set", []),
        ("visible_to", "Visible to", "visible_to", VISIBILITY),
        *TIMES,
    ],
    "organization": [
        ("id", "ID", "int", None),
        ("name", "Name", "varchar", None),
        ("address", "Address", "address", None),
        ("website", "Website", "varchar", None),
        ("owner_id", "Owner", "user", None),
        ("label_ids", "Label", "set", []),
        ("visible_to", "Visible to", "visible_to", VISIBILITY),
        *TIMES,
    ],
    "product": [
        ("id", "ID", "int", None),
        ("name", "Name", "varchar", None),
        ("code", "Product code", "varchar", None),
        ("description", "Description", "text", None),
        ("unit", "Unit", "varchar", None),
        ("tax", "Tax", "double", None),
        ("category", "Category", "varchar_options", []),
        ("prices", "Unit prices", "price_list", None),
        ("billing_frequency", "Billing frequency", "billing_frequency", None),
        ("owner_id", "Owner", "user", None),
        ("visible_to", "Visible to", "visible_to", VISIBILITY),
        *TIMES,
    ],
}
