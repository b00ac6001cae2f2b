"""What a person relies on who acts as their own Xero user (R-3, P-5, P-8, P-9)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from connections import access, errors, personal, xero_services
from connections.models import (
    Membership,
    PersonalXeroLink,
    XeroAuthorisation,
    XeroConnection,
)
from connections.runtime import snapshot
from connections.secrets import Secret
from connections.tokens import TokenSet
from invoices import actions, lifecycle, queries, services
from invoices.models import Invoice, Operation
from invoices.tests import pressing as p
from invoices.tests import world as w
from tests.vendors import Connected, connect, link_personally

pytestmark = pytest.mark.django_db

State = Operation.State
Link = PersonalXeroLink.State
EMMA = "emma.clarke@brightside.example"
OLIVIA = "olivia.grant@brightside.example"
MEHMET = "mehmet.yilmaz@brightside.example"
NOOR = "noor.haddad@brightside.example"


def authors(connected: Connected, invoice: Invoice) -> list[str]:
    """Return who did what to the invoice in Xero, the oldest first."""
    with access.open_xero(connected.connection, now=timezone.now()) as session:
        history = session.call(lambda xero: xero.list_history(str(invoice.xero_invoice_id)))
    return [each.user for each in sorted(history, key=lambda each: each.at)]


def revoke(connected: Connected, email: str) -> None:
    """End a person's consent in Xero, and let their token here look old."""
    connected.vendors.control("xero/revoke", {"email": email})


def link_of(connected: Connected) -> PersonalXeroLink:
    """Return the member's link as it is now."""
    return PersonalXeroLink.objects.for_company(connected.company).latest("pk")


@pytest.mark.parametrize(
    ("action", "moves"),
    [
        ("submit", ()),
        ("approve", ()),
        ("void", ("approve",)),
        ("delete", ()),
        ("email", ("approve",)),
    ],
)
def test_each_action_is_written_in_xero_with_the_persons_own_name(
    connected: Connected, action: str, moves: tuple[str, ...]
) -> None:
    invoice = p.make(connected, *moves)
    p.allow(connected, can_approve=action != "submit")
    link = link_personally(connected, OLIVIA)
    now = timezone.now()

    operation = w.send(p.press(action, connected, invoice, now=now), now=now)

    assert (operation.state, operation.personal_link_id) == (State.DONE, link.pk)
    assert authors(connected, invoice)[0].startswith("Emma Clarke")
    assert authors(connected, invoice)[-1].startswith("Olivia Grant")


def test_a_creation_with_a_new_contact_is_written_in_the_persons_own_name(
    connected: Connected,
) -> None:
    link = link_personally(connected, OLIVIA)
    now = timezone.now()
    contact = w.press_contact(connected, "Kadıköy Işık Ltd", now=now)
    creation = w.press(connected, now=now, depends_on=contact)
    Operation.objects.across_companies().update(personal_link=link)

    w.send(contact, now=now)
    done = w.send(creation, now=now + w.seconds(1))

    assert done.invoice is not None
    assert {each.split(" (")[0] for each in authors(connected, done.invoice)} == {"Olivia Grant"}


