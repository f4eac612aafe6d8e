"""What has to be said is said: the one place that puts due disclosures into an answer and records them as given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.audit.tags import Tag
from bot.debt.disclosures import BEFORE_IDENTITY, Code, Due, Moment, Rule, Situation, due, may_be_due
from bot.debt.validation import itemised
from bot.services.delivery import PUSHED
from bot.services.disclosures_port import Disclosed
from bot.services.said import Said

if TYPE_CHECKING:
    from bot.debt.accounts import Account
    from bot.debt.party import DebtorId
    from bot.scripts import Rendered
    from bot.services.application import Application
    from bot.services.turn import Turn
    from bot.services.unit_of_work import OutboundMessage

# Nothing is put beside these: care, condolences, and confirmations in which nothing else may stand.
_ALONE = frozenset(
    {
        *("utter_distress", "utter_distress_again", "utter_distress_all_well"),
        *("utter_condolences", "utter_wrong_person"),
        *("utter_contact_stopped", "utter_channel_stopped", "utter_refusal_stops_contact"),
        *("utter_represented", "utter_protected"),
    }
)
# What is no word about a debt: who writes to tell that, collects nothing.
_SERVICE = frozenset({"utter_person_later", "utter_wait_longer", "utter_bot_again", "utter_answer_waiting"})
# Nothing is owed, or nothing was found.
_NOTHING_OWED = frozenset({"utter_balance_zero", "utter_no_account"})
# How an answer begins; disclosures come after these and before the rest.
_PREAMBLE = frozenset(
    {
        *("utter_introduction", "utter_identified", "utter_identity_expired", "utter_language_changed"),
        *("utter_bot_again", "utter_back_with_you", "utter_greet_back"),
    }
)
# Texts that say a disclosure themselves.
_CARRIED = {
    "utter_introduction": (Code.AI, Code.HUMAN),
    "utter_ask_bot": (Code.AI, Code.HUMAN),
    "utter_info": (Code.AI, Code.HUMAN, Code.OPT_OUT),
    "utter_channel_stopped": (Code.OPT_OUT,),
    "utter_time_barred": (Code.TIME_BARRED,),
    "utter_complaint_noted": (Code.COMPLAINT_BODIES,),
    "utter_hardship": (Code.DEBT_ADVICE,),
}
# What an answer is an occasion of, by the names of its texts.
_OCCASIONS = {
    "utter_offers": Moment.OFFER,
    "utter_one_offer": Moment.OFFER,
    "utter_summary_plan": Moment.OFFER,
    "utter_summary_settlement": Moment.SETTLEMENT,
    "utter_time_barred": Moment.TIME_BARRED,
    "utter_hardship": Moment.HARDSHIP,
    "utter_complaint_noted": Moment.COMPLAINT,
    "utter_dispute_noted": Moment.DISPUTE,
    "utter_agreed": Moment.AGREEMENT,
    "utter_how_to_pay": Moment.PAYMENT,
}
_AFTER_IT = frozenset({Moment.DISPUTE, Moment.AGREEMENT})
_BESIDE_IT = _AFTER_IT | {Moment.SETTLEMENT, Moment.PAYMENT}
# Lines of a message, not messages of their own: before its text, or after it.
_BEFORE_TEXT, _AFTER_TEXT = Code.DEBT_COLLECTOR, Code.OPT_OUT


def with_due(turn: Turn, said: Sequence[Said]) -> list[Said]:
    """An answer with everything that has to be said in it now, each disclosure marked where it stands."""
    rules = turn.app.rulebook.jurisdictions.disclosures(turn.country)
    situation = _situation(turn, said)
    candidates = [
        rule for rule in may_be_due(rules, situation) if _fits_channel(turn, rule) and _binds(turn, rule)
    ]
    if not said or not candidates:
        return list(said)
    known = situation.is_identified and turn.conversation.debtor_id or None
    given = turn.uow.disclosures.given(turn.conversation.conversation_id, known)
    todo = {each.code: each for each in due(candidates, situation, [each.as_given() for each in given])}
    answer = _marked(said, candidates, todo)
    names = {each.response for each in said}
    if names & _ALONE:
        return answer
    if not names <= _SERVICE:
        answer = _with_notices(turn, answer, list(todo.values()))
    return _with_lines(turn, answer, todo)


def _fits_channel(turn: Turn, rule: Rule) -> bool:
    """There is something to stop only where messages come to a number or address."""
    return rule.code is not Code.OPT_OUT or turn.conversation.channel in PUSHED


def _binds(turn: Turn, rule: Rule) -> bool:
    """What binds debt collectors is untrue of a creditor in its own name; while no account is chosen, it holds."""
    creditor = turn.account.creditor if turn.account is not None else None
    return not (
        rule.only_collectors and turn.app.rulebook.who_writes.is_own_collector(turn.country, creditor)
    )


def _situation(turn: Turn, said: Sequence[Said]) -> Situation:
    talk, names = turn.conversation, {each.response for each in said}
    moments = {_OCCASIONS[name] for name in names & _OCCASIONS.keys()}
    if "utter_summary_settlement" in names:
        moments.add(Moment.OFFER)
    if turn.author == "assistant":
        moments.add(Moment.OPENING)
    if talk.channel in PUSHED:
        moments.add(Moment.ELECTRONIC)
    if turn.cause is None and not names <= _SERVICE and not _is_awaited(turn):
        moments.add(Moment.UNASKED)
    party, account = turn.party, turn.account
    is_owed = account is None or not account.is_settled
    if party is not None and is_owed and not names & _NOTHING_OWED:
        moments |= {Moment.IDENTIFIED} if account is None else {Moment.IDENTIFIED, Moment.ACCOUNT}
    return Situation(
        frozenset(moments),
        talk.conversation_id,
        account.reference if account is not None else None,
        talk.language,
        party.verified_at if party is not None else None,
    )


def _is_awaited(turn: Turn) -> bool:
    """Whether the debtor wrote so lately that this is an answer: as long as the contact gate takes it for one."""
    asked = turn.conversation.last_inbound_at
    return (
        asked is not None
        and turn.now - asked <= turn.app.rulebook.jurisdictions.gate(turn.country).inbound.live_for
    )


def _marked(said: Sequence[Said], candidates: Sequence[Rule], todo: dict[Code, Due]) -> list[Said]:
    """What the answer says by itself is recorded each time, and need not be said once more."""
    answer = []
    for each in said:
        carried = []
        for code in _CARRIED.get(each.response, ()):
            rules = [rule for rule in candidates if rule.code is code]
            if rules:
                facts = tuple(sorted({fact for rule in rules for fact in rule.facts}))
                carried.append(todo.pop(code, Due(code, rules[0].moment, facts)))
        answer.append(replace(each, discloses=tuple(carried)) if carried else each)
    return answer


def _with_notices(turn: Turn, answer: list[Said], todo: Sequence[Due]) -> list[Said]:
    """Put in what needs a message of its own."""
    if any(each.code in (Code.AI, Code.HUMAN) for each in todo):
        opening = tuple(each for each in todo if each.code in (Code.AI, Code.HUMAN))
        answer = [Said("utter_introduction", {}, discloses=opening), *answer]
    values: dict[str, Any] | None = None
    for each in todo:
        if each.code in (Code.AI, Code.HUMAN, _BEFORE_TEXT, _AFTER_TEXT):
            continue
        values = values if values is not None else values_of(turn)
        notice = Said(_name_of(turn, each.code), values, discloses=(each,))
        answer.insert(_place_of(answer, each), notice)
    return answer


def _place_of(answer: Sequence[Said], one: Due) -> int:
    """Where a notice goes: beside what it is about, or ahead of the first word about the debt."""
    about = next((n for n, said in enumerate(answer) if _OCCASIONS.get(said.response) is one.moment), None)
    if about is not None and one.moment in _BESIDE_IT:
        return about + 1 if one.moment in _AFTER_IT else about
    start = _begin_of(answer)
    # A long one does not stand between the question and its answer.
    return max(start, len(answer) - 1) if one.code is Code.VALIDATION else start


def _begin_of(answer: Sequence[Said]) -> int:
    """After the preamble and the notices that stand there already."""
    for number, said in enumerate(answer):
        if said.response not in _PREAMBLE and not said.response.startswith("utter_notice_"):
            return number
    return len(answer)


def _with_lines(turn: Turn, answer: list[Said], todo: Mapping[Code, Due]) -> list[Said]:
    """The short form of who writes heads the answer; how to stop ends it."""
    for code in (_BEFORE_TEXT, _AFTER_TEXT):
        one = todo.get(code)
        if one is None:
            continue
        line = Said(_name_of(turn, code), {}, discloses=(one,))
        if code is _BEFORE_TEXT:
            at = min(_begin_of(answer), len(answer) - 1)
            answer[at] = replace(answer[at], before=(line, *answer[at].before))
        else:
            answer[-1] = replace(answer[-1], after=(*answer[-1].after, line))
    return answer


def _name_of(turn: Turn, code: Code) -> str:
    """The text of a disclosure: the country's own where there is one."""
    own = f"utter_notice_{code.value}_{turn.country.lower()}"
    return own if own in turn.app.scripts.names else f"utter_notice_{code.value}"


