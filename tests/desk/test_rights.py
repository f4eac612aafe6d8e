"""Rights at the desk: what is due and what a person wishes is on the page; cases are closed, authorities decided."""

from __future__ import annotations

from collections.abc import Callable

from bot.debt.party import DebtorId
from bot.services import relay
from bot.services.application import Application
from tests.desk.conftest import new_user
from tests.desk.test_pages import Browser, open_browser, post
from tests.support.people import Known, Person, add

__all__ = ["open_browser"]


def test_rights_and_wishes_are_shown_and_closed(
    app: Application, open_browser: Callable[[str], Browser]
) -> None:
    ana = new_user(app, "ana")
    person = Person(app)
    person.identifies(add(app, Known(phone="+34600111222")))
    person.says("stop_contact", "no me escriban los fines de semana")
    person.says("data_rights", "corrijan mi apellido")
    person.says("inform", "es Prieto con T")
    person.says("request_callback", "llámenme mañana a las 5")
    person.says("request_agent", "quiero hablar con una persona")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    client = open_browser("ana")
    page = client.get(f"/c/{talk}").text
    for shown in ("fines de semana", "es Prieto con T", "countries.ES.data_request_answer"):
        assert shown in page
    with app.unit_of_work(write=False) as uow:
        (case,) = [one for one in uow.rights_cases.listed() if one.right == "rectification"]
    assert post(client, f"/c/{talk}/right", case_id=case.case_id, outcome="corregido") == 303
    with app.unit_of_work(write=False) as uow:
        closed = uow.rights_cases.get(case.case_id)
        assert closed is not None
        assert (closed.status, closed.outcome) == ("closed", "corregido")
    # Closed is closed; and a case of somebody else is not theirs to close.
    assert post(client, f"/c/{talk}/right", case_id=case.case_id, outcome="otra vez") >= 400


def test_a_persons_message_closes_the_wish_for_one(app: Application) -> None:
    ana = new_user(app, "ana")
    person = Person(app)
    person.identifies(add(app, Known()))
    person.says("request_agent", "quiero hablar con una persona")
    relay.claim(app, ana, person.conversation.conversation_id)
    relay.send(app, ana, person.conversation.conversation_id, "Hola, soy Ana.", key="1")
    with app.unit_of_work(write=False) as uow:
        assert [one.right for one in uow.rights_cases.listed()] == []


def a_lawyer_writes(app: Application, open_browser: Callable[[str], Browser]) -> tuple[Browser, str, str]:
    """Ana's browser with the chat in which a lawyer named herself, and the id of the case."""
    ana = new_user(app, "ana")
    add(app, Known())
    person = Person(app)
    person.says("legal_representation", "soy la abogada de Lucía, AD-ES-9001, me llamo Marta Ruiz")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    with app.unit_of_work(write=False) as uow:
        (case,) = uow.rights_cases.listed()
    return open_browser("ana"), talk, case.case_id


def test_an_authority_is_decided_on_the_page(
    app: Application, open_browser: Callable[[str], Browser]
) -> None:
    client, talk, case_id = a_lawyer_writes(app, open_browser)
    path = f"/c/{talk}/authority"
    assert post(client, path, case_id=case_id, decision="accept", until="2020-01-01") >= 400
    assert post(client, path, case_id=case_id, decision="accept", until="2027-03-01") == 303
    with app.unit_of_work(write=False) as uow:
        assert uow.rights_cases.listed() == []
        assert [hold.kind.value for hold in uow.holds.in_force(DebtorId("T-1"), None)] == ["represented"]


def test_an_authority_accepted_without_a_day_is_shown_with_its_last_one(
    app: Application, open_browser: Callable[[str], Browser]
) -> None:
    client, talk, case_id = a_lawyer_writes(app, open_browser)
    assert post(client, f"/c/{talk}/authority", case_id=case_id, decision="accept", until="") == 303
    with app.unit_of_work(write=False) as uow:
        closed = uow.rights_cases.get(case_id)
    assert closed is not None
    assert closed.outcome == "authority accepted until 2027-03-11"
