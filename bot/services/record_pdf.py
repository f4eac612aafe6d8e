"""The record of a debtor as a PDF that a court clerk can read: transcript, decisions with their rules, and hashes."""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from bot.audit.canonical import instant
from bot.services import record_words as words
from bot.services.record_volumes import Volume, volumes_of

if TYPE_CHECKING:
    from bot.audit.checkpoints import Checkpoint
    from bot.audit.export import Part
    from bot.audit.signing import Signer
    from bot.debt.party import Debtor
    from bot.services.application import Application

_SAID = {"MESSAGE_RECEIVED": "person", "MESSAGE_SENT": "we"}
_FONTS = {
    "Record": "DejaVuSans.ttf",
    "Record-Bold": "DejaVuSans-Bold.ttf",
    "Record-Mono": "DejaVuSansMono.ttf",
}
_OWN_FONTS = {
    "Record": "Vera.ttf",
    "Record-Bold": "VeraBd.ttf",
    "Record-Mono": "Vera.ttf",
}  # of the PDF library
_TEXT = ParagraphStyle("text", fontName="Record", fontSize=9, leading=12.5, splitLongWords=1)
_HEAD = ParagraphStyle(
    "head", _TEXT, fontName="Record-Bold", fontSize=7.5, leading=10, spaceBefore=6, keepWithNext=1
)
_SAID_STYLE = ParagraphStyle("said", _TEXT, leftIndent=8 * mm)
_OURS = ParagraphStyle("ours", _SAID_STYLE, backColor=colors.HexColor("#f0f0f0"), borderPadding=(2, 3, 2, 3))
_FACT = ParagraphStyle(
    "fact", _TEXT, leftIndent=8 * mm, fontSize=7.5, leading=10, textColor=colors.HexColor("#333333")
)
_TITLE = ParagraphStyle("title", _TEXT, fontName="Record-Bold", fontSize=16, leading=20, spaceAfter=8)
_SECTION = ParagraphStyle(
    "section",
    _TEXT,
    fontName="Record-Bold",
    fontSize=11,
    leading=15,
    spaceBefore=12,
    spaceAfter=4,
    keepWithNext=1,
)
_SMALL = ParagraphStyle("small", _TEXT, fontSize=6.5, leading=8.5)
_MONO = ParagraphStyle("mono", _SMALL, fontName="Record-Mono", fontSize=5.2, leading=8.5)


OpenVolume = Callable[[Volume], AbstractContextManager[IO[bytes]]]


def write_pdf(
    app: Application,
    part: Part,
    reference: str | None,
    language: str | None,
    signer: Signer | None,
    open_volume: OpenVolume,
) -> list[tuple[Volume, int]]:
    """Write the record as one PDF, or as several when it is long; only one volume's entries are held at a time.

    Args:
        part: which part of the record.
        reference: the account by which the debtor was named, if any.
        language: es or en; the debtor's when None.
        signer: signs the digest of each volume.
        open_volume: gives the stream for each.

    Returns:
        The volumes, each with its number of pages.
    """
    _register_fonts()
    written = []
    with app.unit_of_work(write=False) as uow:
        debtor = uow.debtors.get(part.debtor_id) if part.debtor_id else None  # type: ignore[arg-type]
        accounts = [a.reference for a in uow.accounts.of_debtor(debtor.debtor_id)] if debtor else []
        channels = {
            f"conversation:{talk.conversation_id}": talk.channel
            for talk in (uow.conversations.of_debtor(debtor.debtor_id) if debtor else ())
        }
        language = language or (debtor.language if debtor is not None else "es")
        zone = _zone(app, debtor)
        always = _facts(app, part, debtor, accounts, uow.audit.latest_checkpoint(), language)
        name = reference or (debtor.debtor_id if debtor else "")
        volumes = volumes_of(entry["hash"] for entry in uow.audit.of_part(part))
        entries = iter(uow.audit.of_part(part))
        for volume in volumes:
            held = list(islice(entries, volume.last - volume.first + 1))
            story = [
                *_front([*always, *_about(volume, volumes[-1].last, signer, language)], language),
                *_entries(held, volume.first, channels, zone, language),
                PageBreak(),
                *_hashes(held, volume.first, language),
            ]
            with open_volume(volume) as stream:
                written.append((volume, _build(story, name, language, stream)))
    return written


