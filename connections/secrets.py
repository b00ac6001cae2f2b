"""A value that never shows itself: tokens and client secrets travel as this type."""

import hmac


class Secret:
    """
    Text that must not reach a log, a page or an exception (reliability P-13).

    Only ``reveal()`` gives the value. Printing, formatting, comparing by order, pickling and JSON
    encoding are all refused or masked, so that a careless line cannot leak it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself, for the one line that puts it on the wire or seals it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled")
