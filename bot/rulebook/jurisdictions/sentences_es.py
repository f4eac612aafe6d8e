"""One fact in one or two sentences of plain Spanish. Its own texts come translated (translating.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.rulebook.jurisdictions.profile import Fact
from bot.rulebook.jurisdictions.sentences import day_runs, described_by
from bot.rulebook.jurisdictions.translating import LABEL
from bot.rulebook.jurisdictions.words_es import (
    ACTIONS,
    DAY_NAMES,
    MOMENTS,
    OFTEN,
    RULES,
    STATUS,
    UNITS,
    WHEN,
    WORDS,
)


def sentence(fact: Fact) -> str:
    """What a translated fact says, in one or two sentences."""
    text = str(fact.content.get("text", "")).strip()
    ours = " ".join(map(_disclosed, fact.content.get("discloses", ())))
    return " ".join(part for part in (_describe(fact), text, ours) if part)


def _describe(fact: Fact) -> str:
    if fact.path.startswith("channels."):
        return f"{_capital(_word(fact.path.partition('.')[2]))}: {_channel(fact.content)}"
    return described_by(_DESCRIBED, fact, _named)


def _disclosed(entry: Mapping[str, Any]) -> str:
    also = ", en cada idioma usado" if entry.get("each_language") else ""
    unless = f", salvo que ya lo diga {_word(entry['covered_by'])}" if "covered_by" in entry else ""
    unless += ", no por un acreedor en su propio nombre" if entry.get("only_collectors") else ""
    return f"[Decimos: {_word(entry['code'])}, {MOMENTS[entry['moment']]}, {OFTEN[entry['often']]}{also}{unless}.]"


def _named(content: Mapping[str, Any]) -> str:
    """A fact of words or of one value: its name if it has one, and the value if there is one."""
    label, value = content.get(LABEL), content.get("value")
    if value is None:
        return f"{label}." if label else ""
    if isinstance(value, Mapping):
        said = _duration(value)
    else:
        said = ("sí" if value else "no") if isinstance(value, bool) else str(value)
    return f"{label}: {said}." if label else f"{_capital(said)}."


def _timezone(node: Mapping[str, Any]) -> str:
    whose = "la hora propia de la persona" if node["policy"] == "debtor_local" else "la hora del país"
    where = ", ".join(node["zones"]) or "todas las zonas del país de la persona"
    unknown = (
        "si no se conoce el lugar, la hora tiene que cumplirse en todas ellas"
        if node["unknown_location"] == "intersect_all_zones"
        else "también rige si no se conoce el lugar"
    )
    return f"El horario sigue {whose} ({where}); {unknown}. Cuenta el momento en que se envía el mensaje."


def _window(node: Mapping[str, Any]) -> str:
    hours = f"desde las {node['start']} y antes de las {node['end']}"
    return f"{_capital(_days(node['days']))}, {hours}: {_list(node['channels'])}."


def _closed(node: Mapping[str, Any]) -> str:
    days = [f"en {_days(node['weekdays'])}"] if node["weekdays"] else []
    if node["public_holidays"]:
        parts = [
            " ".join([each["country"], "/".join(each.get("subdivisions", ()))]).strip()
            for each in node["calendars"]
        ]
        days.append(f"en festivos o feriados ({', '.join(parts) or 'del país'})")
    return f"Sin contacto {' ni '.join(days)}: {_list(node.get('channels', ['all']))}."


def _exception(node: Mapping[str, Any]) -> str:
    if node["kind"] != "purposes_exempt":
        return ""
    of = " ni de ".join(
        {"window": "horario", "frequency": "número de contactos"}[each] for each in node["exempt_from"]
    )
    return f"Sin límite de {of}: {_list(node['purposes'])}."


def _inbound(node: Mapping[str, Any]) -> str:
    free = [
        name
        for name, key in (("horario", "exempt_from_window"), ("número de contactos", "exempt_from_frequency"))
        if node[key]
    ]
    said = f"Sin límite de {' ni de '.join(free)}" if free else "Sujeto al horario y al número de contactos"
    most = node["max_replies_per_inbound"]
    if most is not None:
        always = node.get("applies_when") == "always"
        said += f"; {most} por cada mensaje" + (
            "" if always else " fuera del horario o en un canal detenido por la persona"
        )
    return (
        f"{said}; a cualquier hora durante {_duration(node['live_for'])}, "
        f"una respuesta en todo caso durante {_duration(node['reply_for'])}."
    )


def _limit(node: Mapping[str, Any]) -> str:
    most, per = node["max"], node["per"]
    if node.get("after"):
        said = f"ningún contacto durante {_duration(per)} después de una conversación"
    else:
        one, more = {
            "distinct_channel": ("canal", "canales"),
            "conversation": ("conversación", "conversaciones"),
            "contact": ("contacto que llegue a la persona", "contactos que lleguen a la persona"),
            "attempt": ("contacto, intentos incluidos,", "contactos, intentos incluidos,"),
        }.get(node["counts"], ("contacto", "contactos"))
        calendar = {"day": "un día", "week": "una semana", "month": "un mes"}.get(per["unit"])
        is_calendar = node.get("kind") == "calendar"
        span = f"{calendar} calendario" if is_calendar else f"cualquier período de {_duration(per)}"
        said = f"como máximo {most} {one if most == 1 else more} en {span}"
    gap = f", con {_duration(node['min_gap'])} entre uno y otro" if "min_gap" in node else ""
    whom = {
        "debt": "por cada deuda",
        "debtor_creditor": "por cada acreedor",
        "debtor": "entre todos los acreedores",
    }
    replies = "; las respuestas también cuentan" if node.get("count_replies") else ""
    return f"{_capital(_list(node['channels']))}: {said}{gap}, {whom[node['scope']]}{replies}."


def _channel(node: Mapping[str, Any]) -> str:
    also = []
    if node.get("needs_consent") and node["status"] != "consent_required":
        also.append(STATUS["consent_required"])
    if node.get("needs_acknowledgment") and node["status"] != "restricted":
        also.append(STATUS["restricted"])
    if node.get("writing_is_consent"):
        also.append("si la persona escribe primero por él, eso vale como autorización")
    return "; ".join([STATUS[node["status"]], *also]) + "."


def _disclosure(node: Mapping[str, Any]) -> str:
    when = f"en un plazo de {_duration(node['deadline'])}" if "deadline" in node else WHEN[node["when"]]
    return f"{_capital(when)}: {'; '.join(node['content'])}."


def _ai(node: Mapping[str, Any]) -> str:
    return f"{_capital(WHEN[node['when']])}{', por ley' if node['required_by_law'] else ''}."


def _keywords(node: Mapping[str, Any]) -> str:
    free = "; vale cualquier expresión con ese sentido" if node["free_text_counts"] else ""
    return f"Palabras que detienen los mensajes: {', '.join(node['list'])}{free}."


def _trigger(node: Mapping[str, Any]) -> str:
    holds = f"por {_list(node['holds'])}" if node["holds"] else "que solo ordena una persona"
    lasts = f", {_duration(node['duration'])}" if "duration" in node else ""
    return f"Suspensión {holds}: {ACTIONS[node['action']]}, {node['until']}{lasts}."


def _rule(node: Mapping[str, Any]) -> str:
    return f"{RULES[node['rule']]}:"


def _record(node: Mapping[str, Any]) -> str:
    return f"{_capital(node['what'])}: {_duration(node['keep'])} {node.get('from', 'desde cada uno')}."


def _deadline(node: Mapping[str, Any]) -> str:
    longer = f", y {_duration(node['extension'])} más si hace falta" if "extension" in node else ""
    name = f"{node[LABEL]}: " if LABEL in node else ""
    most = f" a {_duration(node['max_duration'])}" if "max_duration" in node else ""
    return f"{name}{_duration(node['duration'])}{most}{longer}."


def _by_when(node: Mapping[str, Any]) -> str:
    return (
        f"Se cumple en un plazo de {_duration(node['duration'])}."
        if node["duration"]["n"]
        else "Se cumple de inmediato."
    )


def _whom(node: Mapping[str, Any]) -> str:
    reach = [node[key] for key in ("phone", "text_to", "url", "hours", "area") if key in node]
    free = ["sin costo"] if node.get("free") else []
    return f"{', '.join([node['name'], *reach, *free])}."


def _authority(node: Mapping[str, Any]) -> str:
    return f"Autoridad: {node['name']}."


def _pending(node: Mapping[str, Any]) -> str:
    return f"{node['date'] if node['date'] != 'unknown' else 'Fecha por conocer'}:"


def _area(node: Mapping[str, Any]) -> str:
    return f"{node['area']}:"


_DESCRIBED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "contact.timezone": _timezone,
    "contact.windows": _window,
    "contact.closed_days": _closed,
    "contact.exceptions": _exception,
    "contact.inbound": _inbound,
    "frequency": _limit,
    "disclosures": _disclosure,
    "ai_disclosure": _ai,
    "opt_out.keywords": _keywords,
    "opt_out.deadline": _by_when,
    "cease_triggers": _trigger,
    "conversation_rules": _rule,
    "records": _record,
    "data_rights.authority": _authority,
    "data_rights.deadlines": _deadline,
    "limitation.periods": _deadline,
    "crisis": _whom,
    "debt_help": _whom,
    "complaints": _whom,
    "pending": _pending,
    "overlays": _area,
}


def _days(days: Sequence[str]) -> str:
    """Days as people say them: lunes a viernes, sábado."""
    runs = day_runs(days)
    if runs and len(runs[0]) == 7:
        return "todos los días"
    return ", ".join(
        f"{DAY_NAMES[run[0]]} a {DAY_NAMES[run[-1]]}"
        if len(run) > 2
        else ", ".join(DAY_NAMES[day] for day in run)
        for run in runs
    )


def _list(names: Sequence[str]) -> str:
    if list(names) == ["all"]:
        return "todos los canales"
    return ", ".join(map(_word, names))


def _word(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


def _duration(duration: Mapping[str, Any]) -> str:
    one, more = UNITS[duration["unit"]]
    return f"{duration['n']} {one if duration['n'] == 1 else more}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
