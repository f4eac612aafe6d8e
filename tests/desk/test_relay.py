"""From the assistant to the queue, to a person and back: who may speak, and that only one wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from bot.audit.tags import Tag
from bot.debt.conversations import Owner
from bot.debt.dispositions import Disposition
from bot.services import desk_case, desk_queue, queue_watch, relay
from bot.services.application import Application
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal
from tests.desk.conftest import new_user, waiting
from tests.support.people import Known, Person


def tags_of(app: Application, person: Person) -> list[str]:
    chain = f"conversation:{person.conversation.conversation_id}"
    with app.unit_of_work(write=False) as uow:
        return [entry["tag"] for entry in uow.audit.of_chain(chain, [tag.value for tag in Tag])]


def refused(code: str, call: Callable[[], object]) -> None:
    with pytest.raises(DeskRefusal) as caught:
        call()
    assert caught.value.code == code


def test_of_many_who_claim_at_once_one_wins(both: Application) -> None:
    person = waiting(both)
    talk = person.conversation.conversation_id
    people = [new_user(both, f"agent{n}") for n in range(8)]
    start, outcomes, refusals = threading.Barrier(len(people)), [], []

    def try_it(user: User) -> None:
        start.wait()
        try:
            relay.claim(both, user, talk)
            outcomes.append(user.user_id)
        except DeskRefusal as refusal:
            refusals.append(refusal.code)

    threads = [threading.Thread(target=try_it, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert refusals == ["taken"] * 7
    assert person.conversation.assignee == outcomes[0]
    assert tags_of(both, person).count("DESK_CLAIMED") == 1


def test_the_whole_way(both: Application) -> None:
    person, ana = waiting(both, known=Known()), new_user(both, "ana")
    talk = person.conversation.conversation_id
    assert person.conversation.owner is Owner.WAITING
    relay.claim(both, ana, talk)
    assert person.says("ask_balance", "cuánto debo") == []  # the assistant is silent, whatever arrives
    assert person.says("request_discount", "y si pago ya?") == []
    sent = relay.send(both, ana, talk, "Hola, soy Ana", key="1")
    assert relay.send(both, ana, talk, "Hola, soy Ana", key="1") == sent  # pressed twice, sent once
    with both.unit_of_work(write=False) as uow:
        row = uow.outbox.get(sent)
        case = uow.handoffs.open_in(talk)[0]
    assert row is not None
    assert (row.author, row.status, row.cause) == ("Ana", "sent", None)
    assert case.first_response_at is not None
    relay.hand_back(both, ana, talk, "resuelto")
    assert person.conversation.owner is Owner.BOT
    with both.unit_of_work(write=False) as uow:
        last = list(uow.transcripts.of(talk))[-1]
        assert last.response == "utter_bot_again"  # once, and nothing about what was asked meanwhile
        assert uow.handoffs.open_in(talk) == []
    assert "utter_balance" in person.says("ask_balance", "cuánto debo")
    assert {"HANDED_OFF", "DESK_CLAIMED", "MESSAGE_SENT", "DESK_RETURNED"} <= set(tags_of(both, person))


def test_a_turn_begun_before_the_return_is_not_answered_after_it(app: Application) -> None:
    person, ana = waiting(app), new_user(app, "ana")
    from bot.services import dialogue, reception
    from bot.services.reception import Incoming
    from bot.services.understood import Heard

    late = reception.receive(app, Incoming("rest", "someone", "late", "hola"))
    relay.claim(app, ana, person.conversation.conversation_id)
    relay.hand_back(app, ana, person.conversation.conversation_id, "ya está")
    assert dialogue.take_turn(app, late.message_id, Heard("greet", 0.99, text="hola")) == ()
    assert reception.conclude(app, late.message_id) == ()


def test_a_stop_word_acts_while_a_person_has_the_chat(app: Application) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    assert person.says("none", "BAJA") == []  # it acts; what is said about it is the person's to say
    refused("stopped", lambda: relay.send(app, ana, talk, "¿Seguro?", key="1"))


def test_only_who_has_it_can_send(app: Application) -> None:
    person, ana, ben = waiting(app), new_user(app, "ana"), new_user(app, "ben")
    talk = person.conversation.conversation_id
    refused("not_yours", lambda: relay.send(app, ben, talk, "Hola", key="1"))
    relay.claim(app, ana, talk)
    refused("not_yours", lambda: relay.send(app, ben, talk, "Hola", key="1"))
    refused("taken", lambda: relay.claim(app, ben, talk))
    refused("not_found", lambda: desk_case.view(app, ben, talk))
    refused("not_yours", lambda: relay.close(app, ben, talk, "DISPUTED"))
    refused("not_yours", lambda: relay.release(app, ben, talk))


def test_roles_that_may_not_answer(app: Application) -> None:
    person = waiting(app)
    talk = person.conversation.conversation_id
    for role in ("compliance", "administrator"):
        user = new_user(app, role, role)
        refused("not_allowed", lambda user=user: relay.claim(app, user, talk))  # type: ignore[misc]
    refused("not_allowed", lambda: relay.reassign(app, new_user(app, "ana"), talk, "U-x"))


def test_a_supervisor_gives_it_to_somebody_else(app: Application) -> None:
    person, ana, ben = waiting(app), new_user(app, "ana"), new_user(app, "ben")
    boss = new_user(app, "boss", "supervisor")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    relay.reassign(app, boss, talk, ben.user_id)
    assert person.conversation.assignee == ben.user_id
    refused("not_yours", lambda: relay.send(app, ana, talk, "Hola", key="1"))
    relay.release(app, boss, talk)
    assert person.conversation.owner is Owner.WAITING


def test_closing_sets_the_disposition_and_the_assistant_introduces_itself_again(app: Application) -> None:
    person, ana = waiting(app), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    refused("unknown_disposition", lambda: relay.close(app, ana, talk, "HANDED_OFF"))
    relay.close(app, ana, talk, "NO_ANSWER")
    assert person.conversation.disposition is Disposition.NO_ANSWER
    assert person.says("greet", "hola")[0] == "utter_introduction"


def test_never_mind_takes_it_out_of_the_queue(app: Application) -> None:
    person, ana = waiting(app), new_user(app, "ana")
    assert person.says("deny", "da igual, sigamos") == ["utter_back_with_you"]
    assert desk_queue.listed(app, ana) == []


def test_outside_hours_it_is_said_at_once_and_a_call_lands_in_the_queue(app: Application) -> None:
    app.clock.at = datetime(2026, 3, 14, 11, tzinfo=timezone.utc)  # type: ignore[attr-defined]  # a Saturday
    person, ana = waiting(app), new_user(app, "ana")
    assert "utter_person_later" in person.heard
    assert queue_watch.look(app).told == 0  # said once
    entities = [{"entity": "date", "value": "2026-03-16"}, {"entity": "time_of_day", "value": "10:00"}]
    assert person.says("inform", "el lunes a las 10", entities=entities) == ["utter_ask_callback_phone"]
    phone = [{"entity": "phone", "value": "+34600111222"}]
    assert person.says("inform", "al 600 111 222", entities=phone) == ["utter_callback_at"]
    row = desk_queue.listed(app, ana)[0]
    assert set(row.reasons) == {"asked", "callback"}
    app.clock.at += timedelta(minutes=30)  # type: ignore[attr-defined]
    assert queue_watch.look(app).told == 0  # the call is no reason to say it again


def test_who_waits_long_is_told_once(both: Application) -> None:
    person = waiting(both)
    assert queue_watch.look(both).told == 0
    both.clock.at += timedelta(minutes=11)  # type: ignore[attr-defined]
    looks = [threading.Thread(target=queue_watch.look, args=(both,)) for _ in range(4)]
    for one in looks:
        one.start()
    for one in looks:
        one.join()
    with both.unit_of_work(write=False) as uow:
        said = [
            m.response
            for m in uow.transcripts.of(person.conversation.conversation_id)
            if hasattr(m, "response")
        ]
    assert said.count("utter_wait_longer") == 1


def test_what_nobody_answers_goes_back_to_the_queue(app: Application) -> None:
    person, ana = waiting(app), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    relay.send(app, ana, talk, "Hola, lo miro", key="1")
    app.clock.at += timedelta(minutes=16)  # type: ignore[attr-defined]
    assert queue_watch.look(app).released == 0  # it is the debtor's turn
    person.says("none", "¿sigue ahí?")
    app.clock.at += timedelta(minutes=16)  # type: ignore[attr-defined]
    assert queue_watch.look(app).released == 1
    assert person.conversation.owner is Owner.WAITING
    assert person.conversation.assignee is None


def test_distress_comes_first_and_skills_choose(app: Application) -> None:
    waiting(app, "first")
    sad = Person(app, "second")
    sad.says("distress", "no puedo más, quiero desaparecer")
    english = Person(app, "third")
    english.says("request_agent", "I want to talk to a person please", language="en")
    ana, ben = new_user(app, "ana", languages=["es"]), new_user(app, "ben", languages=["en"])
    assert [row.reason for row in desk_queue.listed(app, ana)] == ["distress", "asked"]
    assert desk_queue.pull_next(app, ana) == sad.conversation.conversation_id
    assert desk_queue.pull_next(app, ben) == english.conversation.conversation_id
    refused("nothing_waits", lambda: desk_queue.pull_next(app, ben))


def test_nobody_gets_more_chats_than_they_can_hold(app: Application) -> None:
    ana = new_user(app, "ana")
    for number in range(6):
        waiting(app, f"person {number}")
    for _ in range(5):
        desk_queue.pull_next(app, ana)
    refused("enough", lambda: desk_queue.pull_next(app, ana))
