"""Why the contact gate stopped a message, in Spanish. The gate and the record say it in English, which is what holds."""

from __future__ import annotations

import re

# Each sentence of `bot/debt/contact_gate/decision.py`, and how it is said in Spanish.
_SENTENCES = (
    (r"a hold is in force: (?P<hold>\w+)", "hay una parada en vigor: {hold}"),
    (
        r"the profile says nothing about the channel (?P<channel>\w+)",
        "el perfil no dice nada de este canal: {channel}",
    ),
    (r"(?P<channel>\w+) may not be used here", "aquí no se puede usar este canal: {channel}"),
    (r"the person stopped (?P<channel>\w+)", "la persona paró este canal: {channel}"),
    (
        r"(?P<channel>\w+) is restricted: the deployer has to acknowledge its condition first",
        "{channel}: canal restringido; quien lo usa tiene que aceptar antes su condición",
    ),
    (r"the person has not authorised (?P<channel>\w+)", "la persona no ha autorizado este canal: {channel}"),
    (
        r"the stop was confirmed once; a second confirmation is one more message",
        "la parada ya se confirmó una vez; otra confirmación sería un mensaje más",
    ),
    (r"nobody knows where the person is", "nadie sabe dónde está la persona"),
    (
        r"(?P<weekday>\w+) (?P<on>\S+) is a public holiday \((?P<zone>\S+)\)",
        "el {weekday} {on} es festivo ({zone})",
    ),
    (
        r"(?P<weekday>\w+) (?P<on>\S+) is a day without contact \((?P<zone>\S+)\)",
        "el {weekday} {on} es un día sin contacto ({zone})",
    ),
    (
        r"(?P<weekday>\w+) (?P<on>\S+) (?P<at>[\d:]+) is outside the hours \((?P<zone>\S+)\)",
        "el {weekday} {on} a las {at} está fuera de las horas permitidas ({zone})",
    ),
    (
        r"(?P<at>[\d:]+) is an hour at which the person asked not to be written to \((?P<zone>\S+)\)",
        "{at} es una hora a la que la persona pidió que no se le escribiera ({zone})",
    ),
    (
        r"a conversation was held less than (?P<n>\d+) (?P<unit>\w+)s ago",
        "se habló con la persona hace menos de {n} {unit}",
    ),
    (
        r"at most (?P<most>\d+) (?P<what>\w+) in (?P<n>\d+) (?P<calendar>calendar )?(?P<unit>\w+?)s?"
        r"(?P<apart>, (?P<gap>\d+) (?P<gap_unit>\w+)s apart)?",
        "como mucho {most} {what} en {n} {unit}{calendar}{apart}",
    ),
)
_HOLDS = {
    "dispute": "disputa",
    "payment_claimed": "dice que pagó",
    "wrong_party": "persona equivocada",
    "deceased": "fallecimiento",
    "represented": "representante",
    "cease_contact": "pidió que no se le escriba",
    "distress": "angustia",
    "hardship": "dificultades",
    "refused": "se negó a pagar",
    "complaint": "queja",
    "right_pending": "derecho sin responder",
}
_CHANNELS = {
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "webchat": "página web",
    "email": "correo electrónico",
    "voice": "llamada",
    "letter": "carta",
    "visit": "visita",
}
_WEEKDAYS = {
    "Monday": "lunes",
    "Tuesday": "martes",
    "Wednesday": "miércoles",
    "Thursday": "jueves",
    "Friday": "viernes",
    "Saturday": "sábado",
    "Sunday": "domingo",
}
_UNITS = {
    "minute": ("minuto", "minutos"),
    "hour": ("hora", "horas"),
    "day": ("día", "días"),
    "week": ("semana", "semanas"),
    "month": ("mes", "meses"),
    "year": ("año", "años"),
}
_COUNTED = {"contacts": ("contacto", "contactos"), "channels": ("canal", "canales")}


def reason_in(reason: str, language: str) -> str:
    """A reason of the gate in a language; one that is not known here stays as it was recorded."""
    if language != "es":
        return reason
    for pattern, spanish in _SENTENCES:
        match = re.fullmatch(pattern, reason)
        if match is not None:
            return spanish.format(**_in_spanish(match.groupdict()))
    return reason


def _in_spanish(found: dict[str, str | None]) -> dict[str, str]:
    values = {name: value or "" for name, value in found.items()}
    for name, words in (("hold", _HOLDS), ("channel", _CHANNELS), ("weekday", _WEEKDAYS)):
        if name in values:
            values[name] = words.get(values[name], values[name])
    for unit, number, pairs in (
        ("unit", "n", _UNITS),
        ("gap_unit", "gap", _UNITS),
        ("what", "most", _COUNTED),
    ):
        if values.get(unit):
            values[unit] = pairs[values[unit]][0 if values[number] == "1" else 1]
    if values.get("calendar"):
        values["calendar"] = " de calendario"
    if values.get("apart"):
        values["apart"] = f", con {values['gap']} {values['gap_unit']} entre uno y otro"
    return values
