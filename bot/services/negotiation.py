"""Offers and counter-offers: affordability first, two or three concrete offers, and every proposal answered."""

from __future__ import annotations

from datetime import date

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
    Reason,
    decide,
    improves,
    opening_offers,
)
from bot.services import agreement, handoff
from bot.services.offers import offer_button, offer_card, offer_text
from bot.services.proposals import (
    closes,
    day_of_plan,
    memory,
    names_nothing,
    names_payday,
    proposal_from,
    proposal_from_json,
    proposal_json,
)
from bot.services.turn import Button, Turn


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
        and not memory(turn).get("asked")
        and turn.conversation.pending is not Pending.AFFORDABILITY
    ):
        memory(turn)["asked"] = True
        turn.ask(
            Pending.AFFORDABILITY, "utter_ask_affordability", buttons=[Button("button_dont_know", "help")]
        )
        return
    make_offers(turn, account, limits)


def _ask_for_a_figure(turn: Turn) -> bool:
    """Asked for more discount while one is on the table: what could they pay at once? Figures move the ladder."""
    shown = [o for o in map(turn.uow.offers.get, memory(turn).get("offers", ())) if o is not None]
    best = next((o for o in shown if o.terms.kind is Kind.SETTLEMENT), None)
    if best is None or turn.heard.amount is not None:
        return False
    memory(turn)["expects_settlement"] = True
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


_WANTS_LESS = frozenset({"counter_offer", "request_discount", "request_installments", "deny"})


def say_if_closed(turn: Turn, account: Account) -> bool:
    """Tell why no offer is made here, if none may be; the person is always offered another way."""
    from bot.services import balance, cases

    person = [Button("button_person", "request_agent")]
    if account.is_settled:
        turn.say("utter_balance_zero", creditor=account.creditor, reference=account.reference)
    elif turn.hold_forbidding_offers() in (HoldKind.DISPUTE, HoldKind.PAYMENT_CLAIMED):
        if turn.heard.has("amount", "amounts", "installments", "fraction") and cases.find(turn, "dispute"):
            cases.add_words(turn, "dispute")
            turn.say("utter_under_review_noted", buttons=person)
        else:
            turn.say("utter_under_review", buttons=person)
    elif turn.hold_forbidding_offers() is not None:
        turn.say("utter_person_has_case", buttons=person)
    elif turn.limits(account).is_time_barred:
        turn.say("utter_time_barred", buttons=person)
    elif (arrangement := turn.uow.arrangements.open_for(account.reference)) is not None:
        turn.say("utter_already_agreed")
        balance.say_arrangement(turn, arrangement)
        if turn.heard.intent in _WANTS_LESS:
            ways = [Button("button_move_date", "change_agreement"), *person]
            turn.say("utter_agreement_too_much", buttons=ways)
    else:
        return False
    return True


def make_offers(turn: Turn, account: Account, limits: Limits) -> None:
    """Put at most three offers on the table, each with its total, instalments and dates."""
    position = position_of(turn, account, limits)
    terms = opening_offers(position)
    if not terms:
        handoff.to_person(turn, "out_of_rules", account=account.reference)
        turn.say("utter_proposal_to_person")
        return
    stored = [offer_for(turn, account, limits, t) for t in terms]
    memory(turn)["offers"] = [offer.offer_id for offer in stored]
    blocks = [offer_text(turn, number, offer) for number, offer in enumerate(stored, 1)]
    numbers = [n if len(stored) > 1 else None for n in range(1, len(stored) + 1)]
    turn.ask(
        Pending.OFFERS,
        "utter_offers" if len(stored) > 1 else "utter_one_offer",
        offers="\n\n".join(blocks),
        cards=[
            offer_card(turn, offer, block, number, picks)
            for picks, (offer, block, number) in enumerate(zip(stored, blocks, numbers, strict=True))
        ],
        buttons=[offer_button(number, offer) for number, offer in enumerate(stored, 1)],
    )


def offer_for(turn: Turn, account: Account, limits: Limits, terms: Terms) -> Offer:
    """The same terms already on the table keep their offer; what was shown is not stored twice."""
    for offer in turn.uow.offers.on_table(account.reference, turn.today):
        if offer.terms == terms and offer.balance == account.balance.total:
            return offer
    valid = limits.settlement if terms.kind is Kind.SETTLEMENT else limits.plan
    return agreement.put_on_table(turn, account, terms, valid.valid_days if valid is not None else 7)


def answer_proposal(turn: Turn, account: Account, limits: Limits, proposal: Proposal) -> None:
    """Accept what the rules allow, else the nearest that they allow; beyond them a person decides."""
    talk = memory(turn)
    talk.pop("expects_settlement", None)
    position = position_of(turn, account, limits)
    previous = proposal_from_json(talk.get("last"), account.currency)
    improved = previous is not None and improves(previous, proposal, position)
    insisted = previous is not None and not improved
    if improved and talk.get("countered") and "improved_counter_offer" in limits.ladder.earned_by:
        # The step that it earns counts in the answer to it, not only in the next.
        talk["rung"] = int(talk.get("rung", 0)) + 1
        position = position_of(turn, account, limits)
    verdict = decide(position, proposal)
    talk["last"] = proposal_json(proposal)
    turn.audit(
        Tag.COUNTER_OFFER_DECIDED,
        rule_id=verdict.rule_id,
        account=account.reference,
        proposal=proposal_json(proposal),
        verdict=type(verdict).__name__.lower(),
        reason=verdict.reason.value if not isinstance(verdict, Accepted) else None,
        rung=position.rung,
    )
    if isinstance(verdict, Accepted):
        talk["stuck"] = 0
        agreement.show_summary(turn, offer_for(turn, account, limits, verdict.terms))
    elif isinstance(verdict, Declined):
        _correct(turn, account, verdict)
    elif isinstance(verdict, Countered):
        talk["stuck"] = int(talk.get("stuck", 0)) + 1 if insisted else 0
        talk["countered"] = talk.get("countered", False) or not insisted
        if int(talk.get("stuck", 0)) >= turn.app.rulebook.conversation(turn.today).no_progress_turns - 1:
            _to_person(turn, account, proposal, verdict.rule_id)
            return
        _say_counter(turn, account, limits, verdict)
    elif isinstance(verdict, NeedsApproval):
        _to_person(turn, account, proposal, verdict.rule_id)


