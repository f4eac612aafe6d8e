"""What a debtor proposes, read from a message: their own figures, days and parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from bot.debt.accounts import Account
from bot.debt.arrangements import Frequency, Kind, Terms
from bot.debt.money import Money
from bot.debt.negotiation import Proposal
from bot.services.turn import Turn, plain
from bot.services.understood import Heard

_CLOSES = re.compile(
    r"cierr|cerra|cerr[oó]|cancel|liquid|finiquit|sald[aeo]|quita|olvid|zanj|acabamos|terminamos|borr[oó]n"
    r"|en paz|y listo\b|lo dejamos|y ya est|y ya\b|un (solo|[uú]nico) pago|de una vez|de contado|de golpe"
    r"|settle|close|call it (quits|even)|\bdone\b|full and final|lump|one payment|one go|wipe|that'?s it"
    r"|clear it|write off",
    re.IGNORECASE,
)
_NOT_POSITIVE = re.compile(r"(?<![\w.,/-])(-\s?[\d.,]*[1-9][\d.,]*|[€$£]?\s?0+([.,]0+)?)(?![\w.,/-]*\d)")
_NOW = re.compile(r"\b(ahora|ahorita|hoy|ya|now|today)\b")
_THEN = re.compile(
    r"\b(luego|despu[eé]s|resto|dem[aá]s|lo otro|lo que (?:falta|queda)|then|rest|remainder|later|otros?|otras?)\b"
)
_STARTS = re.compile(
    r"\b(?:empe[zc]|empie[zc]|comen[zc]|comien[zc]|arran[cq]|inici"
    r"|primer[oa]? (?:pago|cuota|abono|plazo|mensualidad|parcialidad|letra)|start|begin|first (?:payment|instal))",
    re.IGNORECASE,
)
_PAYDAY = re.compile(
    r"\b(?:cobr(?:o|ar[eé]|amos|e)\b|(?:me|nos) (?:pagan?|depositan?|ingresan?|cae|entra)\b|pay ?day|get(?:ting)? paid"
    r"|get my (?:pay|wages?)|(?:n[oó]mina|sueldo|quincena|pensi[oó]n|salary|wages?|pension|benefits?|che(?:ck|que))"
    r" (?:me )?(?:cae|entra|llega|es|viene|comes?|is|arrives?|lands?)\b)",
    re.IGNORECASE,
)
_IN_MONTHS = re.compile(r"\b(?:en|a|in|over)\s+(\d{1,2})\s+(?:mes|month)")


def names_nothing(text: str) -> bool:
    """Whether the only sum in a text is zero or negative."""
    return bool(_NOT_POSITIVE.search(text))


def closes(heard: Heard) -> bool:
    """Whether a sum is meant to settle everything: "200 y lo cerramos"."""
    return bool(_CLOSES.search(heard.text)) and not heard.has("frequency", "installments")


def names_payday(heard: Heard) -> bool:
    """Whether a day is only the one on which they are paid: "cobro el 28" promises nothing yet."""
    return bool(_PAYDAY.search(heard.text)) and not heard.has("amount", "amounts", "fraction")


def day_of_plan(heard: Heard) -> date | None:
    """The day that is meant for instalments: "empezar el 20", "el 5 de cada mes"; nothing where all is paid that day."""
    if heard.days and (_STARTS.search(heard.text) or heard.frequency not in (None, Frequency.ONCE)):
        return heard.days[0]
    return None


def moved(terms: Terms, day: date) -> Proposal:
    """The same terms from another day."""
    is_settlement = terms.kind is Kind.SETTLEMENT
    if len(terms.schedule) == 1:
        return Proposal(amount=terms.total, due_on=day, wants_settlement=is_settlement)
    amounts = [instalment.amount for instalment in terms.schedule]
    if not is_settlement and amounts[-1] < amounts[0]:
        # They named what they can pay each time, and the last payment is the rest.
        return Proposal(amount=amounts[0], frequency=terms.frequency, starts_on=day)
    return Proposal(
        amount=terms.total if is_settlement else None,
        installments=len(terms.schedule),
        frequency=terms.frequency,
        starts_on=day,
        wants_settlement=is_settlement,
        is_per_instalment=False if is_settlement else None,
    )


def proposal_from(turn: Turn, account: Account) -> Proposal | None:
    """The debtor's own terms, if the message holds any."""
    heard = turn.heard
    if names_nothing(heard.text) and heard.amount is None:
        return Proposal(amount=Money.zero(account.currency), wants_settlement=True)
    if not heard.has("amount", "amounts", "installments", "fraction", "date", "frequency"):
        return None
    if heard.first("currency") not in (None, account.currency) and heard.amount is not None:
        turn.say("utter_other_currency", currency=account.currency)
    text = heard.text.lower()
    is_final = closes(heard)
    amounts = [Money.nearest(a, account.currency) for a in heard.amounts]
    days = heard.days
    if len(amounts) >= 2 and heard.share is None and (_NOW.search(text) or _THEN.search(text)):
        if _NOW.search(text) and turn.today not in days:
            days.insert(0, turn.today)
        parts = tuple((days[n] if n < len(days) else None, amount) for n, amount in enumerate(amounts))
        return Proposal(parts=parts)
    if len(days) == 2 and heard.amount is not None and _NOW.search(text) and _THEN.search(text):
        # "100 now and the rest in April": the second amount is whatever is left.
        return Proposal(parts=((days[0], Money.nearest(heard.amount, account.currency)), (days[1], None)))
    amount = (
        Money.nearest(heard.amount, account.currency)
        if heard.amount is not None
        else (amounts[0] if amounts else None)
    )
    if heard.share is not None:
        second = days[-1] if days else None
        if is_final:
            return Proposal(share=heard.share, wants_settlement=True, due_on=second)
        return Proposal(share=heard.share, due_on=second, frequency=heard.frequency)
    months = _IN_MONTHS.search(text) if heard.intent == "request_installments" else None
    if months is not None and heard.installments is None and amount is None:
        return Proposal(installments=int(months.group(1)), frequency=Frequency.MONTHLY)
    if amount is None and heard.installments is None:
        start = day_of_plan(heard)
        if start is not None:
            # Another day for the instalments that they named before, if they did.
            said = proposal_from_json(memory(turn).get("last"), account.currency)
            known = (
                said if said is not None and not said.wants_settlement and said.share is None else Proposal()
            )
            rhythm = heard.frequency or known.frequency or Frequency.MONTHLY
            return replace(known, frequency=rhythm, starts_on=start)
        if heard.frequency is None:
            return None
    frequency = heard.frequency
    if frequency is None and heard.installments is None and not is_final:
        # A bare figure means what the last one meant: another sum to close it, or another amount a month.
        last = memory(turn).get("last") or {}
        is_final = bool(last.get("wants_settlement")) or bool(memory(turn).get("expects_settlement"))
        frequency = Frequency(last["frequency"]) if last.get("frequency") else None
    is_single = heard.installments in (None, 1) and frequency is None
    return Proposal(
        amount=amount,
        installments=heard.installments,
        frequency=frequency,
        starts_on=days[0] if days and not is_single else None,
        due_on=days[0] if days and is_single else None,
        wants_settlement=is_final,
    )


