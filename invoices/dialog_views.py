"""The create dialog's page: it opens, it answers each press inside it, it takes the order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from connections import access, errors, throttling
from connections import wording as connection_wording
from connections.runtime import Runtime, snapshot
from connections.web import TOO_MANY, CompanyRequest, connection_required, limited
from invoices import (
    ceilings,
    deals,
    dialog,
    dialog_actions,
    dialog_drafts,
    dialog_form,
    dialog_opening,
    dialog_order,
    dialog_restoring,
    dialog_taxes,
    dialog_tokens,
    forms,
    queries,
    services,
    wording,
)
from invoices.models import Operation
from mappings import services as mapping_services
from mappings import wording as mapping_wording

CREATE = "create"
CREATE_ANOTHER = "create_another"
PREVIEW = "preview"
START_OVER = "start_over"
RESTORE = "restore"
# What an action inside the page changes, and the template of that part; else all is redrawn.
PARTS = {
    PREVIEW: "invoices/_dialog_update.html",
    **dict.fromkeys(dialog_actions.CONTACT_ACTIONS, "invoices/_customer_update.html"),
    **dict.fromkeys(dialog_actions.LINE_ACTIONS, "invoices/_line_update.html"),
}
OK = 200
UNPROCESSABLE = 422
CONFLICT = 409
View = Callable[..., HttpResponseBase]


def refuse_oversized(view: View) -> View:
    """
    Answer a form with too many fields or too much text in words (B-11).

    The CSRF check reads the form first of all and would end in a bare 400, so it runs inside.
    """
    checked = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            request.POST  # noqa: B018 - reading it is what is tried
        except (TooManyFieldsSent, RequestDataTooBig):
            return render(request, "invoices/too_large.html", {"most": forms.MAX_LINES}, status=400)
        return checked(request, *args, **kwargs)

    return inner


@refuse_oversized
@connection_required
@limited(throttling.PANELS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: CompanyRequest, deal_id: int) -> HttpResponse:
    """Create an invoice from a deal (product §6)."""
    if not request.membership.can_see_amounts:
        # Not even what was typed before the right was taken away: it is all amounts.
        messages.error(request, wording.not_allowed("amounts"))
        return redirect("invoices:deal", deal_id)
    if request.method == "POST":
        return _answer(request, deal_id)
    return _open(request, deal_id, _kept(request, deal_id))


def _open(
    request: CompanyRequest,
    deal_id: int,
    kept: dialog_restoring.Kept | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """
    Show the dialog of a deal as Pipedrive has it now.

    :param kept: what was typed and is put back into it
    """
    runtime = snapshot()
    try:
        services.check_may_create(request.membership, request.connection)
        opened = dialog_opening.open_dialog(
            request.membership,
            request.connection,
            deal_id,
            language=get_language() or "en",
            now=timezone.now(),
            runtime=runtime,
            kept=kept,
        )
    except services.NotAllowed as exc:
        messages.error(request, wording.not_allowed(exc.code))
        return redirect("invoices:deal", deal_id)
    except deals.NotAvailable:
        return render(request, "invoices/deal_not_available.html", status=404)
    except (access.NotConnected, errors.ProviderError) as exc:
        problem = wording.pipedrive_problem(exc)
        return render(
            request, "invoices/cannot_open.html", {"problem": problem, "deal_id": deal_id}
        )
    return _show(request, opened, status=status, runtime=runtime)


def _answer(request: CompanyRequest, deal_id: int) -> HttpResponse:
    try:
        opened = dialog_form.read(
            request.POST,
            membership=request.membership,
            connection=request.connection,
            language=get_language() or "en",
            now=timezone.now(),
        )
    except dialog_form.Missing:
        return render(request, "invoices/damaged.html", {"deal_id": deal_id}, status=400)
    except dialog_tokens.NotOurs as exc:
        raise Http404 from exc
    if opened.submission.deal_id != deal_id:
        raise Http404
    action = request.POST.get("action", PREVIEW)
    if action in {CREATE, CREATE_ANOTHER}:
        return _create(request, opened, is_another=action == CREATE_ANOTHER)
    if action == START_OVER:
        dialog_drafts.drop(request.membership, deal_id)
        return redirect("invoices:new", deal_id)
    if action == RESTORE and services.find_pressed(request.membership, opened.submission):
        return HttpResponse(status=204)
    if opened.submission.is_stale:
        return _open_anew(request, opened)
    dialog_actions.act(opened, action)
    dialog_drafts.keep(opened)
    part = PARTS.get(action.partition(":")[0])
    # A page has one language: a part in another one would be read in the wrong one later.
    is_same_language = request.POST.get("language", opened.language) == opened.language
    if part and "HX-Request" in request.headers and is_same_language:
        return render(request, part, _context(request, opened, snapshot()))
    return _whole(request, _show(request, opened))


def _open_anew(request: CompanyRequest, opened: dialog.Dialog) -> HttpResponse:
    """Answer a form that is too old to be pressed with a fresh one that holds what was typed."""
    deal_id = opened.submission.deal_id
    dialog_drafts.keep(opened)
    answer = _open(request, deal_id, dialog_restoring.from_form(opened), status=CONFLICT)
    return _whole(request, answer)


def _whole(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Have all of the dialog replaced, whatever was pressed in it."""
    if "HX-Request" in request.headers:
        answer["HX-Retarget"], answer["HX-Reswap"] = "#dialog", "outerHTML"
    return answer


