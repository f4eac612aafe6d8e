"""Offers and counter-offers: affordability first, two or three concrete offers, and every proposal answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import Frequency, Kind, Offer, Terms
from bot.debt.conversations import Pending
from bot.debt.dispositions import Disposition
from bot.debt.holds import HoldKind
from bot.debt.limits import Limits
from bot.debt.money import Money
from bot.debt.negotiation import (
    Accepted,
    Countered,
    Declined,
    NeedsApproval,
    Position,
    Proposal,
    decide,
    improves,
    opening_offers,
)
from bot.services import agreement, handoff, wording
from bot.services.turn import Button, Turn, entity, plain


def start(turn: Turn) -> None:
    """A plan, a discount or "what can I do?": hear what fits the pocket, then make concrete offers."""
    from bot.services import balance

    account = balance.choose_account(turn)
    if account is None or say_if_closed(turn, account):
        return
    limits = turn.limits(account)
    if turn.heard.intent == "request_discount" and _ask_for_a_figure(turn):
        return
    proposal = proposal_from(turn, account)
    if proposal is not None and turn.heard.intent != "request_discount":
        answer_proposal(turn, account, limits, proposal)
        return
    if (
        limits.asks_affordability_first
        and _affordable(turn, account) is None
        and not _talk(turn).get("asked")
    ):
        _talk(turn)["asked"] = True
        turn.ask(
            Pending.AFFORDABILITY, "utter_ask_affordability", buttons=[Button("button_dont_know", "help")]
        )
        return
    make_offers(turn, account, limits)


def _ask_for_a_figure(turn: Turn) -> bool:
    """Asked for more discount while one is on the table: what could they pay at once? Figures move the ladder."""
    shown = [o for o in map(turn.uow.offers.get, _talk(turn).get("offers", ())) if o is not None]
    best = next((o for o in shown if o.terms.kind is Kind.SETTLEMENT), None)
    if best is None or turn.heard.amount is not None:
        return False
    _talk(turn)["expects_settlement"] = True
    turn.ask(Pending.OFFERS, "utter_ask_settlement_figure", total=best.terms.total, saving=best.terms.saving)
    return True


def counter(turn: Turn) -> None:
    """The debtor names their own terms."""
    from bot.services import balance

    account = balance.choose_account(turn)
    if account is None or say_if_closed(turn, account):
        return
    if ask_for_a_day(turn):
        return
    limits = turn.limits(account)
    proposal = proposal_from(turn, account)
    if proposal is None:
        make_offers(turn, account, limits)
        return
    answer_proposal(turn, account, limits, proposal)


def ask_for_a_day(turn: Turn) -> bool:
    """A day that no calendar has (30 February) is asked about, not guessed."""
    if not turn.heard.has("date_text") or turn.heard.has("date"):
        return False
    turn.conversation.pending = Pending.OFFERS
    turn.say("utter_date_unclear")
    return True


def is_closed(turn: Turn, account: Account) -> bool:
    """Whether nothing may be offered on this account now."""
    return (
        account.is_settled
        or turn.hold_forbidding_offers() is not None
        or turn.limits(account).is_time_barred
        or turn.uow.arrangements.open_for(account.reference) is not None
    )


def say_if_closed(turn: Turn, account: Account) -> bool:
    """Tell why no offer is made here, if none may be; the person is always offered another way."""
    from bot.services import balance

    person = [Button("button_person", "request_agent")]
    if account.is_settled:
        turn.say("utter_balance_zero", creditor=account.creditor, reference=account.reference)
    elif turn.hold_forbidding_offers() in (HoldKind.DISPUTE, HoldKind.PAYMENT_CLAIMED):
        turn.say("utter_under_review", buttons=person)
    elif turn.hold_forbidding_offers() is not None:
        turn.say("utter_person_has_case", buttons=person)
    elif turn.limits(account).is_time_barred:
        turn.say("utter_time_barred", buttons=person)
    elif (arrangement := turn.uow.arrangements.open_for(account.reference)) is not None:
        turn.say("utter_already_agreed")
        balance.say_arrangement(turn, arrangement)
    else:
        return False
    return True


def make_offers(turn: Turn, account: Account, limits: Limits) -> None:
    """Put at most three offers on the table, each with its total, instalments and dates."""
    position = _position(turn, account, limits)
    terms = opening_offers(position)
    if not terms:
        handoff.to_person(turn, "out_of_rules", account=account.reference)
        turn.say("utter_proposal_to_person")
        return
    stored = [_offer_for(turn, account, limits, t) for t in terms]
    _talk(turn)["offers"] = [offer.offer_id for offer in stored]
    lines = "\n\n".join(_offer_text(turn, number, offer) for number, offer in enumerate(stored, 1))
    turn.ask(
        Pending.OFFERS,
        "utter_offers" if len(stored) > 1 else "utter_one_offer",
        offers=lines,
        buttons=[_offer_button(number, offer) for number, offer in enumerate(stored, 1)],
    )


def _offer_for(turn: Turn, account: Account, limits: Limits, terms: Terms) -> Offer:
    """The same terms already on the table keep their offer; what was shown is not stored twice."""
    for offer in turn.uow.offers.on_table(account.reference, turn.today):
        if offer.terms == terms and offer.balance == account.balance.total:
            return offer
    valid = limits.settlement if terms.kind is Kind.SETTLEMENT else limits.plan
    return agreement.put_on_table(turn, account, terms, valid.valid_days if valid is not None else 7)


def _offer_name(terms: Terms) -> str:
    if terms.is_full_payment:
        return "full"
    return "settlement" if terms.kind is Kind.SETTLEMENT else "plan"


def _offer_text(turn: Turn, number: int, offer: Offer) -> str:
    name = f"utter_offer_{_offer_name(offer.terms)}"
    if offer.terms.kind is Kind.SETTLEMENT and len(offer.terms.schedule) > 1:
        name = "utter_offer_settlement_parts"
    locale = wording.locale_of(turn.conversation.language, turn.country)
    values = {
        "number": str(number),
        **turn.common_values(),
        **wording.values_as_text(offer_values(turn, offer), locale),
    }
    return turn.app.scripts.render(
        name,
        values,
        language=turn.conversation.language,
        tone=None,
        channel=turn.conversation.channel,
        form=turn.form,
    ).text


def offer_values(turn: Turn, offer: Offer) -> dict[str, Any]:
    """What a text may say of an offer."""
    terms = offer.terms
    last = terms.schedule[-1].amount
    return {
        "total": terms.total,
        "saving": terms.saving,
        "count": len(terms.schedule),
        "amount": terms.schedule[0].amount,
        "last_amount": last,
        "first_due_on": terms.first_due_on,
        "last_due_on": terms.last_due_on,
        "frequency": frequency_word(terms.frequency, turn.conversation.language),
        "expires_on": offer.expires_on,
        "balance": offer.balance,
    }


_FREQUENCY_WORDS = {
    Frequency.ONCE: ("en un solo pago", "in one payment"),
    Frequency.WEEKLY: ("cada semana", "every week"),
    Frequency.BIWEEKLY: ("cada dos semanas", "every two weeks"),
    Frequency.SEMIMONTHLY: ("cada quincena", "twice a month"),
    Frequency.MONTHLY: ("cada mes", "every month"),
    Frequency.IRREGULAR: ("en las fechas indicadas", "on the dates below"),
}


def frequency_word(frequency: Frequency, language: str) -> str:
    """How often, in words."""
    return _FREQUENCY_WORDS[frequency][0 if language == "es" else 1]


def _offer_button(number: int, offer: Offer) -> Button:
    return Button(f"button_offer_{_offer_name(offer.terms)}", "inform", (entity("choice", number),))


def answer_proposal(turn: Turn, account: Account, limits: Limits, proposal: Proposal) -> None:
    """Accept what the rules allow, else the nearest that they allow; beyond them a person decides."""
    talk = _talk(turn)
    talk.pop("expects_settlement", None)
    position = _position(turn, account, limits)
    previous = _proposal_from_json(talk.get("last"), account.currency)
    verdict = decide(position, proposal)
    insisted = previous is not None and not improves(previous, proposal, position)
    talk["last"] = _proposal_json(proposal)
    turn.audit(
        Tag.COUNTER_OFFER_DECIDED,
        rule_id=verdict.rule_id,
        account=account.reference,
        proposal=_proposal_json(proposal),
        verdict=type(verdict).__name__.lower(),
        reason=verdict.reason.value if not isinstance(verdict, Accepted) else None,
        rung=position.rung,
    )
    if isinstance(verdict, Accepted):
        talk["stuck"] = 0
        agreement.show_summary(turn, _offer_for(turn, account, limits, verdict.terms))
    elif isinstance(verdict, Declined):
        _correct(turn, account, verdict)
    elif isinstance(verdict, Countered):
        _count_progress(turn, limits, insisted)
        if int(talk.get("stuck", 0)) >= turn.app.rulebook.conversation(turn.today).no_progress_turns - 1:
            _to_person(turn, account, proposal, verdict.rule_id)
            return
        _say_counter(turn, account, limits, verdict)
    elif isinstance(verdict, NeedsApproval):
        _to_person(turn, account, proposal, verdict.rule_id)


def _count_progress(turn: Turn, limits: Limits, insisted: bool) -> None:
    talk = _talk(turn)
    if insisted:
        talk["stuck"] = int(talk.get("stuck", 0)) + 1
        return
    talk["stuck"] = 0
    if talk.get("countered") and "improved_counter_offer" in limits.ladder.earned_by:
        talk["rung"] = int(talk.get("rung", 0)) + 1
    talk["countered"] = True


def _say_counter(turn: Turn, account: Account, limits: Limits, verdict: Countered) -> None:
    offer = _offer_for(turn, account, limits, verdict.terms)
    _talk(turn)["offers"] = [offer.offer_id]
    turn.say(f"utter_counter_{verdict.reason.value}")
    turn.ask(
        Pending.OFFERS,
        "utter_one_offer",
        offers=_offer_text(turn, 1, offer),
        buttons=[_offer_button(1, offer), Button("button_person", "request_agent")],
    )


def _correct(turn: Turn, account: Account, verdict: Declined) -> None:
    value = verdict.correction
    turn.conversation.pending = Pending.OFFERS
    turn.say(
        f"utter_correct_{verdict.reason.value}",
        correction="" if value is None else value,
        balance=account.balance.total,
    )


def _to_person(turn: Turn, account: Account, proposal: Proposal, rule_id: str) -> None:
    handoff.to_person(
        turn,
        "out_of_rules",
        account=account.reference,
        proposal=_proposal_json(proposal),
        rule_id=rule_id,
        words=turn.heard.text[:200],
    )
    turn.say("utter_proposal_to_person")


def answer_affordability(turn: Turn) -> bool:
    """What the debtor can pay a month without strain, or that they cannot tell."""
    account, heard = turn.account, turn.heard
    if account is None or say_if_closed(turn, account):
        return account is not None
    if _NOT_POSITIVE.search(heard.text) and heard.amount is None:
        turn.say("utter_affordability_zero", buttons=[Button("button_cannot_pay", "report_hardship")])
        return True
    stated = heard.amount or heard.bare_number
    if stated is not None and heard.intent in (
        "inform",
        "counter_offer",
        "affirm",
        "out_of_scope",
        "promise_to_pay",
    ):
        monthly = Money.nearest(stated, account.currency)
        if monthly.minor <= 0:
            turn.say("utter_affordability_zero", buttons=[Button("button_cannot_pay", "report_hardship")])
            return True
        per_month = {Frequency.WEEKLY: 4, Frequency.BIWEEKLY: 2, Frequency.SEMIMONTHLY: 2}
        scale = per_month.get(heard.frequency, 1) if heard.frequency is not None else 1
        _talk(turn)["affordable"] = str((monthly * scale).decimal)
        make_offers(turn, account, turn.limits(account))
        return True
    if heard.intent in ("deny", "help", "out_of_scope", "inform") and not heard.has("date", "installments"):
        make_offers(turn, account, turn.limits(account))
        return True
    return False


_MAY_PICK = frozenset({"affirm", "inform", "request_installments", "pay_now", "counter_offer"})
_KIND_WORDS = {
    "plan": ("plan", "plazo", "cuota", "parte", "instal", "month", "mensual"),
    "settlement": ("descuento", "rebaja", "quita", "discount", "settle", "reduc", "ahorr"),
    "full": ("todo", "total", "completo", "full", "whole", "everything"),
}


def answer_offers(turn: Turn) -> bool:
    """Which offer: by number, by name, or a bare yes when there is one."""
    account, heard = turn.account, turn.heard
    offers = [o for o in map(turn.uow.offers.get, _talk(turn).get("offers", ())) if o is not None]
    if account is None or not offers or say_if_closed(turn, account):
        return account is not None and turn.has_spoken
    picked = _picked(turn, offers)
    if picked is not None:
        if agreement.stale_because(turn, picked, account) is not None:
            turn.say("utter_offer_stale")
            make_offers(turn, account, turn.limits(account))
        else:
            agreement.show_summary(turn, picked)
        return True
    if heard.intent == "affirm":
        turn.say("utter_which_offer", buttons=[_offer_button(n, o) for n, o in enumerate(offers, 1)])
        return True
    if heard.intent == "deny":
        return _not_these(turn)
    if heard.intent in (
        "inform",
        "counter_offer",
        "promise_to_pay",
        "pay_now",
        "out_of_scope",
        "request_extension",
    ):
        if ask_for_a_day(turn):
            return True
        proposal = proposal_from(turn, account)
        if proposal is not None:
            answer_proposal(turn, account, turn.limits(account), proposal)
            return True
    return False


def _not_these(turn: Turn) -> bool:
    talk = _talk(turn)
    talk["stuck"] = int(talk.get("stuck", 0)) + 1
    if talk["stuck"] >= turn.app.rulebook.conversation(turn.today).no_progress_turns - 1:
        handoff.offer_person(turn, "offers_declined")
    else:
        turn.say("utter_what_would_suit", buttons=[Button("button_person", "request_agent")])
    return True


def _picked(turn: Turn, offers: list[Offer]) -> Offer | None:
    heard = turn.heard
    number = heard.choice
    if number is not None and (number == -1 or 1 <= number <= len(offers)):
        return offers[number if number == -1 else number - 1]
    text = heard.text.lower()
    # "El plan" alone is a choice, whatever intent it was taken for.
    is_short = len(text.split()) <= 4 and "?" not in text
    if heard.has("amount", "installments", "date") or not (is_short or heard.intent in _MAY_PICK):
        return None
    kinds = {kind for kind, words in _KIND_WORDS.items() if any(word in text for word in words)}
    if len(kinds) == 1:
        # "Then the plan": also one that was offered before and still stands; the newest of its kind.
        account = turn.account
        table = turn.uow.offers.on_table(account.reference, turn.today) if account is not None else ()
        named = [o for o in (*table, *offers) if _offer_name(o.terms) in kinds]
        if named:
            return named[-1]
    return offers[0] if heard.intent == "affirm" and len(offers) == 1 and not kinds else None


def refuse(turn: Turn) -> None:
    """No pressure and no "why": what stands, the ways that stay open, and a person."""
    account = turn.account
    turn.dispose(Disposition.REFUSED_TO_PAY)
    turn.conversation.pending = Pending.NOTHING
    if account is not None and agreement.withdraws(turn):
        arrangement = turn.uow.arrangements.open_for(account.reference)
        if arrangement is not None:
            agreement.withdraw(turn, arrangement)
            return
    debtor_id = turn.conversation.debtor_id
    if debtor_id is not None and turn.app.rulebook.country(turn.country).refusal_stops_contact:
        turn.place_hold(HoldKind.REFUSED, debtor_id, turn.conversation.account)
        turn.place_hold(HoldKind.CEASE_CONTACT, debtor_id, None)
        turn.audit(Tag.CONTACT_STOPPED, scope="all", because="refusal")
        turn.say("utter_refusal_stops_contact")
        return
    turn.say("utter_refusal", buttons=[Button("button_person", "request_agent")])


# -- proposals ----------------------------------------------------------------------------------------------------

_CLOSES = re.compile(
    r"cierr|cerra|cerr[oó]|cancel|liquid|finiquit|sald[aeo]|quita|olvid|zanj|acabamos|terminamos|borr[oó]n"
    r"|en paz|y listo\b|lo dejamos|y ya est|y ya\b|un (solo|[uú]nico) pago|de una vez|de contado|de golpe"
    r"|settle|close|call it (quits|even)|\bdone\b|full and final|lump|one payment|one go|wipe|that'?s it"
    r"|clear it|write off",
    re.IGNORECASE,
)
_NOT_POSITIVE = re.compile(r"(?<![\w.,/-])(-\s?[\d.,]*[1-9][\d.,]*|[€$£]?\s?0+([.,]0+)?)(?![\w.,/-]*\d)")
_NOW = re.compile(r"\b(ahora|ahorita|hoy|ya|now|today)\b")
_THEN = re.compile(r"\b(luego|despu[eé]s|resto|then|rest|later|otros?|otras?)\b")
_IN_MONTHS = re.compile(r"\b(?:en|a|in|over)\s+(\d{1,2})\s+(?:mes|month)")


def proposal_from(turn: Turn, account: Account) -> Proposal | None:
    """The debtor's own terms, if the message holds any."""
    heard = turn.heard
    if _NOT_POSITIVE.search(heard.text) and heard.amount is None:
        return Proposal(amount=Money.zero(account.currency), wants_settlement=True)
    if not heard.has("amount", "amounts", "installments", "fraction", "date", "frequency"):
        return None
    if heard.first("currency") not in (None, account.currency) and heard.amount is not None:
        turn.say("utter_other_currency", currency=account.currency)
    text = heard.text.lower()
    closes = bool(_CLOSES.search(text)) and not heard.has("frequency", "installments")
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
        if closes:
            return Proposal(share=heard.share, wants_settlement=True, due_on=second)
        return Proposal(share=heard.share, due_on=second, frequency=heard.frequency)
    months = _IN_MONTHS.search(text) if heard.intent == "request_installments" else None
    if months is not None and heard.installments is None and amount is None:
        return Proposal(installments=int(months.group(1)), frequency=Frequency.MONTHLY)
    if amount is None and heard.installments is None and heard.frequency is None:
        return None
    frequency = heard.frequency
    if frequency is None and heard.installments is None and not closes:
        # A bare figure means what the last one meant: another sum to close it, or another amount a month.
        last = _talk(turn).get("last") or {}
        closes = bool(last.get("wants_settlement")) or bool(_talk(turn).get("expects_settlement"))
        frequency = Frequency(last["frequency"]) if last.get("frequency") else None
    is_single = heard.installments in (None, 1) and frequency is None
    return Proposal(
        amount=amount,
        installments=heard.installments,
        frequency=frequency,
        starts_on=days[0] if days and not is_single else None,
        due_on=days[0] if days and is_single else None,
        wants_settlement=closes,
    )


