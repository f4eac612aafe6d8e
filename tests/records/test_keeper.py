"""Checkpoints that are made by themselves."""

from __future__ import annotations

from bot.audit.checkpoints import all_checkpoints
from bot.audit.signing import Signer
from bot.bootstrap import signer_of
from bot.runner import keeper
from bot.services.application import Application
from bot.settings import Settings
from tests.records.conftest import SEED, Run
from tests.support.people import KEY, Person


def count(app: Application) -> int:
    with app.unit_of_work(write=False) as uow:
        return len(list(all_checkpoints(uow.connection)))  # type: ignore[attr-defined]


def test_one_is_made_when_due_and_not_before(app: Application, debtor: Person, run: Run) -> None:
    signer = Signer(bytes.fromhex(SEED))
    keeper.keep_once(app, signer)
    debtor.says("greet", "hola")
    keeper.keep_once(app, signer)
    assert count(app) == 1
    assert run("audit", "verify").exit_code == 0


def test_production_signs_only_with_a_given_key() -> None:
    production = {"ALDIA_ENVIRONMENT": "production", "ALDIA_IDENTITY_KEY": KEY}
    assert signer_of(Settings.from_environment(production)) is None
    given = signer_of(Settings.from_environment({**production, "ALDIA_AUDIT_KEY": SEED}))
    assert given is not None
    assert given.public_key == Signer(bytes.fromhex(SEED)).public_key


def test_a_key_from_a_file(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "key"
    path.write_text(SEED + "\n")
    settings = Settings.from_environment({"ALDIA_IDENTITY_KEY": KEY, "ALDIA_AUDIT_KEY": str(path)})
    assert settings.record.audit_seed == bytes.fromhex(SEED)
    assert SEED not in repr(settings)
