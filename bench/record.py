"""Verifying a large record: `python -m bench.record` builds one, then verifies it in a process of its own.

Prints how long each step took and the memory that verifying needed at most.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bot.audit.checkpoint_check import check_checkpoints
from bot.audit.checkpoints import make
from bot.audit.sealing import Keyring
from bot.audit.signing import Signer, by_id
from bot.audit.verify import Verification, check
from bot.storage.migrations import migrate
from bot.storage.unit_of_work import SqlUnitOfWorkFactory, open_factory

_SIGNER = Signer(bytes(32))
_KEYRING = Keyring((b"benchmark" * 4,))
_START = datetime(2027, 1, 1, tzinfo=timezone.utc)
_BATCH = 2_000
_IN_A_CHAIN = 40


def build(units: SqlUnitOfWorkFactory, entries: int, checkpoints: int = 10) -> None:
    """Write a record of chains of 40 entries, with messages, and sign it now and then."""
    every = max(1, entries // checkpoints)
    for start in range(0, entries, _BATCH):
        with units() as uow:
            for number in range(start, min(start + _BATCH, entries)):
                at = _START + timedelta(seconds=number)
                payload = {"text": f"mensaje {number}, con unas cuantas palabras más", "channel": "whatsapp"}
                uow.audit.append(
                    f"conversation:C-{number // _IN_A_CHAIN:08d}", "MESSAGE_RECEIVED", at, payload
                )
            uow.commit()
        if (start + _BATCH) % every < _BATCH:
            with units() as uow:
                make(uow.connection, _SIGNER, _START + timedelta(seconds=start + _BATCH))
                uow.commit()


def verify(units: SqlUnitOfWorkFactory) -> Verification:
    """Walk all of it.

    Raises:
        AssertionError: it is not sound.
    """
    counts = Verification()
    with units(write=False) as uow:
        findings = list(check(uow.connection, counts))
        findings += check_checkpoints(uow.connection, counts, by_id([_SIGNER.public_key]))
    assert not findings, findings[:3]
    return counts


def _timed(what: str, work: Any) -> Any:
    began = time.monotonic()
    done = work()
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)
    return done


def main() -> None:
    """Build, then verify in a process of its own, whose memory is then that of verifying."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--database", help="verify this one instead of building one")
    options = parser.parse_args()
    if options.database:
        counts = _timed("verified", lambda: verify(open_factory(options.database)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{counts.entries} entries, {counts.chains} chains, {counts.checkpoints} checkpoints: peak {peak:.0f} MB"
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'record.db'}"
        migrate(url)
        _timed(
            f"built {options.entries} entries", lambda: build(open_factory(url, _KEYRING), options.entries)
        )
        size = (Path(folder) / "record.db").stat().st_size / 2**20
        print(f"file: {size:.0f} MB")
        subprocess.run([sys.executable, "-m", "bench.record", "--database", url], check=True)


if __name__ == "__main__":
    main()