def _create(request: CompanyRequest, opened: dialog.Dialog, *, is_another: bool) -> HttpResponse:
    pressed = services.find_pressed(request.membership, opened.submission)
    if pressed is not None:
        return _go_to(request, pressed)
    if opened.submission.is_stale:
        return _open_anew(request, opened)
    if wait := throttling.take(request.membership, throttling.CREATES, now=opened.now):
        dialog_actions.load_lists(opened)
        opened.build(shows_errors=False)
        opened.warnings.append(connection_wording.too_many(wait))
        dialog_drafts.keep(opened)
        return _show(request, opened, status=TOO_MANY)
    status = UNPROCESSABLE
    try:
        order = dialog_order.prepare(opened, is_another=is_another)
        operation = services.create_from_deal(
            membership=request.membership,
            connection=request.connection,
            order=order,
            now=opened.now,
        )
    except dialog_order.NotReady:
        pass
    except services.NotAllowed as exc:
        opened.problems.append(wording.not_allowed(exc.code))
        status = CONFLICT
    except ceilings.Reached as exc:
        # One of an hour is no fault of the form, which can be pressed again.
        if exc.kind != "amount":
            opened.warnings.append(wording.limit_reached(exc))
            status = TOO_MANY
    except services.AlreadyOpen:
        status = CONFLICT
    except services.MadeMeanwhile:
        opened.warnings.append(wording.made_meanwhile())
        status = CONFLICT
    except mapping_services.NoSuchItem:
        dialog_actions.load_lists(opened)
        opened.build(shows_errors=True)
    else:
        dialog_drafts.drop(request.membership, operation.deal_id or 0)
        return _go_to(request, operation)
    dialog_drafts.keep(opened)
    return _show(request, opened, status=status)


def _go_to(request: HttpRequest, operation: Operation) -> HttpResponse:
    """Go to the deal's page, where the card is."""
    address = f"{reverse('invoices:deal', args=[operation.deal_id])}#operation-{operation.pk}"
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _show(
    request: CompanyRequest,
    opened: dialog.Dialog,
    *,
    status: int = 200,
    runtime: Runtime | None = None,
) -> HttpResponse:
    is_part = "HX-Request" in request.headers
    template = "invoices/_dialog.html" if is_part else "invoices/new.html"
    context = _context(request, opened, runtime or snapshot())
    if status == OK:
        _warn_of_hour(opened, context["limits"])
    return render(request, template, context, status=status)


def _warn_of_hour(opened: dialog.Dialog, limits: ceilings.Limits) -> None:
    membership = opened.membership
    hour = ceilings.last_hour(membership.company, limits, by=membership.user, now=opened.now)
    if hour.is_nearly_over:
        opened.warnings.append(wording.hour_nearly_over(hour))


def _context(request: CompanyRequest, opened: dialog.Dialog, runtime: Runtime) -> dict[str, Any]:
    difference = opened.difference
    limits = ceilings.limits_of(request.company, runtime)
    total = opened.sums.total
    too_much = [wording.amount_over(limits.amount)] if total > limits.amount else []
    is_noted = limits.noted_amount < total <= limits.amount
    invoices = queries.list_live_invoices(request.company, opened.submission.deal_id)
    opened.submission = replace(opened.submission, invoices=tuple(each.pk for each in invoices))
    return {
        "dialog": opened,
        "limits": limits,
        "deal_id": opened.submission.deal_id,
        "missing": [*opened.problems, *opened.missing(), *too_much],
        "noted": wording.amount_noted(limits.noted_amount) if is_noted else "",
        "difference": difference
        and mapping_wording.note_text(difference, opened.values["currency"]),
        "taxed_apart": dialog_taxes.taxed_apart(opened),
        "is_part": "HX-Request" in request.headers,
        "already": wording.already_invoiced(invoices),
        "under_way": queries.get_open_creation(request.company, opened.submission.deal_id),
    }


def _kept(request: CompanyRequest, deal_id: int) -> dialog_restoring.Kept | None:
    """
    Return what is to be put back: a draft, or the refused creation that the address names.

    A draft that was begun after the refusal is the correction of it.
    """
    draft = dialog_drafts.find(request.membership, deal_id, now=timezone.now())
    refused = _again(request, deal_id)
    if refused is not None and (draft is None or draft.saved_at < refused.state_changed_at):
        return dialog_restoring.from_refused(refused, request.connection)
    return dialog_restoring.from_draft(draft, request.connection) if draft else None


def _again(request: CompanyRequest, deal_id: int) -> Operation | None:
    """Return the refused creation named in the address, to correct it."""
    try:
        wanted = UUID(request.GET.get("again", ""))
    except ValueError:
        return None
    found = services.get_refused(request.membership, deal_id, wanted)
    if found is None:
        raise Http404(_("There is no such refused invoice."))
    return found