def _say_counter(turn: Turn, account: Account, limits: Limits, verdict: Countered) -> None:
    offer = offer_for(turn, account, limits, verdict.terms)
    is_same = memory(turn).get("offers") == [offer.offer_id]
    memory(turn)["offers"] = [offer.offer_id]
    block = offer_text(turn, 1, offer)
    # The same words over the same figures would sound as if nothing had been heard.
    is_repeated = is_same and verdict.reason is Reason.TOO_LOW
    turn.say("utter_counter_still" if is_repeated else f"utter_counter_{verdict.reason.value}")
    turn.ask(
        Pending.OFFERS,
        "utter_one_offer",
        offers=block,
        cards=[offer_card(turn, offer, block, None, 0)],
        buttons=[offer_button(1, offer), Button("button_person", "request_agent")],
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
        proposal=proposal_json(proposal),
        rule_id=rule_id,
        words=turn.heard.text[:200],
    )
    turn.say("utter_proposal_to_person")


def answer_affordability(turn: Turn) -> bool:
    """What the debtor can pay a month without strain, or that they cannot tell."""
    account, heard = turn.account, turn.heard
    if account is None or say_if_closed(turn, account):
        return account is not None
    if names_nothing(heard.text) and heard.amount is None:
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
        if closes(heard):
            # "200 and we close it" is no answer to "how much a month?".
            counter(turn)
            return True
        per_month = {Frequency.WEEKLY: 4, Frequency.BIWEEKLY: 2, Frequency.SEMIMONTHLY: 2}
        scale = per_month.get(heard.frequency, 1) if heard.frequency is not None else 1
        memory(turn)["affordable"] = str((monthly * scale).decimal)
        start = memory(turn).pop("payday", None)
        if start is not None and not heard.has("date", "installments"):
            rhythm = heard.frequency or Frequency.MONTHLY
            own = Proposal(amount=monthly, frequency=rhythm, starts_on=date.fromisoformat(start))
            answer_proposal(turn, account, turn.limits(account), own)
        elif heard.has("date", "installments") or heard.frequency not in (None, Frequency.MONTHLY):
            # A day, a number or a rhythm of their own: that is answered, not only the sum.
            counter(turn)
        else:
            make_offers(turn, account, turn.limits(account))
        return True
    if heard.days and names_payday(heard):
        memory(turn)["payday"] = heard.days[0].isoformat()
        turn.ask(Pending.AFFORDABILITY, "utter_ask_affordability_from", starts_on=heard.days[0])
        return True
    if day_of_plan(heard) is not None:
        counter(turn)
        return True
    if heard.intent in ("deny", "help", "out_of_scope", "inform") and not heard.has("date", "installments"):
        make_offers(turn, account, turn.limits(account))
        return True
    return False


def refuse(turn: Turn) -> None:
    """No pressure and no "why": what stands, the ways that stay open, and a person. Who cannot is no refuser."""
    from bot.services import hardship

    if turn.party is not None and hardship.cannot_pay(turn.heard.text):
        hardship.hardship(turn)
        return
    turn.dispose(Disposition.REFUSED_TO_PAY)
    turn.conversation.pending = Pending.NOTHING
    debtor_id = turn.conversation.debtor_id
    if debtor_id is not None and turn.app.rulebook.country(turn.country).refusal_stops_contact:
        turn.place_hold(HoldKind.REFUSED, debtor_id, turn.conversation.account)
        turn.place_hold(HoldKind.CEASE_CONTACT, debtor_id, None)
        turn.audit(Tag.CONTACT_STOPPED, scope="all", because="refusal")
        turn.say("utter_refusal_stops_contact")
        return
    turn.say("utter_refusal", buttons=[Button("button_person", "request_agent")])


# -- where the negotiation stands -----------------------------------------------------------------------------------


def _affordable(turn: Turn, account: Account) -> Money | None:
    stated = memory(turn).get("affordable")
    return Money.of(stated, account.currency) if stated is not None else None


def position_of(turn: Turn, account: Account, limits: Limits) -> Position:
    table = tuple(
        o.terms
        for o in turn.on_table(account)
        if o.balance == account.balance.total and o.terms.first_due_on >= turn.today
    )
    affordable = _affordable(turn, account)
    rung = int(memory(turn).get("rung", 0))
    if affordable is not None and "affordability_stated" in limits.ladder.earned_by:
        rung += 1
    return Position(account, limits, rung, table, turn.today, affordable)
