"""Known vulnerabilities of what `requirements.lock` names, less those that `docs/security-findings.yml` lists.

`python -m tests.support.audit`, or `make audit`: 0 all are listed, 1 one is not (or a listed one is gone), 3 nobody could
be asked.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK = CHECKOUT / "requirements.lock"
TOOL = CHECKOUT / "requirements-audit.lock"
LISTED = CHECKOUT / "docs" / "security-findings.yml"
# A version with many published findings: an index that tells of none for it tells of none at all.
CANARY = "jinja2==2.10"
COULD_NOT_ASK = 3


class CouldNotAsk(Exception):
    """The tool cannot be installed, or the package index delivers no advisories."""


@dataclass(frozen=True)
class Known:
    """One finding as pip-audit reports it."""

    package: str
    version: str
    names: frozenset[str]  # its id and its other names


def installed(lock: Path = LOCK) -> Mapping[str, str]:
    """Package and version of every line of a lock file."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def listed() -> Sequence[Mapping[str, Any]]:
    """The findings that somebody looked at."""
    found: Sequence[Mapping[str, Any]] = yaml.safe_load(LISTED.read_text(encoding="utf-8"))["findings"]
    return found


def read(report: Mapping[str, Any]) -> list[Known]:
    """The findings of a report.

    Raises:
        CouldNotAsk: of a package nothing could be learned.
    """
    silent = [one["name"] for one in report["dependencies"] if "skip_reason" in one]
    if silent:
        raise CouldNotAsk(f"the package index tells nothing of {len(silent)} packages, such as {silent[0]}")
    return [
        Known(one["name"], one["version"], frozenset({found["id"], *found.get("aliases", ())}))
        for one in report["dependencies"]
        for found in one.get("vulns", ())
    ]


def unlisted(found: Sequence[Known], known: Sequence[Mapping[str, Any]]) -> list[Known]:
    """What nobody has looked at yet: a listed id holds for the package and version that it was listed for."""
    seen = {(str(one["package"]), str(one["version"]), name) for one in known for name in one["ids"]}
    return [one for one in found if not any((one.package, one.version, name) in seen for name in one.names)]


def outdated(known: Sequence[Mapping[str, Any]], versions: Mapping[str, str]) -> list[str]:
    """Listed findings of a version that is not installed any more."""
    return [
        f"{one['package']} {one['version']}"
        for one in known
        if versions.get(one["package"]) != str(one["version"])
    ]


def report_of(lock: Path, *options: str) -> Mapping[str, Any]:
    """pip-audit's report, from an environment of its own.

    Raises:
        CouldNotAsk: it cannot be installed, or it fails.
    """
    python = _tool()
    command = [
        python,
        "-m",
        "pip_audit",
        "-r",
        str(lock),
        "--disable-pip",
        "-f",
        "json",
        *options,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        content: Mapping[str, Any] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CouldNotAsk(f"pip-audit failed: {type(error).__name__}") from error
    return content


def _tool() -> str:
    home = CHECKOUT / "var" / "audit"
    python, uv = home / "bin" / "python", CHECKOUT / ".uv" / "bin" / "uv"
    for command in (
        [str(uv), "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(home)],
        [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(TOOL)],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CouldNotAsk(f"pip-audit cannot be installed: {type(error).__name__}") from error
        if done.returncode != 0:
            raise CouldNotAsk(
                f"pip-audit cannot be installed: {(done.stderr.strip().splitlines() or ['?'])[-1][:200]}"
            )
    return str(python)


def audit() -> tuple[list[Known], list[str]]:
    """What is not listed, and what is listed of a version that is gone.

    Raises:
        CouldNotAsk: see `report_of`; or the index tells of no finding where there surely is one.
    """
    canary = CHECKOUT / "var" / "audit-canary.txt"
    canary.parent.mkdir(parents=True, exist_ok=True)
    canary.write_text(f"{CANARY}\n", encoding="utf-8")
    if not read(report_of(canary, "--no-deps")):
        raise CouldNotAsk("the package index delivers no advisories")
    return unlisted(read(report_of(LOCK, "--require-hashes")), listed()), outdated(listed(), installed())


def main() -> int:
    """Say what is new; the exit code says so too."""
    try:
        new, gone = audit()
    except CouldNotAsk as reason:
        print(f"not audited: {reason}")
        return COULD_NOT_ASK
    for one in new:
        print(f"not listed in {LISTED.name}: {one.package} {one.version}: {', '.join(sorted(one.names))}")
    for name in gone:
        print(f"listed in {LISTED.name} and not installed any more: {name}")
    print("" if new or gone else "Every known finding is listed.")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
