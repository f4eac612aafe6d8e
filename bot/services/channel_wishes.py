"""Which channel a message is about, and whether it is wanted there: "not by SMS please", "no me escriba por aquí".

The one reader of such words. It reads the text after it was classified, so that its words change without a training.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_FEW_WORDS = 7
_BY = (
    r"(?:(?:por|x|al?|via|mediante|en|de|a mi|a traves de(?: el|l)?|by|via|on|through|over|using|to|at|sin|without)"
    r" (?:(?:el|la|los|las|mi|un|una|my|the|an?|any) )?)"
)
_WHATSAPP = r"w(?:h)?ats?\s?s?app?s?|whats|wats|wh?atsapp\w*|g?[uw]as+app?(?:e\w*)?|wsp|wpp"
# What is a word for a channel by itself, and what only behind a preposition ("entren en la web", "por la web").
_ALONE = {
    "whatsapp": _WHATSAPP,
    "telegram": r"telegram",
    "sms": r"sms|mensajes? de texto|mensajitos? de texto|text messages?|texts(?! (?:me|us))|texting(?! (?:me|us))",
    "email": r"correos?(?: electronicos?)?(?! postal)|e-?mails?|e-?mailing|mails?",
    "voice": r"llamadas?|telefonicamente|phone ?calls?|calls(?! me)|voice calls?",
    "letter": r"cartas?|correo postal|postal mail|letters?",
    "webchat": r"web ?chat|chat (?:de la )?web",
    "here": r"aqui|aca|aki|este (?:chat|medio|canal|numero|telefono|whatsapp|correo)"
    r"|esta (?:via|linea|app|conversacion)"
    r"|here|this (?:chat|channel|number|line|app|phone|address|conversation)",
}
_BEHIND = {
    "sms": r"texts?|mensajes? sms",
    "voice": r"telefono|phone|movil|celular",
    "letter": r"post",
    "webchat": r"(?:esta |su |this |your )?(?:pagina(?: web)?|web(?: ?site| ?page)?|page)",
}
# Who asks for a call names a time, no channel: verbs of calling count where they are refused.
_CALLING = re.compile(
    r"\b(?:llam(?:en|e|es|eis|ad|arme|arnos|ando|ar)(?:me|nos)?|call|calling|phone me|phoning|ring me|ringing)\b"
)
_CHANNELS = tuple(
    (name, re.compile(rf"\b(?:{words})(?!\w)|\b{_BY}(?:{_BEHIND.get(name, words)})(?!\w)"))
    for name, words in _ALONE.items()
)
_CLAUSE = re.compile(
    r"[.;:!?\n]+|,|\b(?=(?:pero|but|sino|porque|because|mejor|rather|instead|prefier\w+|i'?d prefer"
    r"|solo|solamente|unicamente"
    r"|only|just)\b)|\b(?:y|and) (?=(?:no|not|nunca|never|solo|only|mejor|los|don'?t|please|ni|by|por|escrib\w+)\b)"
)
_NOT = re.compile(
    r"\b(?:no|nunca|jamas|ni|tampoco|nada|dej\w+ de|evit\w+|basta|par(?:en|ad|e|ar) de|quit(?:en|e|ad)|sin|excepto|menos"
    r"|not|never|nor|neither|don'?t|do not|stop|quit|avoid|without|except|no more)\b"
)
_ONLY = re.compile(r"\b(?:solo|solamente|unicamente|nomas|exclusivamente|only|just|exclusively|solely)\b")
_RATHER = re.compile(
    r"\b(?:mejor|prefier\w*|prefer\w*|preferiblemente|preferably|rather|better|instead|me viene bien|works for me"
    r"|de preferencia)\b"
)
_VERB = re.compile(
    r"\b(?:(?:me |nos )?(?:escrib\w+|llam(?!ada|o\b)\w+|contact\w+|molest\w+|mand\w+|env[ií]\w+|avis\w+|hab(?:l|le)\w*"
    r"|comuni\w+|us(?:en|e|ad|ar)|quiero|deseo|wh?ats?ap\w+|mensaj\w+|recordatori\w+)"
    r"|text(?:s|ing)?|messages?|messaging|write|writing|calls?|calling|ring(?:ing)?|phone me|phoning|contact\w*|reach\w*"
    r"|send\w*|use|using|want|bother\w*|disturb\w*|e-?mail\w*|remind\w*)\b"
)
# They tell what happened or what they have: "no me llegó el sms", "I don't have WhatsApp", "no puedo pagar por la web".
_TELLS = re.compile(
    r"\b(?:(?:me|nos) (?:llam|escrib|contact|mand|envi)(?:aron|asteis|ieron|isteis|aste|o)|called me|texted me|wrote me"
    r"|you (?:called|wrote|texted)|lleg\w+|recib(?!ir)\w*|(?<!to )receiv\w*"
    r"|got|(?:n'?t|not|never) get|arriv\w+|came|vi|veo|encuentr\w+|find|see|saw|abr\w+"
    r"|open\w*|entr\w+|funciona\w*|(?:does|is|did)(?:n'?t| not) work|working|tengo|tiene|uso"
    r"|i (?:don'?t |do not )?(?:have|use)|haven'?t|hay"
    r"|(?:lo|ya) se|no se (?:que|como|si|nada)|confi\w+|trust"
    r"|pag(?!in)\w+|abon\w+|pay\w*|paid|mi (?:whatsapp|correo|telefono|celular|movil) es"
    r"|my (?:phone|e-?mail|number|whatsapp) is)\b"
)
_MORE = re.compile(r"\b(?:mas|any ?more|ever again|not? more)\b")
# "stop calling me", "no more texts": that means everything, as a stop always did.
_STOPPING = re.compile(r"\b(?:dej\w+ de|par(?:en|ad|e) de|stop|quit|basta)\b")
_EVERYWHERE = re.compile(
    r"\b(?:(?:por |en )?ning[u]n(?:a)? (?:otr[oa] )?(?:medio|lado|sitio|canal|via|parte|lugar|forma|manera)|de ningun\w+"
    r"|any ?where|any (?:other )?(?:channel|way|means|place)|at all|no ?where|en absoluto|todos? los (?:medios|canales))\b"
)
_WORKPLACE = re.compile(
    r"\b(?:(?:al|en el|a mi|en mi|a la|en la) (?:trabajo|oficina|curro|pega|chamba|laburo)|at (?:my )?work|my (?:job"
    r"|office|workplace))\b"
)
_JOINING = re.compile(
    r"\b(?:o|u|ni|y|e|or|nor|and|tampoco|por|via|by|el|la|los|las|mi|my|the|un|una|de|en|on|any|nada|to"
    r"|please|porfa(?:vor)?|favor|gracias|thanks|thank you|ya|just|solo)\b"
    r"|[^\w\s]"
)
_BARE_NO = re.compile(
    r"(?:(?:eso|esos|ya|pues|mejor|please|por favor|thanks|thank you|gracias|no|nunca|jamas|never|not|nada)\b\W*)+"
)


@dataclass(frozen=True)
class ChannelWish:
    """One wish. `mode` is only, not or prefer; `channels` as the law names them, or here or work.

    `is_sure`: its own words say that it is about messages; else whoever reads has to know what is talked about.
    """

    mode: str
    channels: tuple[str, ...]
    is_sure: bool


@dataclass
class _Clause:
    text: str
    channels: list[str]
    mode: str | None


def wishes(text: str, *, goes_on: bool = False) -> list[ChannelWish]:
    """Find what a message asks about channels.

    Args:
        text: as the person wrote it.
        goes_on: they were just asked about it, so that a channel named alone ("por correo") is meant.
    """
    plain = _plain(text)
    if _TELLS.search(plain) and not (_ONLY.search(plain) or _RATHER.search(plain)) and not _asks(plain):
        return []
    clauses = _clauses(plain)
    has_verb, is_short = bool(_VERB.search(plain)), len(plain.split()) <= _FEW_WORDS
    if _WORKPLACE.search(plain) and _NOT.search(plain) and has_verb:
        return [ChannelWish("not", ("work",), True)]
    found: list[ChannelWish] = []
    for clause in clauses:
        mode = clause.mode
        if mode is None and not _NOT.search(clause.text) and (goes_on or _VERB.search(clause.text)):
            mode = "prefer"
        if mode is None or not clause.channels:
            continue
        if mode == "not" and _EVERYWHERE.search(plain):
            return []  # everything is to stop, whichever channel is named beside it
        sure = mode != "prefer" and (has_verb or mode == "only" or is_short or bool(_RATHER.search(plain)))
        _add(found, ChannelWish(mode, tuple(dict.fromkeys(clause.channels)), sure))
    return found


def named(text: str) -> dict[str, bool]:
    """The channels that a sentence names, each with whether it is wanted: "no por WhatsApp, mejor por SMS"."""
    plain = _plain(text)
    found: dict[str, bool] = {}
    for clause in _clauses(plain):
        if _TELLS.search(clause.text) and _NOT.search(clause.text):
            continue
        found |= dict.fromkeys(clause.channels, clause.mode != "not")
    return found


def _add(found: list[ChannelWish], wish: ChannelWish) -> None:
    last = found[-1] if found else None
    if last is not None and last.mode == wish.mode:
        merged = tuple(dict.fromkeys((*last.channels, *wish.channels)))
        found[-1] = ChannelWish(wish.mode, merged, last.is_sure or wish.is_sure)
    else:
        found.append(wish)


def _plain(text: str) -> str:
    """Lower case without accents, typographic apostrophes and doubled spaces."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("\u2019", "'"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def _asks(plain: str) -> bool:
    """Whether they ask for something beside what they tell: "no me escriban por SMS, no los recibo"."""
    return any(clause.mode == "not" and clause.channels for clause in _clauses(plain))


