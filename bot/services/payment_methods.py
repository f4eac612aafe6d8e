"""A creditor's ways to pay, made concrete for one account and amount: references with check digits, signed links."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from bot.debt.accounts import Account
from bot.debt.money import Money
from bot.services import wording
from bot.services.application import Application

_LINK_VALID = timedelta(days=7)


@dataclass(frozen=True)
class PaymentOption:
    """One way to pay, as said to the debtor."""

    kind: str  # transfer | cash | card_link | ...
    text: str


def for_account(
    app: Application, account: Account, amount: Money, now: datetime, language: str
) -> tuple[PaymentOption, ...]:
    """Every way to pay this amount that the creditor has in the account's country.

    Args:
        amount: what is to be paid; it goes into links so that nothing is typed twice.
        now: instant from which a link's validity counts.
        language: language of the labels.
    """
    options = []
    for method in app.rulebook.payment_methods(account.creditor, account.country):
        values = {
            "reference": structured_reference(account.reference, account.country),
            "amount": wording.money(amount, wording.locale_of(language, account.country)),
        }
        if method.url_template:
            values["link"] = signed_link(
                method.url_template, app.settings.identity_key, account.reference, amount, now + _LINK_VALID
            )
        options.append(PaymentOption(method.kind, method.text_in(language).format_map(values)))
    return tuple(options)


def structured_reference(account_reference: str, country: str) -> str:
    """The payment reference that lets the creditor book the money without a person.

    ISO 11649 ("RF" creditor reference, ISO 7064 mod 97-10) where SEPA transfers carry it; elsewhere digits with a
    Luhn check digit, which cash networks read.
    """
    body = "".join(c for c in account_reference.upper() if c.isascii() and c.isalnum())
    if country in ("ES", "GB"):
        return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"
    digits = "".join(c if c.isdigit() else f"{ord(c) - 55:02d}" for c in body)
    return digits + luhn.calc_check_digit(digits)


def signed_link(template: str, key: bytes | str, reference: str, amount: Money, expires_at: datetime) -> str:
    """A card-payment address that cannot be altered: HMAC-SHA256 over reference, amount, currency and expiry."""
    expires = str(int(expires_at.timestamp()))
    content = "|".join((reference, str(amount.decimal), amount.currency, expires))
    secret = key.encode() if isinstance(key, str) else key
    signature = hmac.new(secret, content.encode(), hashlib.sha256).hexdigest()[:32]
    return template.format(
        reference=quote(reference),
        amount=amount.decimal,
        currency=amount.currency,
        expires=expires,
        signature=signature,
    )
