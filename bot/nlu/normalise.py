"""Normal form of a message for the intent classifier: what is noise goes, what carries meaning stays."""

from __future__ import annotations

import re
import unicodedata

from bot.nlu.abbreviations import ABBREVIATIONS

_EMOJI_WORDS: dict[str, str] = {
    "👍": "ok",
    "👌": "ok",
    "✅": "ok",
    "🆗": "ok",
    "👎": "no",
    "❌": "no",
    "🙏": "🙏",
    "👋": "hola",
    "☎": "telefono",
    "📞": "telefono",
}

_INVISIBLE = re.compile(
    r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\x00-\x08\x0e-\x1f\x7f]"
)
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")
_KEPT_LONG = re.compile(r"^(?:w+|x+|z+|(?:ja)+j?|(?:ha)+h?|(?:je)+j?)$")
_TOKEN = re.compile(r"[^\W_]+(?:['’/][^\W\d_]+)*|\S")
_WORD_EDGE = re.compile(r"(?<![\w'’/-])(w/o?(?!\w)|[^\W_]{1,7})(?![\w'’/-])")
_SPACES = re.compile(r"\s+")

_LONGEST = 1500
"""Characters read of a message: what is pasted in beyond that tells no intent, and must not cost seconds."""

_MONEY_WORD = (
    r"(?:€|£|\$|euros?|eur|pavos|pesos?|varos|mxn|usd|cop|clp|ars|lucas?|luquitas|mangos|palos|soles|dolares|dólares|"
    r"dollars?|bucks?|pounds?|quid|gbp|libras|grand|mil|k)"
)
_NUMBER = r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_MONTH = (
    r"(?:ene(?:ro)?|feb(?:rero)?|mar(?:zo)?|abr(?:il)?|may(?:o)?|jun(?:io)?|jul(?:io)?|ago(?:sto)?|sep(?:tiembre|t)?|"
    r"set(?:iembre)?|oct(?:ubre)?|nov(?:iembre)?|dic(?:iembre)?|jan(?:uary)?|february|march|apr(?:il)?|june|july|"
    r"aug(?:ust)?|september|october|november|dec(?:ember)?)"
)
# Order matters: the most specific shape first, so that a date is not taken for three numbers.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"https?://\S+|www\.\S+"), " zzurl "),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), " zzmail "),
    (re.compile(r"\b\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b"), " zzdate "),
    (
        re.compile(
            rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:de\s+|of\s+)?{_MONTH}\b(?:,?\s+(?:de[l]?\s+)?(?:19|20)?\d{{2}}\b)?"
        ),
        " zzdate ",
    ),
    (re.compile(rf"\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+(?:19|20)\d{{2}}\b)?"), " zzdate "),
    (re.compile(r"\b\d{1,2}(?:st|nd|rd|th)\b"), " zzday "),
    (re.compile(r"\b\d{1,2}(?::\d{2})\s*(?:h(?:s|rs)?|am|pm)?\b|\b\d{1,2}\s*(?:am|pm|hs|hrs)\b"), " zztime "),
    (re.compile(r"\b\d{1,2}/\d{1,2}\b"), " zzdate "),
    (re.compile(rf"[€£$]\s*(?:{_NUMBER})\s*(?:mil|k|lucas)?\b"), " zzmoney "),
    (re.compile(rf"\b(?:{_NUMBER})\s*{_MONEY_WORD}(?!\w)"), " zzmoney "),
    (re.compile(r"(?<!\w)\+?\d{1,3}(?:[ .-]\d{2,4}){2,4}\b|\+\d{9,14}\b"), " zzphone "),
    (
        re.compile(r"\b\d{1,3}(?:\.\d{3}){2,}-?[\dk]?\b|\b\d{6,}-?[\dk]?\b|\b[xyz]?-?\d{7,8}-?[a-z]\b"),
        " zzlong ",
    ),
    (re.compile(r"\b(?=[a-z0-9/-]*\d)(?=[a-z0-9/-]*[a-z])[a-z0-9]+(?:[-/][a-z0-9]+)+\b"), " zzcode "),
    (re.compile(r"\b(?=\w*\d)(?=\w*[a-z])[a-z0-9]{5,}\b"), " zzcode "),
    (re.compile(r"\b\d{1,2}\s*%|\b\d{1,2}\s+(?:por\s?ciento|per\s?cent|percent)"), " zzpct "),
    (re.compile(r"\b(?:19|20)\d{2}\b"), " zzyear "),
    (re.compile(rf"\b(?:{_NUMBER})\b"), " "),  # replaced by size, see _number
)


def _squeeze(match: re.Match[str]) -> str:
    return match.group(1)


def clean(text: str) -> str:
    """The message without what never carries meaning: case, invisible marks, elongated letters, double
    spaces.

    Args:
        text: what the debtor typed.

    Returns:
        Lower-case text with accents and punctuation as typed; of a very long one the beginning and the end.
    """
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} {text[-_LONGEST // 2 :]}"
    lowered = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).lower().replace("’", "'")
    words = [
        w if _KEPT_LONG.match(w) else _ELONGATED.sub(_squeeze, w) for w in _SPACES.split(lowered.strip())
    ]
    return " ".join(words)


def _expand(match: re.Match[str]) -> str:
    word = match.group(1)
    if word == "x" and re.search(r"\d\s*$", match.string[: match.start()]):
        return word  # "4 x 75" is a product, not "por"
    return ABBREVIATIONS.get(word, word)


def expand(text: str) -> str:
    """Writes out the abbreviations of telephone keyboards in a text that went through `clean`."""
    if len(text) == 1:
        return text  # "k" alone is an English yes, not a Spanish "que"
    return _WORD_EDGE.sub(_expand, text)


def strip_accents(text: str) -> str:
    """The text without accents; ñ becomes n, because half of the debtors type it so."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _number(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", re.split(r"[.,]\d{1,2}$", match.group(0))[0])
    value = int(digits or 0)
    if value <= 12:
        return " zzfew "
    if value <= 31:
        return " zzday "
    return " zznum " if len(digits) < 5 else " zzlong "


def mask(text: str) -> str:
    """Puts a word for its kind in the place of each number, date, sum, address or reference.

    Which number it is does not tell the intent; that it is one, and of what kind, does.

    Args:
        text: a text that went through `clean`.
    """
    for pattern, word in _SHAPES[:-1]:
        text = pattern.sub(word, text)
    return _SPACES.sub(" ", _SHAPES[-1][0].sub(_number, text)).strip()


def for_words(text: str) -> str:
    """The normal form from which word and character features are made."""
    text = expand(clean(text))
    for emoji, word in _EMOJI_WORDS.items():
        text = text.replace(emoji, f" {word} ")
    return strip_accents(mask(text))


def for_embedding(text: str, limit: int = 220) -> str:
    """The normal form that the sentence encoder reads: words written out, numbers as typed.

    Args:
        text: what the debtor typed.
        limit: most characters kept; the cost of the encoder grows with the length. Of a longer text the
        beginning and the end are kept, because the request stands at one of the two.
    """
    text = expand(clean(text))
    if len(text) <= limit:
        return text
    head = limit * 2 // 5
    return f"{text[:head].rsplit(' ', 1)[0]} {text[-(limit - head) :].split(' ', 1)[-1]}"


def tokens(text: str) -> list[str]:
    """Words, placeholders and single signs of a text in normal form."""
    return _TOKEN.findall(text)