def values_of(turn: Turn) -> dict[str, Any]:
    """What a notice may name; what is of an account is empty while none was chosen."""
    app, account, language = turn.app, turn.account, turn.conversation.language
    profile = app.rulebook.country(turn.country)
    writer = app.rulebook.who_writes.writer(turn.country)
    creditor = app.rulebook.who_writes.creditor(account.creditor if account is not None else None)
    return {
        "writer": writer.name,
        "writer_address": writer.address,
        "mailing_address": writer.mailing_address or writer.address,
        "writer_phone": writer.phone,
        "writer_email": writer.email,
        "creditor": account.creditor if account is not None else "",
        "contact": creditor.contact[language],
        "complaints": creditor.complaints[language],
        "privacy": creditor.privacy,
        "product": account.product if account is not None else "",
        "reference": account.reference if account is not None else "",
        "reference_end": account.reference[-4:] if account is not None else "",
        "total": account.balance.total if account is not None else "",
        "principal": account.balance.principal if account is not None else "",
        "interest": account.balance.interest if account is not None else "",
        "fees": account.balance.fees if account is not None else "",
        "today": turn.today,
        "body": profile.complaint_body_in(language),
        "advice": profile.debt_advice_in(language),
        "document_days": profile.document_days,
        "full_name": turn.party.debtor.full_name if turn.party is not None else "",
        **_validation(turn, account),
    }


