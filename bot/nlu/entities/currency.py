"""Words and signs of money by country: "lucas" is a thousand in Chile and one sol in Peru."""

from __future__ import annotations

from decimal import Decimal

from .locales import CURRENCIES, PESO_COUNTRIES

_LOCAL = "local"
# word -> (multiplier, currency); "local" is the currency of the debtor's country
_COMMON: dict[str, tuple[str, str | None]] = {
    "€": ("1", "EUR"),
    "euros": ("1", "EUR"),
    "euro": ("1", "EUR"),
    "eur": ("1", "EUR"),
    "euritos": ("1", "EUR"),
    "eurillos": ("1", "EUR"),
    "eurazos": ("1", "EUR"),
    "uros": ("1", "EUR"),
    "leuros": ("1", "EUR"),
    "lereles": ("1", "EUR"),
    "eypos": ("1", "EUR"),
    "pavos": ("1", "EUR"),
    "pavo": ("1", "EUR"),
    "napos": ("1", "EUR"),
    "€uros": ("1", "EUR"),
    "ruros": ("1", "EUR"),
    "eurs": ("1", "EUR"),
    "£": ("1", "GBP"),
    "gbp": ("1", "GBP"),
    "libras": ("1", "GBP"),
    "usd": ("1", "USD"),
    "us$": ("1", "USD"),
    "u$s": ("1", "USD"),
    "dolares": ("1", "USD"),
    "dolar": ("1", "USD"),
    "dolare": ("1", "USD"),
    "dolarucos": ("1", "USD"),
    "dollars": ("1", "USD"),
    "dollar": ("1", "USD"),
    "soles": ("1", "PEN"),
    "sol": ("1", "PEN"),
    "solcitos": ("1", "PEN"),
    "pen": ("1", "PEN"),
    "s/": ("1", "PEN"),
    "s/.": ("1", "PEN"),
    "mxn": ("1", "MXN"),
    "mx$": ("1", "MXN"),
    "cop": ("1", "COP"),
    "col$": ("1", "COP"),
    "clp": ("1", "CLP"),
    "ars": ("1", "ARS"),
    "ar$": ("1", "ARS"),
    "cop$": ("1", "COP"),
    "clp$": ("1", "CLP"),
    "$": ("1", _LOCAL),
    "bs": ("1", None),
    "moneda nacional": ("1", "MXN"),
    "m.n.": ("1", "MXN"),
}
_ES: dict[str, tuple[str, str | None]] = {
    "pesos argentinos": ("1", "ARS"),
    "pesos mexicanos": ("1", "MXN"),
    "pesos colombianos": ("1", "COP"),
    "pesos chilenos": ("1", "CLP"),
    "nuevos soles": ("1", "PEN"),
    "dolares americanos": ("1", "USD"),
    "toston": ("50", "MXN"),
    "pesos": ("1", "peso"),
    "peso": ("1", "peso"),
    "pesitos": ("1", "peso"),
    "pesotes": ("1", "peso"),
    "varos": ("1", "MXN"),
    "varo": ("1", "MXN"),
    "baros": ("1", "MXN"),
    "varitos": ("1", "MXN"),
    "e": ("1", "EUR"),
    "mangos": ("1", "ARS"),
    "manguitos": ("1", "ARS"),
    "palos": ("1000000", "ARS"),
    "palo": ("1000000", "ARS"),
    "palitos": ("1000000", "ARS"),
    "gambas": ("100", _LOCAL),
    "gamba": ("100", _LOCAL),
    "barras": ("1000", "COP"),
    "k": ("1000", None),
    "lucas": ("1000", _LOCAL),
    "luca": ("1000", _LOCAL),
    "luquitas": ("1000", _LOCAL),
    "luquita": ("1000", _LOCAL),
    "lukas": ("1000", _LOCAL),
    "luka": ("1000", _LOCAL),
    "luks": ("1000", _LOCAL),
    "lks": ("1000", _LOCAL),
    "lucazas": ("1000", _LOCAL),
    "cobres": ("1", None),
    "verdes": ("1", "USD"),
    "kilos": ("1000000", "EUR"),
    "mil": ("1000", None),
    "mill": ("1000000", None),
    "cocos": ("1", "USD"),
    "mm": ("1000000", None),
    "m": ("1000000", None),
    "melones": ("1000000", None),
    "quina": ("500", _LOCAL),
    "quinas": ("500", _LOCAL),
    "talegos": ("6", "EUR"),
    "lempiras": ("1", "HNL"),
    "ps": ("1", "peso"),
    "pe": ("1", None),
    "de pesos": ("1", "peso"),
    "de euros": ("1", "EUR"),
}
_EN: dict[str, tuple[str, str | None]] = {
    "pounds": ("1", "GBP"),
    "pound": ("1", "GBP"),
    "quid": ("1", "GBP"),
    "quids": ("1", "GBP"),
    "squid": ("1", "GBP"),
    "nicker": ("1", "GBP"),
    "sterling": ("1", "GBP"),
    "fiver": ("5", "note"),
    "fivers": ("5", "note"),
    "tenner": ("10", "note"),
    "tenners": ("10", "note"),
    "bucks": ("1", "dollar"),
    "buck": ("1", "dollar"),
    "dollars": ("1", "dollar"),
    "dollar": ("1", "dollar"),
    "smackers": ("1", None),
    "bones": ("1", "USD"),
    "cents": ("0.01", "USD"),
    "pence": ("0.01", "GBP"),
    "p": ("0.01", "GBP"),
    "lbs": ("1", "GBP"),
    "k": ("1000", None),
    "grand": ("1000", None),
    "ton": ("100", None),
    "tons": ("100", None),
    "monkey": ("500", None),
    "monkeys": ("500", None),
    "pony": ("25", None),
    "ponies": ("25", None),
    "score": ("20", None),
    "c-note": ("100", "USD"),
    "c-notes": ("100", "USD"),
    "benjamin": ("100", "USD"),
    "benjamins": ("100", "USD"),
    "benji": ("100", "USD"),
    "benjis": ("100", "USD"),
    "stack": ("1000", None),
    "stacks": ("1000", None),
    "rack": ("1000", None),
    "racks": ("1000", None),
    "g": ("1000", None),
    "bands": ("1000", None),
    "band": ("1000", None),
    "euros": ("1", "EUR"),
    "pesos": ("1", "peso"),
    "m": ("1000000", None),
    "bux": ("1", "dollar"),
    "dub": ("20", None),
    "bullseye": ("50", None),
    "mil": ("1000000", None),
}
# Said with "a", "un" or "medio" and no figure: "a fiver", "una luca", "medio palo"
ALONE = {
    "es": ("luca", "luka", "luquita", "palo", "palito", "gamba", "quina", "toston"),
    "en": (
        "fiver",
        "tenner",
        "ton",
        "monkey",
        "pony",
        "score",
        "c-note",
        "benjamin",
        "stack",
        "rack",
        "grand",
        "band",
        "dub",
        "quid",
        "bullseye",
    ),
}


