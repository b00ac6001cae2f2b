"""The time zone of a company, for people of whom Pipedrive tells none."""

from __future__ import annotations

import importlib

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from connections.models import Company
from connections.tests.people_here import make_member

pytestmark = pytest.mark.django_db
NAME = "0023_time_zone_of_a_company"


def test_a_company_from_before_has_the_zone_of_who_came_first() -> None:
    brightside = Company.objects.create(pipedrive_company_id=7001, name="Brightside Interiors")
    anadolu = Company.objects.create(pipedrive_company_id=7002, name="Anadolu Mobilya")
    make_member(company=brightside)
    make_member("first@brightside.example", company=brightside, time_zone="Europe/Istanbul")
    make_member("later@brightside.example", company=brightside, time_zone="Europe/London")
    make_member("only@anadolu.example", company=anadolu)
    then = MigrationExecutor(connection).loader.project_state(("connections", NAME)).apps

    importlib.import_module(f"connections.migrations.{NAME}").follow_who_came_first(then, None)

    zones = dict(Company.objects.values_list("pk", "time_zone"))
    assert zones == {brightside.pk: "Europe/Istanbul", anadolu.pk: ""}
