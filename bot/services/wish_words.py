"""What a person wishes of hours and channels, in words: for them, for the desk and for the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_DAYS = {
    "es": (
        "los lunes",
        "los martes",
        "los miércoles",
        "los jueves",
        "los viernes",
        "los sábados",
        "los domingos",
    ),
    "en": (
        "on Mondays",
        "on Tuesdays",
        "on Wednesdays",
        "on Thursdays",
        "on Fridays",
        "on Saturdays",
        "on Sundays",
    ),
}
_SETS = {
    (0, 1, 2, 3, 4): {"es": "de lunes a viernes", "en": "from Monday to Friday"},
    (5, 6): {"es": "los fines de semana", "en": "at weekends"},
    (0, 1, 2, 3, 4, 5, 6): {"es": "", "en": ""},
}
_CHANNELS = {
    "sms": {"es": "SMS", "en": "text message"},
    "whatsapp": {"es": "WhatsApp", "en": "WhatsApp"},
    "telegram": {"es": "Telegram", "en": "Telegram"},
    "webchat": {"es": "esta página", "en": "this page"},
    "email": {"es": "correo electrónico", "en": "e-mail"},
    "voice": {"es": "teléfono", "en": "phone"},
    "letter": {"es": "carta", "en": "letter"},
    "work": {"es": "el trabajo", "en": "work"},
}
_DAY = 24 * 60


def hours(details: Mapping[str, Any], language: str) -> str:
    """The days and hours that a wish names: "los lunes de 10:00 a 12:00"."""
    words = [*_days(details["days"], language), *_spans(details["spans"], language)]
    return " ".join(words)


def hours_of(wishes: Sequence[Mapping[str, Any]], language: str) -> str:
    """What several wishes name, each once: "los sábados y los domingos"; empty for none."""
    named = list(dict.fromkeys(hours(wish, language) for wish in wishes))
    return _joined(named, "y" if language == "es" else "and")


def channels(names: Sequence[str], language: str) -> str:
    """Channels by name: "SMS o correo electrónico"."""
    found = [_CHANNELS[name][language] for name in names if name in _CHANNELS]
    return _joined(found, "o" if language == "es" else "or")


def described(kind: str, details: Mapping[str, Any], language: str) -> str:
    """A whole wish in a few words, for people at work."""
    if not details:
        return "—"
    what = hours(details, language) if kind == "hours" else channels(details["channels"], language)
    modes = {
        "es": {"only": "solo", "not": "nunca", "prefer": "mejor"},
        "en": {"only": "only", "not": "never", "prefer": "rather"},
    }
    by = ("por " if language == "es" else "by ") if kind == "channels" else ""
    return f"{modes[language][details['mode']]} {by}{what}"


def _days(days: Sequence[int], language: str) -> list[str]:
    known = _SETS.get(tuple(sorted(days)))
    if known is not None:
        return [known[language]] if known[language] else []
    return [_joined([_DAYS[language][day] for day in sorted(days)], "y" if language == "es" else "and")]


def _spans(spans: Sequence[Sequence[int]], language: str) -> list[str]:
    found = []
    for start, end in spans:
        if (start, end) == (0, _DAY):
            continue
        if end >= _DAY:
            found.append(f"{'después de las' if language == 'es' else 'after'} {_clock(start)}")
        elif start == 0:
            found.append(f"{'antes de las' if language == 'es' else 'before'} {_clock(end)}")
        elif language == "es":
            found.append(f"de {_clock(start)} a {_clock(end)}")
        else:
            found.append(f"from {_clock(start)} to {_clock(end)}")
    return [_joined(found, "y" if language == "es" else "and")] if found else []


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _joined(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
