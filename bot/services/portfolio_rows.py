"""One row of the portfolio: every column checked, with reasons for the person who prepares the file."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import phonenumbers

from bot.debt.accounts import Account, Balance
from bot.debt.errors import InvalidMoney
from bot.debt.money import Money, exponent
from bot.debt.party import AccountReference, Debtor, DebtorId
from bot.rulebook.schema import COUNTRIES, CURRENCIES, LANGUAGES
from bot.services.csv_rows import RowRefused
from bot.services.identity_hashes import IdentityHasher
from bot.services.portfolio_port import PortfolioAccount, PortfolioPerson
from bot.services.regions import is_region, region_of

COLUMNS = (
    "creditor",
    "account_reference",
    "debtor_id",
    "full_name",
    "date_of_birth",
    "document_type",
    "document_number",
    "postal_code",
    "country",
    "language",
    "time_zone",
    "phone",
    "email",
    "preferred_channel",
    "product",
    "currency",
    "principal",
    "interest",
    "fees",
    "opened_on",
    "due_on",
    "last_payment_on",
    "installments_broken",
)
# A file may leave these out; each may be blank.
OPTIONAL = ("region", "consent_channels", "consent_on", "consent_proof")
MAY_BE_BLANK = frozenset({"time_zone", "email", "last_payment_on", "consent_on"})
CHANNELS = ("whatsapp", "sms", "telegram", "web", "email")
CONSENT_CHANNELS = ("whatsapp", "sms", "telegram", "email", "voice", "letter")
YOUNGEST, OLDEST = 18, 110  # years
_MAX_DIGITS = 13  # of whole units: a minor unit still fits a 64-bit integer
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class StatedConsents:
    """The channels that the creditor says the person authorised; since when, and where the proof is."""

    channels: frozenset[str]
    since: date | None
    proof: str | None


@dataclass(frozen=True)
class PortfolioRow:
    """A checked row: the person and the account that it states."""

    line: int
    person: PortfolioPerson
    account: PortfolioAccount
    consents: StatedConsents | None = None


def read(line: int, values: Mapping[str, str], today: date, hasher: IdentityHasher) -> PortfolioRow:
    """Check a row.

    Args:
        line: where it begins in the file.
        values: text by column.
        today: no date but the due date may be later.
        hasher: for the identity data, which are not kept.

    Raises:
        RowRefused: naming the first column that cannot be taken.
    """
    row = {column: _CHECKS[column](column, values[column]) for column in COLUMNS}
    row |= {column: _CHECKS[column](column, values.get(column, "")) for column in OPTIONAL}
    _check_dates(row, today)
    if row["region"] is not None and not is_region(row["region"], row["country"]):
        raise RowRefused("region", f"is no part of {row['country']}, written like US-WA, ES-CT or US-NY-NYC")
    person = PortfolioPerson(_debtor(row), _identity(row, hasher), row["document_type"])
    return PortfolioRow(line, person, _account(row, hasher), _consents(row, today))


def _debtor(row: Mapping[str, Any]) -> Debtor:
    return Debtor(
        debtor_id=DebtorId(row["debtor_id"]),
        full_name=row["full_name"],
        country=row["country"],
        language=row["language"],
        time_zone=row["time_zone"],
        phone=row["phone"],
        email=row["email"],
        preferred_channel=row["preferred_channel"],
        region=row["region"] or region_of(row["country"], row["postal_code"]),
    )


def _consents(row: Mapping[str, Any], today: date) -> StatedConsents | None:
    stated, since = row["consent_channels"], row["consent_on"]
    if stated is None:
        return None
    if stated and since is None:
        raise RowRefused("consent_on", "is blank: a consent needs the day on which it was given")
    if since is not None and since > today:
        raise RowRefused("consent_on", f"{since} is in the future")
    return StatedConsents(stated, since, row["consent_proof"])


def _identity(row: Mapping[str, Any], hasher: IdentityHasher) -> Any:
    return hasher.record(
        DebtorId(row["debtor_id"]), row["date_of_birth"], row["document_number"], row["postal_code"]
    )


def _account(row: Mapping[str, Any], hasher: IdentityHasher) -> PortfolioAccount:
    stated = Balance(
        *(_money(column, row[column], row["currency"]) for column in ("principal", "interest", "fees"))
    )
    account = Account(
        reference=AccountReference(row["account_reference"]),
        creditor=row["creditor"],
        debtor_id=DebtorId(row["debtor_id"]),
        country=row["country"],
        product=row["product"],
        balance=stated,
        opened_on=row["opened_on"],
        due_on=row["due_on"],
        last_payment_on=row["last_payment_on"],
        installments_broken=row["installments_broken"],
    )
    return PortfolioAccount(account, stated, hasher.digest("portfolio_row", repr(account)))


def _check_dates(row: Mapping[str, Any], today: date) -> None:
    born = row["date_of_birth"]
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not YOUNGEST <= age <= OLDEST:
        raise RowRefused("date_of_birth", f"the person would not be from {YOUNGEST} to {OLDEST} years old")
    for column in ("opened_on", "last_payment_on"):
        if row[column] is not None and row[column] > today:
            raise RowRefused(column, f"{row[column]} is in the future")
    if row["due_on"] < row["opened_on"]:
        raise RowRefused("due_on", f"{row['due_on']} is before opened_on ({row['opened_on']})")


def _text(longest: int) -> Callable[[str, str], str]:
    def check(column: str, value: str) -> str:
        if not value:
            raise RowRefused(column, "is blank")
        if len(value) > longest:
            raise RowRefused(column, f"is longer than {longest} characters")
        if _CONTROL.search(value):
            raise RowRefused(column, "holds a control character")
        return value

    return check


def _pattern(expression: str, expected: str, *, upper: bool = False) -> Callable[[str, str], str]:
    compiled = re.compile(expression)

    def check(column: str, value: str) -> str:
        value = value.upper() if upper else value
        if not value:
            raise RowRefused(column, "is blank")
        if not compiled.fullmatch(value):
            raise RowRefused(column, f"is not {expected}")
        return value

    return check


def _choice(choices: tuple[str, ...], fold: Callable[[str], str]) -> Callable[[str, str], str]:
    def check(column: str, value: str) -> str:
        if fold(value) not in choices:
            raise RowRefused(column, f"{value[:20]!r} is not one of {', '.join(choices)}")
        return fold(value)

    return check


def _date(column: str, value: str) -> date | None:
    if not value and column in MAY_BE_BLANK:
        return None
    return _day(column, value)


def _day(column: str, value: str) -> date:
    shown = "" if column == "date_of_birth" else f"{value[:20]!r} "
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise RowRefused(column, f"{shown}is not a date like 2026-03-05") from error


def _amount(column: str, value: str) -> str:
    if not re.fullmatch(rf"\d{{1,{_MAX_DIGITS}}}(\.\d+)?", value):
        raise RowRefused(
            column, f"{value[:20]!r} is not an amount like 1250.50 (a point, no sign, no separators)"
        )
    return value


def _money(column: str, value: str, currency: str) -> Money:
    try:
        return Money.of(value, currency)
    except InvalidMoney as error:
        raise RowRefused(column, f"{value[:20]!r} has more than {exponent(currency)} decimals") from error


def _count(column: str, value: str) -> int:
    if not re.fullmatch(r"\d{1,4}", value):
        raise RowRefused(column, f"{value[:20]!r} is not a whole number")
    return int(value)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(column: str, value: str) -> str | None:
    if value and value not in _zones():
        raise RowRefused(column, f"{value[:40]!r} is not a time zone like Europe/Madrid")
    return value or None


def _phone(column: str, value: str) -> str:
    # Possible, not valid: ranges reserved for fiction, and those newer than the library, must pass.
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException as error:
        raise RowRefused(column, "is not a phone number like +34600000001") from error
    if not phonenumbers.is_possible_number(number):
        raise RowRefused(column, "has too many or too few digits for its country")
    if phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) != value:
        raise RowRefused(column, "is not written like +34600000001, without spaces")
    return value


def _email(column: str, value: str) -> str | None:
    if value and not re.fullmatch(r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>.]{2,}", value):
        raise RowRefused(column, "is not an e-mail address")
    return value or None


def _region(column: str, value: str) -> str | None:
    return value.upper() or None


def _channel_list(column: str, value: str) -> frozenset[str] | None:
    """Channels, or the word none; nothing is stated when it is blank."""
    if not value:
        return None
    words = [] if value.lower() == "none" else re.split(r"[\s;|]+", value.lower())
    unknown = [word for word in words if word not in CONSENT_CHANNELS]
    if unknown:
        allowed = ", ".join(CONSENT_CHANNELS)
        raise RowRefused(
            column, f"{unknown[0][:20]!r} is not one of {allowed}; separate them by spaces, or write none"
        )
    return frozenset(words)


def _proof(column: str, value: str) -> str | None:
    return _text(200)(column, value) if value else None


def _number_of_document(column: str, value: str) -> str:
    # Kinds and check digits differ by country and by age of the document: what the creditor holds is taken.
    if not 4 <= sum(1 for character in value if character.isalnum()) <= 30:
        raise RowRefused(column, "has fewer than 4 or more than 30 letters and digits")
    if not re.fullmatch(r"[A-Za-z0-9 ./-]+", value):
        raise RowRefused(column, "holds more than letters, digits, spaces, dots, dashes and slashes")
    return value


_CHECKS: Mapping[str, Callable[[str, str], Any]] = {
    "creditor": _text(120),
    "account_reference": _pattern(
        r"[A-Z0-9][A-Z0-9._/-]{1,39}", "2 to 40 letters, digits, dots, dashes or slashes", upper=True
    ),
    "debtor_id": _pattern(r"[^\s\x00-\x1f]{1,64}", "1 to 64 characters without spaces"),
    "full_name": _text(200),
    "date_of_birth": _day,
    "document_type": _pattern(
        r"[A-Z][A-Z0-9_]{1,19}", "a document type like DNI, RUT or PASSPORT", upper=True
    ),
    "document_number": _number_of_document,
    "postal_code": _pattern(r"[A-Za-z0-9][A-Za-z0-9 -]{1,11}", "a postal code"),
    "country": _choice(COUNTRIES, str.upper),
    "language": _choice(LANGUAGES, str.lower),
    "time_zone": _zone,
    "phone": _phone,
    "email": _email,
    "preferred_channel": _choice(CHANNELS, str.lower),
    "product": _text(120),
    "currency": _choice(CURRENCIES, str.upper),
    "principal": _amount,
    "interest": _amount,
    "fees": _amount,
    "opened_on": _day,
    "due_on": _day,
    "last_payment_on": _date,
    "installments_broken": _count,
    "region": _region,
    "consent_channels": _channel_list,
    "consent_on": _date,
    "consent_proof": _proof,
}
