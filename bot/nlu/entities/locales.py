"""Countries: their currency, and which one the words of a message give away."""

from __future__ import annotations

import re

CURRENCIES = {
    "ES": "EUR",
    "MX": "MXN",
    "CO": "COP",
    "CL": "CLP",
    "AR": "ARS",
    "PE": "PEN",
    "US": "USD",
    "GB": "GBP",
    "IE": "EUR",
    "UY": "UYU",
    "EC": "USD",
    "PA": "USD",
    "PR": "USD",
    "SV": "USD",
    "CA": "CAD",
    "AU": "AUD",
    "NZ": "NZD",
    "DO": "DOP",
    "BO": "BOB",
    "PY": "PYG",
    "GT": "GTQ",
    "CR": "CRC",
    "HN": "HNL",
}
PESO_COUNTRIES = frozenset({"MX", "CO", "CL", "AR", "UY", "DO"})
_CLUES_ES = (
    (
        "PE",
        (
            r"\bs/\.? ?\d|\bsoles\b|\bsolcitos\b|\byape\b|\bplin\b|\bbcp\b|\bpe\b$|\bcausa\b|\bpata\b"
            r"|\byape(?:o|ar|arle)\b|\bpucha\b|\bchamba pe\b|\bdni pe\b|\bluquita pe\b|\bpen\b"
        ),
    ),
    (
        "MX",
        (
            r"\b[vb]aros?\b|\boxxo\b|\bspei\b|\bmxn\b|\bcurp\b|\brfc\b|\bcondusef\b|\bhorita\b"
            r"|\blana\b|\bchido\b|\borale\b|\bno manches\b|\bahorita\b|\bquincena\b"
            r"|\btantito\b|\bneta\b|\bguey\b|\bwey\b|\bmilito\b|\bferia\b|\benganche\b"
        ),
    ),
    (
        "AR",
        (
            r"\bmangos?\b|\bpalos?\b|\bcui[lt]\b|\bpesos argentinos\b|\bars\b|\bche\b|\bvos\b|\bpodes\b"
            r"|\btenes\b|\bguita\b|\blaburo\b|\bqueres\b|\bboludo\b|\bsos\b|\bpibe\b|\bmercado ?pago\b"
        ),
    ),
    (
        "CL",
        (
            r"\bluquitas?\b|\blukas?\b|\bweon\b|\bwn\b|\baltiro\b|\bsipo\b|\bnopo\b"
            r"|\brut\b|\bclp\b|\bcachai\b|\bpo\b|\bpega\b|\bgambas?\b|\bcaja vecina\b"
            r"|\bcuenta rut\b|\bpuntada\b"
        ),
    ),
    (
        "CO",
        (
            r"\bcop\b|\bcedula\b|\bc\.?c\.? ?\d|\bnequi\b|\bdaviplata\b|\bbarras\b|\bsumerce\b"
            r"|\bparcer?[oa]?\b|\bquiubo\b|\bbacano\b|\bsu merced\b"
            r"|\bme regala\b|\$ ?\d{1,3}'\d{3}\.\d{3}"
        ),
    ),
    (
        "ES",
        r"€|\beuros?\b|\bpavos\b|\bbizum\b|\bos\b|\bpode?is\b|\bcurro\b|\bteneis\b|\bsois\b|\bmovil\b|\btio\b|\beuritos\b|\beurillos\b|\bvosotros\b",
    ),
    ("CL", r"\blucas?\b"),
    ("CO", r"\$ ?\d{1,3}(?:\.\d{3})+\b"),
    ("MX", r"\$ ?\d|\d ?\$|\bpesos?\b|\bpesitos\b"),
)
_CLUES_EN = (
    (
        "GB",
        (
            r"£|\bquid\b|\bpounds?\b|\bfivers?\b|\btenners?\b|\bpcm\b|\bnicker\b|\bmum\b|\bcheers\b|\bmate\b|\binnit\b|\bcheque\b"
            r"|\bcouncil tax\b|\buniversal credit\b|\bdwp\b|\bbank holiday\b|\bpayslip\b|\bgood friday\b"
            r"|\bfortnight\w*\b|\bgbp\b|\binstalments?\b|\bpostcode\b|\bskint\b|\d ?pm$"
        ),
    ),
    (
        "US",
        r"\$|\bbucks?\b|\bdollars?\b|\bzip\b|\bssn\b|\bzelle\b|\bvenmo\b|\bpaycheck\b|\by'?all\b|\bmom\b|\bfood stamps\b",
    ),
)
_CLUES = {
    "es": tuple((country, re.compile(pattern)) for country, pattern in _CLUES_ES),
    "en": tuple((country, re.compile(pattern)) for country, pattern in _CLUES_EN),
}


def guess_country(folded: str, language: str) -> tuple[str, bool]:
    """Guess the debtor's country from the words of one message.

    Args:
        folded: Folded text.
        language: "es" or "en".

    Returns:
        ISO code, and whether the words (not the default) showed it.
    """
    for country, pattern in _CLUES[language]:
        if pattern.search(folded):
            return country, True
    return ("US" if language == "en" else "ES"), False
