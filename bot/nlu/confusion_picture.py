"""Draws what was said against what was understood as a small PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.nlu.metrics import Judged


def draw(rows: Sequence[Judged], path: Path) -> None:
    """Writes the confusion matrix of some judged rows.

    Args:
        rows: judged messages that have an intent.
        path: the PNG's path.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = sorted({r.intent for r in rows} | {r.top for r in rows if r.top})
    place = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    for row in rows:
        if row.top:
            counts[place[row.intent], place[row.top]] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = pyplot.subplots(figsize=(9, 9))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.set_xlabel("understood")
    axes.set_ylabel("said")
    for i, j in zip(*np.nonzero(counts), strict=True):
        dark = shares[i, j] > 0.5
        axes.text(
            j, i, int(counts[i, j]), ha="center", va="center", fontsize=5, color="white" if dark else "black"
        )
    figure.tight_layout()
    figure.savefig(path, dpi=90, metadata={"Software": None})
    pyplot.close(figure)
