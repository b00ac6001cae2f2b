"""
What support may change while the service runs, in the admin under "Settings" (constance).

Read through `connections.runtime.snapshot()`, once a request or task. Durations are seconds;
their reasons are in reliability §2. No secret belongs here: the values are stored in clear text.
"""

from django.utils.translation import gettext_lazy as _

# What the admin's form takes: a slip of the hand there must not stop every worker.
CONSTANCE_ADDITIONAL_FIELDS = {
    "whole": ["django.forms.IntegerField", {"min_value": 0, "max_value": 31_536_000}],
    "waits": ["django.forms.RegexField", {"regex": r"^[0-9]{1,4}(,[0-9]{1,4}){0,19}$"}],
}
CONSTANCE_CONFIG = {
    "CLOSED_TO_NEW_INSTALLS": (
        False,
        _("Companies without a connection cannot install or connect. Others notice nothing."),
        bool,
    ),
    "SENDING_PAUSED": (False, _("Nothing new is written to Xero; presses wait."), bool),
    "VOID_PAID_INVOICES": (
        False,
        _("Companies may let people remove payments and void paid invoices in one go."),
        bool,
    ),
    "POLL_SECONDS": (900, _("Time between two checks of a busy organisation."), "whole"),
    "POLL_QUIET_SECONDS": (3600, _("Time between two checks of a quiet organisation."), "whole"),
    "POLL_BATCH": (200, _("Organisations that one worker checks in one go."), "whole"),
    "POLL_OVERLAP_SECONDS": (120, _("How far behind the cursor a check reads again."), "whole"),
    "WEBHOOK_GAP_SECONDS": (
        2,
        _("Shortest time between two checks of an organisation because Xero told of changes."),
        "whole",
    ),
    "SWEEP_OPEN_SECONDS": (86400, _("Time between two full checks of open invoices."), "whole"),
    "LEASE_SECONDS": (90, _("How long a worker may hold an operation."), "whole"),
    "LAST_RESEND_SECONDS": (
        240,
        _("Last resend with the same key, after the first send."),
        "whole",
    ),
    "LOOK_PAUSE_SECONDS": (120, _("Pause after the last send before a look counts."), "whole"),
    "LOOK_BEHIND_SECONDS": (300, _("How far before the first send a look reads."), "whole"),
    "RESEND_WAITS": ("1,3,8,20,45,90", _("Longest waits before each resend."), "waits"),
    "MAX_GENERATIONS": (
        3,
        _("New keys an operation may use before a person must decide."),
        "whole",
    ),
    "RENEW_BEFORE_SECONDS": (
        300,
        _("An access token is renewed this long before its end."),
        "whole",
    ),
    "XERO_CALLS_IN_FLIGHT": (4, _("Calls to one organisation at once (Xero allows 5)."), "whole"),
    "XERO_DAY_RESERVE_PERCENT": (
        30,
        _("Checks stop when this share of the day's calls is left; presses may use the rest."),
        "whole",
    ),
    "XERO_DAY_CALLS": (5000, _("Calls to one organisation a day."), "whole"),
    "REFERENCE_SECONDS": (86400, _("Time between two copies of Xero's lists."), "whole"),
    "GATES_SECONDS": (86400, _("Time between two checks of roles and rights."), "whole"),
    "API_CALL_DAYS": (30, _("Days for which calls to vendors are kept."), "whole"),
    "WEBHOOK_DAYS": (30, _("Days for which what vendors told us is kept."), "whole"),
}
# Plain text: a lazy translation cannot be a key before the apps are ready.
CONSTANCE_CONFIG_FIELDSETS = {
    "Switches": ("CLOSED_TO_NEW_INSTALLS", "SENDING_PAUSED", "VOID_PAID_INVOICES"),
    "Following invoices": (
        "POLL_SECONDS",
        "POLL_QUIET_SECONDS",
        "POLL_BATCH",
        "POLL_OVERLAP_SECONDS",
        "WEBHOOK_GAP_SECONDS",
        "SWEEP_OPEN_SECONDS",
    ),
    "Writing to Xero": (
        "LEASE_SECONDS",
        "LAST_RESEND_SECONDS",
        "LOOK_PAUSE_SECONDS",
        "LOOK_BEHIND_SECONDS",
        "RESEND_WAITS",
        "MAX_GENERATIONS",
    ),
    "Limits": ("XERO_CALLS_IN_FLIGHT", "XERO_DAY_CALLS", "XERO_DAY_RESERVE_PERCENT"),
    "Upkeep": (
        "RENEW_BEFORE_SECONDS",
        "REFERENCE_SECONDS",
        "GATES_SECONDS",
        "API_CALL_DAYS",
        "WEBHOOK_DAYS",
    ),
}
