"""The texts of data/responses/: fit with the code, languages, forms of address, what may not be said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.scripts import Scripts, Variant
from tests.support.said_in_code import NamesInCode

ROOT = Path(__file__).resolve().parents[2]
RESPONSES = ROOT / "data" / "responses"


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


DOMAIN = _read(ROOT / "domain.yml")
COUNTRIES = _read(ROOT / "rulebook" / "countries.yml")["countries"]
CODE = NamesInCode(DOMAIN["intents"])
SCRIPTS = Scripts.load(RESPONSES)
WORDINGS = [(name, variant) for name in sorted(SCRIPTS.names) for variant in SCRIPTS.variants(name)]
FORMS = ("usted", "tu", "vos")

# Said, or possibly said, while nobody is identified: a shared phone or a notification must give nothing away.
BEFORE_IDENTITY = {
    "utter_introduction", "utter_greet", "utter_greet_back", "utter_goodbye", "utter_welcome",
    "utter_what_next", "utter_all_right", "utter_help", "utter_ask_bot", "utter_language_changed",
    "utter_languages", "utter_foreign_language", "utter_out_of_scope", "utter_insult", "utter_insult_again",
    "utter_heard", "utter_ask_identity", "utter_ask_identity_known", "utter_ask_reference", "utter_ask_date_of_birth",
    "utter_ask_last_four", "utter_ask_postal_code", "utter_identified", "utter_identity_failed",
    "utter_identity_locked", "utter_identity_expired", "utter_legitimacy", "utter_wrong_person",
    "utter_condolences", "utter_ask_reference_to_stop", "utter_protected", "utter_contact_stopped",
    "utter_contact_resumed", "utter_ask_cancel_meaning", "utter_complaint_noted", "utter_data_rights",
    "utter_notice_opt_out", "utter_notice_complaint_bodies",
    "utter_contact_change_noted", "utter_person_coming", "utter_still_waiting", "utter_offer_person",
    "utter_back_with_you", "utter_ask_callback_time", "utter_callback_noted", "utter_distress",
    "utter_represented", "utter_refusal", "utter_refusal_stops_contact", "utter_clarify",
    "utter_if_misunderstood", "utter_undone", "utter_again_identity", "utter_again_callback", "utter_busy",
    "utter_empty", "utter_media", "utter_sorry", "utter_edited", "utter_number_shared", "utter_other_contact",
    "utter_no_groups", "utter_command_start", "utter_command_help", "utter_command_language", "utter_command_stop",
    "button_balance", "button_pay_in_parts", "button_person",
    "button_call_me", "button_keep_chatting", "button_stop_contact", "button_not_what_i_meant",
}  # fmt: skip
_DEBT_WORD = re.compile(
    r"deud|adeud|\bdeb(?:o|e|es|és|en|ía)\b|\bpag(?:o|os|a|as|ar|ue|ué|ó|aré)\b|\babon|saldo|\bmora\b|cobr|acreedor|cuota|"
    r"parcialidad|préstamo|crédito|factura|importe|vencid|pendiente|\bdebt|\bow(?:e|ed|es|ing)\b|\bpa(?:y|id)|balance|"
    r"overdue|arrears|creditor|collect|\bloan|instal|outstanding|\{creditor\}|\{total\}|\{product\}",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(
    r"embarg|c[áa]rcel|\bjuicio|demandar|último aviso|inmediatamente|lamentamos|burós?\b|asnef|moroso|"
    r"irrespons|vergüenza|\bsue\b|lawsuit|jail|prison|final notice|immediately|garnish|repossess|"
    r"credit (?:bureau|score|report)|shame|irresponsib",
    re.IGNORECASE,
)
# Before filling, the summaries hold what the law wants in writing, whatever the channel.
_LONG_SMS = {"utter_summary_plan", "utter_summary_settlement", "utter_summary_full"}
_GSM7 = set(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
# Not in GSM-7, but a misspelt word is worse than a second segment.
_SPELLING = set("áíóúÁÍÓÚ")


def _words(language: str) -> list[dict[str, str]]:
    return [profile["words"][language] for profile in COUNTRIES.values()]


def _texts(name: str, variant: Variant) -> Iterator[tuple[str, str]]:
    """A wording in each form of address, with each country's words filled in."""
    language = variant.language or "es"
    needed = sorted(p for p in variant.placeholders if p.startswith("w_"))
    own = {p: f"<{p}>" for p in variant.placeholders}
    for filled in {tuple((p, words[p[2:]]) for p in needed) for words in _words(language)}:
        for form in FORMS if language == "es" else FORMS[:1]:
            values, channel = own | dict(filled), variant.channel or "rest"
            rendered = SCRIPTS.render(
                name, values, language=language, tone=variant.tone, channel=channel, form=form
            )
            yield form, rendered.text


