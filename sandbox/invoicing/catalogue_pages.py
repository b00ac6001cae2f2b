"""Products and contacts of the accounting, searched, made and changed from Pipedrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sandbox.invoicing import calling, drafts, forms, links
from sandbox.pipedrive import visitors
from sandbox.pipedrive.models import User


@dataclass(frozen=True)
class Kind:
    """Which endpoints one kind of entry has."""

    one: str
    many: str
    label: str  # the field that names an entry
    parameter: str
    form: Any


KINDS = {
    "products": Kind("Product", "Products", "name", "productId", forms.Product),
    "contacts": Kind("Contact", "Contacts", "displayName", "contactId", forms.Contact),
}


@visitors.page("GET")
def search(request: HttpRequest, visitor: User, kind: str) -> HttpResponse:
    """The entries whose name holds what was typed; of products also those with that code."""
    entry = _find_kind(kind)
    typed = request.GET.get("name", "").strip()
    by_code = kind == "products" and bool(request.GET.get("by_code"))
    context: dict[str, Any] = {"visitor": visitor, "kind": kind, "entry": entry, "typed": typed}
    context |= {"by_code": by_code, "said": request.GET.get("said", "")[:200]}
    status = 200
    if typed:
        query = {"code": typed, "forceCodeSearch": "true"} if by_code else {"name": typed}
        try:
            caller = links.require_caller(visitor.company)
            found = caller.ask(f"getSearch{entry.many}", query=query) or []
            context["found"] = [each | {"label": each.get(entry.label)} for each in found]
        except calling.Failed as failed:
            context["problem"], status = str(failed), 502
    return render(request, "invoicing/catalogue.html", context, status=status)


@visitors.page("GET", "POST")
def edit(request: HttpRequest, visitor: User, kind: str) -> HttpResponse:
    """Make an entry, or change the one whose id the address has."""
    entry = _find_kind(kind)
    caller = links.require_caller(visitor.company)
    entry_id = request.GET.get("id", "")
    ids = {entry.parameter: entry_id} if entry_id else {}
    context: dict[str, Any] = {"visitor": visitor, "kind": kind, "entry": entry, "id": entry_id}
    try:
        lists = drafts.read_lists(caller)
        if request.method == "GET":
            held = calling.first(caller.ask(f"get{entry.one}", **ids)) if ids else {}
            context["form"] = entry.form(lists, initial=held or {})
            return render(request, "invoicing/entry.html", context)
        form = context["form"] = entry.form(lists, request.POST)
        if not form.is_valid():
            return render(request, "invoicing/entry.html", context, status=400)
        method = "put" if ids else "post"
        body = forms.given(form, is_change=bool(ids))
        made = calling.first(caller.ask(f"{method}{entry.one}", body=body, **ids)) or {}
    except calling.Failed as failed:
        context["problem"] = str(failed)
        return render(request, "invoicing/entry.html", context, status=502)
    query = {"name": made.get(entry.label) or form.cleaned_data[entry.label], "said": "Saved."}
    return HttpResponseRedirect(f"/invoicing/{kind}?{urlencode(query)}")


def _find_kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise Http404
    return KINDS[kind]
