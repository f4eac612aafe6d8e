"""Thinking it over, or asking at home: said in many ways, and never a reason for alarm."""

from __future__ import annotations

import re

_WHO = (
    r"(?:mi|my|el|la|the) (?:mujer|marido|espos[oa]|pareja|novi[oa]|familia|madre|padre|mam[aá]|pap[aá]|hij[oa]"
    r"|herman[oa]|wife|husband|partner|girlfriend|boyfriend|family|mum|mom|mother|dad|father|son|daughter|brother"
    r"|sister)"
)
_WILL = (
    r"(?:let me|i(?:'ll| will| need to| want to| have to|'d like to| would like to)|ill|can i|could i|need to|want to"
    r"|have to|gotta|gonna)"
)
_QUE = "(?:que|q|ke|k)"
_MUST = rf"(?:d[eé]j[aáe](?:me|nme|dme)?|tengo {_QUE}|voy a|quiero|necesito|debo|hay {_QUE}|prefiero)"
_TELL = r"(?:te|os|le|les) (?:digo|aviso|cuento|escribo|confirmo)"
_BEFORE = (
    r"(?:(?:bueno|vale|okay|ok|pues|no s[eé]|mm+|uf|gracias|thanks|well|hmm+|no|s[ií]|yes|che|mira),? )*"
)
_AFTER = (
    rf"(?:[,.]? (?:y (?:ya )?{_TELL}|un (?:poco|rato|d[ií]a)|unos d[ií]as|bien|antes|primero|hoy|ma[nñ]ana|luego"
    r"|gracias|por favor|porfa|first|please|pls|tonight|tomorrow|(?:for )?a (?:bit|while)|thanks"
    r"|and (?:i'll )?(?:let you know|get back to you)))*"
)
_SAID = "|".join(
    (
        rf"{_MUST} (?:{_QUE} )?(?:me )?(?:lo )?(?:pens[aá]r?(?:lo|melo)?|piense)",
        rf"(?:me )?lo (?:(?:tengo {_QUE}|voy a|quiero|debo) pensar|pienso|pensar[eé]|medito)",
        rf"{_MUST} (?:consultarlo|hablarlo|comentarlo|verlo|mirarlo)(?: (?:con {_WHO}|en casa))?",
        rf"(?:lo )?(?:consulto|hablo|comento|hablar[eé]|consultar[eé]) con {_WHO}",
        rf"(?:d[eé]jame ver|luego|despu[eé]s|ya|ma[nñ]ana) (?:y )?{_TELL}",
        rf"{_WILL} (?:have a )?(?:think|sleep|mull)(?: (?:about|on|over) (?:it|this|that)| it over)?",
        rf"{_WILL} (?:talk|speak|check|discuss it)(?: it over)? (?:to|with) {_WHO}",
        r"(?:i'll|ill|i will) (?:let you know|get back to you)",
    )
)
_PONDERS = re.compile(rf"\W*{_BEFORE}(?:{_SAID}){_AFTER}\W*", re.IGNORECASE)
_LONGEST = 120


def is_said(text: str) -> bool:
    """Whether all of a message says that they will think it over or ask at home; more words may say more."""
    return len(text) <= _LONGEST and bool(_PONDERS.fullmatch(text))
