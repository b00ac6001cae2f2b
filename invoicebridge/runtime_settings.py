"""
What support may change while the service runs, in the admin under "Settings" (constance).

Read through `connections.runtime.snapshot()`, once a request or task. Durations are seconds;
their reasons are in reliability §2. No secret belongs here: the values are stored in clear text.
"""

from django.utils.translation import gettext_lazy as _

# What the admin's form takes: a slip of the hand there must not stop every worker.
CONSTANCE_ADDITIONAL_FIELDS = {
    "whole": ["django.forms.IntegerField", {"min_value": 0, "max_value": 31_536_000}],
    "amount": ["django.forms.IntegerField", {"min_value": 0, "max_value": 10**12}],
    "email_action": [
        "django.forms.ChoiceField",
        {"choices": [(name, name) for name in ("postInvoiceEmail", "sendInvoiceEmail")]},
    ],
    "link_action": [
        "django.forms.ChoiceField",
        {"choices": [(name, name) for name in ("getInvoiceShareURL", "openInvoiceLink")]},
    ],
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
    # Longer than a task may run, so that nobody else asks an organisation that is being asked.
    "POLL_LEASE_SECONDS": (150, _("How long a worker may hold an organisation."), "whole"),
    "POLL_OVERLAP_SECONDS": (120, _("How far behind the cursor a check reads again."), "whole"),
    "WEBHOOK_GAP_SECONDS": (
        2,
        _("Shortest time between two checks of an organisation because Xero told of changes."),
        "whole",
    ),
    "SWEEP_OPEN_SECONDS": (86400, _("Time between two full checks of open invoices."), "whole"),
    "NEWS_SECONDS": (
        2,
        _("How often an open page asks whether a deal's invoices have changed; 0: never."),
        "whole",
    ),
    "LEASE_SECONDS": (90, _("How long a worker may hold an operation."), "whole"),
    "LAST_RESEND_SECONDS": (
        240,
        _("Last resend with the same key, after the first send."),
        "whole",
    ),
    "LOOK_PAUSE_SECONDS": (120, _("Pause after the last send before a look counts."), "whole"),
    "LOOK_BEHIND_SECONDS": (300, _("How far before the first send a look reads."), "whole"),
    "RESEND_WAITS": ("1,3,8,20,45,90", _("Longest waits before each resend."), "waits"),
    "RETRY_PERCENT": (
        10,
        _("Of the writes of a minute, how many may be sent again."),
        "whole",
    ),
    "RETRIES_AT_LEAST": (
        10,
        _("Writes that may be sent again in a minute, however few there are."),
        "whole",
    ),
    "BREAKER_FAILURES": (
        10,
        _("Calls to Xero that may fail before nothing is sent for a while."),
        "whole",
    ),
    "BREAKER_SECONDS": (30, _("Time within which these failures count."), "whole"),
    "BREAKER_WAITS": (
        "5,10,20,40,60",
        _("Waits before each try whether Xero answers again."),
        "waits",
    ),
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
    "RENEW_IDLE_DAYS": (
        30,
        _("A grant that nobody used is renewed after so many days (vendors allow 60)."),
        "whole",
    ),
    "GRANT_DAYS": (
        60,
        _("Days after which vendors end a grant that was not renewed."),
        "whole",
    ),
    "WARN_DAYS": (14, _("Admins are warned so many days before access ends."), "whole"),
    "WARN_UNRENEWED_SECONDS": (
        86400,
        _("Admins are warned when access could not be renewed for so long."),
        "whole",
    ),
    "WARN_ENDED_SECONDS": (
        600,
        _("Admins are warned when a connection has been ended for so long."),
        "whole",
    ),
    "XERO_CALLS_IN_FLIGHT": (4, _("Calls to one organisation at once (Xero allows 5)."), "whole"),
    "XERO_MINUTE_CALLS": (
        50,
        _("Calls to one organisation in a minute that are not exceeded (Xero allows 60)."),
        "whole",
    ),
    "XERO_APP_MINUTE_CALLS": (
        9500,
        _("Calls to all organisations in a minute (Xero allows 10,000)."),
        "whole",
    ),
    "XERO_DAY_RESERVE_PERCENT": (
        30,
        _("Checks stop when this share of the day's calls is left; presses may use the rest."),
        "whole",
    ),
    "XERO_DAY_CALLS": (5000, _("Calls to one organisation a day."), "whole"),
    "INVOICE_NOTED_FROM": (
        1_000_000,
        _("People are asked to look twice at an invoice above this, in its own currency."),
        "amount",
    ),
    "INVOICE_CEILING": (
        10_000_000,
        _("No invoice above this is created, in its own currency."),
        "amount",
    ),
    "INVOICES_HOUR_PERSON": (200, _("Invoices that one person may create in an hour."), "whole"),
    "INVOICES_HOUR_COMPANY": (
        1000,
        _("Invoices that one company may create in an hour."),
        "whole",
    ),
    "REFERENCE_SECONDS": (86400, _("Time between two copies of Xero's lists."), "whole"),
    "GATES_SECONDS": (86400, _("Time between two checks of roles and rights."), "whole"),
    "NATIVE_EMAIL_ACTION": (
        "postInvoiceEmail",
        _("What Pipedrive calls emailing in the actions of its Invoice tab."),
        "email_action",
    ),
    "NATIVE_LINK_ACTION": (
        "getInvoiceShareURL",
        _("What Pipedrive calls opening the online invoice in the actions of its Invoice tab."),
        "link_action",
    ),
    "API_CALL_DAYS": (30, _("Days for which calls to vendors are kept."), "whole"),
    "WEBHOOK_DAYS": (30, _("Days for which what vendors told us is kept."), "whole"),
    "FORM_DAYS": (
        90,
        _("Days for which what was typed for a finished operation is kept."),
        "whole",
    ),
    "ERASE_DAYS": (30, _("Days from an uninstall until a company's data is erased."), "whole"),
}
# Plain text: a lazy translation cannot be a key before the apps are ready.
CONSTANCE_CONFIG_FIELDSETS = {
    "Switches": ("CLOSED_TO_NEW_INSTALLS", "SENDING_PAUSED", "VOID_PAID_INVOICES"),
    "Following invoices": (
        "POLL_SECONDS",
        "POLL_QUIET_SECONDS",
        "POLL_BATCH",
        "POLL_LEASE_SECONDS",
        "POLL_OVERLAP_SECONDS",
        "WEBHOOK_GAP_SECONDS",
        "SWEEP_OPEN_SECONDS",
        "NEWS_SECONDS",
    ),
    "Writing to Xero": (
        "LEASE_SECONDS",
        "LAST_RESEND_SECONDS",
        "LOOK_PAUSE_SECONDS",
        "LOOK_BEHIND_SECONDS",
        "RESEND_WAITS",
        "RETRY_PERCENT",
        "RETRIES_AT_LEAST",
        "BREAKER_FAILURES",
        "BREAKER_SECONDS",
        "BREAKER_WAITS",
        "MAX_GENERATIONS",
    ),
    "Limits": (
        "XERO_CALLS_IN_FLIGHT",
        "XERO_MINUTE_CALLS",
        "XERO_APP_MINUTE_CALLS",
        "XERO_DAY_CALLS",
        "XERO_DAY_RESERVE_PERCENT",
    ),
    # Of one company: support raises them for it, with a reason, on its page.
    "Invoices of a company": (
        "INVOICE_NOTED_FROM",
        "INVOICE_CEILING",
        "INVOICES_HOUR_PERSON",
        "INVOICES_HOUR_COMPANY",
    ),
    "Invoice tab in Pipedrive": ("NATIVE_EMAIL_ACTION", "NATIVE_LINK_ACTION"),
    "Upkeep": (
        "RENEW_BEFORE_SECONDS",
        "RENEW_IDLE_DAYS",
        "GRANT_DAYS",
        "WARN_DAYS",
        "WARN_UNRENEWED_SECONDS",
        "WARN_ENDED_SECONDS",
        "REFERENCE_SECONDS",
        "GATES_SECONDS",
        "API_CALL_DAYS",
        "WEBHOOK_DAYS",
        "FORM_DAYS",
        "ERASE_DAYS",
    ),
}