def _label(name: str, variant: Variant) -> str:
    return f"{name} ({variant.name})"


# -- fit with the code ---------------------------------------------------------------------------------------


def test_every_response_that_the_code_says_exists() -> None:
    assert sorted(CODE.used() - SCRIPTS.names) == []


def test_no_response_is_left_that_nobody_says() -> None:
    assert sorted(SCRIPTS.names - CODE.used()) == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_placeholders_are_given(language: str) -> None:
    words = set.intersection(*({f"w_{key}" for key in words} for words in _words(language)))
    given = CODE.values_given()
    missing = {}
    for name, variant in WORDINGS:
        # utter_busy is said when nothing could be loaded: no values at all.
        common = set() if name == "utter_busy" else words | {"name"}
        if variant.language == language and variant.placeholders - given.get(name, set()) - common:
            missing[_label(name, variant)] = sorted(variant.placeholders - given.get(name, set()) - common)
    assert missing == {}


# -- format --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(RESPONSES.glob("*.yml")), ids=lambda path: path.name)
def test_file_is_in_rasas_format(path: Path) -> None:
    content = _read(path)
    assert set(content) == {"version", "responses"}
    slots = {name: slot["values"] for name, slot in DOMAIN["slots"].items()}
    for name, entries in content["responses"].items():
        for entry in entries:
            assert {"text", "condition"} <= set(entry) <= {"text", "condition", "channel"}, name
            for condition in entry["condition"]:
                assert set(condition) == {"type", "name", "value"}, name
                assert condition["type"] == "slot", name
                assert condition["value"] in slots[condition["name"]], name


def test_each_response_has_one_wording_for_each_case_and_the_same_cases_in_both_languages() -> None:
    for name in SCRIPTS.names:
        cases = Counter((v.language, v.tone, v.channel) for v in SCRIPTS.variants(name))
        assert max(cases.values()) == 1, name
        spanish, english = ({case[1:] for case in cases if case[0] == language} for language in ("es", "en"))
        assert (None, None) in spanish, name
        assert spanish == english, name


def test_alternations_are_well_formed() -> None:
    for name, variant in WORDINGS:
        label = _label(name, variant)
        groups = re.findall(r"\[\[(.*?)\]\]", variant.text)
        assert not set(re.sub(r"\[\[.*?\]\]", "", variant.text)) & set("[]|"), label
        assert not groups or variant.language == "es", label
        for options in (group.split("|") for group in groups):
            assert len(options) in (2, 3), label
            assert len(set(options)) == len(options), f"{label}: {options} says the same twice"
            assert all(option and option == option.strip() for option in options), label
            # A capital in one form only is a slip of the pen.
            assert len({option[0].isupper() for option in options}) == 1, label


# -- how people are spoken to --------------------------------------------------------------------------------


