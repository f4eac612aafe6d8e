"""Rights over personal data: which one is meant, asked once where the words do not tell, and what each needs."""

from __future__ import annotations

import re
import unicodedata

from bot.debt.conversations import Pending
from bot.services import cases
from bot.services.turn import Button, Turn, entity

_DATA = r"(?:datos|informacion|data|details|info(?:rmation)?|file|ficha|expediente|registros?|records?)"
# The first that fits: from the particular to the general.
_KINDS: tuple[tuple[str, str], ...] = (
    (
        "human_review",
        r"decision(?:es)? (?:autom|del? (?:programa|sistema|algoritmo|maquina|bot))|automat\w+ decision"
        r"|decision automatizada"
        r"|algori?t|(?:revis\w+|intervencion) humana|human (?:review|intervention|oversight)"
        r"|(?:persona|humano|alguien) (?:que )?(?:revise|decida|intervenga)|(?:reviewed?|decided?"
        r"|looked at) by a (?:person|human)"
        r"|decid\w+ (?:un|una|a|an|the|el|la) (?:bot|maquina|robot|ordenador|computadora|sistema|machine|computer"
        r"|system)"
        r"|(?:bot|maquina|robot|machine|computer|system|ordenador|computadora)[^.]{0,25} decid"
        r"|perfilado|elaboracion de perfiles|(?<!data )profiling|decision\w*(?: (?:was|is|were|are|made|taken"
        r"|only))* (?:by|solely)|decision la tom\w+ (?:una|un)|(?:decided|judged) by an? ",
    ),
    (
        "portability",
        r"portab|llev\w+[^.]{0,12} mis (?:datos|cosas)|\b(?:take|move|transfer|carry|send|pass|port"
        r"|export)\w* (?:all )?(?:of )?my (?:data|information|records|details)"
        r"|formato (?:electr|estructurad|legible|abierto|excel|digital|estandar)|machine.readable|csv|json"
        r"|structured format"
        r"|(?:pas|transfi|envi|envi|mand|tras|mig|entreg)\w* (?:todos )?mis datos (?:a|al|en|hacia)"
        r"|export\w* (?:todos )?mis datos|exporta|\bport\w+ mis datos"
        r"|(?:datos|data|details|information) (?:a|al|to) (?:otra|otro|another|a different|my new) (?:empresa"
        r"|compania|proveedor|entidad|banco|company|provider|lender|bank)",
    ),
    (
        "restriction",
        r"limit\w* (?:el |del )?(?:tratamiento|uso|procesamiento)|limitacion del? (?:tratamiento|uso)|restrict"
        r"|restrinj|restring|restriccion"
        r"|bloque[oae]\w* (?:de )?(?:mis |los )?(?:datos|informaci)|(?:bloquead|congelad|suspend|pausa"
        r"|inmovili)\w*[^.]{0,25}(?:datos|tratamiento)"
        r"|(?:datos|tratamiento|informacion)[^.]{0,20}(?:bloquead|congelad|en pausa|suspendid)|congel\w+ (?:mis"
        r"|los) datos"
        r"|(?:freeze|lock|pause|suspend|block|limit)\w*[^.]{0,30}(?:data|information|details|processing|file|records)"
        r"|put[^.]{0,40}on hold|guard\w+ (?:mis datos )?(?:pero|sin) (?:no )?(?:los )?us|(?:keep|store) (?:my data "
        r"|it )?but (?:don'?t|do not|without) us",
    ),
    (
        "objection",
        r"\bopon|\bopos|me niego a que (?:us|trat|ced|compart)|dej\w+ de (?:usar|tratar|compartir|ceder|procesar"
        r"|utilizar)"
        r"|(?:no|nunca) (?:quiero que |autorizo (?:a )?(?:que )?|consiento (?:a )?(?:que )?|deseo que |permito que "
        r"|doy permiso (?:para|a) (?:que )?)?(?:us\w+|utili[cz]\w+|trat\w+|compart\w+|ced\w+|proces\w+"
        r"|vend\w+) mis datos"
        r"|no (?:autorizo|consiento|acepto) (?:el|al) (?:uso|tratamiento|procesamiento)|(?:revoco|retiro) (?:mi|el"
        r"|la) (?:consentimiento|autorizacion)"
        r"|\bobject|(?:stop|don'?t|do not|never|quit) (?:us|process|shar|sell|handl"
        r"|pass)\w* (?:on )?my (?:personal )?(?:data|information|details)"
        r"|(?:withdraw|revoke|take back) (?:my )?(?:consent|permission|authori[sz]ation)"
        r"|opt[ -]?out of (?:the )?(?:processing|sharing|sale)|do not sell"
        r"|(?:not|n't) (?:happy|ok|okay|agree\w*) (?:with|to) (?:you |your )?(?:us|process|shar)\w+ (?:of )?my",
    ),
    (
        "rectification",
        r"rectifi[cq]|rectify|corrig|corrij|correg|correc|actuali[cz]|\bupdate my|\bamend|incorrect|inaccura|inexact"
        r"|errone|equivocad|desactuali|out of date|outdated"
        r"|mal (?:escrit|puest|apuntad|registrad)|(?:estan?|tienen|teneis|pusieron) mal|wrong (?:data|name|address"
        r"|surname|spelling|date|birth|details|information|phone|e-?mail)"
        r"|(?:data|name|address|surname|spelling|date of birth|details|information|record|records|file|birthday"
        r"|phone|e-?mail)[^.]{0,30} (?:is|are|'s) (?:wrong|misspel)"
        r"|misspel|typo|spelt|spelled|\bfix (?:my|the)|cambi\w+ (?:mi|el) (?:nombre|apellido|fecha|direccion)"
        r"|change (?:my|the) (?:name|surname|address|date of birth)"
        r"|arregl\w+ (?:mi|el|los) (?:nombre|apellido|dato|datos)|modifi\w+ (?:mis|mi|los)|complet\w+ mis datos"
        r"|falta\w* (?:mi|un) (?:\w+ )?(?:apellido|nombre|dato)"
        r"|no (?:es|son) (?:mi|mis) (?:nombre|apellido|fecha|datos)|right the record|put (?:my|the) record straight",
    ),
    (
        "erasure",
        r"\bborr|\belimin|suprim|supres|olvid|\bcancel\w*[^.]{0,20}(?:datos|data|registro|informaci)|\beras|delet"
        r"|\bremov|forg[eo]t|forgotten|wipe|\bpurge|destr(?:oy|u[iy])"
        r"|quit\w*[^.]{0,15}mis datos|\bsa(?:c(?!aron|asteis|astes)|qu)\w*[^.]{0,25}(?:base|registro|sistema|datos"
        r"|archivo|lista)|get rid of|take (?:me|my \w+) off|desapare[cz]"
        r"|(?:no|nunca) (?:quiero que |deseo que )?(?:guard|conserv|almacen|teng|mantengan)\w*[^.]{0,12}(?:mis datos"
        r"|mi informacion|nada)|clear my (?:data|record|details)"
        r"|(?:don'?t|do not|stop) (?:want you to )?(?:keep|stor|hold|sav)\w*[^.]{0,20}(?:my|about me|on me)|scrub"
        r"|\bd(?:ar|en|e|ad) de baja mis datos|tiren mis datos",
    ),
    (
        "access",
        r"acce[sd]|copia|\bcopy|copies|que (?:datos|informacion|saben|tienen|teneis|guardan|hay)|cuales datos"
        r"|what (?:data|information|info|details|personal|do you (?:have|hold|know|keep|store))"
        r"|(?:ver|consult\w*|conocer|saber|revisar|obtener|recibir|pid\w+|solicit\w+|envi\w+|mand\w+|den?me|quiero"
        r"|muestr\w+|ensen\w+|facilit\w+)[^.]{0,25}(?:datos|informacion|ficha|expediente|registro)"
        r"|(?:see|view|get|have|show|give|send|access|know|want|request|provide|disclose)[^.]{0,30}(?:data"
        r"|information|info|details|file|records?|everything you (?:have|hold|know))"
        r"|subject access|\bs?dsar\b|\bsar\b|de donde (?:sac|obtuv|tien|consigui)\w+ mis|donde guardan"
        r"|quien tiene mis|who has my|where did you get my|who (?:have|did) you (?:shared?|gave|given)"
        r"|con quien (?:compart|ced)|habeas data",
    ),
)
_COMPILED = tuple((kind, re.compile(words)) for kind, words in _KINDS)
# "quiero mis datos" alone may be a copy, or anything: it is asked. So is a right that is only named.
_UNCLEAR = re.compile(
    r"^\W*(?:(?:quiero|quisiera|deseo|necesito|vengo a|i want(?: to)?|i'?d like(?: to)?|i need(?: to)?|tengo)? ?"
    r"(?:ejercer|ejercitar|invocar|hacer valer|use|exercise|invoke|un|algo|una|it'?s|es|something|a)? ?"
    r"(?:mis |los |unos |my |de |sobre |about |con )*(?:derechos?|rights?|request|peticion|solicitud|tema|consulta"
    r"|question|arco|gdpr|rgpd)?"
    r"(?: (?:de|sobre|con|about|over|under|regarding|on|arco|gdpr|rgpd|the|los|la|ley|my|mis|proteccion|protection"
    r"|data|datos|personales|personal|law))*)\W*$"
)
_BUTTONS = tuple(
    Button(f"button_data_{kind}", "data_rights", (entity("data_right", kind),))
    for kind in (
        "access",
        "rectification",
        "erasure",
        "portability",
        "objection",
        "restriction",
        "human_review",
    )
)
# What goes on after an identification for such a request: nothing is told but where the answer goes.
IDENTIFIED_FOR_DATA = "identified_for_data"
# Of these something is sent, or changed, and only to or for the person themself.
_NEEDS_WORDS = frozenset({"rectification"})


