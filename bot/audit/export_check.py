"""Checking an exported record without the database: every hash, every link, every revealed fact, and that it is whole."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.audit.canonical import GENESIS, canonical_json, entry_hash
from bot.audit.export import END, WITHHELD, json_line
from bot.audit.sealing import commitment, commitment_in
from bot.audit.signing import is_signed, key_id


@dataclass
class ExportCheck:
    """Counts so far; complete once `check_export` is exhausted."""

    entries: int = 0
    erased: int = 0  # facts whose key was destroyed
    withheld: int = 0  # entries given without their content: their place is checked, and that nothing else is
    signed_by: str | None = None
    findings: int = 0
    _last: dict[str, tuple[int, str]] = field(default_factory=dict)


def check_export(
    lines: Iterable[str], counts: ExportCheck, trusted: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Read an export line by line.

    Args:
        lines: of the file.
        counts: count on while the caller iterates.
        trusted: public keys by id; when given, the file must be signed by one of them.

    Yields:
        One sentence for each fault.
    """
    for sentence in _all(lines, counts, trusted):
        counts.findings += 1
        yield sentence


def _all(lines: Iterable[str], counts: ExportCheck, trusted: Mapping[str, str] | None) -> Iterator[str]:
    digest, end, starts = hashlib.sha256(), None, []
    for number, line in enumerate(lines, 1):
        if end is not None:
            yield f"line {number}: something follows the end of the export"
            return
        entry = _read(line)
        if entry is None:
            yield f"line {number}: it is no entry of a record"
            continue
        if entry["tag"] == END:
            end = entry
            continue
        digest.update(line.rstrip("\r\n").encode() + b"\n")
        counts.entries += 1
        if entry["chain"] not in counts._last and entry["seq"] != 1:
            starts.append((number, entry))
        try:
            faults = list(_entry(entry, counts))
        except (TypeError, ValueError, AttributeError):
            faults = ["it is not written as an entry is"]
        for fault in faults:
            yield f"line {number}: {entry['chain']}, entry {entry['seq']}: {fault}"
    if end is None:
        yield "the end is missing: lines may have been cut off"
        return
    if end["payload"].get("from") is None:
        for number, entry in starts:
            yield f"line {number}: {entry['chain']} begins with entry {entry['seq']}: earlier ones are missing"
    yield from _end(end, digest, counts, trusted)


def _read(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
        is_entry = {"tag", "chain", "seq", "payload", "hash"} <= entry.keys()
        return entry if is_entry and isinstance(entry["seq"], int) else None
    except (ValueError, AttributeError):
        return None


def _entry(entry: dict[str, Any], counts: ExportCheck) -> Iterator[str]:
    if entry["tag"] == WITHHELD:
        counts.withheld += 1
    else:
        yield from _content(entry, counts)
    start = (entry["seq"] - 1, GENESIS if entry["seq"] == 1 else entry.get("previous_hash"))
    seq, before = counts._last.get(entry["chain"], start)
    if entry["seq"] != seq + 1:
        yield f"it follows entry {seq}: entries are missing or moved"
    elif entry.get("previous_hash") != before:
        yield "it does not follow the entry before it"
    counts._last[entry["chain"]] = (entry["seq"], entry["hash"])


def _content(entry: dict[str, Any], counts: ExportCheck) -> Iterator[str]:
    payload = dict(entry["payload"])
    for fact, how in (entry.get("sealed") or {}).items():
        stored, salt = str(how.get("stored")), how.get("salt")
        if salt is None:
            counts.erased += 1
            if payload.get(fact) is not None:
                yield f"{fact} has a content although its key was destroyed"
        else:
            content = canonical_json(payload.get(fact)).encode()
            if commitment(base64.b64decode(salt), content) != commitment_in(stored):
                yield f"{fact} is not what was recorded"
        payload[fact] = stored
    named, caused = ("previous_hash", "id", "chain", "seq", "at", "tag"), ("message_id", "edition", "rule_id")
    columns: list[Any] = [entry.get(name) for name in named]
    columns += [canonical_json(payload), *(entry.get(name) for name in caused)]
    expected = entry_hash(*columns)
    if expected != entry["hash"]:
        yield "its content does not give its hash"


def _is_of(public_key: str, end: Mapping[str, Any]) -> bool:
    try:
        is_its_name = key_id(public_key) == end.get("key_id")
    except ValueError:
        return False
    return is_its_name and is_signed(public_key, str(end["hash"]), str(end["signature"]))


def _end(
    end: dict[str, Any], digest: Any, counts: ExportCheck, trusted: Mapping[str, str] | None
) -> Iterator[str]:
    covered = {name: end[name] for name in ("tag", "chain", "seq", "at", "payload")}
    digest.update(json_line(covered).encode())
    if end["payload"].get("entries") != counts.entries:
        yield f"the end names {end['payload'].get('entries')} entries, the file has {counts.entries}"
    elif digest.hexdigest() != end["hash"]:
        yield "the lines do not give the hash at the end: something was altered or moved"
    if "signature" in end:
        public_key = (trusted or {}).get(str(end.get("key_id")), str(end.get("public_key")))
        if not _is_of(public_key, end):
            yield "the signature at the end is not of the key that it names"
        else:
            counts.signed_by = str(end["key_id"])
    if trusted is not None and counts.signed_by not in trusted:
        yield "it is not signed by the key that was given"