def proposal_json(proposal: Proposal) -> dict[str, Any]:
    """A proposal as the record and the case for a person hold it."""
    fields = {
        "amount": proposal.amount.decimal if proposal.amount is not None else None,
        "installments": proposal.installments,
        "frequency": proposal.frequency.value if proposal.frequency is not None else None,
        "starts_on": proposal.starts_on,
        "due_on": proposal.due_on,
        "share": proposal.share,
        "wants_settlement": proposal.wants_settlement or None,
        "parts": [[day, part.decimal if part is not None else None] for day, part in proposal.parts] or None,
    }
    return {key: plain(value) for key, value in fields.items() if value is not None}


def proposal_from_json(kept: Mapping[str, Any] | None, currency: str) -> Proposal | None:
    """The last proposal, to compare the next one with."""
    if not kept:
        return None
    return Proposal(
        amount=Money.of(kept["amount"], currency) if "amount" in kept else None,
        installments=kept.get("installments"),
        frequency=Frequency(kept["frequency"]) if "frequency" in kept else None,
        share=Decimal(kept["share"]) if "share" in kept else None,
        wants_settlement=bool(kept.get("wants_settlement")),
    )


def memory(turn: Turn) -> dict[str, Any]:
    """Memory of the negotiation of the account in hand; another account starts afresh."""
    state = turn.conversation.state
    talk: dict[str, Any] = state.setdefault("negotiation", {})
    if talk.get("account") != turn.conversation.account:
        talk.clear()
        talk["account"] = turn.conversation.account
    return talk
