"""Worked examples: reads the sentences of rulebook/cases and computes what the rulebook answers to each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.debt.accounts import Account, Balance
from bot.debt.arrangements import Frequency, Terms
from bot.debt.limits import Limits, SegmentFacts
from bot.debt.money import Money
from bot.debt.negotiation import Position, Proposal, decide, decide_promise, opening_offers
from bot.debt.party import AccountReference, DebtorId
from bot.rulebook import Rulebook
from bot.rulebook.reading import read_yaml

DIRECTORY = Path(__file__).parents[2] / "rulebook"


@dataclass(frozen=True)
class Case:
    """One worked example as written."""

    file: str
    sentence: str
    content: Mapping[str, Any]


def read_cases() -> Iterator[Case]:
    """Every worked example of the rulebook."""
    for path in sorted((DIRECTORY / "cases").glob("*.yml")):
        content, problem = read_yaml(path)
        assert problem is None, problem
        for node in content["cases"]:
            yield Case(path.name, node["case"], node)


def account_of(node: Mapping[str, Any], currency: str, today: date) -> Account:
    """The account of a case; amounts in major units."""
    parts = {name: Money.of(node.get(name, 0), currency) for name in ("principal", "interest", "fees")}
    return Account(
        reference=AccountReference("AD-0001"),
        creditor=node.get("creditor", "Crediclaro"),
        debtor_id=DebtorId("D-1"),
        country=node["country"],
        product="loan",
        balance=Balance(**parts),
        opened_on=today - timedelta(days=node["days_past_due"] + 700),
        due_on=today - timedelta(days=node["days_past_due"]),
        last_payment_on=node.get("last_payment_on"),
        installments_broken=node.get("installments_broken", 0),
    )


def facts_of(node: Mapping[str, Any], account: Account, today: date) -> SegmentFacts:
    """The circumstances of a case."""
    return SegmentFacts(
        creditor=account.creditor,
        days_past_due=account.days_past_due(today),
        balance=account.balance.total,
        installments_broken=account.installments_broken,
        promises_broken=node.get("promises_broken", 0),
        open_accounts=1,
        in_hardship=node.get("in_hardship", False),
    )


def proposal_of(node: Mapping[str, Any], currency: str) -> Proposal:
    """What the debtor of a case proposes."""

    def money(value: Any) -> Money | None:
        return None if value is None else Money.of(value, currency)

    plain = {
        k: v for k, v in node.items() if k not in ("amount", "down_payment", "parts", "frequency", "share")
    }
    return Proposal(
        amount=money(node.get("amount")),
        down_payment=money(node.get("down_payment")),
        parts=tuple((part.get("due_on"), money(part.get("amount"))) for part in node.get("parts", ())),
        frequency=Frequency(node["frequency"]) if "frequency" in node else None,
        share=Decimal(node["share"]) if "share" in node else None,
        **plain,
    )


def described(terms: Terms) -> dict[str, Any]:
    """Terms in the words that cases use."""
    schedule = terms.schedule
    words: dict[str, Any] = {
        "kind": "payment_in_full" if terms.is_full_payment else terms.kind.value,
        "total": terms.total.decimal,
        "saving": terms.saving.decimal,
        "payments": len(schedule),
        "first": schedule[0].amount.decimal,
        "last": schedule[-1].amount.decimal,
        "first_due_on": schedule[0].due_on,
        "last_due_on": schedule[-1].due_on,
        "frequency": terms.frequency.value,
        "rule": terms.rule_id,
    }
    if len(schedule) > 2:
        words["each"] = schedule[1].amount.decimal
    return words


def _plain(value: Any) -> Any:
    return value.decimal if isinstance(value, Money) else value


def answer(book: Rulebook, case: Case) -> dict[str, Any]:
    """What the rulebook answers, in the words that cases use."""
    content, today = case.content, case.content["today"]
    node = content["account"]
    currency = book.country(node["country"]).currency
    account = account_of(node, currency, today)
    facts = facts_of(node, account, today)
    limits = book.limits(account, facts, today)
    answered: dict[str, Any] = {"segment": limits.segment, "tone": limits.tone}
    answered["is_time_barred"] = limits.is_time_barred
    if "promise" in content:
        return answered | _promise(content["promise"], account, limits, today, facts.promises_broken)
    affordable = content.get("affordable")
    position = Position(
        account,
        limits,
        content.get("rung", 0),
        (),
        today,
        Money.of(affordable, currency) if affordable else None,
    )
    if content.get("offers_on_table", False):
        opening = Position(account, limits, 0, (), today)
        position = Position(
            account, limits, position.rung, opening_offers(opening), today, position.affordable
        )
    if "proposal" not in content:
        return answered | {"offers": [described(o) for o in opening_offers(position)]}
    verdict = decide(position, proposal_of(content["proposal"], currency))
    answered |= {"verdict": _name(verdict)}
    if hasattr(verdict, "reason"):
        answered["reason"] = verdict.reason.value
    if hasattr(verdict, "correction"):
        answered["correction"] = _plain(verdict.correction)
    return answered | (described(verdict.terms) if hasattr(verdict, "terms") else {})


def _promise(
    node: Mapping[str, Any], account: Account, limits: Limits, today: date, broken: int
) -> dict[str, Any]:
    amount = Money.of(node["amount"], account.currency) if "amount" in node else None
    verdict = decide_promise(account, limits, amount, node["due_on"], today, broken)
    words = {name: _plain(value) for name, value in vars(verdict).items() if name != "rule_id"}
    reason = words.get("reason")
    if reason is not None:
        words["reason"] = reason.value
    return {"verdict": _name(verdict), "rule": verdict.rule_id, **words}


def _name(verdict: Any) -> str:
    """NeedsApproval -> needs_approval."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(verdict).__name__).lower()
