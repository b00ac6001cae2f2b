"""The start page: what this is, for strangers; what is done and what is next, for members."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from connections.web import CompanyRequest, member_required
from invoices import start, start_words


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show strangers what this is, and members the steps that are left or where to go."""
    membership = getattr(request, "membership", None)
    context: dict[str, Any] = {"is_demo": settings.IS_DEMO}
    if membership is not None:
        guide = start.read(membership)
        steps = start_words.list_steps(guide, is_demo=settings.IS_DEMO)
        context |= {
            "guide": guide,
            "steps": steps,
            "heading": start_words.heading(guide),
            "progress": start_words.progress(steps),
        }
    return render(request, "home.html", context)


@member_required
@require_POST
def guide(request: CompanyRequest) -> HttpResponse:
    """Put the first steps away for this person, or have them back."""
    start.set_hidden(request.membership, is_hidden=request.POST.get("is_hidden") == "yes")
    return redirect("home")