def kind_in(text: str) -> str | None:
    """Which right over personal data a message invokes; None where it does not tell."""
    lowered = _plain(text)
    if _UNCLEAR.match(lowered):
        return None
    return next((kind for kind, words in _COMPILED if words.search(lowered)), None)


def _plain(text: str) -> str:
    """Lower case without accents, and straight apostrophes: how people type."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def invoke(turn: Turn) -> None:
    """A request about personal data: registered with its deadline, whoever asks; what is sent goes to its person alone."""
    heard = turn.heard
    chosen = heard.first("data_right")
    kind = str(chosen) if chosen in cases.DATA_RIGHTS else kind_in(heard.text)
    unknown = cases.find(turn, "data")
    if kind is not None and unknown is not None:
        cases.become(turn, unknown, kind)
    else:
        cases.invoke(turn, "data", as_case=kind or "data", words=heard.text[:200])
        turn.open_case("data_rights", words=heard.text[:1000])
    if kind is None:
        turn.say("utter_data_rights", days=_days(turn))
        turn.ask(Pending.DATA_RIGHT, "utter_ask_data_right", buttons=_BUTTONS)
        return
    _registered(turn, kind)


def _registered(turn: Turn, kind: str) -> None:
    turn.conversation.pending = Pending.NOTHING
    turn.say(f"utter_data_{kind}", days=_days(turn))
    if kind in _NEEDS_WORDS:
        turn.ask(Pending.RECTIFY, "utter_ask_rectification")
    else:
        _identify(turn)


def answer_kind(turn: Turn) -> bool:
    """Which right was meant, by number or in words; a no leaves the request as it is, for a person."""
    heard = turn.heard
    numbered = heard.choice
    kind = kind_in(heard.text)
    if numbered is not None and 1 <= numbered <= len(_BUTTONS):
        kind = str(_BUTTONS[numbered - 1].entities[0]["value"])
    case = cases.find(turn, "data")
    if kind is None or case is None:
        if heard.intent in ("deny", "affirm", "inform"):
            turn.conversation.pending = Pending.NOTHING
            turn.say("utter_data_person_asks")
            return True
        return False
    cases.become(turn, case, kind)
    _registered(turn, kind)
    return True


def answer_rectification(turn: Turn) -> bool:
    """What is wrong and what is right, in their words, kept with the case."""
    case = cases.find(turn, "rectification")
    if turn.heard.intent in ("request_agent", "complain", "stop_contact") or case is None:
        return False
    turn.conversation.pending = Pending.NOTHING
    if turn.heard.intent == "deny":
        turn.say("utter_data_person_asks")
    else:
        turn.uow.rights_cases.change(case.case_id, details={**case.details, "words": turn.heard.text[:1000]})
        turn.open_case("data_rights", words=turn.heard.text[:1000])
        turn.say("utter_rectification_noted")
    _identify(turn)
    return True


def _identify(turn: Turn) -> None:
    from bot.services import identity, representatives

    if turn.party is None and not representatives.speaks(turn):
        # What they asked about is their data: who they are is no reason to speak of money.
        turn.conversation.state["resume"] = {"intent": IDENTIFIED_FOR_DATA, "entities": []}
        identity.ask(turn)


def _days(turn: Turn) -> int:
    return turn.app.rulebook.country(turn.country).data_request_days
