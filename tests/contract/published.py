"""
The vendors' published API files, and how an exchange is held against them.

Stricter than a schema alone: whatever is sent or answered without being declared (a key, a query
parameter, a header, a status) is a finding too. Findings name a place with ``[]`` for any index,
so that ``deviations`` can excuse one place and no more.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from tests.contract.recorder import Exchange

Json = dict[str, Any]

_EVERYDAY_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    }
)


@dataclass(frozen=True, order=True)
class Finding:
    """Something that the published file does not say, or says otherwise."""

    operation: str
    side: str
    where: str
    what: str


@dataclass(frozen=True)
class Published:
    """One published file, cut to what our product uses."""

    file: str
    prefix: str
    paths: dict[str, Json]
    components: Json

    def list_routes(self) -> list[str]:
        """Return the paths as they are on the wire."""
        return [self.prefix + template for template in self.paths]

    def name_route(self, exchange: Exchange) -> str | None:
        """Return the path that an exchange took, if this file speaks of it."""
        known = self._find(exchange)
        return None if known is None else self.prefix + known[0]

    def check(self, exchange: Exchange) -> list[Finding]:
        """Return what is not as published, of the request and of its answer."""
        known = self._find(exchange)
        assert known is not None, f"{exchange.method} {exchange.path} is not in {self.file}"
        template, operation, given = known
        name = f"{exchange.method} {self.prefix}{template}"
        found = [
            Finding(name, "request", where, what)
            for where, what in self._check_request(exchange, operation, given)
        ]
        found += [
            Finding(name, "answer", where, what)
            for where, what in self._check_answer(exchange, operation)
        ]
        return sorted(set(found))

    def _find(self, exchange: Exchange) -> tuple[str, Json, dict[str, str]] | None:
        if not exchange.path.startswith(self.prefix):
            return None
        path = exchange.path.removeprefix(self.prefix)
        for template, item in self.paths.items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
            match = re.fullmatch(pattern, path, re.IGNORECASE)
            if match and exchange.method.lower() in item:
                operation = dict(item[exchange.method.lower()])
                shared = item.get("parameters", [])
                operation["parameters"] = [
                    self._resolve(each) for each in shared + operation.get("parameters", [])
                ]
                return template, operation, match.groupdict()
        return None

    def _check_request(
        self, exchange: Exchange, operation: Json, in_path: dict[str, str]
    ) -> Iterator[tuple[str, str]]:
        declared = {(each["in"], each["name"].lower()): each for each in operation["parameters"]}
        given = [(("path", name.lower()), value) for name, value in in_path.items()]
        given += [(("query", name.lower()), value) for name, value in exchange.query]
        given += [
            (("header", name), value)
            for name, value in exchange.request_headers.items()
            if name not in _EVERYDAY_HEADERS
        ]
        for place, value in given:
            parameter = declared.get(place)
            if parameter is None:
                yield f"{place[0]} {place[1]}", "undeclared"
            else:
                for what in self._check_text(value, parameter):
                    yield f"{place[0]} {place[1]}", what
        sent = {place for place, _ in given}
        sent |= {("header", name) for name in exchange.request_headers}
        for place, parameter in declared.items():
            if parameter.get("required") and place not in sent:
                yield f"{place[0]} {place[1]}", "missing"
        if exchange.request_body:
            content = self._resolve(operation.get("requestBody", {})).get("content", {})
            yield from self._check_body(
                content, exchange.request_headers.get("content-type", ""), exchange.request_body
            )
        elif self._resolve(operation.get("requestBody", {})).get("required"):
            yield "body", "missing"

    def _check_answer(self, exchange: Exchange, operation: Json) -> Iterator[tuple[str, str]]:
        answer = operation["responses"].get(str(exchange.status))
        if answer is None:
            yield f"status {exchange.status}", "undeclared"
            return
        content = self._resolve(answer).get("content", {})
        if exchange.answer_body or content:
            kind = exchange.answer_headers.get("content-type", "")
            for where, what in self._check_body(content, kind, exchange.answer_body):
                yield where if exchange.status == 200 else f"{exchange.status} {where}", what

    def _check_body(self, content: Json, kind: str, body: bytes) -> Iterator[tuple[str, str]]:
        media = kind.partition(";")[0].strip()
        if media not in content:
            yield f"body of {media or 'no type'}", "undeclared"
            return
        if media != "application/json":
            return
        instance = json.loads(body)
        schema = content[media]["schema"]
        yield from self._check_instance(instance, schema)
        yield from self._list_undeclared(instance, [schema], "")

    def _check_text(self, value: str, parameter: Json) -> Iterator[str]:
        schema = self._resolve(parameter["schema"])
        values: list[Any] = [value]
        if schema.get("type") == "array":
            values, schema = value.split(","), self._resolve(schema["items"])
        for each in values:
            typed = _typed(each, schema.get("type", "string"))
            for _, what in self._check_instance(typed, schema):
                yield what

    def _check_instance(self, instance: Any, schema: Json) -> Iterator[tuple[str, str]]:
        whole = {"allOf": [schema], "components": self.components}
        validator = OAS30Validator(whole, format_checker=oas30_format_checker)
        for error in validator.iter_errors(instance):
            yield _where(error.absolute_path), f"{error.validator}"

    def _list_undeclared(
        self, instance: Any, schemas: list[Json], where: str
    ) -> Iterator[tuple[str, str]]:
        """Yield keys that none of the schemas declares; one without properties says nothing."""
        flat = [part for schema in schemas for part in self._flatten(schema)]
        if isinstance(instance, list):
            inner = [part["items"] for part in flat if "items" in part]
            for element in instance:
                yield from self._list_undeclared(element, inner, f"{where}[]")
        if not isinstance(instance, dict):
            return
        declared = [part["properties"] for part in flat if part.get("properties")]
        is_open = any(part.get("additionalProperties") for part in flat) or not declared
        for key, value in instance.items():
            at = f"{where}.{key}".lstrip(".")
            inner = [properties[key] for properties in declared if key in properties]
            if inner:
                yield from self._list_undeclared(value, inner, at)
            elif not is_open:
                yield at, "undeclared"

    def _flatten(self, schema: Json) -> Iterator[Json]:
        resolved = self._resolve(schema)
        yield resolved
        for word in ("allOf", "anyOf", "oneOf"):
            for part in resolved.get(word, ()):
                yield from self._flatten(part)

    def _resolve(self, part: Json) -> Json:
        while "$ref" in part:
            *_, kind, name = part["$ref"].split("/")
            part = self.components[kind][name]
        return part


def _typed(text: str, kind: str) -> Any:
    if kind in ("integer", "number", "boolean"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _where(path: Any) -> str:
    found = "".join("[]" if isinstance(each, int) else f".{each}" for each in path)
    return found.lstrip(".") or "body"


@cache
def _load(file: Path) -> Json:
    loaded: Json = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded


def read(folder: Path, file: str, *, prefix: str, paths: tuple[str, ...]) -> Published:
    """
    Return one published file, cut to these paths.

    :param prefix: what stands before the paths on the wire
    :raises KeyError: the file does not have one of them
    """
    whole = _load(folder / file)
    return Published(
        file=file,
        prefix=prefix,
        paths={path: whole["paths"][path] for path in paths},
        components=whole.get("components", {}),
    )