def _facts(
    app: Application,
    part: Part,
    debtor: Debtor | None,
    accounts: Sequence[str],
    checkpoint: Checkpoint | None,
    language: str,
) -> list[tuple[str, str]]:
    label, now, zone = partial(words.heading, language=language), app.clock.now(), _zone(app, debtor)
    seal = f"{checkpoint.seq}, {checkpoint.made_at}, {checkpoint.hash}" if checkpoint else label("none")
    return [
        (label("debtor"), debtor.full_name if debtor else label("everybody")),
        *(
            [(label("debtor_id"), debtor.debtor_id), (label("accounts"), ", ".join(accounts))]
            if debtor
            else []
        ),
        (label("period"), _period(part, label)),
        (label("made_at"), f"{now.astimezone(zone):%d/%m/%Y %H:%M:%S} ({instant(now)})"),
        (label("zone"), str(zone)),
        (label("checkpoint"), seal),
    ]


def _about(volume: Volume, entries: int, signer: Signer | None, language: str) -> Iterator[tuple[str, str]]:
    """What only this volume says of itself."""
    label = partial(words.heading, language=language)
    yield label("entries"), str(entries)
    if volume.of > 1:
        where = {"number": volume.number, "of": volume.of, "first": volume.first, "last": volume.last}
        yield label("volume"), label("volume_is").format(**where)
        yield label("volume_before"), volume.before or label("none")
    yield label("summary"), volume.digest
    if signer is not None:
        yield label("signature"), f"{signer.sign(volume.digest)} ({label('key')} {signer.public_key})"


def _period(part: Part, label: Any) -> str:
    named = [f"{label('from')} {part.since:%d/%m/%Y}"] if part.since else []
    named += [f"{label('to')} {part.until:%d/%m/%Y}"] if part.until else []
    return f"{' '.join(named)} (UTC)" if named else str(label("whole_period"))


def _zone(app: Application, debtor: Debtor | None) -> ZoneInfo:
    if debtor is None:
        return ZoneInfo("UTC")
    return ZoneInfo(debtor.time_zone or app.rulebook.country(debtor.country).time_zone)


def _front(facts: Sequence[tuple[str, str]], language: str) -> Iterator[Any]:
    label = partial(words.heading, language=language)
    yield Paragraph(label("title"), _TITLE)
    rows = [[Paragraph(f"<b>{escape(name)}</b>", _SMALL), _paragraph(value, _SMALL)] for name, value in facts]
    yield Table(rows, colWidths=[42 * mm, 128 * mm], style=_LINES, hAlign="LEFT")
    yield Paragraph(label("how"), _SECTION)
    yield Paragraph(words.HOW[language], _TEXT)
    yield Paragraph(label("entries_heading"), _SECTION)


def _entries(
    entries: Sequence[dict[str, Any]], first: int, channels: dict[str, str], zone: ZoneInfo, language: str
) -> Iterator[Any]:
    if not entries:
        yield Paragraph(words.heading("nothing", language), _TEXT)
    chain = None
    for number, entry in enumerate(entries, first):
        if entry["chain"] != chain:
            chain = entry["chain"]
            yield _paragraph(_chain_name(chain, channels, language), _SECTION)
        at = datetime.fromisoformat(entry["at"].replace("Z", "+00:00")).astimezone(zone)
        who, actor = _SAID.get(entry["tag"]), entry["payload"].get("actor")
        what = words.heading(who, language) if who else words.tag(entry["tag"], language)
        if who == "we" and actor not in (None, "assistant"):
            what = words.heading("agent", language).format(name=actor)
        yield _paragraph(f"{number}.  {at:%d/%m/%Y %H:%M:%S}  {what}", _HEAD)
        yield from _content(entry, who, language)


