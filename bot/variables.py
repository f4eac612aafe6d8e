"""How the text of a variable becomes a value. Each takes the text and raises ValueError when it is none of its kind."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("plain", "json")
MIN_KEY = 32


def port(raw: str) -> int:
    port = int(raw)
    if not 1 <= port <= 65535:
        raise ValueError(raw)
    return port


def host(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", raw):
        raise ValueError(raw)
    return raw


def log_level(raw: str) -> str:
    if raw.upper() not in LOG_LEVELS:
        raise ValueError(raw)
    return raw.upper()


def log_format(raw: str) -> str:
    if raw.lower() not in LOG_FORMATS:
        raise ValueError(raw)
    return raw.lower()


def with_scheme(raw: str, *schemes: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in schemes or not parts.netloc:
        raise ValueError(raw)
    return raw


def web_address(raw: str) -> str:
    return with_scheme(raw, "http", "https").rstrip("/")


def web_addresses(raw: str) -> tuple[str, ...]:
    return tuple(web_address(one.strip()) for one in raw.split(",") if one.strip())


def hosts(raw: str) -> str:
    return matching(raw.replace(" ", "").lower(), r"[a-z0-9.:,_-]+")


def redis(raw: str) -> str:
    return with_scheme(raw, "redis", "rediss")


def database(raw: str) -> str:
    if raw.startswith("sqlite:///") and len(raw) > len("sqlite:///") and not raw.endswith(":memory:"):
        return raw
    if re.match(r"(postgres|postgresql|postgresql\+psycopg2)://", raw):
        return raw
    raise ValueError(raw)


def file(raw: str) -> Path:
    path = Path(raw).expanduser()
    if not path.is_file():
        raise ValueError(raw)
    return path


def commit(raw: str) -> str:
    return matching(raw.lower(), "[0-9a-f]{7,40}")


def positive(raw: str) -> int:
    return int(matching(raw, "[1-9][0-9]{0,8}"))


def seed(raw: str) -> bytes:
    if not re.fullmatch("[0-9a-fA-F]{64}", raw):
        try:
            raw = Path(raw).expanduser().read_text(encoding="ascii").strip()
        except OSError:
            raise ValueError from None
    return bytes.fromhex(matching(raw, "[0-9a-fA-F]{64}"))


def data_keys(raw: str) -> tuple[bytes, ...] | None:
    if raw.lower() == "off":
        return None
    keys = [each.strip().encode() for each in raw.split(",")]
    if any(len(key) < MIN_KEY for key in keys):
        raise ValueError
    return tuple(keys)


def count(raw: str) -> int:
    return int(matching(raw, "[0-9]"))


def word(raw: str) -> str:
    return matching(raw, r"\S{8,256}")


def account_sid(raw: str) -> str:
    return matching(raw, r"AC[0-9a-fA-F]{32}")


def bot_token(raw: str) -> str:
    return matching(raw, r"[0-9]{1,20}:[A-Za-z0-9_-]{8,128}")


def webhook_secret(raw: str) -> str:
    return matching(raw, r"[A-Za-z0-9_-]{16,256}")


def matching(raw: str, pattern: str) -> str:
    if not re.fullmatch(pattern, raw):
        raise ValueError(raw)
    return raw


def yes_or_no(raw: str) -> bool:
    if raw.lower() not in ("yes", "no", "true", "false", "1", "0"):
        raise ValueError(raw)
    return raw.lower() in ("yes", "true", "1")


def directory(raw: str) -> Path:
    path = Path(raw).expanduser()
    if not path.is_dir():
        raise ValueError(raw)
    return path


def without_password(raw: str) -> str:
    return re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", raw)