def _clauses(plain: str) -> list[_Clause]:
    """The clauses of a text with their channels and mode; a bare "no" after one belongs to it, a list goes on."""
    found: list[_Clause] = []
    for words in _parts(plain):
        channels = _named_in(words)
        mode = _mode(words, channels)
        if found and not channels and _BARE_NO.fullmatch(words) and found[-1].channels and not found[-1].mode:
            found[-1].mode = "not" if _NOT.search(words) else None
            continue
        if channels and mode is None and found and found[-1].channels and not _left_over(words):
            mode = found[-1].mode
        found.append(_Clause(words, channels, mode))
    return found


def _parts(plain: str) -> Iterator[str]:
    start = 0
    for match in _CLAUSE.finditer(plain):
        if plain[start : match.start()].strip():
            yield plain[start : match.start()].strip()
        start = match.end()
    if plain[start:].strip():
        yield plain[start:].strip()


def _named_in(words: str) -> list[str]:
    found = [(match.start(), name) for name, pattern in _CHANNELS if (match := pattern.search(words))]
    if "voice" not in (name for _, name in found) and _NOT.search(words) and (call := _CALLING.search(words)):
        found.append((call.start(), "voice"))
    names = [name for _, name in sorted(found)]
    if "here" in names:
        # "este whatsapp", "don't text me on this number": the place is what is meant.
        names = ["here"]
    elif len(names) > 1 and "voice" in names and not re.search(r"\b(?:o|ni|y|or|nor|and)\b", words):
        # "no me llamen por whatsapp": a call over it, which is that channel.
        names.remove("voice")
    return names


def _mode(words: str, channels: list[str]) -> str | None:
    no, only = _NOT.search(words), _ONLY.search(words)
    if no and (not only or only.start() < no.start()):
        return "not" if _refuses(words, channels) else None
    if only and not no:
        return "only"
    return "prefer" if _RATHER.search(words) else None


def _refuses(words: str, channels: list[str]) -> bool:
    # Beside a refused channel stands an act of writing, or nothing: "no soy de aquí" refuses none.
    if _TELLS.search(words) or not (_VERB.search(words) or not _left_over(_NOT.sub(" ", words))):
        return False
    # "no me escriban más por aquí" is of here; "no more texts", "stop calling me" is of everything.
    is_total = bool(_MORE.search(words) or _STOPPING.search(words))
    return not (
        is_total and channels and channels[0] in ("voice", "sms") and not re.search(rf"\b{_BY}", words)
    )


def _left_over(words: str) -> str:
    for _, pattern in _CHANNELS:
        words = pattern.sub(" ", words)
    return _JOINING.sub(" ", words).strip()