def test_a_press_names_the_link_it_was_made_with(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    before = p.press("approve", connected, invoice, now=timezone.now())
    link = link_personally(connected, OLIVIA)
    other = p.make(connected)
    after = p.press("approve", connected, other, now=timezone.now())

    assert before.personal_link_id is None
    assert after.personal_link_id == link.pk


def test_a_link_that_ended_is_never_replaced_by_the_companys_user(connected: Connected) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    link_personally(connected, OLIVIA)
    now = timezone.now()
    operation = p.press("approve", connected, invoice, now=now)
    revoke(connected, OLIVIA)

    operation = w.send(operation, now=now)

    assert (operation.state, operation.waiting_for) == (State.WAITING, "own_link")
    assert p.writes_to(connected, str(invoice.xero_invoice_id)) == []
    assert link_of(connected).state == Link.RECONNECT
    connected.connection.refresh_from_db()
    assert connected.connection.state == XeroConnection.State.ACTIVE
    assert operation.pk not in queries.list_due(now + w.seconds(600), is_sending_paused=False)

    link_personally(connected, OLIVIA)
    assert operation.pk in queries.list_due(timezone.now(), is_sending_paused=False)
    operation = w.send(operation, now=timezone.now())

    assert operation.state == State.DONE
    assert len(p.writes_to(connected, str(invoice.xero_invoice_id))) == 1
    assert authors(connected, invoice)[-1].startswith("Olivia Grant")


def test_a_link_that_ends_while_a_press_waits_for_xero_is_what_it_waits_for_then(
    connected: Connected,
) -> None:
    invoice = p.make(connected)
    p.allow(connected)
    link_personally(connected, OLIVIA)
    now = timezone.now()
    p.fault(connected, "rate_limit", "/Invoices/", problem="minute", retry_after=40)
    operation = w.send(p.press("approve", connected, invoice, now=now), now=now)
    assert (operation.state, operation.waiting_for) == (State.WAITING, "limit")
    revoke(connected, OLIVIA)
    XeroAuthorisation.objects.filter(email=OLIVIA).update(access_expires_at=now)

    operation = w.send(operation, now=now + w.seconds(60))

    assert (operation.state, operation.waiting_for) == (State.WAITING, "own_link")
    assert link_of(connected).state == Link.RECONNECT
    later = now + w.seconds(120)
    assert queries.list_due(later, is_sending_paused=False) == []

    link_personally(connected, OLIVIA)
    operation = w.send(operation, now=later)

    assert operation.state == State.DONE


def test_an_unknown_outcome_is_looked_up_with_the_companys_connection(
    connected: Connected,
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    link_personally(connected, OLIVIA)
    now = timezone.now()
    p.fault(connected, "reset_after", str(invoice.xero_invoice_id))
    operation = w.send(p.press("approve", connected, invoice, now=now), now=now)
    assert operation.state == State.UNSURE
    revoke(connected, OLIVIA)

    operation = w.send(operation, now=now + w.seconds(100))
    assert operation.state == State.UNSURE
    operation = w.send(operation, now=now + w.seconds(400))

    assert operation.state == State.DONE
    assert len(p.writes_to(connected, str(invoice.xero_invoice_id))) == 1
    assert p.row(invoice).xero_status == "AUTHORISED"


def test_an_unknown_outcome_that_xero_does_not_have_waits_for_the_person(
    connected: Connected,
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    link_personally(connected, OLIVIA)
    now = timezone.now()
    p.fault(connected, "reset_before", str(invoice.xero_invoice_id))
    operation = w.send(p.press("approve", connected, invoice, now=now), now=now)
    revoke(connected, OLIVIA)
    # A resend is refused first; then the look finds nothing, and the next generation waits.
    w.send(operation, now=now + w.seconds(100))
    w.send(w.fresh(operation), now=now + w.seconds(400))

    operation = w.send(w.fresh(operation), now=now + w.seconds(401))

    assert (operation.state, operation.waiting_for) == (State.WAITING, "own_link")
    assert p.truth(connected, invoice)["Status"] == "DRAFT"


def test_what_was_not_sent_when_the_link_was_removed_is_refused_unsent(
    connected: Connected,
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    link = link_personally(connected, OLIVIA)
    now = timezone.now()
    operation = p.press("approve", connected, invoice, now=now)
    waiting = p.press("approve", connected, p.make(connected), now=now)
    revoke(connected, OLIVIA)
    waiting = w.send(waiting, now=now)
    assert waiting.state == State.WAITING
    personal.end(link, by=connected.user, now=now)

    assert waiting.pk in queries.list_due(now + w.seconds(9), is_sending_paused=False)
    found = [w.send(each, now=now + w.seconds(9)) for each in (operation, waiting)]

    assert {(each.state, each.error_code) for each in found} == {(State.REFUSED, "own_link_ended")}
    assert p.truth(connected, invoice)["Status"] == "DRAFT"
    del connected.membership.xero_link
    again = w.send(p.press("approve", connected, invoice, now=now), now=now)
    assert (again.state, again.personal_link_id) == (State.DONE, None)


def test_what_was_pressed_with_a_removed_link_stays_refused_when_it_is_linked_again(
    connected: Connected,
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    link = link_personally(connected, OLIVIA)
    now = timezone.now()
    operation = p.press("approve", connected, invoice, now=now)
    personal.end(link, by=connected.user, now=now)
    link_personally(connected, OLIVIA)

    operation = w.send(operation, now=now)

    assert (operation.state, operation.error_code) == (State.REFUSED, "own_link_ended")
    assert p.truth(connected, invoice)["Status"] == "DRAFT"


def test_a_creation_whose_link_was_removed_takes_its_dependents_along(
    connected: Connected,
) -> None:
    link = link_personally(connected, OLIVIA)
    now = timezone.now()
    contact = w.press_contact(connected, "Kadıköy Işık Ltd", now=now)
    creation = w.press(connected, now=now, depends_on=contact)
    Operation.objects.across_companies().update(personal_link=link)
    personal.end(link, by=connected.user, now=now)

    w.send(contact, now=now)

    assert (w.fresh(creation).state, w.fresh(creation).error_code) == (
        State.REFUSED,
        "own_link_ended",
    )
    assert w.writes(connected) == []


def test_a_reading_user_narrows_everything(connected: Connected) -> None:
    invoice = p.make(connected)
    membership = p.allow(connected)
    link_personally(connected, NOOR)

    offered = {each.code: each for each in offer(connected, invoice)}

    assert actions.APPROVE not in offered
    for code in (actions.SUBMIT, actions.DELETE):
        assert offered[code].reason_code == "own_xero_right"
    assert offered[actions.PDF].is_enabled
    with pytest.raises(lifecycle.NotAllowed):
        p.press("approve", connected, invoice, now=timezone.now())
    with pytest.raises(services.NotAllowed) as refused:
        services.check_may_create(membership, connected.connection)
    assert refused.value.code == "own_xero_right"


def test_the_flags_narrow_what_the_own_user_may(connected: Connected) -> None:
    invoice = p.make(connected)
    p.allow(connected, can_approve=False)
    link_personally(connected, OLIVIA)

    offered = {each.code for each in offer(connected, invoice)}

    assert actions.APPROVE not in offered and actions.SUBMIT in offered


def test_an_ended_link_disables_everything_with_the_next_click(connected: Connected) -> None:
    invoice = p.make(connected)
    p.allow(connected)
    link = link_personally(connected, OLIVIA)
    link.state = Link.RECONNECT
    link.save(update_fields=["state"])

    offered = {each.code: each for each in offer(connected, invoice)}

    for code in (actions.APPROVE, actions.DELETE, actions.PDF):
        assert offered[code].reason_code == "own_link"
    assert "My Xero" in str(offered[actions.APPROVE].reason)
    assert offered[actions.OPEN].is_enabled
    with pytest.raises(services.NotAllowed) as refused:
        services.check_may_create(connected.membership, connected.connection)
    assert refused.value.code == "own_link"


def test_one_grant_of_link_and_company_ends_for_both(connected: Connected) -> None:
    link_personally(connected, EMMA)
    connection = XeroConnection.objects.for_company(connected.company).get()
    assert connection.authorisation_id == link_of(connected).authorisation_id
    revoke(connected, EMMA)
    XeroAuthorisation.objects.update(access_expires_at=timezone.now())

    with pytest.raises(errors.Revoked):
        access.open_xero(connection, now=timezone.now(), personal_link=link_of(connected))

    connection.refresh_from_db()
    assert connection.state == XeroConnection.State.RECONNECT
    assert link_of(connected).state == Link.RECONNECT


def test_paid_invoices_are_voided_within_what_the_own_grant_reaches(
    connected: Connected,
) -> None:
    p.grant_payments(connected)
    p.switch_void_paid(connected)
    invoice = p.make(connected, "approve", "pay")
    p.allow(connected)
    link_personally(connected, OLIVIA)
    XeroAuthorisation.objects.filter(email=OLIVIA).update(scopes="accounting.invoices")
    now = timezone.now()
    operation = p.press(
        "void_paid",
        connected,
        invoice,
        now=now,
        can_void_paid=True,
        runtime=w.runtime(void_paid_invoices=True),
    )

    operation = w.send(operation, now=now)

    assert (operation.state, operation.error_code) == (State.REFUSED, "scope_missing")
    assert p.truth(connected, invoice)["Status"] == "PAID"
    assert link_of(connected).state == Link.ACTIVE


@pytest.mark.parametrize(("kind", "sent"), [("reset_after", 1), ("reset_before", 2)])
def test_a_look_for_a_removal_does_not_end_a_connection_without_payments(
    connected: Connected, kind: str, sent: int
) -> None:
    p.switch_void_paid(connected)
    consent_without_payments(connected)
    invoice = p.make(connected, "approve", "pay")
    p.allow(connected)
    link_personally(connected, OLIVIA)
    now = timezone.now()
    p.fault(connected, kind, "/Payments/")
    operation = w.send(
        p.press("void_paid", connected, invoice, now=now, can_void_paid=True), now=now
    )
    assert operation.state == State.UNSURE

    operation = w.send(operation, now=now + w.seconds(500))
    assert (operation.state, operation.looks) == (State.READY, 0)
    for step in range(3):
        operation = w.send(operation, now=now + w.seconds(501 + step))

    connected.connection.refresh_from_db()
    assert connected.connection.state == XeroConnection.State.ACTIVE
    assert link_of(connected).state == Link.ACTIVE
    assert operation.state == State.DONE
    assert p.truth(connected, invoice)["Status"] == "VOIDED"
    removals = [each for each in w.writes(connected, "POST") if "/Payments/" in each["path"]]
    assert len(removals) == sent


def consent_without_payments(connected: Connected) -> None:
    """Let the company's grant be one of before payments were asked for."""
    scope = "offline_access accounting.invoices accounting.contacts accounting.settings.read"
    grant = connected.vendors.control(
        "xero/connect", {"email": EMMA, "slugs": ["brightside"], "scope": scope}
    )
    tokens = TokenSet(
        access_token=Secret(grant["access_token"]),
        refresh_token=Secret(grant["refresh_token"]),
        expires_in=grant["expires_in"],
        scopes=tuple(grant["scope"].split()),
    )
    xero_services.store_grant(
        xero_user_id=UUID(grant["xero_userid"]), email=EMMA, tokens=tokens, now=timezone.now()
    )
    connected.connection.refresh_from_db()


def offer(connected: Connected, invoice: Invoice) -> tuple[actions.Action, ...]:
    """Return what the member is offered on the invoice."""
    found: Any = actions.offered(
        invoice,
        connected.membership,
        connected.connection,
        runtime=snapshot(),
        has_open_operation=False,
    )
    return tuple(found)


def test_my_xero_names_what_waits_before_the_link_is_removed(
    connected: Connected, client: Client, django_assert_max_num_queries: Any
) -> None:
    p.allow(connected)
    link_personally(connected, OLIVIA)
    now = timezone.now()
    pressed = [p.press("approve", connected, p.make(connected), now=now) for _each in range(3)]
    revoke(connected, OLIVIA)
    w.send(pressed[0], now=now)
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"

    with django_assert_max_num_queries(8):
        page = client.get("/settings/my-xero/").content.decode()

    assert "Your own Xero link has ended" in page
    assert page.count("/deals/41/") == 3
    for operation in pressed:
        assert operation.invoice is not None and operation.invoice.number in page
    assert "What has not been sent is dropped: do it again" in page


def test_whoever_pressed_is_warned_on_the_card_and_a_colleague_is_told_why_it_waits(
    connected: Connected, client: Client
) -> None:
    p.allow(connected)
    invoice = p.make(connected)
    link_personally(connected, OLIVIA)
    now = timezone.now()
    operation = p.press("approve", connected, invoice, now=now)
    revoke(connected, OLIVIA)
    w.send(operation, now=now)
    client.force_login(connected.user)
    client.cookies["ib_language"] = "en"

    own = client.get(f"/invoices/{invoice.pk}/card/").content.decode()
    Operation.objects.for_company(connected.company).filter(pk=operation.pk).update(
        requested_by=None
    )
    others = client.get(f"/invoices/{invoice.pk}/card/").content.decode()

    mine = "“Approve” is waiting because your own Xero link has ended."
    theirs = "“Approve” is waiting: the personal Xero link of whoever pressed it has ended"
    assert mine in own and "banner--warning" in own and theirs not in own
    assert theirs in others and mine not in others


def test_my_xero_shows_nothing_of_a_colleague(connected: Connected, client: Client) -> None:
    link_personally(connected, OLIVIA)
    role = Membership.Role.REP
    mehmet = connect(connected.vendors, MEHMET, None, role=role)
    client.force_login(mehmet.user)

    page = client.get("/settings/my-xero/").content.decode().replace("<wbr>", "")
    client.post("/settings/my-xero/unlink/")

    assert OLIVIA not in page
    assert link_of(connected).state == Link.ACTIVE
