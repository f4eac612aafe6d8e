"""Everything that differs between two installations, read once from the environment and never changed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

from bot import variables

# The header by which Rasa shows ALDIA_ACTIONS_TOKEN to the action server.
TOKEN_HEADER = "X-Aldia-Token"  # noqa: S105  (a name)
CHECKOUT = Path(__file__).resolve().parent.parent
PREFIX = "ALDIA_"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SECRET_SHAPE = "16 to 256 letters, digits, hyphens or underscores"  # noqa: S105  (a sentence)
_SECRETS = frozenset(
    {
        "ACTIONS_TOKEN",
        "IDENTITY_KEY",
        "AUDIT_KEY",
        "DATA_KEY",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_API_SECRET",
        "TELEGRAM_TOKEN",
        "TELEGRAM_SECRET",
        "DESK_WEBHOOK_SECRET",
        "METRICS_TOKEN",
    }
)


# Addresses hold passwords.
_IN_FILES = _SECRETS | {"DATABASE_URL", "REDIS_URL"}


class Environment(str, Enum):
    """Where it runs. DEVELOPMENT opens the REST channel, the date override and a generated identity key."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


_DEFAULT_LOG_FORMAT = {Environment.DEVELOPMENT: "plain", Environment.PRODUCTION: "json"}


@dataclass(frozen=True)
class Problem:
    """One variable that cannot be used."""

    variable: str
    value: str | None  # None when unset or secret
    allowed: str

    def __str__(self) -> str:
        stated = "is not usable" if self.value is None else f"is {self.value!r}"
        return f"{self.variable} {stated}; expected {self.allowed}"


