"""Whatever is typed into the preferences: a message, never a 500, the old set is kept (P-23)."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connections.models import AuditEvent
from mappings.models import FieldMapping, InvoicePreferences
from mappings.tests.preferences_walk import PAGE, form, save, sign_in
from tests.vendors import Connected

pytestmark = pytest.mark.django_db
NAMES = sorted(form())
VALUES = [
    "", "\0", "a\0b", "-1", "0", "365", "366", "7.5", "yedi", "١٢", "１２", "1e2", " 7 ", "7\n",
    "9" * 30, "x" * 5000, "<script>alert(1)</script>", "{{7*7}}", "' OR 1=1", "organization:name",
    "person:email", "deal:nonsense", "organization:", ":", "organization:" + "0" * 40, "Exclusive",
    "NoTax", "OUTPUT2", "200", "\u202e", "None", "1.0", "9223372036854775808",
    "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}",
]  # fmt: skip
ANYTHING = st.one_of(
    st.sampled_from(VALUES), st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
)


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.dictionaries(st.sampled_from(NAMES), ANYTHING, min_size=1, max_size=4))
def test_any_form_is_answered_and_a_refused_one_stores_nothing(
    connected: Connected, changes: dict[str, str]
) -> None:
    client = sign_in(connected.user)
    client.raise_request_exception = False
    before = _stored(connected)
    version = str(before[1][0]["version"] if before[1] else 0)

    answer = client.post(PAGE, form(**{"version": version} | changes))

    assert answer.status_code in {302, 422}
    if answer.status_code == 422:
        assert _stored(connected) == before
        page = unescape(answer.content.decode())
        assert "field__error" in page or "banner--error" in page
        assert "<script>alert" not in answer.content.decode()
        if "due_days" in changes:
            assert changes["due_days"].strip()[:20] in page


def _stored(connected: Connected) -> tuple[list[dict[str, object]], ...]:
    return (
        [*FieldMapping.objects.for_company(connected.company).order_by("pk").values()],
        [*InvoicePreferences.objects.for_company(connected.company).values()],
        [{"audit events": AuditEvent.objects.count()}],
    )


@pytest.mark.parametrize("body", [b"", b"%00=%00", b"to=%ED%A0%80", b"&" * 5000, b"x" * 900_000])
def test_a_body_that_no_browser_made_is_refused(connected: Connected, body: bytes) -> None:
    client = sign_in(connected.user)
    client.raise_request_exception = False

    answer = client.post(PAGE, body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code in {400, 422}
    assert save(client).status_code == 302