def _validation(turn: Turn, account: Account | None) -> dict[str, Any]:
    """The debt item by item, and the last day to dispute it: for the validation notice."""
    until: date | None = turn.app.rulebook.jurisdictions.disputable_until(turn.country, turn.today)
    if account is None or until is None:
        return {"item_date": "", "item_amount": "", "paid_since": "", "until": ""}
    items = itemised(
        account, [(p.paid_on, p.amount) for p in turn.uow.payments.of_account(account.reference)]
    )
    return {
        "item_date": items.dated_on,
        "item_amount": items.amount_then,
        "paid_since": items.paid_since,
        "until": until,
    }


def record(turn: Turn, message: OutboundMessage, told: Sequence[tuple[Due, Rendered]]) -> None:
    """Keep what a message discloses, in the transaction of the message."""
    if not told:
        return
    talk, party, account = turn.conversation, turn.party, turn.account
    jurisdiction = turn.app.rulebook.jurisdictions.profile(turn.country).code
    rows = [
        Disclosed(
            message_id=message.message_id,
            code=each.code,
            conversation_id=talk.conversation_id,
            debtor_id=party.debtor.debtor_id if party is not None else None,
            account=account.reference if account is not None and each.code not in BEFORE_IDENTITY else None,
            moment=each.moment,
            jurisdiction=jurisdiction,
            facts=each.facts,
            response=text.response,
            text_version=text.version,
            language=talk.language,
            given_at=message.created_at,
        )
        for each, text in told
    ]
    turn.uow.disclosures.add(rows)
    for row in rows:
        turn.audit(
            Tag.DISCLOSURE_GIVEN,
            disclosure=row.code.value,
            facts=list(row.facts),
            moment=row.moment.value,
            jurisdiction=jurisdiction,
            account=row.account,
            response=row.response,
            text_version=row.text_version,
            language=row.language,
            outbox_id=row.message_id,
        )


def given_to(app: Application, debtor_id: DebtorId) -> list[Disclosed]:
    """All that a debtor was told, oldest first."""
    with app.unit_of_work(write=False) as uow:
        return list(uow.disclosures.of_debtor(debtor_id))
