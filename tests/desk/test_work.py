"""What people do in a conversation: outcomes, offers, approvals, identity; and what webhooks tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.debt.holds import HoldKind
from bot.debt.party import DebtorId
from bot.services import desk_case, desk_identity, desk_offers, outcomes, queue_watch, relay, webhooks
from bot.services.application import Application
from bot.services.desk_port import User
from tests.desk.conftest import new_user, waiting
from tests.desk.test_relay import refused, tags_of
from tests.support.people import Known, Person


@pytest.fixture
def ana(app: Application) -> User:
    return new_user(app, "ana")


@pytest.fixture
def claimed(app: Application, ana: User) -> Person:
    """An identified debtor whom Ana has."""
    person = waiting(app, known=Known())
    relay.claim(app, ana, person.conversation.conversation_id)
    return person


def holds(app: Application) -> set[HoldKind]:
    with app.unit_of_work(write=False) as uow:
        return {hold.kind for hold in uow.holds.in_force(DebtorId("T-1"))}


@pytest.mark.parametrize(
    ("outcome", "hold", "response"),
    [
        ("dispute", HoldKind.DISPUTE, "utter_dispute_noted"),
        ("hardship", HoldKind.HARDSHIP, "utter_hardship"),
        ("stop", HoldKind.CEASE_CONTACT, "utter_contact_stopped"),
        ("wrong_person", HoldKind.WRONG_PARTY, "utter_wrong_person"),
    ],
)
def test_an_outcome_places_the_hold_that_the_assistant_would(
    app: Application, ana: User, claimed: Person, outcome: str, hold: HoldKind, response: str
) -> None:
    talk = claimed.conversation.conversation_id
    outcomes.record(app, ana, talk, outcome, {"words": "lo dijo por teléfono"}, tell=True)
    assert hold in holds(app)
    with app.unit_of_work(write=False) as uow:
        assert list(uow.transcripts.of(talk))[-1].response == response  # type: ignore[union-attr]


def test_an_outcome_can_be_noted_without_a_word(app: Application, ana: User, claimed: Person) -> None:
    talk = claimed.conversation.conversation_id
    before = len(desk_case.view(app, ana, talk).lines)
    outcomes.record(app, ana, talk, "hardship", {}, tell=False)
    assert len(desk_case.view(app, ana, talk).lines) == before


def test_a_promise_follows_the_rules(app: Application, ana: User, claimed: Person) -> None:
    talk, today = claimed.conversation.conversation_id, app.clock.today()
    far = {"due_on": (today + timedelta(days=200)).isoformat()}
    refused("promise_not_allowed", lambda: outcomes.record(app, ana, talk, "promise", far, tell=True))
    near = {"due_on": (today + timedelta(days=5)).isoformat(), "amount": "600"}
    outcomes.record(app, ana, talk, "promise", near, tell=True)
    view = desk_case.view(app, ana, talk)
    assert [str(p.amount.decimal) for p in view.accounts[0].promises] == ["600.00"]
    assert "PROMISE_MADE" in tags_of(app, claimed)


def test_a_call_outlives_the_chat(app: Application, ana: User, claimed: Person) -> None:
    talk = claimed.conversation.conversation_id
    outcomes.record(app, ana, talk, "callback", {"day": "2026-03-12", "time": "10:00"}, tell=True)
    relay.close(app, ana, talk, "RIGHT_PARTY_CONTACT")
    with app.unit_of_work(write=False) as uow:
        assert [case.reason for case in uow.handoffs.open_in(talk)] == ["callback"]


def test_an_offer_within_the_rules_is_made_agreed_and_comes_from_code(
    app: Application, ana: User, claimed: Person
) -> None:
    talk = claimed.conversation.conversation_id
    room = desk_case.view(app, ana, talk).room
    assert room is not None
    assert len(room.options) >= 3
    refused("offer_stale", lambda: desk_offers.make(app, ana, talk, "a key of one's own"))
    plan = next(option for option in room.options if len(option.terms.schedule) > 1)
    offer_id = desk_offers.make(app, ana, talk, plan.key)
    refused("not_said", lambda: desk_offers.accept(app, ana, talk, offer_id))
    claimed.says("affirm", "sí, de acuerdo con ese plan")
    desk_offers.accept(app, ana, talk, offer_id)
    with app.unit_of_work(write=False) as uow:
        arrangement = uow.arrangements.open_for(plan_account(claimed))
        accepted = uow.audit.of_chain(f"conversation:{talk}", ["OFFER_ACCEPTED"])[0]
    assert arrangement is not None
    assert arrangement.terms == plan.terms
    assert accepted["payload"]["words"] == "sí, de acuerdo con ese plan"
    assert accepted["payload"]["actor"] == ana.user_id
    refused("offers_closed", lambda: desk_offers.make(app, ana, talk, plan.key))


def plan_account(person: Person) -> object:
    return person.conversation.account


def test_an_offer_goes_on_with_the_assistant(app: Application, ana: User, claimed: Person) -> None:
    talk = claimed.conversation.conversation_id
    room = desk_case.view(app, ana, talk).room
    assert room is not None
    offer_id = desk_offers.make(app, ana, talk, room.options[0].key)
    relay.hand_back(app, ana, talk, "quiere pensarlo", offer_id)
    assert "utter_agreed" in claimed.says("affirm", "sí, acepto")


def test_terms_beyond_the_rules_need_four_eyes(app: Application, ana: User, claimed: Person) -> None:
    talk = claimed.conversation.conversation_id
    boss, other = new_user(app, "boss", "supervisor"), new_user(app, "other", "supervisor")
    form = {
        "kind": "settlement",
        "amount": "150",
        "payments": "2",
        "starts_on": (app.clock.today() + timedelta(days=7)).isoformat(),
        "reason": "en paro",
    }
    approval_id = desk_offers.ask_approval(app, ana, talk, form)
    assert approval_id is not None
    refused("not_allowed", lambda: desk_offers.decide_approval(app, ana, approval_id, approve=True, note=""))
    desk_offers.decide_approval(app, boss, approval_id, approve=True, note="de acuerdo")
    refused("decided", lambda: desk_offers.decide_approval(app, other, approval_id, approve=False, note=""))
    approval = desk_case.view(app, ana, talk).approvals[0]
    assert approval.offer_id is not None
    assert str(approval.terms.total.decimal) == "150.00"
    assert approval.terms.total + approval.terms.saving == approval.balance
    desk_offers.send_approved(app, ana, talk, approval.offer_id)
    claimed.says("affirm", "vale, sí")
    desk_offers.accept(app, ana, talk, approval.offer_id)
    assert tags_of(app, claimed).count("DESK_APPROVAL") == 2


def test_nobody_approves_their_own_request(app: Application) -> None:
    boss, person = new_user(app, "boss", "supervisor"), waiting(app, known=Known())
    talk = person.conversation.conversation_id
    relay.claim(app, boss, talk)
    form = {"kind": "settlement", "amount": "100", "starts_on": app.clock.today().isoformat(), "reason": "x"}
    approval_id = desk_offers.ask_approval(app, boss, talk, form)
    assert approval_id is not None
    refused("own_request", lambda: desk_offers.decide_approval(app, boss, approval_id, approve=True, note=""))


def test_what_the_rules_allow_needs_no_approval(app: Application, ana: User, claimed: Person) -> None:
    form = {"kind": "plan", "payments": "3", "starts_on": app.clock.today().isoformat(), "reason": "cabe"}
    assert desk_offers.ask_approval(app, ana, claimed.conversation.conversation_id, form) is None


def test_nonsense_of_a_form_is_refused(app: Application, ana: User, claimed: Person) -> None:
    talk, day = claimed.conversation.conversation_id, app.clock.today().isoformat()
    good = {"kind": "settlement", "amount": "150", "payments": "1", "starts_on": day, "reason": "x"}
    for wrong, code in (
        ({"amount": "mucho"}, "bad_amount"),
        ({"amount": "-5"}, "bad_amount"),
        ({"amount": "NaN"}, "bad_amount"),
        ({"amount": "99999"}, "bad_amount"),
        ({"payments": "0"}, "bad_payments"),
        ({"payments": "1e3"}, "bad_payments"),
        ({"starts_on": "ayer"}, "bad_date"),
        ({"starts_on": "2020-01-01"}, "bad_date"),
        ({"reason": " "}, "reason_missing"),
    ):
        refused(code, lambda wrong=wrong: desk_offers.ask_approval(app, ana, talk, good | wrong))  # type: ignore[misc]


def test_a_person_identifies_a_debtor_without_seeing_their_data(app: Application, ana: User) -> None:
    from tests.support.people import add

    known = add(app, Known())
    person = waiting(app)
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    assert desk_case.view(app, ana, talk).room is None
    given = {"account_reference": known.reference, "date_of_birth": "1990-01-01", "postal_code": "28013"}
    assert desk_identity.check(app, ana, talk, {"account_reference": known.reference}) == "incomplete"
    assert desk_identity.check(app, ana, talk, given) == "failed"
    assert desk_identity.check(app, ana, talk, given | {"date_of_birth": known.born}) == "verified"
    view = desk_case.view(app, ana, talk)
    assert view.is_identified
    assert view.room is not None
    assert "utter_identified" not in [line.response for line in view.lines]


def test_webhooks_are_signed_and_tried_again_and_say_nothing_personal(app: Application) -> None:
    url = "https://help.example.org/hook"
    app = replace(app, settings=replace(app.settings, desk_webhooks=(url,), desk_webhook_secret="s" * 20))
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    relay.close(app, ana, talk, "NO_ANSWER")
    told = []
    while (event := webhooks.next_call(app)) is not None:
        told.append(event)
        webhooks.record(app, event, was_taken=event.kind != "waiting")
    assert [event.kind for event in told] == ["waiting", "claimed", "closed"]
    body = webhooks.body_of(told[0]).decode()
    assert "Lucía" not in body
    assert "someone" not in body
    app.clock.at += timedelta(seconds=40)  # type: ignore[attr-defined]
    again = webhooks.next_call(app)
    assert again is not None
    assert again.event_id == told[0].event_id
    assert webhooks.signature("s" * 20, "1", b"{}") != webhooks.signature("s" * 20, "2", b"{}")


def test_ready_answers_may_be_sent_as_they_are(app: Application, ana: User) -> None:
    stranger, known = waiting(app, "stranger"), waiting(app, "known", Known())
    for person in (stranger, known):
        relay.claim(app, ana, person.conversation.conversation_id)
    filled = {"agent": "Ana", "name": "", "hours": "de lunes a viernes"}
    for reply in app.rulebook.canned_replies:
        person = stranger if reply.before_identity else known
        for language, text in reply.texts.items():
            key = f"{reply.reply_id}.{language}"
            relay.send(app, ana, person.conversation.conversation_id, text.format(**filled), key=key)


def test_an_identification_ends_at_the_desk_too_and_nothing_we_write_revives_it(app: Application) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    app.clock.at += timedelta(minutes=31)  # type: ignore[attr-defined]
    relay.send(app, ana, talk, "¿Sigue ahí?", key="1")
    assert person.conversation.verified_at is None
    person.says("affirm", "sí, dígame")  # perhaps somebody else by now
    debt = "Su deuda es de 600 €"
    refused("forbidden_wording", lambda: relay.send(app, ana, talk, debt, key="2", confirmed=True))
    assert person.conversation.debtor_id == "T-1", (
        "whom it is about stays known: the person can still protect them"
    )
    assert tags_of(app, person).count("IDENTITY_EXPIRED") == 1


def test_the_desks_own_notice_does_not_prolong_an_identification(app: Application) -> None:
    person = waiting(app, known=Known())
    answered = person.conversation.state["answered_at"]
    app.clock.at += timedelta(minutes=11)  # type: ignore[attr-defined]
    assert queue_watch.look(app).told == 1
    assert person.conversation.state["answered_at"] == answered
