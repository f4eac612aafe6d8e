"""Countries: how we speak, whom to turn to and how long an answer may take, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.rulebook.errors import Problems, describe
from bot.rulebook.loader import load_number
from bot.rulebook.numbers import Number
from bot.rulebook.schema import COUNTRIES, CURRENCIES, FORMS, LANGUAGES, NumberKind, Spec

# Feminine "instalment" words only, so that one Spanish sentence fits every country.
WORDS = (
    "instalment",
    "instalments",
    "agreement",
    "settlement",
    "clearance_letter",
    "to_pay",
    "transfer",
    "postal_code",
    "document",
    "person",
)
_NUMBERS = {
    "time_bar": Spec(NumberKind.WHOLE, "years", 1, 30, by_segment=False),
    "complaint_answer": Spec(NumberKind.WHOLE, "calendar days", 1, 120, by_segment=False),
    "data_request_answer": Spec(NumberKind.WHOLE, "calendar days", 1, 120, by_segment=False),
    "document_answer": Spec(NumberKind.WHOLE, "calendar days", 1, 60, by_segment=False),
}
_REQUIRED = (
    *("name", "currency", "locale", "languages", "time_zone", "phone_prefix", "form", "words"),
    *(
        "crisis_line",
        "debt_advice",
        "complaint_body",
        "authority_address",
        "desk_hours",
        "refusal_stops_contact",
    ),
    *_NUMBERS,
)


@dataclass(frozen=True)
class CrisisLine:
    """Who answers someone who cannot go on, and when."""

    name: str
    phone: str
    hours: Mapping[str, str]
    reference: str

    def hours_in(self, language: str) -> str:
        """When somebody answers, in a language."""
        return self.hours.get(language, self.hours["es"])


@dataclass(frozen=True)
class CountryProfile:
    """One country as the assistant needs it on one day. Days are calendar days."""

    code: str
    name: Mapping[str, str]
    currency: str
    locale: Mapping[str, str]
    languages: tuple[str, ...]
    time_zone: str
    phone_prefix: str
    form: str  # tu | usted | vos
    words: Mapping[str, Mapping[str, str]]
    crisis_line: CrisisLine
    debt_advice: Mapping[str, str]
    complaint_body: Mapping[str, str]
    authority_address: Mapping[str, str]
    desk_hours: Mapping[str, str]
    refusal_stops_contact: bool
    time_bar_years: int
    complaint_days: int
    data_request_days: int
    document_days: int
    notes: tuple[str, ...]

    def locale_in(self, language: str) -> str:
        """The Babel locale, such as es_MX."""
        return self.locale.get(language, self.locale["es"])

    def debt_advice_in(self, language: str) -> str:
        """Where free help with debts is to be had."""
        return self.debt_advice.get(language, self.debt_advice["es"])

    def complaint_body_in(self, language: str) -> str:
        """Whom to turn to when our answer to a complaint does not satisfy."""
        return self.complaint_body.get(language, self.complaint_body["es"])

    def authority_address_in(self, language: str) -> str:
        """Where whoever acts for a debtor sends the proof of it."""
        return self.authority_address.get(language, self.authority_address["es"])

    def desk_hours_in(self, language: str) -> str:
        """When people answer."""
        return self.desk_hours.get(language, self.desk_hours["es"])


@dataclass(frozen=True)
class CountryEntry:
    """A country as written: fixed facts and dated numbers."""

    facts: Mapping[str, Any]
    numbers: Mapping[str, Number] = field(default_factory=dict)

    def on(self, code: str, day: date) -> CountryProfile:
        """The profile that holds on a day."""
        facts = self.facts
        line = facts["crisis_line"]
        days = {name: number.resolve(day) for name, number in self.numbers.items()}
        return CountryProfile(
            code=code,
            name=facts["name"],
            currency=facts["currency"],
            locale=facts["locale"],
            languages=tuple(facts["languages"]),
            time_zone=facts["time_zone"],
            phone_prefix=facts["phone_prefix"],
            form=facts["form"],
            words=facts["words"],
            crisis_line=CrisisLine(line["name"], str(line["phone"]), line["hours"], line["reference"]),
            debt_advice=facts["debt_advice"],
            complaint_body=facts["complaint_body"],
            authority_address=facts["authority_address"],
            desk_hours=facts["desk_hours"],
            refusal_stops_contact=facts["refusal_stops_contact"]["value"],
            time_bar_years=days["time_bar"],
            complaint_days=days["complaint_answer"],
            data_request_days=days["data_request_answer"],
            document_days=days["document_answer"],
            notes=tuple(facts.get("notes", ())),
        )


def load_countries(content: Any, out: Problems) -> dict[str, CountryEntry]:
    """Read countries.yml; every country of the portfolio must be there."""
    if not out.keys("", content, ["countries"]) or not out.keys("countries", content["countries"], COUNTRIES):
        return {}
    return {
        code: entry
        for code in COUNTRIES
        if (entry := _load(code, content["countries"][code], out)) is not None
    }


def _load(code: str, node: Any, out: Problems) -> CountryEntry | None:
    key, before = f"countries.{code}", len(out.found)
    if not out.keys(key, node, _REQUIRED, ["notes"]):
        return None
    for name in ("name", "locale"):
        _both_languages(f"{key}.{name}", node[name], out)
    for name in ("debt_advice", "complaint_body", "authority_address", "desk_hours"):
        _both_languages(f"{key}.{name}", node[name], out, also=("reference",))
    _choice(f"{key}.currency", node["currency"], CURRENCIES, out)
    _choice(f"{key}.form", node["form"], FORMS, out)
    languages = node["languages"] if isinstance(node["languages"], list) else [node["languages"]]
    for language in languages:
        _choice(f"{key}.languages", language, LANGUAGES, out)
    _zone(f"{key}.time_zone", node["time_zone"], out)
    _words(f"{key}.words", node["words"], out)
    if out.keys(f"{key}.crisis_line", node["crisis_line"], ["name", "phone", "hours", "reference"]):
        _both_languages(f"{key}.crisis_line.hours", node["crisis_line"]["hours"], out)
    stops = f"{key}.refusal_stops_contact"
    if out.keys(stops, node["refusal_stops_contact"], ["value", "reference"]):
        _choice(f"{stops}.value", node["refusal_stops_contact"]["value"], (True, False), out)
    numbers = {}
    for name, spec in _NUMBERS.items():
        number = load_number("countries", f"{key}.{name}", node[name], spec, frozenset(), out)
        if number is not None:
            numbers[name] = number
    return CountryEntry(node, numbers) if len(out.found) == before else None


def _choice(key: str, value: Any, allowed: tuple[Any, ...], out: Problems) -> None:
    if value not in allowed:
        out.add(key, f"is {describe(value)}", allowed)


def _both_languages(key: str, node: Any, out: Problems, also: tuple[str, ...] = ()) -> None:
    if out.keys(key, node, (*LANGUAGES, *also)):
        for language, text in node.items():
            if not isinstance(text, str) or not text.strip():
                out.add(f"{key}.{language}", f"must be a text, not {describe(text)}")


def _words(key: str, node: Any, out: Problems) -> None:
    if not out.keys(key, node, LANGUAGES):
        return
    for language in LANGUAGES:
        if out.keys(f"{key}.{language}", node[language], WORDS):
            for name, word in node[language].items():
                if not isinstance(word, str) or not word.strip():
                    out.add(f"{key}.{language}.{name}", f"must be a word, not {describe(word)}")


def _zone(key: str, name: Any, out: Problems) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        out.add(key, f"is {describe(name)}, which is no IANA time zone such as Europe/Madrid")
