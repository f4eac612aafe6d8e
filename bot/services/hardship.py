"""Hard times and despair: care first."""

from __future__ import annotations

import re

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.conversations import Pending
from bot.debt.dispositions import Disposition
from bot.debt.holds import HoldKind
from bot.services import handoff
from bot.services.turn import Button, Turn

_CANNOT = re.compile(
    r"no (?:lo )?(?:puedo|podemos|podr[eé]) (?:pagar|ni|con|permit)"
    r"|no s[eé] (?:ni )?c[oó]mo (?:lo |os |les |te )?(?:voy a |puedo )?pagar"
    r"|no (?:tengo|me queda|nos queda|hay) (?:nada|ni |dinero|plata|pasta|con qu[eé]|para)"
    r"|no (?:me |nos )?(?:alcanza|llego|llega)\b"
    r"|(?:can'?t|cannot|can not|couldn'?t|unable to) (?:pay|afford)|(?:have|got) (?:nothing|no (?:money|cash))"
    r"|don'?t (?:have (?:it|any|the money)|know how)",
    re.IGNORECASE,
)

_TOO_MUCH = re.compile(
    r"\b(?:es|est[aá]|queda|hace|parece|ya es) (?:much[oa]|demasiad[oa]|un mont[oó]n|hart[oa]|car[oa]|alt[oa])\b"
    r"|\b(?:muy|demasiado) (?:alt|car|elevad)[oa]|\btanto\b|m[aá]s de lo que puedo|se me va de"
    r"|no (?:alcanzo|llego|puedo (?:con|dar))|no me da (?:para|pa)\b|mucha (?:plata|guita|pasta|lana)"
    r"|\b(?:too|way) (?:much|high|steep|dear|expensive)|\bsteep\b|(?:can'?t|cannot|couldn'?t) (?:swing|stretch|manage|do) "
    r"|pay that much|more than i(?:'ve| can| got| have)|\ba lot (?:of money )?for me",
    re.IGNORECASE,
)


def hardship(turn: Turn) -> None:
    """Job lost, illness, separation: pressure stops, terms soften, a person and free advice are offered."""
    from bot.services import balance, negotiation

    account = balance.choose_account(turn)
    if account is None:
        turn.say_first("utter_hardship_heard")
        return
    is_known = any(hold.kind is HoldKind.HARDSHIP for hold in turn.holds())
    note(turn, account)
    if is_known:
        # Said again: heard, without the same words over.
        turn.say("utter_hardship_heard")
        if cannot_pay(turn.heard.text):
            turn.ask(
                Pending.HUMAN, "utter_hardship_person", buttons=[Button("button_person", "request_agent")]
            )
            return
    else:
        profile = turn.app.rulebook.country(turn.country)
        turn.say("utter_hardship", advice=profile.debt_advice_in(turn.conversation.language))
    if negotiation.is_closed(turn, account):
        turn.ask(Pending.HUMAN, "utter_hardship_person", buttons=[Button("button_person", "request_agent")])
        return
    turn.ask(
        Pending.AFFORDABILITY,
        "utter_ask_affordability",
        buttons=[Button("button_nothing_now", "request_agent"), Button("button_dont_know", "help")],
    )


def cannot_pay(text: str) -> bool:
    """Whether they cannot, however much it sounds like "will not"."""
    return bool(_CANNOT.search(text))


def is_too_much(text: str) -> bool:
    """Whether a no is about a sum that is too high for them."""
    return cannot_pay(text) or bool(_TOO_MUCH.search(text))


def note(turn: Turn, account: Account) -> None:
    """Stop the pressure on an account whose debtor has hard times."""
    turn.place_hold(HoldKind.HARDSHIP, account.debtor_id, account.reference)
    turn.audit(Tag.RIGHT_INVOKED, right="hardship", account=account.reference)
    turn.dispose(Disposition.HARDSHIP)


def distress(turn: Turn) -> None:
    """Someone who cannot go on: the crisis line, a person, and not one word about the debt."""
    from bot.services import identity

    subject = identity.claimed_debtor(turn)
    if subject is not None:
        turn.place_hold(HoldKind.DISTRESS, subject, None)
    profile = turn.app.rulebook.country(turn.country)
    line = profile.crisis_line
    turn.audit(Tag.CRISIS_LINE_GIVEN, line=line.phone, country=turn.country)
    handoff.to_person(turn, "distress")
    turn.say(
        "utter_distress",
        line=line.name,
        phone=line.phone,
        line_hours=line.hours_in(turn.conversation.language),
    )
