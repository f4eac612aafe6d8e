"""python-telegram-bot's `Bot`, set up for this server, and its errors in the courier's words."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import httpx
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.sending import ChannelError, Refused, TryLater, Unclear, Unreachable

_TELEGRAM = "https://api.telegram.org"
# All of one try fits into what the courier waits for it (20 s).
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0
_POOL = 32
# Before a byte of the request was written.
_NOT_WRITTEN = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_NO_SUCH_CHAT = re.compile(
    r"chat not found|peer_id_invalid|user_deactivated|user not found|chat_id is empty", re.I
)
_GATEWAY_TIMEOUT = "(504)"
# How long to leave a bot alone whose token is refused: an operator has to act first.
_TOKEN_REFUSED_SECONDS = 60.0

logger = logging.getLogger(__name__)


def make_bot(token: str, url: str | None = None) -> Bot:
    """A client for a bot. Opens no connection yet.

    Args:
        token: the bot's.
        url: where its API is, when not at Telegram.
    """
    _hush()
    return Bot(
        token,
        base_url=f"{url or _TELEGRAM}/bot",
        # A server of one's own (or a test's) is reached directly, whatever proxy the environment names.
        request=_request(_POOL, trusts_environment=url is None),
        # Of its own: asking for messages holds a connection for half a minute.
        get_updates_request=_request(1, trusts_environment=url is None),
    )


def _request(connections: int, *, trusts_environment: bool) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        write_timeout=_CONNECT_SECONDS,
        pool_timeout=_CONNECT_SECONDS,
        httpx_kwargs={"trust_env": trusts_environment},
    )


def _hush() -> None:
    """Keep the token, which is in every address that httpx logs, and what debtors write out of the log."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It logs payloads, whole messages among them; whatever goes wrong reaches us as an exception too.
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)


def translated(error: TelegramError) -> ChannelError:
    """What a fault means for the message that was being sent.

    The library does not tell whether a request was written when the connection failed; its cause does.
    """
    if isinstance(error, RetryAfter):
        return TryLater("429", seconds_of(error))
    if isinstance(
        error, Forbidden
    ):  # blocked by the person, their account is gone, or they never wrote to us
        return Unreachable("403")
    if isinstance(error, InvalidToken):
        logger.error("Telegram refuses the bot's token: check ALDIA_TELEGRAM_TOKEN against @BotFather")
        return TryLater("401", _TOKEN_REFUSED_SECONDS)
    if isinstance(error, BadRequest):  # a kind of NetworkError in this library
        return Unreachable("400") if _NO_SUCH_CHAT.search(str(error)) else Refused("400")
    if isinstance(error, NetworkError):
        return _of_network(error)
    return Unclear(type(error).__name__)


def _of_network(error: NetworkError) -> ChannelError:
    cause = error.__cause__
    if isinstance(cause, _NOT_WRITTEN):
        return TryLater("connect")
    if isinstance(cause, httpx.HTTPError):
        return Unclear(type(cause).__name__)
    # An answer came, and it was a 5xx (or a 429 without a time): not taken. Behind a 504 it may have been.
    return Unclear("504") if _GATEWAY_TIMEOUT in str(error)[:60] else TryLater("5xx")


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


async def name_of(token: str, url: str | None = None) -> str | None:
    """A bot's public name, for links; None when Telegram does not tell."""
    try:
        async with make_bot(token, url) as bot:
            return str(bot.username)
    except Exception as error:  # whatever answers there, the operator is told what to check
        logger.debug("the bot's name could not be asked: %s", type(error).__name__)
        return None