class SettingsError(Exception):
    """Every bad variable at once. Never holds a secret's value."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Twilio:
    """Access to Twilio; off without an account."""

    account_sid: str | None = None
    auth_token: str | None = field(default=None, repr=False)  # also the key of the webhooks' signatures
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)
    url: str | None = None  # where its API is, when not at Twilio: tests


@dataclass(frozen=True)
class Telegram:
    """Access to Telegram; off without a token."""

    token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)  # what Telegram puts in a header of its calls
    url: str | None = None
    is_polling: bool = False  # ask for messages instead of being called: development


@dataclass(frozen=True)
class RecordKeys:
    """Keys of the record, and how often it is signed."""

    audit_seed: bytes | None = field(default=None, repr=False)  # None: no checkpoints are made
    data_keys: tuple[bytes, ...] = field(
        default=(), repr=False
    )  # newest first; the identity key comes after them
    seals: bool = True  # False: nothing new is encrypted, while servers of the version before still run
    checkpoint_hours: int = 1
    checkpoint_entries: int = 10_000


@dataclass(frozen=True)
class Settings:
    """One installation. Rules of the business are not here but in the rulebook."""

    database_url: str
    host: str
    port: int
    actions_port: int
    actions_host: str
    actions_token: str | None = field(repr=False)  # what Rasa shows to the action server
    environment: Environment
    identity_key: bytes = field(repr=False)
    public_url: str
    log_level: str
    log_format: str  # plain | json
    metrics_token: str | None = field(repr=False)  # whoever brings it may read /metrics
    redis_url: str | None
    rulebook_dir: Path
    jurisdictions_dir: Path | None  # the deployer's own changes to jurisdictions
    today: date | None  # the business date of demos and tests; None: the clock's
    channels_file: Path
    proxies: int  # reverse proxies of ours in front of the server
    desk_port: int
    jobs_port: int
    commit: str | None  # of the source that this was built from
    desk_url: str  # by which people reach the desk
    desk_webhooks: tuple[str, ...]  # addresses that are told what happens at the desk
    desk_webhook_secret: str | None = field(repr=False)
    desk_webhook_hosts: frozenset[str]  # of private networks, allowed all the same
    twilio: Twilio
    telegram: Telegram
    record: RecordKeys

    @property
    def is_production(self) -> bool:
        """Whether real debtors may be at the other end."""
        return self.environment is Environment.PRODUCTION

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None, checkout: Path = CHECKOUT) -> Settings:
        """Read `ALDIA_…` variables; an unset or empty one takes its default.

        Args:
            env: variables by name; the process's own when None.
            checkout: where `var/` and `rulebook/` are.

        Raises:
            SettingsError: naming every variable that cannot be used, with what is allowed.
        """
        reader = _Reader(os.environ if env is None else env)
        environment = reader.read(
            "ENVIRONMENT", Environment.DEVELOPMENT, Environment, "development or production"
        )
        host = reader.read("HOST", "127.0.0.1", variables.host, "a host name or address")
        port = reader.read("PORT", 5005, variables.port, "a port from 1 to 65535")
        actions_port = reader.read("ACTIONS_PORT", 5055, variables.port, "a port from 1 to 65535")
        if port == actions_port:
            reader.refuse("ACTIONS_PORT", f"a port other than {PREFIX}PORT ({port})")
        actions_host, actions_token = _actions(reader)
        values = {
            "actions_host": actions_host,
            "actions_token": actions_token,
            "commit": reader.read("COMMIT", None, variables.commit, "7 to 40 hexadecimal digits"),
            "database_url": reader.read(
                "DATABASE_URL",
                f"sqlite:///{checkout / 'var' / 'aldia.db'}",
                variables.database,
                "sqlite:///FILE or postgresql://…",
            ),
            "public_url": reader.read(
                "PUBLIC_URL", _address(host, port), variables.web_address, "http://… or https://…"
            ),
            "log_level": reader.read(
                "LOG_LEVEL", "INFO", variables.log_level, ", ".join(variables.LOG_LEVELS)
            ),
            "log_format": reader.read(
                "LOG_FORMAT",
                _DEFAULT_LOG_FORMAT[environment],
                variables.log_format,
                " or ".join(variables.LOG_FORMATS),
            ),
            "metrics_token": reader.read("METRICS_TOKEN", None, variables.webhook_secret, _SECRET_SHAPE),
            "redis_url": reader.read("REDIS_URL", None, variables.redis, "redis://… or rediss://…"),
            "rulebook_dir": reader.read(
                "RULEBOOK_DIR", checkout / "rulebook", variables.directory, "an existing directory"
            ),
            "jurisdictions_dir": reader.read(
                "JURISDICTIONS_DIR", None, variables.directory, "an existing directory"
            ),
            "channels_file": reader.read(
                "CHANNELS_FILE", checkout / "channels.yml", variables.file, "an existing file"
            ),
            "proxies": reader.read("PROXIES", 0, variables.count, "a number from 0 to 9"),
            "desk_port": reader.read("DESK_PORT", 5010, variables.port, "a port from 1 to 65535"),
            "jobs_port": reader.read("JOBS_PORT", 5015, variables.port, "a port from 1 to 65535"),
            "twilio": _twilio(reader),
            "telegram": _telegram(reader, environment),
            "record": _record(reader),
            "today": reader.read("TODAY", None, date.fromisoformat, "a date like 2027-03-05"),
        }
        _desk(reader, values, host, environment)
        if values["today"] and environment is Environment.PRODUCTION:
            reader.refuse("TODAY", "nothing: the business date can be set in development only")
        key = reader.key(environment, checkout / "var" / "identity.key")
        if reader.problems:
            raise SettingsError(reader.problems)
        return cls(
            environment=environment,
            host=host,
            port=port,
            actions_port=actions_port,
            identity_key=key,
            **values,
        )


def _actions(reader: _Reader) -> tuple[str, str | None]:
    """Whoever reaches the action server can act for any conversation: off this machine only with a secret."""
    host = reader.read("ACTIONS_HOST", "127.0.0.1", variables.host, "a host name or address")
    token: str | None = reader.read("ACTIONS_TOKEN", None, variables.webhook_secret, _SECRET_SHAPE)
    if token is None and host not in _LOOPBACK:
        reader.refuse("ACTIONS_TOKEN", f"{_SECRET_SHAPE}, since {PREFIX}ACTIONS_HOST is {host}")
    return host, token


def _desk(reader: _Reader, values: dict[str, Any], host: str, environment: Environment) -> None:
    """The desk's own variables."""
    own = _address(host, values["desk_port"])
    values["desk_url"] = reader.read("DESK_URL", own, variables.web_address, "http://… or https://…")
    webhooks = reader.read(
        "DESK_WEBHOOKS", (), variables.web_addresses, "http(s)://… addresses with commas between"
    )
    values["desk_webhooks"] = webhooks
    values["desk_webhook_secret"] = reader.read(
        "DESK_WEBHOOK_SECRET", None, variables.webhook_secret, _SECRET_SHAPE
    )
    hosts = reader.read("DESK_WEBHOOK_HOSTS", "", variables.hosts, "host names with commas between")
    values["desk_webhook_hosts"] = frozenset(hosts.split(",")) - {""}
    if webhooks and not values["desk_webhook_secret"]:
        reader.refuse("DESK_WEBHOOK_SECRET", f"{_SECRET_SHAPE}: the calls are signed with it")
    if environment is Environment.PRODUCTION and any(not url.startswith("https:") for url in webhooks):
        reader.refuse("DESK_WEBHOOKS", "https://… in production")


