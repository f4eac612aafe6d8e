"""May we write to this person now: the contact gate's answer in words, for a compliance officer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from bot.debt.contact_gate import CHANNELS, Purpose

if TYPE_CHECKING:
    from bot.services.application import Application


def answer(app: Application, reference: str, channel: str, purpose: str, at: str | None) -> dict[str, Any]:
    """What the gate says of an account's debtor, as a JSON document."""
    from bot.services.oversight import may_write_now

    if channel not in CHANNELS:
        raise click.BadParameter(f"{channel!r}; allowed: {', '.join(CHANNELS)}", param_hint="--channel")
    purposes = [each.value for each in Purpose]
    if purpose not in purposes:
        raise click.BadParameter(f"{purpose!r}; allowed: {', '.join(purposes)}", param_hint="--purpose")
    return may_write_now(app, reference, channel, Purpose(purpose), _moment(at))


def as_sentences(found: Mapping[str, Any]) -> Iterator[str]:
    """The same in words."""
    asked = f"{found['purpose'].replace('_', ' ')} by {found['channel']}, {found['at']}"
    if found["allowed"]:
        yield f"Yes: {asked}."
    else:
        yield f"No: {asked}. {found['reason'].capitalize()}."
        until = found["next_allowed_at"]
        yield f"From {until} on it may go out." if until else "No passing of time will allow it."
    if found["fact_id"]:
        yield f"{found['fact_id']}: {found['source'] or 'see aldia rulebook check --jurisdiction'}"


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        return datetime.fromisoformat(at)
    except ValueError:
        raise click.BadParameter(f"{at!r} is no time such as 2026-11-29T10:00", param_hint="--at") from None
