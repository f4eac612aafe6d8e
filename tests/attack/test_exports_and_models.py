"""What leaves as a file, and what comes in as one: formulas in spreadsheets, and models that run code."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import stat
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from bot.runner import model
from bot.services.application import Application
from bot.settings import CHECKOUT, kept_key
from tests.attack.conftest import Open
from tests.desk.conftest import new_user, waiting
from tests.support.people import Known

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("https://evil.example","x")',
    "=cmd|' /C calc'!A0",
    # As Japanese and Chinese spreadsheets read them, and after what is trimmed.
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    '"=1',
    "'=1",
    ";=1",
    "hola\n=1+1",
    "hola\t=1+1",
]


SPREADSHEET = re.compile(
    r"text/csv|\.to_csv|to_excel|application/vnd\.(ms-excel|openxml)|filename=[^\n]*\.(csv|tsv|xlsx?|ods)\b",
    re.IGNORECASE,
)


def test_nothing_that_people_wrote_leaves_as_a_spreadsheet() -> None:
    """A cell that begins with one of = + - @ is a formula. We write no CSV of what anybody wrote: this holds it so."""
    writers, spreadsheets = [], []
    for path in sorted((CHECKOUT / "bot").rglob("*.py")):
        source, name = path.read_text(encoding="utf-8"), path.relative_to(CHECKOUT).as_posix()
        tree = ast.parse(source)
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
        csv_as = {alias.asname or "csv" for node in imports for alias in node.names if alias.name == "csv"}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter"):
                writers += [name] if isinstance(node.value, ast.Name) and node.value.id in csv_as else []
            if isinstance(node, ast.ImportFrom) and node.module == "csv":
                writers += [name for alias in node.names if alias.name in ("writer", "DictWriter")]
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                modules = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                wanted = {"openpyxl", "xlsxwriter", "xlwt", "odf", "pandas", "tablib"}
                spreadsheets += [name for module in modules if module.split(".")[0] in wanted]
        if SPREADSHEET.search(source):
            spreadsheets.append(name)
    # The demo's own portfolio, made up by us.
    assert writers == ["bot/demo/portfolio.py"]
    assert spreadsheets == []


def test_the_demo_portfolio_holds_no_formula() -> None:
    from datetime import date

    from bot.demo.portfolio import lines

    for row in csv.reader(io.StringIO("".join(lines(date(2026, 3, 11))))):
        for cell in row:
            # An international phone number is the one thing that begins so; what reads it is our own import.
            assert not cell.startswith(("=", "@", "\t", "\r")), cell
            assert not cell.startswith(("+", "-")) or cell[1:].isdigit(), cell


def test_an_export_of_the_desk_is_lines_of_json(app: Application, open_desk: Open) -> None:
    person = waiting(app)
    for formula in FORMULAS:
        person.says("out_of_scope", formula)
    new_user(app, "eva", "compliance")
    answer = open_desk(app, "eva").get(f"/c/{person.conversation.conversation_id}/record")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    lines = answer.text.splitlines()
    assert all(
        line.startswith("{") and json.loads(line) for line in lines
    )  # a line is no formula, nor is any cell of it
    # Not even to who opens it as text with commas, semicolons or tabs between cells.
    assert "\t" not in answer.text
    said = {json.loads(line)["payload"].get("text") for line in lines}
    assert {formula for formula in FORMULAS if "\r" not in formula} <= said


def test_a_record_as_pdf_fetches_nothing_and_shows_markup_as_it_was_written(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's paragraphs have tags of their own, some of which open files and addresses."""
    from bot.audit.export import Part
    from bot.services import record_pdf

    person = waiting(app, known=Known(creditor="<img src='file:///etc/passwd'/>"))
    marks = [
        "<img src='http://127.0.0.1:9/x.png' width='10' height='10'/>",
        "<img src='/etc/passwd'/><a href='javascript:x'>y</a>",
        "</para><para>&lt;b&gt; <b>nunca cerrado",
        "<font name='../../x'>a</font> <onDraw name='x' label='y'/>",
        "&#0; &xxe; <!DOCTYPE a [<!ENTITY xxe SYSTEM 'file:///etc/passwd'>]>",
    ]
    for mark in marks:
        person.says("out_of_scope", mark)
    shown: list[str] = []
    real = record_pdf._paragraph
    monkeypatch.setattr(record_pdf, "_paragraph", lambda text, style: shown.append(text) or real(text, style))

    def refuse(*arguments: Any) -> None:
        raise AssertionError(f"a connection to {arguments[-1]}")

    monkeypatch.setattr("socket.socket.connect", refuse)
    made = io.BytesIO()
    debtor = person.conversation.debtor_id
    part = Part(debtor)
    record_pdf.write_pdf(app, part, None, "es", None, lambda _: nullcontext(made))
    assert made.getvalue().startswith(b"%PDF")
    assert b"/URI" not in made.getvalue()
    assert b"/JavaScript" not in made.getvalue()
    assert all(any(mark in text for text in shown) for mark in marks)


def test_a_model_is_taken_from_its_place_alone() -> None:
    """A model file is code. No address loads one where real debtors are; nobody but the operator writes the folder."""
    source = (CHECKOUT / "bot/runner/rasa_server.py").read_text(encoding="utf-8")
    assert "enable_api=not settings.is_production and settings.host in _LOOPBACK" in source
    used = [path for path in model._inputs(CHECKOUT) if path.stat().st_mode & stat.S_IWOTH]
    assert used == []


def test_no_code_of_ours_unpickles() -> None:
    found = []
    for path in (CHECKOUT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            found += [
                path.name for name in names if name.split(".")[0] in ("pickle", "marshal", "shelve", "dill")
            ]
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant)
                assert node.value.value is False, path
    assert found == []


def test_a_key_that_is_made_is_nobody_elses_to_read(tmp_path: Path) -> None:
    file = tmp_path / "var" / "identity.key"
    kept_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["evil.yml", "evil.json"])
def test_yaml_builds_no_objects(tmp_path: Path, name: str) -> None:
    from bot.channels.configuration import ChannelsError, load_channels

    file = tmp_path / name
    file.write_text("limits: !!python/object/apply:os.system ['true']\n", encoding="utf-8")
    with pytest.raises(ChannelsError):
        load_channels(file)