def test_one_form_of_address_at_a_time() -> None:
    not_verbs = "más|además|demás|después|atrás|detrás|inglés"
    other = {
        "usted": re.compile(
            rf"\b(te|tu|tus|ti|tú|vos|contigo|tuy[oa]s?|(?!(?:{not_verbs})\b)\w+[áéí]s)\b", re.IGNORECASE
        ),
        "tu": re.compile(r"\b(le|usted|suy[oa]s?|vos)\b", re.IGNORECASE),
        "vos": re.compile(r"\b(le|usted|suy[oa]s?|tú|ti|contigo)\b", re.IGNORECASE),
    }
    for name, variant in WORDINGS:
        if variant.language == "es":
            for form, text in _texts(name, variant):
                assert other[form].search(text) is None, f"{_label(name, variant)}: {text}"


def test_no_debt_word_before_identification() -> None:
    assert sorted(BEFORE_IDENTITY - SCRIPTS.names) == []
    for name, variant in WORDINGS:
        if name in BEFORE_IDENTITY:
            for text in (variant.text, *(text for _, text in _texts(name, variant))):
                assert _DEBT_WORD.search(text) is None, f"{_label(name, variant)}: {text}"


def test_meanings_open_to_anybody_hold_no_debt_word() -> None:
    """Before identification "which of these two is it?" may offer what needs none."""
    for intent in CODE.open_to_anybody():
        for variant in SCRIPTS.variants(f"meaning_{intent}"):
            assert _DEBT_WORD.search(variant.text) is None, _label(f"meaning_{intent}", variant)


def test_no_threat_no_guilt_no_storm() -> None:
    for name, variant in WORDINGS:
        text, label = variant.text, _label(name, variant)
        assert _FORBIDDEN.search(text) is None, label
        assert text.count("!") <= 1, label
        assert text.count("?") <= 1, f"{label}: one question at a time"
        if variant.language == "es":
            assert text.count("¿") == text.count("?"), label
            assert text.count("¡") == text.count("!"), label
        assert re.search(r"\w/as?\b|\((?:a|as)\)|\w@\w", text) is None, f"{label}: write around the gender"
        assert re.search("[\U0001f000-\U0001faff\u2600-\u27bf]", text) is None, label


def test_buttons_are_short() -> None:
    for name, variant in WORDINGS:
        if name.startswith(("button_", "meaning_")) and name != "button_account":
            assert all(len(text) <= 24 for _, text in _texts(name, variant)), _label(name, variant)


def test_sms_is_short_and_travels_well() -> None:
    for name, variant in WORDINGS:
        if variant.channel != "sms":
            continue
        label, longest = _label(name, variant), 520 if name in _LONG_SMS else 320
        same_language = (v for v in SCRIPTS.variants(name) if v.language == variant.language)
        plain = next(v for v in same_language if (v.tone, v.channel) == (None, None))
        assert len(variant.text) < len(plain.text), label
        assert all(len(text) <= longest for _, text in _texts(name, variant)), label
        assert set(variant.text) <= _GSM7 | _SPELLING, label


# -- what must be in a text ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"), [("es", "una IA, no una persona"), ("en", "an AI, not a person")]
)
def test_the_introduction_says_what_it_is(language: str, words: str) -> None:
    texts = [v.text for v in SCRIPTS.variants("utter_introduction") if v.language == language]
    assert all(words in text and "Al Día" in text for text in texts)


@pytest.mark.parametrize("kind", ["plan", "settlement", "full"])
def test_summaries_hold_what_is_agreed_to(kind: str) -> None:
    needed = {"creditor", "reference", "total", "schedule", "changes", "expires_on", "w_agreement"}
    if kind == "settlement":
        needed |= {"saving", "balance"}
    for variant in SCRIPTS.variants(f"utter_summary_{kind}"):
        assert needed <= variant.placeholders, _label(f"utter_summary_{kind}", variant)


def test_distress_gives_the_crisis_line_and_no_other_figure() -> None:
    for variant in SCRIPTS.variants("utter_distress"):
        assert variant.placeholders == {"line", "phone", "line_hours"}
