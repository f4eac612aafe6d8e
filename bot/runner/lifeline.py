"""A child process that ends with its parent, also when the parent is killed outright."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PARENT = "ALDIA_PARENT_PID"
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Tie this process to the one that started it, if that one left its id in the environment."""
    parent = os.environ.pop(PARENT, "")
    if not parent.isdigit():
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()
    # The parent may have died before the kernel was told.
    if os.getppid() != int(parent):
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
