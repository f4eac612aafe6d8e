"""The runner's parts: sentences for what fails, the model's fingerprint, logs, and no TensorFlow."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.runner import model, preflight, processes
from bot.runner.logs import WithoutValues
from bot.runner.preflight import CannotStart
from bot.settings import CHECKOUT


def test_a_taken_port_is_named_with_the_option_for_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"^Port {port} is taken .* --actions-port PORT.$"):
            preflight.check_port("127.0.0.1", port, "--actions-port")
    preflight.check_port("127.0.0.1", port, "--actions-port")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotStart, match="cannot be used on 192.0.2.1"):
        preflight.check_port("192.0.2.1", 5005, "--port")


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preflight.check_disk(tmp_path)
    monkeypatch.setattr(preflight, "_MIN_FREE", 2**60)
    with pytest.raises(CannotStart, match="nearly full"):
        preflight.check_disk(tmp_path)


def test_another_python_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.sys, "version_info", (3, 12, 0))
    with pytest.raises(CannotStart, match="3.10 is needed and this is 3.12"):
        preflight.check_python()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project directory with one file of each kind."""
    for name in ("config.yml", "domain.yml", "data/nlu/a.yml", "data/responses/a.yml", "bot/nlu/a.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["config.yml", "domain.yml", "data/nlu/a.yml", "bot/nlu/a.py", "data/rules/new.yml"]
)
def test_whatever_the_model_depends_on_changes_its_name(project: Path, name: str) -> None:
    before = model.fingerprint(project)
    assert model.fingerprint(project) == before
    path = project / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")
    assert model.fingerprint(project) != before


def test_texts_and_caches_do_not_change_it(project: Path) -> None:
    before = model.fingerprint(project)
    (project / "data/responses/a.yml").write_text("changed")
    cache = project / "bot/nlu/__pycache__/a.pyc"
    cache.parent.mkdir()
    cache.write_text("x")
    assert model.fingerprint(project) == before


def test_a_moved_file_changes_it(project: Path) -> None:
    before = model.fingerprint(project)
    (project / "data/nlu/a.yml").rename(project / "data/nlu/b.yml")
    assert model.fingerprint(project) != before


def test_a_model_that_is_there_is_not_trained_again(project: Path) -> None:
    path = project / "models" / f"{model.fingerprint(project)}.tar.gz"
    path.parent.mkdir()
    path.write_text("a model")
    assert model.ensure_model(project / "log", project) == model.Trained(path, None)


@pytest.mark.stack
def test_a_training_that_fails_says_where_to_read_why(project: Path) -> None:
    with pytest.raises(model.TrainingFailed, match="training failed: .+ is in .*training.log"):
        model.ensure_model(project / "training.log", project)
    assert not list((project / "models").glob("*.tar.gz"))


def test_only_the_newest_models_are_kept(project: Path) -> None:
    for number in range(6):
        (project / f"{number}.tar.gz").write_text("x")
    model._forget_old(project)
    assert len(list(project.glob("*.tar.gz"))) == model._KEPT


def test_an_exception_is_logged_without_what_it_says() -> None:
    try:
        try:
            raise ValueError("12345678Z")
        except ValueError as cause:
            raise RuntimeError("nací el 12/03/1985") from cause
    except RuntimeError:
        record = logging.LogRecord("a", logging.ERROR, "f", 1, "failed", None, sys.exc_info())
    text = WithoutValues("%(message)s").format(record)
    assert "12345678Z" not in text
    assert "1985" not in text
    assert "RuntimeError" in text
    assert "ValueError" in text
    assert f"{Path(__file__).name}:" in text


def test_a_child_that_ends_is_reported_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    child = processes.start("test server", ["bot.no_such_module"], {}, log)
    with pytest.raises(processes.ChildDied, match="test server ended with code 1: .*no_such_module"):
        processes.wait_until(lambda: False, [child], 20)


def test_waiting_ends(tmp_path: Path) -> None:
    assert processes.wait_until(lambda: True, [], 1)
    assert not processes.wait_until(lambda: False, [], 0.01)


def test_a_child_that_will_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.3)
    script = tmp_path / "stubborn.py"
    script.write_text(
        "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)\n"
    )
    child = processes.start("stubborn", ["stubborn"], {"PYTHONPATH": str(tmp_path)}, tmp_path / "log")
    assert processes.wait_until(lambda: "up" in child.log.read_text(), [child], 10)
    processes.stop([child])
    assert child.process.returncode == -9


@pytest.mark.stack
def test_rasa_loads_without_tensorflow() -> None:
    code = (
        "from pathlib import Path\n"
        "from bot.runner.without_tensorflow import leave_out_tensorflow\n"
        "assert leave_out_tensorflow(Path('config.yml'))\n"
        "import rasa.engine.recipes.default_recipe, rasa.core.policies.rule_policy, sys\n"
        "assert type(sys.modules['tensorflow']).__name__ == '_Module'\n"
        "import tensorflow\n"
        "assert len(tensorflow.config.get_visible_devices('GPU')) == 0\n"
        "from rasa.nlu.classifiers.diet_classifier import DIET\n"
        "try:\n    DIET()\nexcept RuntimeError as error:\n    assert 'needs TensorFlow' in str(error)\n"
        "else:\n    raise SystemExit('a component ran without what it needs')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_pipeline_that_needs_tensorflow_keeps_it(tmp_path: Path) -> None:
    from bot.runner.without_tensorflow import leave_out_tensorflow

    config = tmp_path / "config.yml"
    config.write_text("pipeline:\n- name: DIETClassifier\n  epochs: 1\n")
    before = list(sys.meta_path)
    assert not leave_out_tensorflow(config)
    assert sys.meta_path == before
