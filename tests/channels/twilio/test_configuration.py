"""channels.yml: what is forbidden stops the start, with file, key and reason; the default is off."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.configuration import Channels, ChannelsError, load_channels
from bot.settings import CHECKOUT
from tests.channels.twilio import fixtures

HX = "HX" + "a" * 32


def loaded(folder: Path, text: str) -> Channels:
    file = folder / "channels.yml"
    file.write_text(text, encoding="utf-8")
    return load_channels(file)


def sender(**more: object) -> str:
    values = {"channel": "sms", "number": f'"{fixtures.OUR_SMS}"', "collects": "first_party", **more}
    inner = ", ".join(f"{key}: {value}" for key, value in values.items() if value is not None)
    return f"twilio: {{senders: [{{{inner}}}]}}"


def test_the_file_that_comes_with_it_sends_nothing() -> None:
    channels = load_channels(CHECKOUT / "channels.yml")
    assert channels.twilio.senders == ()
    assert channels.twilio.whatsapp.policy_acknowledged_by == ""


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ({"collects": "third_party"}, "collects", ("30863", "30460", "`countries`")),
        ({"collects": "third_party", "countries": "[ES, US]"}, "collects", ("in US", "30863")),
        ({"collects": "third_party", "countries": "[CA]"}, "collects", ("in CA", "30863")),
        ({"countries": "[US]", "debt_reduction": "true"}, "debt_reduction", ("30869", "30466")),
        ({"debt_reduction": "true"}, "debt_reduction", ("30869",)),
        ({"collects": None}, "collects", ("required",)),
        ({"collects": "somebody"}, "collects", ("first_party", "third_party")),
        ({"number": None}, "messaging_service", ("MG",)),
        ({"number": 34600000001}, "number", ("in quotes",)),
        ({"messaging_service": "MG1"}, "messaging_service", ("32 hexadecimal",)),
        ({"countries": "[Spain]"}, "countries.0", ("two letters",)),
        ({"countries": "[]"}, "countries", ("at least one",)),
        ({"creditors": "[]"}, "creditors", ("at least one",)),
        ({"channel": "fax"}, "channel", ("sms", "whatsapp")),
        ({"colour": "red"}, "colour", ("no such key",)),
    ],
)
def test_a_wrong_or_forbidden_sender_stops_the_start(
    tmp_path: Path, more: dict[str, object], key: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(ChannelsError) as refused:
        loaded(tmp_path, sender(**more))
    line = next(line for line in str(refused.value).splitlines() if f"twilio.senders.0.{key}:" in line)
    assert line.startswith(str(tmp_path / "channels.yml"))
    assert all(word in line for word in words), line


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"countries": "[US, CA]"},
        {"collects": "third_party", "countries": "[ES, MX]"},
        {"collects": "third_party", "countries": "[ES]", "debt_reduction": "true"},
        {"countries": "[US]", "debt_reduction": "false"},
        {"number": None, "messaging_service": "MG" + "a" * 32},
    ],
)
def test_what_is_allowed_starts(tmp_path: Path, more: dict[str, object]) -> None:
    assert len(loaded(tmp_path, sender(**more)).twilio.senders) == 1


def test_whatsapp_needs_somebody_who_answers_for_it(tmp_path: Path) -> None:
    with pytest.raises(ChannelsError, match=r"twilio\.whatsapp\.policy_acknowledged_by"):
        loaded(tmp_path, sender(channel="whatsapp"))
    text = sender(channel="whatsapp")[:-1] + ", whatsapp: {policy_acknowledged_by: Ana Ruiz}}"
    assert loaded(tmp_path, text).twilio.of("whatsapp")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("sms: {max_segments: 0}", "sms.max_segments"),
        ("sms: {max_segments: 11}", "sms.max_segments"),
        ("sms: {max_segments: many}", "sms.max_segments"),
        ("whatsapp: {quick_reply: {4: " + HX + "}}", "whatsapp.quick_reply"),
        ("whatsapp: {quick_reply: {1: HX1}}", "whatsapp.quick_reply"),
        ("whatsapp: {list: {es: {11: " + HX + "}}}", "whatsapp.list"),
        ("whatsapp: {templates: {utter_greet: {fr: " + HX + "}}}", "whatsapp.templates"),
        ("whatsapp: {templates: {utter_greet: {es: hello}}}", "whatsapp.templates"),
        ("whatsapp: {window: 24}", "whatsapp.window"),
        ("senders: all", "senders"),
        ("senders: [1]", "senders.0"),
    ],
)
def test_a_wrong_value_names_its_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ChannelsError, match=rf"channels\.yml: twilio\.{key}"):
        loaded(tmp_path, f"twilio: {{{text}}}")
