"""The memory of a server that has started: what the collector looks through, and what goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from contextlib import suppress

_TRIM_EVERY = 60.0


def settle() -> None:
    """Take what start-up made out of the collector's sight; to be called once, when all of it is there.

    It lives until the end, and the collector need not walk it in the middle of a turn. The second round is for the
    collector's memory of how much there is: it puts off a full round until a quarter of what the last one found has been
    added, and of what start-up made that would be the garbage of a thousand turns.
    """
    gc.collect()
    gc.freeze()
    gc.collect()
    threading.Thread(target=_keep_trimming, name="trim", daemon=True).start()


def trim() -> None:
    """Give free pages back to the system; by itself glibc only gives back the end of its heap. Nothing elsewhere."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _keep_trimming() -> None:
    while True:
        time.sleep(_TRIM_EVERY)
        trim()
