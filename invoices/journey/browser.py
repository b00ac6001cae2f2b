"""A very small browser: pages, forms as a person finds them, redirects, cookies. No scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

TIMEOUT_SECONDS = 30
_SKIPPED = frozenset({"script", "style", "template"})
_NOT_SENT = frozenset({"submit", "button", "image", "reset", "file"})


class LostTheWay(Exception):
    """A page does not hold what a person would look for there."""


@dataclass
class Form:
    """A form with what would be sent if it were submitted untouched."""

    action: str
    method: str
    id: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def names(self) -> list[str]:
        """Return the fields' names in the form's order, repeated ones as often as they stand."""
        return [name for name, _value in self.fields]

    def set(self, name: str, value: str) -> None:
        """Type a value into a field, or choose the first option of a name."""
        position = next((at for at, each in enumerate(self.fields) if each[0] == name), None)
        if position is None:
            self.fields.append((name, value))
        else:
            self.fields[position] = (name, value)


@dataclass(frozen=True)
class Page:
    """A page as a person sees it: address, status, words, forms, and its articles' words."""

    url: str
    status: int
    text: str
    forms: list[Form]
    links: list[tuple[str, str]]
    articles: list[str]

    def form(self, *, action: str = "", holding: str = "") -> Form:
        """
        Return the first form whose address ends so, or that has a field of this name.

        :raises LostTheWay: there is none
        """
        for form in self.forms:
            if (not action or form.action.split("?")[0].endswith(action)) and (
                not holding or holding in form.names()
            ):
                return form
        raise LostTheWay(f"no form {action or holding!r} on {self.url}: {self.text[:400]}")

    def link(self, words: str) -> str:
        """
        Return the address behind a link whose words contain these.

        :raises LostTheWay: there is none
        """
        for address, shown in self.links:
            if words in shown:
                return address
        raise LostTheWay(f"no link {words!r} on {self.url}: {self.text[:400]}")


class Browser:
    """One person's browser, with its cookies."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Accept-Language"] = "en"

    def open(self, url: str) -> Page:
        """Open an address and follow where it leads."""
        return self._read(self._session.get(url, timeout=TIMEOUT_SECONDS))

    def submit(self, page: Page, form: Form, **typed: str) -> Page:
        """
        Send a form of a page with some fields typed or a button pressed.

        :param typed: fields and buttons by name
        """
        for name, value in typed.items():
            form.set(name, value)
        answer = self._session.request(
            form.method,
            form.action,
            data=form.fields if form.method == "POST" else None,
            params=form.fields if form.method == "GET" else None,
            headers={"Referer": page.url},
            timeout=TIMEOUT_SECONDS,
        )
        return self._read(answer)

    def _read(self, answer: requests.Response) -> Page:
        answer.encoding = "utf-8"
        reader = _Reader(answer.url)
        reader.feed(answer.text)
        return Page(
            url=answer.url,
            status=answer.status_code,
            text=_tidy(reader.words),
            forms=reader.forms,
            links=[(url, _tidy([words])) for url, words in reader.links],
            articles=[_tidy(words) for words in reader.articles],
        )


def _tidy(words: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(words)).strip()


class _Reader(HTMLParser):
    """Collects words, links, and forms with their fields; follows the `form` attribute."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.words: list[str] = []
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.articles: list[list[str]] = []
        self._is_in_article = False
        self._form: Form | None = None
        self._select: tuple[Form, str] | None = None
        self._textarea: tuple[Form, str] | None = None
        self._link: str | None = None
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SKIPPED:
            self._skipping += 1
        elif tag == "form":
            self._form = Form(
                action=urljoin(self.url, given.get("action") or self.url),
                method=given.get("method", "get").upper(),
                id=given.get("id", ""),
            )
            self.forms.append(self._form)
        elif tag == "article":
            self.articles.append([])
            self._is_in_article = True
        elif tag == "a" and "href" in given:
            self._link = urljoin(self.url, given["href"])
            self.links.append((self._link, ""))
        elif tag in {"input", "button", "select", "textarea", "option"}:
            self._take_control(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping -= 1
        elif tag == "form":
            self._form = None
        elif tag == "article":
            self._is_in_article = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None
        elif tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        if self._textarea:
            form, name = self._textarea
            form.fields[-1] = (name, form.fields[-1][1] + data.removeprefix("\n"))
            return
        self.words.append(data)
        if self._is_in_article:
            self.articles[-1].append(data)
        if self._link is not None:
            url, words = self.links[-1]
            self.links[-1] = (url, words + data)

    def _take_control(self, tag: str, given: dict[str, str]) -> None:
        if tag == "option":
            self._take_option(given)
            return
        form = self._owner(given)
        name = given.get("name", "")
        if form is None or not name or "disabled" in given:
            return
        kind = given.get("type", "text" if tag == "input" else "submit")
        if tag == "select":
            self._select = (form, name)
        elif tag == "textarea":
            form.fields.append((name, ""))
            self._textarea = (form, name)
        elif tag == "button" or kind in _NOT_SENT:
            form.buttons.append((name, given.get("value", "")))
        elif kind not in {"checkbox", "radio"} or "checked" in given:
            form.fields.append((name, given.get("value", "on" if kind == "checkbox" else "")))

    def _take_option(self, given: dict[str, str]) -> None:
        if self._select is None:
            return
        form, name = self._select
        # A browser sends the first option when none is marked.
        if not form.fields or form.fields[-1][0] != name:
            form.fields.append((name, given.get("value", "")))
        elif "selected" in given:
            form.fields[-1] = (name, given.get("value", ""))

    def _owner(self, given: dict[str, str]) -> Form | None:
        wanted = given.get("form")
        if wanted:
            return next((form for form in self.forms if form.id == wanted), None)
        return self._form
