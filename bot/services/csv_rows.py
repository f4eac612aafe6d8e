"""Reading a CSV file row by row, each with its line, so that bad ones can be named and good ones taken."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Source = Path | Iterable[str]
Progress = Callable[[int, int | None], None]  # rows done, rows in all when known

MAX_REFUSALS = 10_000  # kept in a report: a file of nothing but bad rows must not fill the memory


class FileRefused(Exception):
    """The file cannot be read as the CSV it should be. Names the file and, where there is one, the line."""


class RowRefused(Exception):
    """A row cannot be taken. `reason` holds no personal value."""

    def __init__(self, column: str, reason: str) -> None:
        self.column = column
        self.reason = reason
        super().__init__(f"{column}: {reason}")


@dataclass(frozen=True)
class Refusal:
    """One row that was not taken, and why."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.reason}"


@dataclass(frozen=True)
class Row:
    """One row as text, by column. `line` is where it begins."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class CsvFile:
    """A CSV file that was looked through once: it is UTF-8 and has a header with every column."""

    name: str
    source: Source
    columns: Sequence[str]
    lines: int | None
    optional: Sequence[str] = ()

    @classmethod
    def open(
        cls, source: Source, columns: Sequence[str], name: str | None = None, optional: Sequence[str] = ()
    ) -> CsvFile:
        """Look a file through without keeping it.

        Args:
            source: a path, or lines of text.
            columns: those that must be there; others are ignored.
            name: what to call it in messages; the file's name when None.
            optional: those that may be there.

        Raises:
            FileRefused: it cannot be opened, is empty, is not UTF-8, holds a NUL.
        """
        if not isinstance(source, Path):
            return cls(name or "(lines)", source, columns, None, optional)
        return cls(name or source.name, source, columns, _look_through(source, name or source.name), optional)

    def rows(self) -> Iterator[Row | Refusal]:
        """Every row in order; one with too many or too few fields is a refusal.

        Raises:
            FileRefused: a column is missing, or a quotation mark is never closed.
        """
        if isinstance(self.source, Path):
            with self.source.open(encoding="utf-8-sig", newline="") as stream:
                yield from self._rows(stream)
        else:
            yield from self._rows(self.source)

    def _rows(self, lines: Iterable[str]) -> Iterator[Row | Refusal]:
        reader = csv.reader(lines, strict=True)
        line = 1
        try:
            header = [name.strip().lower() for name in next(reader, [])]
            self._check(header)
            line = reader.line_num + 1
            for fields in reader:
                if any(field.strip() for field in fields):
                    if len(fields) == len(header):
                        yield Row(line, dict(zip(header, (field.strip() for field in fields), strict=True)))
                    else:
                        reason = f"{len(fields)} fields where the header has {len(header)}"
                        yield Refusal(self.name, line, "(row)", reason)
                line = reader.line_num + 1
        except csv.Error as error:
            raise FileRefused(f"{self.name}, line {line}: {error}; is a quotation mark open?") from error

    def _check(self, header: Sequence[str]) -> None:
        missing = [column for column in self.columns if column not in header]
        if missing:
            hint = "; fields are separated by commas" if len(header) == 1 else ""
            raise FileRefused(f"{self.name}: the header lacks {', '.join(missing)}{hint}")
        twice = sorted({column for column in (*self.columns, *self.optional) if header.count(column) > 1})
        if twice:
            raise FileRefused(f"{self.name}: the header names {', '.join(twice)} twice")


def _look_through(path: Path, name: str) -> int:
    number = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if b"\x00" in line:
                    raise FileRefused(f"{name}, line {number}: a NUL character; save the file as UTF-8 text")
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    raise FileRefused(f"{name}, line {number}: not UTF-8; save the file as UTF-8") from error
    except OSError as error:
        raise FileRefused(f"{name}: cannot be read ({error.strerror})") from error
    if not number:
        raise FileRefused(f"{name}: the file is empty")
    return number
