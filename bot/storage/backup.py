"""A copy of the database in one file, made while everything runs, and a new database made from it and checked.

The file is a tar archive: `manifest.json` says what is in the copy, and the copy itself is SQLite's or PostgreSQL's own.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import distinct, inspect, select, text
from sqlalchemy.engine import URL, Connection

from bot.audit.canonical import instant
from bot.audit.checkpoints import latest
from bot.audit.signing import Signer, is_signed, key_id
from bot.audit.tables import data_keys
from bot.storage.engine import create_engine, make_directory, parse_url, reading

_FORMAT = 1
_MANIFEST = "manifest.json"
_CHUNK = 1024 * 1024
_MOST_MANIFEST = 1024 * 1024


class BackupError(Exception):
    """A copy cannot be made or used; the sentence says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a copy holds, and what its database looked like in that moment."""

    made_at: str
    version: str  # of this software
    engine: str  # sqlite | postgresql
    revision: str  # of the tables
    tables: Mapping[str, int]  # rows in each
    checkpoint: Mapping[str, Any] | None  # the newest signature over the record
    keys: tuple[str, ...]  # short names of the data keys without which personal data cannot be read
    content: str  # SHA-256 of the copy itself
    format: int = _FORMAT


def backup(database_url: str, file: Path, version: str, at: datetime, signer: Signer | None) -> Manifest:
    """Write a copy of the database to a new file; everything may go on meanwhile.

    Args:
        database_url: of the database.
        file: must not exist.
        version: of this software.
        at: the present instant.
        signer: signs the manifest, so that nobody can put another copy in its place.

    Raises:
        BackupError: the file exists, or the database's own tool failed.
    """
    if file.exists():
        raise BackupError(f"{file} exists: a copy is never written over another one")
    url = parse_url(database_url)
    with TemporaryDirectory(prefix=".aldia-backup-", dir=file.absolute().parent) as folder:
        content = Path(folder) / "content"
        look = _copy_sqlite if url.get_backend_name() == "sqlite" else _copy_postgresql
        facts = look(url, content)
        manifest = Manifest(instant(at), version, url.get_backend_name(), content=_digest(content), **facts)
        draft = Path(folder) / "draft"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            _pack(stream, _signed(manifest, signer), content)
        os.link(draft, file)  # whole, or not there at all
    return manifest


def restore(database_url: str, file: Path, trusted: Mapping[str, str]) -> Manifest:
    """Make a database from a copy; its rows are those that the manifest names.

    Args:
        database_url: of a database that is empty, or of a file that does not exist.
        file: what `backup` wrote.
        trusted: public keys by their short name; a signed manifest must be signed by one of them, if any is given.

    Raises:
        BackupError: the database is not empty, the file was altered, or the database's own tool failed.
    """
    url = parse_url(database_url)
    with _opened(file) as archive:
        manifest = _read_manifest(archive, trusted)
        if manifest.engine != url.get_backend_name():
            raise BackupError(
                f"this is a copy of {manifest.engine}: it cannot become {url.get_backend_name()}"
            )
        _require_empty(database_url, url)
        make_directory(url)
        near = Path(str(url.database)).expanduser().absolute().parent if manifest.engine == "sqlite" else None
        with TemporaryDirectory(prefix=".aldia-restore-", dir=near) as folder:
            content = Path(folder) / "content"
            _unpack(archive, content)
            if _digest(content) != manifest.content:
                raise BackupError(
                    f"{file} was altered or cut short: its content is not what its manifest says"
                )
            if manifest.engine == "sqlite":
                content.replace(Path(str(url.database)).expanduser())
            else:
                _run_tool("pg_restore", url, "--exit-on-error", "--single-transaction", "--no-owner",
                          "--no-privileges", "--dbname", _without_password(url), str(content))  # fmt: skip
    _require_whole(database_url, manifest)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """What a file says of itself; whether it is true shows when it is restored."""
    with _opened(file) as archive:
        return _read_manifest(archive, {})


# -- copying --------------------------------------------------------------------------------------------------------


def _copy_sqlite(url: URL, content: Path) -> dict[str, Any]:
    source = Path(str(url.database)).expanduser()
    if not source.is_file():
        raise BackupError(f"there is no database at {source}")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(content)) as copy:
        live.backup(copy)  # in one step: one state of the database, and in WAL mode nobody waits for it
    engine = create_engine(f"sqlite:///{content}")
    try:
        with reading(engine.connect()) as connection:
            facts = _facts(connection)
    finally:
        engine.dispose()
    with closing(sqlite3.connect(content)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a write-ahead log beside it
    return facts


def _copy_postgresql(url: URL, content: Path) -> dict[str, Any]:
    engine = create_engine(str(url.render_as_string(hide_password=False)))
    try:
        with reading(engine.connect()) as connection:
            # The dump sees what this transaction sees: the counts are those of the copy.
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar()
            facts = _facts(connection)
            _run_tool("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
                      f"--file={content}", "--dbname", _without_password(url))  # fmt: skip
    finally:
        engine.dispose()
    return facts


def _facts(connection: Connection) -> dict[str, Any]:
    tables = _counts(connection)
    if "alembic_version" not in tables:
        raise BackupError("the database has no tables of ours: there is nothing to copy")
    revision = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    checkpoint = latest(connection) if "audit_checkpoints" in tables else None
    keys: list[str] = []
    if "data_keys" in tables:
        wrapped_by = select(distinct(data_keys.c.wrapped_by)).where(data_keys.c.wrapped_by.is_not(None))
        keys = sorted(connection.execute(wrapped_by).scalars())
    return {
        "revision": revision,
        "tables": tables,
        "checkpoint": asdict(checkpoint) if checkpoint is not None else None,
        "keys": tuple(keys),
    }


def _counts(connection: Connection) -> dict[str, int]:
    names = sorted(inspect(connection).get_table_names())
    quote = connection.dialect.identifier_preparer.quote
    statement = "SELECT count(*) FROM {}"
    return {
        name: int(connection.execute(text(statement.format(quote(name)))).scalar() or 0) for name in names
    }


# -- making anew ------------------------------------------------------------------------------------------------------


def _require_empty(database_url: str, url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database)).expanduser()
        there = [one for one in (path, Path(f"{path}-wal"), Path(f"{path}-shm")) if one.exists()]
        if there:
            raise BackupError(
                f"{there[0]} exists: a copy is restored to a new file only; move it away or name another"
            )
        return
    engine = create_engine(database_url)
    try:
        with reading(engine.connect()) as connection:
            names = inspect(connection).get_table_names()
    finally:
        engine.dispose()
    if names:
        raise BackupError(
            f"the database has {len(names)} tables: a copy is restored to an empty one only (createdb NAME)"
        )


def _require_whole(database_url: str, manifest: Manifest) -> None:
    engine = create_engine(database_url)
    try:
        with reading(engine.connect()) as connection:
            found = _facts(connection)
    finally:
        engine.dispose()
    named = {"revision": manifest.revision, "tables": manifest.tables, "checkpoint": manifest.checkpoint}
    wrong = [name for name, value in named.items() if found[name] != value]
    if wrong:
        raise BackupError(
            f"what was restored is not what the manifest says ({', '.join(wrong)}): do not use it"
        )


# -- the file -----------------------------------------------------------------------------------------------------------


def _signed(manifest: Manifest, signer: Signer | None) -> bytes:
    document: dict[str, Any] = {"manifest": asdict(manifest)}
    if signer is not None:
        document |= {"key_id": signer.key_id, "public_key": signer.public_key}
        document["signature"] = signer.sign(_covered(document["manifest"]))
    return json.dumps(document, indent=1).encode()


def _covered(manifest: Mapping[str, Any]) -> str:
    canonical = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"aldia backup\n" + canonical.encode()).hexdigest()


def _pack(stream: Any, manifest: bytes, content: Path) -> None:
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        head = tarfile.TarInfo(_MANIFEST)
        head.size = len(manifest)
        archive.addfile(head, io.BytesIO(manifest))
        body = tarfile.TarInfo("content")
        body.size = content.stat().st_size
        with content.open("rb") as source:
            archive.addfile(body, source)


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r|gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BackupError(f"{file} is no copy that `aldia backup` wrote, or it was cut short") from error


def _read_manifest(archive: tarfile.TarFile, trusted: Mapping[str, str]) -> Manifest:
    member = archive.next()
    stream = archive.extractfile(member) if member is not None and member.name == _MANIFEST else None
    try:
        if stream is None:
            raise ValueError
        document = json.loads(stream.read(_MOST_MANIFEST))
        found = document["manifest"]
        manifest = Manifest(**{**found, "keys": tuple(found["keys"])})
    except (ValueError, TypeError, KeyError):
        raise BackupError("the file has no manifest that this version can read") from None
    if manifest.format != _FORMAT:
        raise BackupError(f"the copy has format {manifest.format}; this version reads {_FORMAT}")
    if trusted:
        _require_signature(document, trusted)
    return manifest


def _require_signature(document: Mapping[str, Any], trusted: Mapping[str, str]) -> None:
    public_key = str(document.get("public_key", ""))
    if not public_key:
        raise BackupError("the manifest is not signed, and a key to check it with was given")
    name = key_id(public_key)
    if name not in trusted:
        raise BackupError(
            f"the manifest is signed by {name}, which is not trusted: give --public-key, or ALDIA_AUDIT_KEY of then"
        )
    if not is_signed(trusted[name], _covered(document["manifest"]), str(document.get("signature"))):
        raise BackupError("the manifest was altered: its signature does not hold")


def _unpack(archive: tarfile.TarFile, content: Path) -> None:
    member = archive.next()
    stream = archive.extractfile(member) if member is not None and member.name == "content" else None
    if stream is None:
        raise BackupError("the file holds no copy")
    with open(os.open(content, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        for chunk in iter(_reader(stream), b""):
            target.write(chunk)


def _reader(stream: Any) -> Callable[[], bytes]:
    return lambda: bytes(stream.read(_CHUNK))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for chunk in iter(_reader(stream), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _without_password(url: URL) -> str:
    plain = url.set(drivername="postgresql", password=None)
    return str(plain.render_as_string(hide_password=False))


def _run_tool(tool: str, url: URL, *arguments: str) -> None:
    # The password goes by the environment: every user of a machine sees a program's arguments.
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    try:
        done = subprocess.run(
            [tool, *arguments], env={**os.environ, **secret}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise BackupError(
            f"{tool} is not installed: it comes with PostgreSQL's client, of the server's major version"
        ) from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise BackupError(f"{tool} failed: {last}")
