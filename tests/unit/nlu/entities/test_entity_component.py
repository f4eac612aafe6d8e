"""The Rasa component and the language guess it leans on."""

from __future__ import annotations

from typing import Any

import pytest

from bot.nlu.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no puedo pagar este mes", "es"),
        ("i can't pay this month", "en"),
        ("je ne peux pas payer, merci", "other"),
        ("não posso pagar", "other"),
        ("50", None),
        ("ok", "en"),
        ("", None),
        ("😂😂", None),
        ("hola, cuánto debo en total?", "es"),
        ("ola wenas", "es"),
        ("q onda, no me llega la lana", "es"),
        ("y'all keep texting me", "en"),
        ("hi, could you tell me what I owe please", "en"),
        # Half and half: the language of most of the message
        ("hola, sorry for the delay, i will pay you on friday", "en"),
        ("ok sure, pero no puedo pagar todo este mes", "es"),
        ("i lost my job, no tengo nada", "en"),
        # Neither
        ("bonjour, combien je dois?", "other"),
        ("ich kann nicht zahlen", "other"),
        ("nao posso pagar este mes, obrigado", "other"),
        ("non posso pagare adesso, grazie", "other"),
        ("no puc pagar aquest mes", "other"),
        ("nie mogę zapłacić", "other"),
        ("не могу заплатить", "other"),
        ("لا أستطيع الدفع", "other"),
        ("我付不起", "other"),
        # Words of a neighbour that are at home here
        ("dale che", "es"),
        ("no le hallo", "es"),
        ("ciao, hasta mañana", "es"),
        ("ola qiero saver quanto devo", "es"),
        ("olá, quanto eu devo?", "other"),
    ],
)
def test_detect(text: str, language: str | None) -> None:
    assert detect(text) == language


def _process(text: str, metadata: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    from rasa.shared.nlu.training_data.message import Message

    from bot.nlu.entity_extractor import DebtEntityExtractor

    component = DebtEntityExtractor({**DebtEntityExtractor.get_default_config(), **config})
    message = Message.build(text)
    if metadata:
        message.set("metadata", metadata)
    (done,) = component.process([message])
    assert all(e["extractor"] == "DebtEntityExtractor" for e in done.get("entities"))
    return {e["entity"]: e["value"] for e in done.get("entities")}


@pytest.mark.parametrize("text", ["AD-US-0001 born 19 aug 1987 zip 78704", "dob 19 aug 1987"])
def test_identity_data_without_a_sentence_are_english(text: str) -> None:
    assert _process(text)["date_of_birth"] == "1987-08-19"


def test_a_text_too_short_to_tell_is_read_as_they_talked_so_far() -> None:
    assert detect("19 oct 1987") is None
    assert _process("19 oct 1987", {"locale": "en"})["date_of_birth"] == "1987-10-19"


def test_metadata_gives_country_and_day() -> None:
    found = _process("te pago $500 mañana", {"country": "CO", "reference_date": "2026-03-11"})
    assert found == {"amount": 500, "currency": "COP", "date": "2026-03-12", "date_text": "mañana"}


def test_locale_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALDIA_TODAY", "2026-03-11")
    assert _process("04/05", {"locale": "en-GB"})["date"] == "2026-05-04"
    assert _process("04/05", {"locale": "en-US"})["date"] == "2026-04-05"


def test_words_show_the_country_where_nothing_else_does() -> None:
    assert _process("te doy 25 luquitas")["currency"] == "CLP"
    assert _process("i can do 40 quid")["currency"] == "GBP"
    assert _process("te doy 300 varos")["currency"] == "MXN"


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("te doy $500 de lana", "MXN"),
        ("ahorita le deposito $500", "MXN"),
        ("parce, te doy $50.000", "COP"),
        ("te paso 20 lukas altiro", "CLP"),
        ("¿me querés cobrar $5000?", "ARS"),
        ("pucha, te doy 20 lucas", "PEN"),
        ("mate i can do £40", "GBP"),
    ],
)
def test_slang_shows_the_country_of_a_bare_parse(text: str, currency: str) -> None:
    assert _process(text)["currency"] == currency


def test_the_order_of_day_and_month_follows_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALDIA_TODAY", "2026-03-11")
    assert _process("i'll pay on 04/05 mate")["date"] == "2026-05-04"
    assert _process("my paycheck comes on 04/05")["date"] == "2026-04-05"
    assert _process("te pago el 04/05")["date"] == "2026-05-04"


def test_configured_country() -> None:
    assert _process("te doy 25 luquitas", default_country="AR")["currency"] == "ARS"


def test_entities_already_set_are_kept() -> None:
    from rasa.shared.nlu.training_data.message import Message

    from bot.nlu.entity_extractor import DebtEntityExtractor

    message = Message.build("hola")
    message.set("entities", [{"entity": "x", "value": 1}])
    DebtEntityExtractor({}).process([message])
    assert message.get("entities") == [{"entity": "x", "value": 1}]