def words(language: str) -> tuple[str, ...]:
    """List the words and signs of money.

    Args:
        language: "es" or "en".

    Returns:
        Words, longest first.
    """
    table = {**_COMMON, **(_EN if language == "en" else _ES)}
    return tuple(sorted(table, key=len, reverse=True))


def resolve(word: str, language: str, country: str | None) -> tuple[Decimal, str | None]:
    """Tell what a word of money multiplies by and which currency it says.

    Args:
        word: Folded word or sign, one of `words`.
        language: "es" or "en".
        country: ISO code of the debtor's country.

    Returns:
        The multiplier, and the ISO currency or None if the word says none.
    """
    table = (
        {**_EN, **{k: v for k, v in _COMMON.items() if k not in _EN}}
        if language == "en"
        else {**_COMMON, **_ES}
    )
    multiplier, currency = table[word]
    home = CURRENCIES.get(country or "")
    if word.startswith(("luc", "luk", "luq", "lk")):
        if country == "PE":
            return Decimal(1), "PEN"
        return Decimal(multiplier), home if country in ("CL", "AR", "CO") else "CLP"
    if word.startswith("palo"):
        return Decimal(multiplier), home if country in ("CL", "CO", "UY", "AR") else "ARS"
    if word.startswith("mango") and country == "PE":
        return Decimal(1), "PEN"
    if word in ("gamba", "gambas", "quina", "quinas"):
        return Decimal(multiplier), home if country in ("CL", "AR", "MX") else "CLP"
    if currency == _LOCAL:
        currency = "USD" if country in ("ES", "GB") else home
    elif currency == "peso":
        currency = home if country in PESO_COUNTRIES else ("MXN" if country in (None, "US") else None)
    elif currency == "note":
        currency = home if country in ("US", "CA", "AU", "NZ") else "GBP"
    elif currency == "dollar":
        currency = home if country in ("CA", "AU", "NZ") else "USD"
    return Decimal(multiplier), currency
