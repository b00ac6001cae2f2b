"""
Reads Xero's `where` and `order` queries.

Supports comparisons (==, =, !=, <, <=, >, >=), DateTime(…), guid("…"), true, false, null, numbers,
text, .Contains/.StartsWith/.EndsWith("…"), AND/&&, OR/|| and parentheses. Text ignores case.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from sandbox.xero import dates, problems

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<op>==|!=|<>|<=|>=|=|<|>|&&|\|\||[(),!])
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    )""",
    re.VERBOSE,
)
_METHODS = {"contains": "icontains", "startswith": "istartswith", "endswith": "iendswith"}
_LOOKUPS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


@dataclass(frozen=True)
class Column:
    """Where a field of the API is kept; `kind` is text, date, ms (an instant), number or flag."""

    name: str
    kind: str = "text"


@dataclass(frozen=True)
class Test:
    """One comparison; `op` is an operator or a text method."""

    field: str
    op: str
    value: Any


@dataclass(frozen=True)
class Both:
    """Two conditions joined by AND or OR."""

    joiner: str
    left: Any
    right: Any


def parse(text: str) -> Test | Both:
    """
    Return the condition as a tree.

    :raises problems.ApiProblem: the text cannot be read (400, QueryParseException)
    """
    return _Parser(text).parse()


def to_q(text: str, columns: Mapping[str, Column]) -> Q:
    """
    Return the condition for the database; `columns` maps lower-case API names.

    :raises problems.ApiProblem: the text cannot be read or names an unknown field
    """
    return _node_to_q(parse(text), columns)


def to_predicate(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """
    Return the condition as a function over one element in the API's shape.

    :raises problems.ApiProblem: the text cannot be read
    """
    tree = parse(text)
    return lambda element: _holds(tree, element)


def to_ordering(text: str, columns: Mapping[str, Column]) -> list[str]:
    """
    Return an `order` query as arguments for order_by.

    :raises problems.ApiProblem: an unknown field or direction
    """
    ordering = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        direction = direction.strip().upper() or "ASC"
        if direction not in ("ASC", "DESC"):
            raise problems.bad_query(f"Cannot order by '{part.strip()}'")
        ordering.append(("-" if direction == "DESC" else "") + _find(name, columns).name)
    return ordering


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise problems.bad_query(f"Syntax error at '{text[position:]}'")
            self.tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            position = match.end()
        self.at = 0

    def parse(self) -> Test | Both:
        tree = self._either()
        if self.at != len(self.tokens):
            raise problems.bad_query(f"Syntax error at '{self.tokens[self.at][1]}'")
        return tree

    def _either(self) -> Test | Both:
        left = self._all()
        while self._peek().upper() in ("||", "OR"):
            self.at += 1
            left = Both("OR", left, self._all())
        return left

    def _all(self) -> Test | Both:
        left = self._one()
        while self._peek().upper() in ("&&", "AND"):
            self.at += 1
            left = Both("AND", left, self._one())
        return left

    def _one(self) -> Test | Both:
        if self._peek() == "(":
            self.at += 1
            tree = self._either()
            self._expect(")")
            return tree
        kind, name = self._next()
        if kind != "name":
            raise problems.bad_query(f"Syntax error at '{name}'")
        field, _, method = name.rpartition(".")
        if field and method.lower() in _METHODS:
            self._expect("(")
            value = self._value()
            self._expect(")")
            return Test(field, _METHODS[method.lower()], value)
        op = self._next()[1]
        op = {"=": "==", "<>": "!="}.get(op, op)
        if op not in ("==", "!=", *_LOOKUPS):
            raise problems.bad_query(f"No operator after '{name}'")
        return Test(name, op, self._value())

    def _value(self) -> Any:
        kind, token = self._next()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if kind == "number":
            return Decimal(token)
        word = token.lower()
        if word in ("true", "false"):
            return word == "true"
        if word == "null":
            return None
        if word == "guid":
            self._expect("(")
            value = str(self._value()).lower()
            self._expect(")")
            return value
        if word == "datetime":
            return self._datetime()
        raise problems.bad_query(f"Syntax error at '{token}'")

    def _datetime(self) -> datetime:
        self._expect("(")
        numbers = [self._integer()]
        while self._peek() == ",":
            self.at += 1
            numbers.append(self._integer())
        self._expect(")")
        try:
            return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type]
        except (ValueError, TypeError) as exc:
            raise problems.bad_query("DateTime is not a date") from exc

    def _integer(self) -> int:
        kind, token = self._next()
        if kind != "number" or "." in token:
            raise problems.bad_query("DateTime takes whole numbers")
        return int(token)

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise problems.bad_query("The query ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _expect(self, token: str) -> None:
        if self._next()[1] != token:
            raise problems.bad_query(f"'{token}' is missing")


def _find(name: str, columns: Mapping[str, Column]) -> Column:
    column = columns.get(name.strip().lower())
    if column is None:
        raise problems.bad_query(f"No property or field '{name}' exists")
    return column


def _node_to_q(node: Test | Both, columns: Mapping[str, Column]) -> Q:
    if isinstance(node, Both):
        left, right = _node_to_q(node.left, columns), _node_to_q(node.right, columns)
        return left & right if node.joiner == "AND" else left | right
    column = _find(node.field, columns)
    if node.value is None:
        missing = Q(**{column.name: ""}) if column.kind == "text" else Q()
        if column.kind != "text":
            missing = Q(**{f"{column.name}__isnull": True})
        return missing if node.op == "==" else ~missing
    value = _fit(node, column)
    if node.op in ("==", "!="):
        exact = f"{column.name}__iexact" if column.kind == "text" else column.name
        return Q(**{exact: value}) if node.op == "==" else ~Q(**{exact: value})
    return Q(**{f"{column.name}__{_LOOKUPS.get(node.op, node.op)}": value})


def _fit(node: Test, column: Column) -> Any:
    value = node.value
    wanted: dict[str, type | tuple[type, ...]] = {
        "text": str,
        "date": datetime,
        "ms": datetime,
        "number": Decimal,
        "flag": bool,
    }
    if not isinstance(value, wanted[column.kind]):
        raise problems.bad_query(f"'{node.field}' cannot be compared with that value")
    if column.kind == "date":
        return value.date()
    return dates.to_ms(value) if column.kind == "ms" else value


def _holds(node: Test | Both, element: Mapping[str, Any]) -> bool:
    if isinstance(node, Both):
        if node.joiner == "AND":
            return _holds(node.left, element) and _holds(node.right, element)
        return _holds(node.left, element) or _holds(node.right, element)
    here = _get(element, node.field)
    wanted = node.value
    if isinstance(wanted, datetime):
        here = dates.read_date(here) if here else None
        wanted = wanted.date()
    if isinstance(here, str) and isinstance(wanted, str):
        here, wanted = here.casefold(), wanted.casefold()
    if node.op in _METHODS.values():
        tests = {"icontains": str.__contains__, "istartswith": str.startswith}
        return isinstance(here, str) and tests.get(node.op, str.endswith)(here, wanted)
    if node.op in ("==", "!="):
        return (here == wanted) == (node.op == "==")
    if here is None or not isinstance(here, int | Decimal | str | date):
        return False
    return bool(getattr(operator, _compare_name(node.op))(here, wanted))


def _compare_name(op: str) -> str:
    return {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[op]


def _get(element: Mapping[str, Any], field: str) -> Any:
    value: Any = element
    for part in field.split("."):
        if not isinstance(value, Mapping):
            return None
        value = next((v for k, v in value.items() if k.lower() == part.lower()), None)
    return value
