"""Where in a country a person lives: what the portfolio says, else what a postal code shows beyond doubt."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.rulebook.schema import CITIES

_WRITTEN = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}(-[A-Z]{2,5})?")
# Autonomous communities by the provinces of the postal code's first two digits.
_ES = {
    "AN": "04 11 14 18 21 23 29 41", "AR": "22 44 50", "AS": "33", "CN": "35 38", "CB": "39",
    "CM": "02 13 16 19 45", "CL": "05 09 24 34 37 40 42 47 49", "CT": "08 17 25 43", "VC": "03 12 46",
    "EX": "06 10", "GA": "15 27 32 36", "IB": "07", "RI": "26", "MD": "28", "MC": "30", "NC": "31",
    "PV": "01 20 48", "CE": "51", "ML": "52",
}  # fmt: skip
# States by the first three digits of the ZIP code; those shared by two states, and the military, are left out.
_US = {
    "MA": "010-027 055", "RI": "028-029", "NH": "030-038", "ME": "039-049", "VT": "050-054 056-059",
    "CT": "060-062 064-069",
    "NJ": "070-089", "NY": "105-109 115 117-149", "PA": "150-196", "DE": "197-199", "DC": "200 202-205",
    "VA": "201 220-246", "MD": "206-219", "WV": "247-268", "NC": "270-289", "SC": "290-299", "GA": "300-319 398-399",
    "FL": "320-339 341-342 344 346-347 349", "AL": "350-352 354-369", "TN": "370-385", "MS": "386-397",
    "KY": "400-427", "OH": "430-459", "IN": "460-479", "MI": "480-499", "IA": "500-528", "WI": "530-549",
    "MN": "550-567", "SD": "570-577", "ND": "580-588", "MT": "590-599", "IL": "600-629", "MO": "630-658",
    "KS": "660-679", "NE": "680-693", "LA": "700-714", "AR": "716-729", "OK": "730-731 734-749",
    "TX": "733 750-799 885", "CO": "800-816", "WY": "820-831", "ID": "832-838", "UT": "840-847", "AZ": "850-865",
    "NM": "870-884", "NV": "889-898", "CA": "900-961", "HI": "967-968", "OR": "970-979", "WA": "980-994", "AK": "995-999",
    "PR": "006-007 009", "VI": "008",
}  # fmt: skip
# The five boroughs. 110 is partly Nassau County: the stricter reading.
_NEW_YORK_CITY = "100-104 110-114 116"


def is_region(written: str, country: str) -> bool:
    """Whether this names a part of a country: ISO 3166-2, or a city that has rules of its own."""
    if not _WRITTEN.fullmatch(written) or not written.startswith(f"{country}-"):
        return False
    known = _subdivisions(country)
    if known and written.split("-")[1] not in known:
        return False
    return written.count("-") == 1 or written in CITIES


def region_of(country: str, postal_code: str) -> str | None:
    """The region that a postal code lies in; None where it does not show."""
    table = _TABLES.get(country)
    return table.get(postal_code[: _DIGITS[country]]) if table is not None else None


@lru_cache(maxsize=16)
def _subdivisions(country: str) -> frozenset[str]:
    # Late, because it takes a third of a second. Countries that it does not divide take any.
    import holidays

    return frozenset(holidays.country_holidays(country).subdivisions)


def _spread(country: str, regions: dict[str, str]) -> dict[str, str]:
    found = {}
    for region, ranges in regions.items():
        for each in ranges.split():
            first, _, last = each.partition("-")
            for number in range(int(first), int(last or first) + 1):
                found[f"{number:0{len(first)}d}"] = f"{country}-{region}"
    return found


_TABLES = {"ES": _spread("ES", _ES), "US": _spread("US", {**_US, "NY-NYC": _NEW_YORK_CITY})}
_DIGITS = {"ES": 2, "US": 3}
