"""Asks a server on this machine whether all is well: `python -m bot.runner.probe URL`, for containers without curl."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

_SECONDS = 4.0


def main(url: str) -> int:
    """0 if it answers with success, else 1 and what it answered."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_SECONDS):
            return 0
    except urllib.error.HTTPError as error:
        print(error.read(2000).decode("utf-8", "replace"))
    except OSError as error:
        print(type(error).__name__)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
