"""The manifest as support copies it, and what is forgotten of old calls."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from connections.models import Company
from invoices import retention
from invoices.models import NativeCall
from invoices.native import admin, manifest

pytestmark = pytest.mark.django_db


def test_the_command_and_the_admin_give_the_same_manifest() -> None:
    printed = StringIO()
    call_command("native_manifest", stdout=printed)

    told = json.loads(printed.getvalue())
    assert told == json.loads(admin.write_manifest())
    assert told["endpoints"].keys() == {each.name for each in manifest.ENDPOINTS}


def test_what_tells_a_repeat_is_forgotten_after_a_day() -> None:
    now = timezone.now()
    company = Company.objects.create(pipedrive_company_id=1, name="Brightside")
    for name, age in (("old", timedelta(days=2)), ("new", timedelta(hours=2))):
        NativeCall.objects.create(company=company, fingerprint=name, made_at=now - age)

    assert retention.forget_calls(now=now) == 1

    assert NativeCall.objects.for_company(company).get().fingerprint == "new"
