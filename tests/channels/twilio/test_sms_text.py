"""Segments by the published limits, plain typography, and parts that lose nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.twilio import sms_text

# Every character of 3GPP TS 23.038's default alphabet and of its extension table, escape and page break left out.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€"


@pytest.mark.parametrize("character", ALPHABET)
def test_the_default_alphabet_takes_one_septet(character: str) -> None:
    assert sms_text.encoding(character) == "GSM-7"
    assert [sms_text.segments(character * n) for n in (160, 161, 306, 307)] == [1, 2, 2, 3]


@pytest.mark.parametrize("character", EXTENSION)
def test_the_extension_takes_two(character: str) -> None:
    assert sms_text.encoding(character) == "GSM-7"
    # 76 in a part of 153 septets: the escape and its character stay together.
    assert [sms_text.segments(character * n) for n in (80, 81, 152, 153)] == [1, 2, 2, 3]


@pytest.mark.parametrize("character", "áíóúÁÍÓÚçêã“”…–’«»\u00a0ł日")
def test_everything_else_makes_the_whole_text_ucs_2(character: str) -> None:
    assert sms_text.encoding(f"hola {character}") == "UCS-2"
    assert [sms_text.segments(character * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]


def test_an_emoji_is_two_units_and_stays_whole() -> None:
    assert [sms_text.segments("👍" * n) for n in (35, 36, 66, 67)] == [1, 2, 2, 3]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Hola” – dijo…", '"Hola" - dijo...'),
        ("500,00\u00a0€", "500,00 €"),
        ("It’s fine", "It's fine"),
        # It would not get cheaper: nothing is changed.
        ("“Está bien…”", "“Está bien…”"),
        ("mañana, ¿sí?", "mañana, ¿sí?"),
        ("mañana a las 8", "mañana a las 8"),
    ],
)
def test_only_typography_is_made_plain_and_only_where_it_pays(text: str, plain: str) -> None:
    assert sms_text.plain(text) == plain


def short(text: str) -> bool:
    return sms_text.segments(text) <= 1


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert sms_text.in_parts("Hola.  ¿Qué tal?\n", short) == ("Hola.  ¿Qué tal?\n",)


def test_a_long_text_is_cut_at_sentences_and_numbered() -> None:
    sentence = "Puede pagarlo en 18 cuotas desde el 7 de diciembre."
    parts = sms_text.in_parts(" ".join([sentence] * 7), short)
    assert len(parts) > 1
    assert all(short(part) and part.endswith(".") for part in parts)
    assert [part[:6] for part in parts] == [f"({n}/{len(parts)}) " for n in range(1, len(parts) + 1)]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("aá \n.€👍bZ?"), max_size=900))
def test_parts_fit_and_nothing_but_space_is_lost(text: str) -> None:
    parts = sms_text.in_parts(text, short)
    assert all(short(part) for part in parts)
    said = "".join(re.sub(r"^\(\d+/\d+\) ", "", part) if len(parts) > 1 else part for part in parts)
    assert re.sub(r"\s", "", said) == re.sub(r"\s", "", text)
