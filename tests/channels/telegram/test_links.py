"""Whose chat it is: by a link or by the sender's own number, and never more than that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner

from bot.cli import aldia
from bot.services import chat_links
from bot.services.case_file import UnknownAccount
from tests.channels.telegram import updates
from tests.channels.telegram.conftest import World
from tests.channels.telegram.updates import CHAT
from tests.support.people import KEY, Known, add

PHONE = "+34600111222"
EVA = 70_000_009


@pytest.fixture
def known(world: World) -> Known:
    """A debtor in Argentina, who prefers Spanish."""
    return add(world.app, Known(country="AR", currency="ARS", phone=PHONE))


def link(world: World, known: Known, days: int = 7) -> str:
    return chat_links.make(world.app, known.reference.lower(), "telegram", days).token


def test_a_link_says_whose_chat_it_is_and_discloses_nothing(world: World, known: Known) -> None:
    token = link(world, known)

    async def story() -> None:
        assert await world.gets(updates.command(f"/start {token}", language="en")) == [
            "utter_introduction",
            "utter_greet",
        ]

    world.tells(story)
    talk = world.conversation()
    assert (talk.debtor_id, talk.verified_at, talk.state["country"], talk.language) == (
        known.debtor_id,
        None,
        "AR",
        "es",
    )
    assert world.record("CHAT_LINKED") == [{"by": "link", "outcome": "linked", "debtor_id": known.debtor_id}]
    assert not world.record("BALANCE_DISCLOSED")
    assert [row.text for row in world.inbox()] == ["/start"]
    with world.app.unit_of_work(write=False) as uow:
        assert uow.debtors.by_address("telegram", str(CHAT)) == known.debtor_id


def test_who_came_by_a_link_still_has_to_say_who_they_are(world: World, known: Known) -> None:
    from bot.services import dialogue
    from bot.services.understood import Heard

    token = link(world, known)

    async def hears_balance(message: object) -> None:
        world.rasa.seen.append(message)  # type: ignore[arg-type]
        dialogue.take_turn(world.app, message.metadata["message_id"], Heard("ask_balance", 0.99, text="x"))  # type: ignore[attr-defined]

    async def story() -> None:
        await world.gets(updates.command(f"/start {token}"))
        service = world.connector._service
        assert service is not None
        await service.take_content(updates.message(text="cuánto debo"), hears_balance)
        await world.settled()

    world.tells(story)
    assert world.outbox()[-1].response == "utter_ask_identity_known"


@pytest.mark.parametrize("state", ["wrong", "expired", "used", "other channel", "no token", "strange"])
def test_a_link_that_does_not_hold_is_a_plain_start_in_the_same_words(
    world: World, known: Known, state: str
) -> None:
    token = link(world, known)
    if state == "other channel":
        token = chat_links.make(world.app, known.reference, "web", 7).token
    if state == "wrong":
        token = token[:-1] + ("a" if token[-1] != "a" else "b")
    if state == "strange":
        token = "ñ" * 32
    if state == "expired":
        world.app.clock.at += timedelta(days=8)  # type: ignore[attr-defined]

    async def story() -> None:
        if state == "used":
            await world.gets(updates.command(f"/start {token}", EVA))
        sent = f"/start {token}" if state != "no token" else "/start "
        assert await world.gets(updates.command(sent)) == ["utter_introduction", "utter_greet"]

    world.tells(story)
    assert world.conversation().debtor_id is None
    expected = {"wrong": "unknown", "strange": "unknown", "other channel": "expired"}.get(state, state)
    outcomes = [entry["outcome"] for entry in world.record("CHAT_LINKED")]
    assert outcomes == ([] if state == "no token" else [expected])


def test_a_link_delivered_twice_is_opened_once(world: World, known: Known) -> None:
    update = updates.command(f"/start {link(world, known)}")

    async def story() -> None:
        await world.gets(update, update)

    world.tells(story)
    assert len(world.record("CHAT_LINKED")) == 1
    assert world.conversation().debtor_id == known.debtor_id


def test_a_later_link_in_the_same_chat_wins(world: World, known: Known) -> None:
    other = add(world.app, Known(reference="AD-ES-9002", debtor_id="T-2", document="87654321X"))

    async def story() -> None:
        await world.gets(updates.command(f"/start {link(world, known)}"))
        await world.gets(updates.command(f"/start {link(world, other)}"))

    world.tells(story)
    assert world.conversation().debtor_id == "T-2"
    with world.app.unit_of_work(write=False) as uow:
        assert uow.debtors.by_address("telegram", str(CHAT)) == "T-2"


def test_only_the_hash_is_kept(world: World, known: Known) -> None:
    token = link(world, known)
    with world.app.unit_of_work(write=False) as uow:
        assert uow.chat_links.get(token) is None


def test_no_link_for_an_account_that_is_none(world: World) -> None:
    with pytest.raises(UnknownAccount):
        chat_links.make(world.app, "AD-ES-0000", "telegram", 7)


# -- shared numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phone", [PHONE, PHONE[1:], "+34 600 111 222"])
def test_the_senders_own_number_says_whose_chat_it_is(world: World, known: Known, phone: str) -> None:
    async def story() -> None:
        names = await world.gets(updates.contact(CHAT, phone, CHAT))
        assert names == ["utter_introduction", "utter_number_shared", "utter_ask_identity_known"]

    world.tells(story)
    assert (world.conversation().debtor_id, world.conversation().verified_at) == (known.debtor_id, None)


@pytest.mark.parametrize("owner", [None, EVA])
def test_another_persons_contact_is_not_kept(world: World, known: Known, owner: int | None) -> None:
    async def story() -> None:
        assert (await world.gets(updates.contact(CHAT, PHONE, owner)))[-1] == "utter_other_contact"

    world.tells(story)
    assert world.conversation().debtor_id is None
    assert world.inbox()[0].media == ({"kind": "contact"},)


def test_a_number_that_nobody_has_is_thanked_for_in_the_same_words(world: World, known: Known) -> None:
    async def story() -> None:
        assert (await world.gets(updates.contact(CHAT, "+34600999888", CHAT)))[1] == "utter_number_shared"

    world.tells(story)
    assert world.conversation().debtor_id is None


def test_a_number_of_two_debtors_is_nobodys(world: World, known: Known) -> None:
    add(world.app, Known(reference="AD-ES-9002", debtor_id="T-2", document="87654321X", phone=PHONE))

    async def story() -> None:
        await world.gets(updates.contact(CHAT, PHONE, CHAT))

    world.tells(story)
    assert world.conversation().debtor_id is None


@pytest.mark.parametrize("phone", ["", "abc", "1", "+" + "9" * 40])
def test_a_number_that_is_none_is_not_kept(world: World, phone: str) -> None:
    async def story() -> None:
        assert await world.gets(updates.contact(CHAT, phone, CHAT))

    world.tells(story)


# -- the command ---------------------------------------------------------------------------------------------


def run(
    world: World, monkeypatch: pytest.MonkeyPatch, *arguments: str, **environment: str
) -> tuple[int, str, str]:
    monkeypatch.setenv("ALDIA_DATABASE_URL", world.app.settings.database_url)
    monkeypatch.setenv("ALDIA_IDENTITY_KEY", KEY)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(aldia, ["link", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_prints_a_link_that_works(
    world: World, known: Known, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    file = tmp_path / "channels.yml"  # type: ignore[operator]
    file.write_text("telegram: {bot_name: '@AlDiaTestBot'}\n")
    code, printed, told = run(
        world, monkeypatch, known.reference, "--days", "3", ALDIA_CHANNELS_FILE=str(file)
    )
    assert code == 0
    base, _, token = printed.strip().partition("?start=")
    assert base == "https://t.me/AlDiaTestBot"
    assert len(token) <= 64
    assert "works once" in told


def test_the_command_says_what_is_missing(
    world: World, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, printed, told = run(world, monkeypatch, known.reference)
    assert (code, printed) == (1, "")
    assert "bot_name" in told
    assert "ALDIA_TELEGRAM_TOKEN" in told
    assert run(world, monkeypatch, known.reference, "--days", "0")[0] == 2
