"""How Xero words its limits and refusals (xero-api §2.5, §4.5, §8)."""

from typing import Any, get_args

from connections import dialects, errors

_SECONDS_WHEN_NOT_SAID: dict[errors.Problem, int] = {
    "minute": 60,
    "day": 3600,
    "appminute": 60,
    "concurrent": 1,
    "other": 60,
}
_MISSING_SCOPE = ("insufficient_scope", "insufficent_scope")


class XeroDialect:
    """The Accounting API and /connections."""

    vendor = "xero"

    def read_refusal(self, headers: dialects.Headers, payload: Any) -> dialects.Refusal:
        """
        Return every message of a refusal: of the elements, their lines and the whole.

        Xero has shipped "insufficent_scope" beside the right spelling: both are read.
        """
        scope_missing = any(
            word in headers.get("WWW-Authenticate", "").lower() for word in _MISSING_SCOPE
        )
        if not isinstance(payload, dict):
            return dialects.Refusal(scope_missing=scope_missing)
        messages = list(dict.fromkeys(_validation_messages(payload)))
        general = payload.get("Message") or payload.get("Detail") or payload.get("Title")
        if not messages and isinstance(general, str):
            messages = [general]
        return dialects.Refusal(tuple(messages), str(payload.get("Type") or ""), scope_missing)

    def read_limit(self, headers: dialects.Headers) -> tuple[errors.Problem, int]:
        """
        Return which limit a 429 names and the seconds to wait.

        A name that we do not know counts as a minute, whatever Retry-After says below that (P-15).
        """
        named = headers.get("X-Rate-Limit-Problem", "").strip().lower()
        asked = dialects.read_seconds(headers, "Retry-After")
        for problem in get_args(errors.Problem):
            if named == problem and problem != "other":
                return problem, _SECONDS_WHEN_NOT_SAID[problem] if asked is None else asked
        least = _SECONDS_WHEN_NOT_SAID["other"]
        if named:
            return "other", max(asked or 0, least)
        return "other", least if asked is None else asked

    def read_remaining(self, headers: dialects.Headers) -> dialects.Remaining:
        """Return what is left of the tenant's day and minute and of the app's minute."""
        return dialects.Remaining(
            day=dialects.read_count(headers, "X-DayLimit-Remaining"),
            minute=dialects.read_count(headers, "X-MinLimit-Remaining"),
            app_minute=dialects.read_count(headers, "X-AppMinLimit-Remaining"),
        )

    def read_request_id(self, headers: dialects.Headers) -> str:
        """Return Xero's id of the request."""
        return headers.get("Xero-Correlation-Id", "")[:64]

    def is_success(self, payload: Any) -> bool:
        """Return True: Xero says failure by the status alone (with ``summarizeErrors=true``)."""
        return True


def _validation_messages(payload: dict[str, Any]) -> list[str]:
    """Return the texts of all ``ValidationErrors``, however deep they sit in the echo."""
    found = []
    for key, value in payload.items():
        inner = value if isinstance(value, list) else [value]
        if key == "ValidationErrors":
            found += [
                each["Message"]
                for each in inner
                if isinstance(each, dict) and isinstance(each.get("Message"), str)
            ]
        else:
            for each in inner:
                found += _validation_messages(each) if isinstance(each, dict) else []
    return found