def _proposal_json(proposal: Proposal) -> dict[str, Any]:
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


def _proposal_from_json(kept: Mapping[str, Any] | None, currency: str) -> Proposal | None:
    if not kept:
        return None
    return Proposal(
        amount=Money.of(kept["amount"], currency) if "amount" in kept else None,
        installments=kept.get("installments"),
        frequency=Frequency(kept["frequency"]) if "frequency" in kept else None,
        share=Decimal(kept["share"]) if "share" in kept else None,
        wants_settlement=bool(kept.get("wants_settlement")),
    )


# -- what is remembered of this negotiation -----------------------------------------------------------------------


def _talk(turn: Turn) -> dict[str, Any]:
    """Memory of the negotiation of the account in hand; another account starts afresh."""
    state = turn.conversation.state
    talk: dict[str, Any] = state.setdefault("negotiation", {})
    if talk.get("account") != turn.conversation.account:
        talk.clear()
        talk["account"] = turn.conversation.account
    return talk


def _affordable(turn: Turn, account: Account) -> Money | None:
    stated = _talk(turn).get("affordable")
    return Money.of(stated, account.currency) if stated is not None else None


def _position(turn: Turn, account: Account, limits: Limits) -> Position:
    table = tuple(
        o.terms
        for o in turn.uow.offers.on_table(account.reference, turn.today)
        if o.balance == account.balance.total and o.terms.first_due_on >= turn.today
    )
    affordable = _affordable(turn, account)
    rung = int(_talk(turn).get("rung", 0))
    if affordable is not None and "affordability_stated" in limits.ladder.earned_by:
        rung += 1
    return Position(account, limits, rung, table, turn.today, affordable)
