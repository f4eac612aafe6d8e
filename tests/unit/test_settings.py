"""Settings from the environment, and the clock that they set."""

from __future__ import annotations

import stat
import threading
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.settings import Environment, Settings, SettingsError

KEY = {"ALDIA_IDENTITY_KEY": "s3cret-" * 8}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "rulebook").mkdir()
    return tmp_path


def test_defaults(checkout: Path) -> None:
    settings = Settings.from_environment({}, checkout)
    assert settings.database_url == f"sqlite:///{checkout}/var/aldia.db"
    assert (settings.host, settings.port, settings.actions_port) == ("127.0.0.1", 5005, 5055)
    assert settings.public_url == "http://127.0.0.1:5005"
    assert settings.environment is Environment.DEVELOPMENT
    assert (settings.log_level, settings.redis_url, settings.today) == ("INFO", None, None)
    assert settings.rulebook_dir == checkout / "rulebook"


def test_everything_set(checkout: Path) -> None:
    given = {
        "ALDIA_DATABASE_URL": "postgresql://u:p@db/aldia",
        "ALDIA_HOST": "0.0.0.0",
        "ALDIA_PORT": "8080",
        "ALDIA_ACTIONS_PORT": "8081",
        "ALDIA_ENVIRONMENT": "production",
        "ALDIA_PUBLIC_URL": "https://chat.example/",
        "ALDIA_LOG_LEVEL": "debug",
        "ALDIA_REDIS_URL": "redis://localhost:6379/0",
        "ALDIA_RULEBOOK_DIR": str(checkout),
        **KEY,
    }
    settings = Settings.from_environment(given, checkout)
    assert settings.is_production
    assert settings.identity_key == KEY["ALDIA_IDENTITY_KEY"].encode()
    assert (settings.port, settings.public_url, settings.log_level) == (8080, "https://chat.example", "DEBUG")
    assert settings.rulebook_dir == checkout
    assert not (checkout / "var").exists()


def test_empty_variables_take_their_default(checkout: Path) -> None:
    assert Settings.from_environment({"ALDIA_PORT": " ", "ALDIA_TODAY": ""}, checkout).port == 5005


def test_all_bad_variables_are_reported_at_once(checkout: Path) -> None:
    given = {
        "ALDIA_DATABASE_URL": "mysql://u:hunter2@db/x",
        "ALDIA_HOST": "a b",
        "ALDIA_PORT": "99999",
        "ALDIA_ACTIONS_PORT": "none",
        "ALDIA_ENVIRONMENT": "test",
        "ALDIA_PUBLIC_URL": "chat.example",
        "ALDIA_LOG_LEVEL": "LOUD",
        "ALDIA_REDIS_URL": "localhost",
        "ALDIA_RULEBOOK_DIR": str(checkout / "none"),
        "ALDIA_TODAY": "5 March",
        "ALDIA_IDENTITY_KEY": "tooshort",
    }
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment(given, checkout)
    assert {problem.variable for problem in raised.value.problems} == set(given)
    message = str(raised.value)
    assert "ALDIA_PORT is '99999'; expected a port from 1 to 65535" in message
    assert "DEBUG, INFO, WARNING" in message
    assert "hunter2" not in message
    assert "tooshort" not in message


def test_one_port_for_two_servers_is_refused(checkout: Path) -> None:
    with pytest.raises(SettingsError, match="ALDIA_ACTIONS_PORT"):
        Settings.from_environment({"ALDIA_PORT": "5055"}, checkout)


@pytest.mark.parametrize(
    ("changes", "variable"),
    [({}, "ALDIA_IDENTITY_KEY"), ({**KEY, "ALDIA_TODAY": "2026-03-11"}, "ALDIA_TODAY")],
)
def test_production_needs_a_key_and_takes_no_date(
    checkout: Path, changes: dict[str, str], variable: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({"ALDIA_ENVIRONMENT": "production", **changes}, checkout)
    assert [problem.variable for problem in raised.value.problems] == [variable]


def test_the_key_is_generated_once_and_private(checkout: Path) -> None:
    first = Settings.from_environment({}, checkout).identity_key
    file = checkout / "var" / "identity.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(first) == 64
    assert Settings.from_environment({}, checkout).identity_key == first
    assert [path.name for path in file.parent.iterdir()] == ["identity.key"]


def test_two_processes_that_start_at_once_take_one_key(checkout: Path) -> None:
    keys: list[bytes] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        keys.append(Settings.from_environment({}, checkout).identity_key)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_key_that_cannot_be_kept_is_a_clear_problem(checkout: Path) -> None:
    (checkout / "var").write_text("a file where a directory should be")
    with pytest.raises(SettingsError, match=r"identity\.key"):
        Settings.from_environment({}, checkout)


def test_an_empty_key_file_is_refused(checkout: Path) -> None:
    (checkout / "var").mkdir()
    (checkout / "var" / "identity.key").write_text("\n")
    with pytest.raises(SettingsError, match=r"identity\.key"):
        Settings.from_environment({}, checkout)


def test_showing_settings_shows_no_key(checkout: Path) -> None:
    assert "s3cret" not in repr(Settings.from_environment(KEY, checkout))


def test_the_clock_is_the_machines(checkout: Path) -> None:
    clock = Clock(Settings.from_environment(KEY, checkout))
    assert abs(clock.now() - datetime.now(timezone.utc)) < timedelta(seconds=5)
    # 25 hours lie between them: a day, and for one hour of each day two.
    assert clock.today("Pacific/Kiritimati") - clock.today("Pacific/Pago_Pago") in (timedelta(days=1), timedelta(days=2))


def test_the_business_date_can_be_set(checkout: Path) -> None:
    clock = Clock(Settings.from_environment({**KEY, "ALDIA_TODAY": "2026-03-11"}, checkout))
    assert clock.today() == clock.today("America/Mexico_City") == date(2026, 3, 11)
    assert clock.now().date() == date(2026, 3, 11)
    assert clock.now().utcoffset() == timedelta(0)


def test_the_action_server_leaves_the_machine_only_with_a_token() -> None:
    key = {"ALDIA_IDENTITY_KEY": "k" * 40}
    assert Settings.from_environment(key).actions_host == "127.0.0.1"
    with pytest.raises(SettingsError, match="ALDIA_ACTIONS_TOKEN"):
        Settings.from_environment({**key, "ALDIA_ACTIONS_HOST": "0.0.0.0"})
    token = "t" * 20
    settings = Settings.from_environment(
        {**key, "ALDIA_ACTIONS_HOST": "0.0.0.0", "ALDIA_ACTIONS_TOKEN": token}
    )
    assert settings.actions_token == token
    assert token not in repr(settings)


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("f" * 40 + "\n")
    found = Settings.from_environment({"ALDIA_IDENTITY_KEY_FILE": str(file)})
    assert found.identity_key == b"f" * 40
    both = {"ALDIA_IDENTITY_KEY_FILE": str(file), "ALDIA_IDENTITY_KEY": "k" * 40}
    assert Settings.from_environment(both).identity_key == b"k" * 40
    with pytest.raises(SettingsError, match="ALDIA_DATABASE_URL_FILE is '/no/where'; expected a file"):
        Settings.from_environment({"ALDIA_IDENTITY_KEY": "k" * 40, "ALDIA_DATABASE_URL_FILE": "/no/where"})
