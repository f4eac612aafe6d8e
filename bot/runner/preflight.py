"""What must hold before anything starts, each failure as one sentence with what to do."""

from __future__ import annotations

import errno
import shutil
import socket
import sys
from pathlib import Path

# A model, a database and logs of a demo take some 100 MB; training needs room to unpack.
_MIN_FREE = 500 * 1024 * 1024


class CannotStart(Exception):
    """Something outside of our control stands in the way; the message says what to do."""


def check_python() -> None:
    """Rasa 3.6 runs on CPython 3.10 at most."""
    if sys.version_info[:2] != (3, 10):
        found = ".".join(map(str, sys.version_info[:2]))
        raise CannotStart(
            f"Python 3.10 is needed and this is {found}: run `make install` and then `.venv/bin/aldia`."
        )


def check_disk(directory: Path) -> None:
    """There must be room for the database, the model and the logs."""
    free = shutil.disk_usage(directory).free
    if free < _MIN_FREE:
        raise CannotStart(
            f"The disk is nearly full: {free // 2**20} MB are free under {directory}"
            f" and {_MIN_FREE // 2**20} MB are needed."
        )


def check_port(host: str, port: int, option: str) -> None:
    """A port must be free.

    Args:
        host: address to listen on.
        port: port to listen on.
        option: the command line's option that chooses another one.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = "is taken by another program"
            elif error.errno == errno.EACCES:
                reason = "may be used by the administrator only"
            else:
                reason = f"cannot be used on {host} ({error.strerror})"
            raise CannotStart(f"Port {port} {reason}: choose another one with {option} PORT.") from None
