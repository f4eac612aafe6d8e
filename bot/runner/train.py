"""Trains the model in a process of its own: `python -m bot.runner.train MODEL PROJECT`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.runner.lifeline import end_with_parent
from bot.runner.logs import configure_logging, configure_structlog
from bot.runner.model import TRAINED_ON
from bot.runner.without_tensorflow import leave_out_tensorflow


def main(path: Path, project: Path) -> None:
    """Train from a project directory.

    Args:
        path: where the model goes; it is put there whole, at the end.
        project: the directory of config.yml, domain.yml and data/.
    """
    end_with_parent()
    configure_logging("INFO")
    configure_structlog()
    leave_out_tensorflow(project / "config.yml")
    from rasa.model_training import train

    draft = path.with_name(f".draft-{path.name}")
    result = train(
        domain=str(project / "domain.yml"),
        config=str(project / "config.yml"),
        training_files=[str(project / name) for name in TRAINED_ON if (project / name).exists()],
        output=str(draft.parent),
        fixed_model_name=draft.name,
        # Rasa's cache of earlier trainings can give back a component whose code has changed since.
        force_training=True,
    )
    if result.code != 0 or result.model is None:
        sys.exit(f"Rasa's training ended with code {result.code}")
    Path(result.model).replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
