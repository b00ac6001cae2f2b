"""
What can go wrong between us and Pipedrive or Xero.

The class says what is now true, ``code`` is what rows keep and support reads (never renamed).
``retryable``: the same call, made again later by the one retry schedule, can end well.
``is_unsure_for_write``: if the call was a write, nobody knows whether it was carried out
(reliability P-3); a caller must look before it writes anew.

No text of these errors holds a token, a body or a customer's name: ``str()`` is made of our own
words, ids and codes only. Vendors' messages for people are in ``messages``
of ``Rejected`` and ``Forbidden``.
"""

from typing import ClassVar, Literal

Problem = Literal["minute", "day", "appminute", "concurrent", "other"]


class ProviderError(Exception):
    """A call to Pipedrive or Xero did not give what it was made for."""

    code: ClassVar[str] = "provider_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self, *, vendor: str, operation: str, detail: str = "", status: int | None = None
    ) -> None:
        """
        :param vendor: "xero" or "pipedrive"
        :param operation: what we tried, e.g. "xero.create_invoice"
        :param detail: safe text in our own words: no token, no body, no customer data
        :param status: HTTP status, when an answer came
        """
        super().__init__(vendor, operation)
        self.vendor = vendor
        self.operation = operation
        self.detail = detail
        self.status = status

    @property
    def is_unsure_for_write(self) -> bool:
        """Whether a write that ended like this may have been carried out all the same."""
        return False

    def __str__(self) -> str:
        said = [f"{self.operation}: {self.code}"]
        if self.status is not None:
            said.append(f"status {self.status}")
        if self.detail:
            said.append(self.detail)
        return ", ".join(said)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class Unreachable(ProviderError):
    """No usable answer arrived."""

    code = "unreachable"
    retryable = True

    def __init__(self, *, vendor: str, operation: str, sent: bool, detail: str = "") -> None:
        """
        :param sent: False only when we know that nothing left us (refused, unknown host, no free
            connection); True means that a write may have happened
        """
        super().__init__(vendor=vendor, operation=operation, detail=detail)
        self.sent = sent

    @property
    def is_unsure_for_write(self) -> bool:
        return self.sent


class RateLimited(ProviderError):
    """The vendor refused for now; nothing happened (xero-api §8, pipedrive-api §5)."""

    code = "rate_limited"
    retryable = True

    def __init__(
        self,
        *,
        vendor: str,
        operation: str,
        retry_after_seconds: int,
        problem: Problem,
        detail: str = "",
    ) -> None:
        """
        :param retry_after_seconds: whole seconds to leave the organisation alone
        :param problem: which limit; "other" for a name we do not know
        """
        super().__init__(vendor=vendor, operation=operation, detail=detail, status=429)
        self.retry_after_seconds = retry_after_seconds
        self.problem = problem

    def __str__(self) -> str:
        return f"{super().__str__()}, {self.problem} limit, {self.retry_after_seconds} s"


class NoPlace(RateLimited):
    """
    So many calls to the organisation were in flight that this one was not made at all (P-15).

    For the caller as if the vendor had refused it; of the vendor it says nothing.
    """

    def __init__(self, *, vendor: str) -> None:
        super().__init__(
            vendor=vendor, operation="wait", retry_after_seconds=1, problem="concurrent"
        )


class Rejected(ProviderError):
    """The vendor read the request and refused it; nothing was written."""

    code = "rejected"

    def __init__(
        self,
        *,
        vendor: str,
        operation: str,
        status: int,
        messages: tuple[str, ...] = (),
        error_type: str = "",
        detail: str = "",
    ) -> None:
        """
        :param messages: the vendor's own sentences, for people; may name customers, never logged
        :param error_type: the vendor's word for it, e.g. "ValidationException"
        """
        super().__init__(vendor=vendor, operation=operation, detail=detail, status=status)
        self.messages = messages
        self.error_type = error_type


class NotFound(Rejected):
    """No such thing, or not visible to the user whose grant was used."""

    code = "not_found"


class Unauthorized(ProviderError):
    """The access token was not accepted: renew it once, repeat the call once (P-9)."""

    code = "unauthorized"


class Forbidden(ProviderError):
    """The token is good, the right is missing: organisation, role, plan or scope."""

    code = "forbidden"

    def __init__(
        self,
        *,
        vendor: str,
        operation: str,
        status: int = 403,
        scope_missing: bool = False,
        messages: tuple[str, ...] = (),
        error_type: str = "",
        detail: str = "",
    ) -> None:
        """
        :param scope_missing: the grant lacks a scope; consent must be given anew
        :param messages: the vendor's own sentences, for people; never logged
        :param error_type: the vendor's code where it gives one, e.g. a plan's cap
        """
        super().__init__(vendor=vendor, operation=operation, detail=detail, status=status)
        self.scope_missing = scope_missing
        self.messages = messages
        self.error_type = error_type


class Revoked(ProviderError):
    """The grant is gone (``invalid_grant``): a person has to reconnect."""

    code = "revoked"


class UnexpectedAnswer(ProviderError):
    """An answer came that we cannot read: other type, broken, too long, without its id."""

    code = "unexpected_answer"
    retryable = True

    def __init__(
        self,
        *,
        vendor: str,
        operation: str,
        detail: str = "",
        status: int | None = None,
        body_hash: str = "",
    ) -> None:
        """:param body_hash: SHA-256 of the body in hex, kept in the body's place (F-11)"""
        super().__init__(vendor=vendor, operation=operation, detail=detail, status=status)
        self.body_hash = body_hash

    @property
    def is_unsure_for_write(self) -> bool:
        return True


class ServerError(ProviderError):
    """The vendor answered 5xx. ``body_hash`` lets a caller count identical ones (P-3, F-8)."""

    code = "server_error"
    retryable = True

    def __init__(
        self,
        *,
        vendor: str,
        operation: str,
        status: int,
        body_hash: str = "",
        retry_after_seconds: int | None = None,
    ) -> None:
        """
        :param body_hash: SHA-256 of the body in hex
        :param retry_after_seconds: what a 503 asked for, if it did
        """
        super().__init__(vendor=vendor, operation=operation, status=status)
        self.body_hash = body_hash
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_unsure_for_write(self) -> bool:
        return True


class HostNotAllowed(ProviderError):
    """The address is not on the allow-list, so nothing was sent (S-16)."""

    code = "host_not_allowed"
