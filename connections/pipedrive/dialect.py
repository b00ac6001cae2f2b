"""How Pipedrive words its limits and refusals (pipedrive-api §2, §5)."""

from typing import Any

from connections import dialects, errors

_SECONDS_WHEN_NOT_SAID = 2
_SECONDS_WHEN_DAY_IS_SPENT = 3600


class PipedriveDialect:
    """Both versions of the API."""

    vendor = "pipedrive"

    def read_refusal(self, headers: dialects.Headers, payload: Any) -> dialects.Refusal:
        """Return Pipedrive's text and code; a missing scope has a text of its own."""
        if not isinstance(payload, dict):
            return dialects.Refusal()
        text = payload.get("error") or payload.get("message")
        messages = (text,) if isinstance(text, str) else ()
        return dialects.Refusal(
            messages=messages,
            error_type=str(payload.get("code") or ""),
            scope_missing="scope and url mismatch" in "".join(messages).lower(),
        )

    def read_limit(self, headers: dialects.Headers) -> tuple[errors.Problem, int]:
        """
        Return which limit a 429 means and the seconds to wait.

        ``x-ratelimit-reset`` counts seconds from now. A spent day has no time of its own: the zone
        of Pipedrive's midnight is not known, so it is asked again each hour.
        """
        if dialects.read_count(headers, "x-daily-ratelimit-token-remaining") == 0:
            asked = dialects.read_seconds(headers, "Retry-After")
            return "day", asked or _SECONDS_WHEN_DAY_IS_SPENT
        for name in ("Retry-After", "x-ratelimit-reset"):
            asked = dialects.read_seconds(headers, name)
            if asked is not None:
                return "other", max(asked, 1)
        return "other", _SECONDS_WHEN_NOT_SAID

    def read_remaining(self, headers: dialects.Headers) -> dialects.Remaining:
        """Return what is left of the company's day, where Pipedrive says."""
        return dialects.Remaining(
            day=dialects.read_count(headers, "x-daily-ratelimit-token-remaining")
        )

    def read_request_id(self, headers: dialects.Headers) -> str:
        """Return Pipedrive's id of the request."""
        return headers.get("x-correlation-id", "")[:64]

    def is_success(self, payload: Any) -> bool:
        """Return whether ``success`` is said: the status alone does not prove it."""
        return isinstance(payload, dict) and payload.get("success") is True
