"""The create dialog as a browser without JavaScript has it: fields are read, changed, posted."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class DialogPage:
    """An open dialog; `fields` are what the form would send."""

    def __init__(self, client: Client, deal_id: int, query: str = "", *, mount: str = "") -> None:
        self.client = client
        self.address = f"{mount}/deals/{deal_id}/invoices/new/"
        self.fields: dict[str, list[str]] = {}
        self.response: Any = client.get(self.address + query)
        self._read()

    def press(self, action: str, **headers: str) -> DialogPage:
        """Press a button, follow nothing, and read the form that comes back, if any does."""
        self.response = self.client.post(
            self.address, {**self.fields, "action": action}, headers=headers
        )
        if self.response.status_code != 302 and not headers:
            self._read()
        return self

    def fill(self, **values: str) -> DialogPage:
        """Type into fields; `__` in a name stands for `-`."""
        for name, value in values.items():
            self.fields[name.replace("__", "-")] = [value]
        return self

    def link_all(self, term: str) -> DialogPage:
        """Link every line that has none yet to the first item that a search finds."""
        for key in list(self.keys):
            if self.fields.get(f"{key}-item") == [""] and f"{key}-query" in self.fields:
                self.fields[f"{key}-query"] = [term]
                self.press(f"search:{key}")
                action = next(each for each in self.actions if each.startswith(f"link:{key}:"))
                self.press(action)
        return self

    @property
    def keys(self) -> list[str]:
        """The keys of the lines, in order."""
        return self.fields.get("line", [])

    @property
    def text(self) -> str:
        """The page as it came."""
        return str(self.response.content.decode())

    def can_create(self) -> bool:
        """Whether the Create button may be pressed."""
        return "create" in self.actions

    def errors_of(self, control: str) -> list[str]:
        """The messages beside a control, by its id."""
        return self._parsed.messages.get(f"{control}_error", [])

    def _read(self) -> None:
        self._parsed = _Form()
        self._parsed.feed(self.text)
        self.fields = self._parsed.fields
        self.actions = self._parsed.actions


class _Form(HTMLParser):
    """Fields and buttons of the dialog's form, and the messages beside its controls."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.actions: list[str] = []
        self.messages: dict[str, list[str]] = {}
        self._is_inside = False
        self._select = ""
        self._textarea = ""
        self._message = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = found.get("id") == "dialog-form"
        if not self._is_inside:
            return
        if found.get("id", "").endswith("_error"):
            self._message, self._depth = found["id"], 0
        if self._message and tag in {"div", "p"}:
            self._depth += 1
        if tag == "input" and "name" in found:
            is_box = found.get("type") == "checkbox"
            if not is_box or "checked" in found:
                self.fields.setdefault(found["name"], []).append(found.get("value", ""))
        elif tag == "select":
            self._select = found["name"]
            self.fields[self._select] = [""]
            self._is_first = True
        elif tag == "option" and self._select:
            if "selected" in found or self._is_first:
                self.fields[self._select] = [found.get("value", "")]
            self._is_first = False
        elif tag == "textarea":
            self._textarea = found["name"]
            self.fields[self._textarea] = [""]
        elif tag == "button" and "disabled" not in found:
            self.actions.append(found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self.fields[self._textarea][0] = self.fields[self._textarea][0].removeprefix("\n")
            self._textarea = ""
        elif self._message and tag in {"div", "p"}:
            self._depth -= 1
            if self._depth <= 0:
                self._message = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea][0] += data
        if self._message and data.strip() and data.strip() != "Error:":
            self.messages.setdefault(self._message, []).append(data.strip())