def _twilio(reader: _Reader) -> Twilio:
    read = partial(reader.read, default=None, convert=variables.word)
    found = Twilio(
        account_sid=reader.read(
            "TWILIO_ACCOUNT_SID", None, variables.account_sid, "AC and 32 hexadecimal digits"
        ),
        auth_token=read("TWILIO_AUTH_TOKEN", allowed="the account's auth token"),
        api_key=read("TWILIO_API_KEY", allowed="the SID of an API key (SK…)"),
        api_secret=read("TWILIO_API_SECRET", allowed="the secret of that API key"),
        url=reader.read("TWILIO_URL", None, variables.web_address, "http://… or https://…"),
    )
    if found.account_sid and not found.auth_token:
        reader.refuse("TWILIO_AUTH_TOKEN", "the account's auth token: Twilio signs its calls with it")
    if bool(found.api_key) != bool(found.api_secret):
        reader.refuse("TWILIO_API_SECRET", "set together with ALDIA_TWILIO_API_KEY, or neither")
    return found


def _telegram(reader: _Reader, environment: Environment) -> Telegram:
    found = Telegram(
        token=reader.read(
            "TELEGRAM_TOKEN", None, variables.bot_token, "the token that BotFather gave (123456:AB…)"
        ),
        secret=reader.read("TELEGRAM_SECRET", None, variables.webhook_secret, _SECRET_SHAPE),
        url=reader.read("TELEGRAM_URL", None, variables.web_address, "http://… or https://…"),
        is_polling=reader.read("TELEGRAM_POLLING", False, variables.yes_or_no, "yes or no"),
    )
    if found.is_polling and environment is Environment.PRODUCTION:
        reader.refuse("TELEGRAM_POLLING", "no: in production Telegram calls the webhook")
    if found.token and not found.is_polling and not found.secret:
        reader.refuse(
            "TELEGRAM_SECRET", "a secret for the webhook, or ALDIA_TELEGRAM_POLLING=yes to try it out"
        )
    return found


def _record(reader: _Reader) -> RecordKeys:
    keys: tuple[bytes, ...] | None = reader.read(
        "DATA_KEY",
        (),
        variables.data_keys,
        f"secrets of at least {variables.MIN_KEY} characters, the newest first, or off",
    )
    return RecordKeys(
        audit_seed=reader.read(
            "AUDIT_KEY", None, variables.seed, "64 hexadecimal digits, or a file that holds them"
        ),
        data_keys=keys or (),
        seals=keys is not None,
        checkpoint_hours=reader.read("CHECKPOINT_HOURS", 1, variables.positive, "a whole number of hours"),
        checkpoint_entries=reader.read(
            "CHECKPOINT_ENTRIES", 10_000, variables.positive, "a whole number of entries"
        ),
    )


class _Reader:
    """Reads variables and gathers what is wrong with them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[Problem] = []

    def read(self, name: str, default: Any, convert: Callable[[str], Any], allowed: str) -> Any:
        raw = self._raw(name)
        if not raw:
            return default
        try:
            return convert(raw)
        except ValueError:
            self.refuse(name, allowed)
            return default

    def _raw(self, name: str) -> str:
        """A variable's value; a secret's may be in a file that ALDIA_<name>_FILE names, as orchestrators mount them."""
        raw = self._env.get(PREFIX + name, "").strip()
        file = self._env.get(f"{PREFIX}{name}_FILE", "").strip() if name in _IN_FILES and not raw else ""
        if not file:
            return raw
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.problems.append(Problem(f"{PREFIX}{name}_FILE", file, "a file that can be read"))
            return ""

    def refuse(self, name: str, allowed: str) -> None:
        raw = None if name in _SECRETS else variables.without_password(self._env.get(PREFIX + name, ""))
        self.problems.append(Problem(PREFIX + name, raw, allowed))

    def key(self, environment: Environment, file: Path) -> bytes:
        """The key of the identity hashes: given, or in development generated once into a file."""
        raw = self._raw("IDENTITY_KEY")
        wanted = f"a secret of at least {variables.MIN_KEY} characters"
        if raw:
            if len(raw) < variables.MIN_KEY:
                self.refuse("IDENTITY_KEY", wanted)
            return raw.encode()
        if environment is Environment.PRODUCTION:
            self.refuse("IDENTITY_KEY", f"{wanted} (required in production)")
        if self.problems:
            return b""  # nothing is written for settings that cannot be used
        try:
            key = kept_key(file)
        except OSError as error:
            self.refuse("IDENTITY_KEY", f"{wanted}, or that {file} can be written ({error.strerror})")
            return b""
        if len(key) < variables.MIN_KEY:
            self.refuse("IDENTITY_KEY", f"{wanted}, or {file} as it was generated: it is cut short")
        return key


def kept_key(file: Path) -> bytes:
    """64 random hexadecimal digits that a file holds; made at the first call."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        # Written aside and linked into place: two processes that start at once take one key.
        draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
        ) as stream:
            stream.write(secrets.token_hex(32) + "\n")
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_bytes().strip()


def _address(host: str, port: int) -> str:
    # 0.0.0.0 is where to listen, not where to go.
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"http://{shown}:{port}"