def _content(entry: dict[str, Any], who: str | None, language: str) -> Iterator[Any]:
    payload = dict(entry["payload"])
    erased = {fact for fact, how in (entry.get("sealed") or {}).items() if how["salt"] is None}
    for fact in erased:
        payload[fact] = words.heading("erased", language)
    if who is not None:
        text = payload.pop("text", None)
        yield _paragraph(str(text) if text else "—", _OURS if who == "we" else _SAID_STYLE)
        return
    told = words.facts(payload, language)
    if entry["rule_id"]:
        told += f"; {words.heading('rule', language)}: {entry['rule_id']}"
        told += f" ({words.heading('edition', language)} {entry['edition']})"
    if told:
        yield _paragraph(told.removeprefix("; "), _FACT)


def _chain_name(chain: str, channels: dict[str, str], language: str) -> str:
    kind, _, name = chain.partition(":")
    if kind == "conversation":
        return words.heading("conversation", language).format(id=name, channel=channels.get(chain, "?"))
    return words.heading("file_of", language).format(id=name)


def _hashes(entries: Sequence[dict[str, Any]], first: int, language: str) -> Iterator[Any]:
    label = partial(words.heading, language=language)
    yield Paragraph(label("hashes"), _SECTION)
    names = [f"<b>{escape(label(name))}</b>" for name in ("number", "when", "what", "hash")]
    rows = [[Paragraph(name, _SMALL) for name in names]]
    for number, entry in enumerate(entries, first):
        what = f"{entry['tag']} ({entry['chain']}, {entry['seq']})"
        rows.append(
            [
                Paragraph(str(number), _SMALL),
                Paragraph(entry["at"], _MONO),
                _paragraph(what, _SMALL),
                Paragraph(entry["hash"], _MONO),
            ]
        )
    widths = [10 * mm, 34 * mm, 51 * mm, 75 * mm]
    yield LongTable(rows, colWidths=widths, style=_LINES, repeatRows=1, hAlign="LEFT")


def _build(story: list[Any], name: str, language: str, stream: IO[bytes]) -> int:
    document = SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=f"{words.heading('title', language)} {name}".strip(),
        author="Al Día",
        lang=language,
    )
    document.build([*story, Spacer(1, 1)], canvasmaker=partial(_Numbered, name=name, language=language))
    return int(document.page)


class _Numbered(Canvas):  # type: ignore[misc]
    """A canvas that writes "page 2 of 5" once it knows how many there are."""

    def __init__(self, *args: Any, name: str, language: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self._name, self._language, self._pages = name, language, list[dict[str, Any]]()

    def showPage(self) -> None:  # noqa: N802
        """Keep the page until the number of pages is known."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Number every page and write all."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont("Record", 7)
            self.drawString(20 * mm, 10 * mm, _readable(self._name))
            numbered = words.heading("page", self._language).format(page=number, pages=len(self._pages))
            self.drawRightString(190 * mm, 10 * mm, numbered)
            super().showPage()
        super().save()


_LINES = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#bbbbbb")),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
]


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(_readable(text)).replace("\n", "<br/>"), style)


def _readable(text: str) -> str:
    """Text without what a page cannot show: controls go, a character that the font lacks is named by its number."""
    glyphs = _glyphs()
    shown = []
    for character in unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", "    "):
        if character == "\n" or ord(character) in glyphs:
            shown.append(character)
        elif unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Mn", "Me"):
            shown.append(f"[U+{ord(character):04X}]")
    return "".join(shown)


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    there = pdfmetrics.getFont("Record").face.charToGlyph
    # Controls and what turns the reading direction round are never shown, even where a font has a glyph for them.
    return frozenset(c for c in there if unicodedata.category(chr(c)) not in ("Cc", "Cf"))


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    # Rasa needs matplotlib, which brings DejaVu; found without importing it, which takes a second.
    found = importlib.util.find_spec("matplotlib")
    folder = Path(str(found.origin)).parent / "mpl-data" / "fonts" / "ttf" if found is not None else Path()
    for name, file in _FONTS.items():
        path = folder / file
        pdfmetrics.registerFont(TTFont(name, str(path) if path.is_file() else _OWN_FONTS[name]))
    pdfmetrics.registerFontFamily(
        "Record", normal="Record", bold="Record-Bold", italic="Record", boldItalic="Record-Bold"
    )
