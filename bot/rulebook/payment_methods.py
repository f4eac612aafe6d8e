"""Payment methods: how a creditor is paid in a country, as it is said to the debtor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

from stdnum import iban
from stdnum.ar import cbu
from stdnum.us import rtn

from bot.rulebook.errors import Problems, describe
from bot.rulebook.numbers import creditor_key
from bot.rulebook.schema import COUNTRIES, LANGUAGES

KINDS = ("transfer", "cash", "card_link")
ANY_CREDITOR = "any"
_SAID_BY_SERVICE = ("reference", "amount", "currency", "link")
_SAID_BY_RULEBOOK = ("account", "holder", "network", "creditor")
_URL_FIELDS = ("reference", "amount", "currency", "expires", "signature")


def _clabe(number: str) -> bool:
    """Banco de México's check digit: weights 3, 7, 1, each product modulo 10."""
    digits = [int(c) for c in number]
    total = sum(d * w % 10 for d, w in zip(digits[:17], (3, 7, 1) * 6, strict=False))
    return len(digits) == 18 and digits[17] == -total % 10


def _digits(*lengths: int) -> Callable[[str], bool]:
    return lambda number: len(number) in lengths


# How an account number of each kind is checked, on digits and letters only.
ACCOUNT_KINDS: dict[str, Callable[[str], bool]] = {
    "iban": iban.is_valid,
    "clabe": _clabe,
    "cbu": cbu.is_valid,
    "us_routing": lambda number: rtn.is_valid(number[:9]) and 13 <= len(number) <= 26,
    "gb_sort_code": _digits(14),
    "pe_cci": _digits(20),
    "cl_account": _digits(*range(7, 19)),
    "co_account": _digits(*range(9, 17)),
    "ar_alias": lambda alias: 6 <= len(alias) <= 20,
    "convenio": _digits(*range(4, 13)),
}


@dataclass(frozen=True)
class PaymentMethod:
    """One way to pay. Its text holds {reference}, {amount}, {currency} or, for a card, {link}."""

    kind: str  # transfer | cash | card_link
    texts: Mapping[str, str]
    account_kind: str | None
    account: str | None
    holder: str | None
    network: str | None
    url_template: str | None
    reference: str  # where these figures come from

    def text_in(self, language: str) -> str:
        """What to say, as a `str.format` template."""
        return self.texts.get(language, self.texts["es"])


Methods = Mapping[tuple[str, str], tuple[PaymentMethod, ...]]


def load_payment_methods(content: Any, out: Problems) -> dict[tuple[str, str], tuple[PaymentMethod, ...]]:
    """Read payment_methods.yml: by creditor (or any) and country."""
    methods: dict[tuple[str, str], tuple[PaymentMethod, ...]] = {}
    if not out.keys("", content, ["methods"]):
        return methods
    creditors = content["methods"]
    if not isinstance(creditors, dict) or ANY_CREDITOR not in creditors:
        out.add("methods", "must be a mapping of creditors that holds at least 'any'")
        return methods
    for creditor, countries in creditors.items():
        key = f"methods.{creditor}"
        required = COUNTRIES if creditor == ANY_CREDITOR else ()
        out.keys(key, countries, required, COUNTRIES)
        for country, nodes in (countries if isinstance(countries, dict) else {}).items():
            if not isinstance(nodes, list) or not nodes:
                out.add(f"{key}.{country}", "must be a list of at least one way to pay")
                continue
            read = [_load(f"{key}.{country}[{n}]", node, out) for n, node in enumerate(nodes)]
            methods[creditor_key(str(creditor)), country] = tuple(m for m in read if m is not None)
    return methods


def _load(key: str, node: Any, out: Problems) -> PaymentMethod | None:
    optional = ("account_kind", "account", "holder", "network", "url_template")
    if not out.keys(key, node, ("kind", "text", "reference"), optional):
        return None
    if node["kind"] not in KINDS:
        out.add(f"{key}.kind", f"unknown kind {node['kind']!r}", KINDS)
    _check_account(key, node, out)
    if not out.keys(f"{key}.text", node["text"], LANGUAGES):
        return None
    texts = {}
    for language in LANGUAGES:
        texts[language] = _text(f"{key}.text.{language}", node, str(node["text"][language]), out)
    template = node.get("url_template")
    if (node["kind"] == "card_link") != (template is not None):
        out.add(key, "a card_link has a url_template, and only a card_link")
    elif template is not None:
        _check_fields(f"{key}.url_template", template, _URL_FIELDS, _URL_FIELDS, out)
    return PaymentMethod(
        kind=str(node["kind"]),
        texts=texts,
        account_kind=node.get("account_kind"),
        account=node.get("account"),
        holder=node.get("holder"),
        network=node.get("network"),
        url_template=template,
        reference=str(node["reference"]),
    )


def _check_account(key: str, node: Mapping[str, Any], out: Problems) -> None:
    kind, account = node.get("account_kind"), node.get("account")
    if kind is None and account is None:
        return
    if kind not in ACCOUNT_KINDS:
        out.add(f"{key}.account_kind", f"unknown kind of account {kind!r}", ACCOUNT_KINDS)
        return
    if not isinstance(account, str):
        out.add(f"{key}.account", f"must be in quotes, or leading zeros are lost, not {describe(account)}")
        return
    plain = "".join(c for c in account if c.isalnum())
    if not ACCOUNT_KINDS[kind](plain):
        out.add(f"{key}.account", f"{account!r} is no valid {kind}: check its length and check digits")


def _text(key: str, node: Mapping[str, Any], text: str, out: Problems) -> str:
    needs = ("link",) if node.get("kind") == "card_link" else ("reference",)
    _check_fields(key, text, (*_SAID_BY_SERVICE, *_SAID_BY_RULEBOOK), needs, out)
    for name in ("account", "holder", "network"):
        if f"{{{name}}}" in text and not node.get(name):
            out.add(key, f"speaks of {{{name}}}, which this method does not have")
        text = text.replace(f"{{{name}}}", str(node.get(name, "")))
    return text


def _check_fields(
    key: str, text: str, allowed: tuple[str, ...], needed: tuple[str, ...], out: Problems
) -> None:
    try:
        fields = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        out.add(key, "has a brace that is not closed")
        return
    for name in sorted(fields - set(allowed)):
        out.unknown(key, name, allowed)
    missing = [name for name in needed if name not in fields]
    if missing:
        out.add(key, f"must hold {', '.join('{' + name + '}' for name in missing)}", allowed)


def methods_for(methods: Methods, creditor: str, country: str) -> tuple[PaymentMethod, ...]:
    """A creditor's own ways to pay in a country, or everybody's."""
    own = methods.get((creditor_key(creditor), country)) or methods.get((ANY_CREDITOR, country), ())
    return tuple(_named(method, creditor) for method in own)


def _named(method: PaymentMethod, creditor: str) -> PaymentMethod:
    safe = creditor.replace("{", "").replace("}", "")
    texts = {language: text.replace("{creditor}", safe) for language, text in method.texts.items()}
    holder = method.holder.replace("{creditor}", safe) if method.holder else None
    return replace(method, texts=texts, holder=holder)
