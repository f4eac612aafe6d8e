"""One turn of a conversation: what is known, what is said, and what is written, all within one transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

from babel import Locale

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import Kind, Offer
from bot.debt.conversations import Conversation, Pending
from bot.debt.disclosures import Due
from bot.debt.dispositions import Disposition
from bot.debt.errors import NotTheRightParty
from bot.debt.holds import FORBIDS_OFFERS, ON_DEBTOR, Hold, HoldKind
from bot.debt.limits import Limits, SegmentFacts
from bot.debt.party import AccountReference, Debtor, DebtorId, MessageId, RightParty
from bot.scripts import Rendered
from bot.services import buttons, disclosures, wording
from bot.services.application import Application
from bot.services.cards import Card, as_json
from bot.services.delivery import PUSHED
from bot.services.said import (
    Button as Button,
)  # named here for the use cases, which say things through a turn
from bot.services.said import Said, Words
from bot.services.understood import Heard
from bot.services.unit_of_work import Handoff, InboundMessage, OutboundMessage, UnitOfWork

# Use cases say things through a turn: what they need for it is named here.
__all__ = ["Button", "Turn", "entity", "facts_of", "plain"]

# A later, weightier outcome replaces an earlier one; the order is from light to heavy.
_WEIGHT = [
    Disposition.NO_ANSWER,
    Disposition.RIGHT_PARTY_CONTACT,
    Disposition.REFUSED_TO_PAY,
    Disposition.HANDED_OFF,
    Disposition.HARDSHIP,
    Disposition.PROMISE_TO_PAY,
    Disposition.PLAN_AGREED,
    Disposition.SETTLEMENT_AGREED,
    Disposition.DISPUTED,
    Disposition.CEASE_CONTACT,
    Disposition.REPRESENTED,
    Disposition.WRONG_PARTY,
    Disposition.DECEASED,
]


class Turn:
    """What a use case works with. It changes `conversation`, calls `say`, and writes through `uow`."""

    is_of_desk = False  # a person acts, not the assistant

    def __init__(
        self,
        app: Application,
        uow: UnitOfWork,
        conversation: Conversation,
        message: InboundMessage,
        heard: Heard,
    ) -> None:
        self.app = app
        self.uow = uow
        self.conversation = conversation
        self.message = message
        self.heard = heard
        self.now: datetime = app.clock.now()
        self.is_guess = False  # taken for something grave though we were unsure: it acts, and can be undone
        self.author = "assistant"
        self.language_before = conversation.language
        self._said: list[Said] = []
        self._limits: dict[str, Limits] = {}
        self._accounts: dict[AccountReference, Account | None] = {}
        self._holds: dict[tuple[DebtorId, AccountReference | None], list[Hold]] = {}
        # What is not pushed is there to be read at once.
        self._first_status = "queued" if conversation.channel in PUSHED else "sent"

    # -- who and where ------------------------------------------------------------------------------------------

    @cached_property
    def debtor(self) -> Debtor | None:
        """The person this conversation is about, identified or not. Never disclose from it; see `party`."""
        return self.uow.debtors.get(self.conversation.debtor_id) if self.conversation.debtor_id else None

    @property
    def party(self) -> RightParty | None:
        """The identified debtor, while the identification lasts."""
        if self.conversation.verified_at is None or self.debtor is None:
            return None
        return RightParty(self.debtor, self.conversation.conversation_id, self.conversation.verified_at)

    def require_party(self) -> RightParty:
        """The identified debtor.

        Raises:
            NotTheRightParty: nobody is identified now.
        """
        if self.party is None:
            raise NotTheRightParty(self.conversation.conversation_id)
        return self.party

    def set_debtor(self, debtor_id: DebtorId | None) -> None:
        """Bind the conversation to a person (or to nobody)."""
        self.conversation.debtor_id = debtor_id
        self.__dict__.pop("debtor", None)

    @property
    def country(self) -> str:
        """Country of the debtor once identified; before that what the address or the language suggests."""
        if self.party is not None:
            return self.party.debtor.country
        guess = self.conversation.state.get("country")
        return str(guess) if guess else {"en": "GB"}.get(self.conversation.language, "ES")

    @property
    def place(self) -> str:
        """Where the debtor's law is looked up: their region once identified, as far as it is known."""
        region = self.party.debtor.region if self.party is not None else None
        return self.app.rulebook.jurisdictions.place(self.country, region)

    @property
    def today(self) -> date:
        """The calendar day where the debtor is."""
        zone = self.debtor.time_zone if self.debtor is not None else None
        return self.app.clock.today(zone or self.app.rulebook.country(self.country).time_zone)

    # -- the account in hand ------------------------------------------------------------------------------------

    @property
    def account(self) -> Account | None:
        """The account spoken of, if one was chosen and the debtor is identified; read once, and again after `lock`."""
        if self.party is None or self.conversation.account is None:
            return None
        reference = self.conversation.account
        if reference not in self._accounts:
            self._accounts[reference] = self.uow.accounts.get(reference)
        account = self._accounts[reference]
        return account if account is not None and account.debtor_id == self.party.debtor.debtor_id else None

    def lock(self, debtor_id: DebtorId) -> None:
        """Let nobody else decide for a debtor until the turn ends; what was read of them before no longer counts."""
        self.uow.debtors.lock(debtor_id)
        self._accounts.clear()
        self._forget_holds()

    def holds(self) -> list[Hold]:
        """Holds in force on the debtor and the account in hand; read once, and again after one changed or `lock`."""
        if self.conversation.debtor_id is None:
            return []
        return self._holds_on(self.conversation.debtor_id, self.conversation.account)

    def _holds_on(self, debtor_id: DebtorId, account: AccountReference | None) -> list[Hold]:
        if (debtor_id, account) not in self._holds:
            self._holds[debtor_id, account] = list(self.uow.holds.in_force(debtor_id, account))
        return self._holds[debtor_id, account]

    def _forget_holds(self) -> None:
        """And what follows from them."""
        self._holds.clear()
        self._limits.clear()

    def hold_forbidding_offers(self) -> HoldKind | None:
        """The hold because of which no offer may be made, if there is one."""
        return next((hold.kind for hold in self.holds() if hold.kind in FORBIDS_OFFERS), None)

    def limits(self, account: Account) -> Limits:
        """What the rulebook allows for an account today; worked out once a turn and again after a hold."""
        found = self._limits.get(account.reference)
        if found is None:
            holds = self._holds_on(account.debtor_id, account.reference)
            facts = facts_of(self.uow, account, self.today, holds)
            found = self.app.rulebook.limits(account, facts, self.today)
            if not self._may_reduce:
                found = replace(found, settlement=None)
            self._limits[account.reference] = found
        return found

    def on_table(self, account: Account) -> list[Offer]:
        """Offers made and still open that may be spoken of here, oldest first."""
        found = self.uow.offers.on_table(account.reference, self.today)
        return [offer for offer in found if self._may_reduce or offer.terms.kind is not Kind.SETTLEMENT]

    @property
    def _may_reduce(self) -> bool:
        """Whether this channel may carry offers to pay less; where its provider forbids them, they are made elsewhere."""
        return not (self.conversation.state.get("via") or {}).get("no_reduction")

    @property
    def tone(self) -> str:
        """Tone of the segment; reassuring while nobody is identified."""
        account = self.account
        return self.limits(account).tone if account is not None else "reassuring"

    @property
    def form(self) -> str:
        """How to address the debtor: as their country does; usted while the country is not known."""
        is_known = self.debtor is not None or self.conversation.state.get("country")
        return self.app.rulebook.country(self.country).form if is_known else "usted"

    # -- speaking -----------------------------------------------------------------------------------------------

    def say(
        self, response: str, *, buttons: Sequence[Button] = (), cards: Sequence[Card] = (), **values: Any
    ) -> None:
        """Add one message to the answer."""
        self._said.append(Said(response, values, tuple(buttons), tuple(cards)))

    def ask(self, pending: Pending, response: str, **more: Any) -> None:
        """Add a question and remember that it is the open one; the rest is as in `say`."""
        self.conversation.pending = pending
        self.say(response, **more)

    @property
    def has_spoken(self) -> bool:
        """Whether anything was said yet."""
        return bool(self._said)

    def write(self, words: Words) -> None:
        """Add what a person at the desk wrote."""
        self._said.append(Said("desk", {}, words=words))

    def say_kept(self, response: str, words: Words) -> None:
        """Add what was put into words before and could not be sent then."""
        self._said.append(Said(response, {}, words=words))

    def say_first(self, response: str, **values: Any) -> None:
        """Put a message before all others."""
        self._said.insert(0, Said(response, values))

    # -- writing ------------------------------------------------------------------------------------------------

    def audit(self, tag: Tag, *, rule_id: str | None = None, **payload: Any) -> None:
        """Add an entry to this conversation's chain, joined by the message that caused it."""
        self.uow.audit.append(
            f"conversation:{self.conversation.conversation_id}",
            tag.value,
            self.now,
            {key: plain(value) for key, value in payload.items()},
            message_id=self.message.message_id,
            edition=self.app.rulebook.edition(self.today),
            rule_id=rule_id,
        )

    def place_hold(self, kind: HoldKind, debtor_id: DebtorId, account: AccountReference | None) -> None:
        """Place a hold at once; a hold on the person covers every account."""
        on_account = None if kind in ON_DEBTOR else account
        if self.uow.holds.place(Hold(kind, debtor_id, on_account, self.now)):
            self.audit(Tag.HOLD_PLACED, kind=kind.value, debtor_id=debtor_id, account=on_account)
        self._forget_holds()

    def lift_hold(
        self,
        kind: HoldKind,
        debtor_id: DebtorId,
        account: AccountReference | None = None,
        *,
        because: str | None = None,
    ) -> None:
        """End a hold, if it is there: on the person, or on one account."""
        if self.uow.holds.lift(kind, debtor_id, account, self.now):
            why = {} if because is None else {"because": because}
            self.audit(Tag.HOLD_LIFTED, kind=kind.value, debtor_id=debtor_id, **why)
        self._forget_holds()

    def dispose(self, disposition: Disposition) -> None:
        """Record the outcome, unless a weightier one stands."""
        current = self.conversation.disposition
        if current is None or _WEIGHT.index(disposition) > _WEIGHT.index(current):
            self.conversation.disposition = disposition
            self.audit(Tag.DISPOSITION_SET, disposition=disposition.value)

    def open_case(self, reason: str, **details: Any) -> None:
        """Put a case into the queue for a person, once for each reason."""
        waiting = self.uow.handoffs.waiting_in(self.conversation.conversation_id)
        if waiting is not None and waiting.reason == reason and not details:
            return
        self.uow.handoffs.add(
            Handoff(
                handoff_id=f"H-{uuid4().hex[:12]}",
                conversation_id=self.conversation.conversation_id,
                debtor_id=self.conversation.debtor_id,
                account=self.conversation.account,
                reason=reason,
                details={key: plain(value) for key, value in details.items()},
                created_at=self.now,
            )
        )
        self.audit(Tag.HANDED_OFF, reason=reason, **details)

    # -- the end ------------------------------------------------------------------------------------------------

    def outbox(self) -> list[OutboundMessage]:
        """Put all that was said into words and store it, with its audit entries."""
        buttons.clear(self.conversation, self.now)
        self._said = disclosures.with_due(self, self._said)
        written = [self._in_outbox(position, said) for position, said in enumerate(self._said)]
        self.uow.outbox.add(*(message for message, _ in written))
        for message, told in written:
            self.audit(
                Tag.MESSAGE_SENT,
                outbox_id=message.message_id,
                response=message.response,
                variant=message.variant,
                language=message.language,
                text=message.text,
            )
            disclosures.record(self, message, told)
        return [message for message, _ in written]

    @property
    def cause(self) -> MessageId | None:
        """The message that is answered."""
        return self.message.message_id

    def _new_id(self, position: int) -> MessageId:
        # The same for a turn that is run again, so that nothing is stored twice.
        return MessageId(f"{self.message.message_id}.{position}")

    def _in_outbox(self, position: int, said: Said) -> tuple[OutboundMessage, list[tuple[Due, Rendered]]]:
        """One message as it is stored, and what it discloses."""
        language = self.conversation.language
        locale = wording.locale_of(language, self.country)
        common = self.common_values()
        values = {**common, **wording.values_as_text(said.values, locale)}
        style = {
            "language": language,
            "tone": self.tone,
            "channel": self.conversation.channel,
            "form": self.form,
        }
        parts = [
            (each, self._in_words(each, locale, common, style)) for each in (*said.before, said, *said.after)
        ]
        rendered = parts[len(said.before)][1]
        first = len(self.conversation.state["menu"]) + 1
        tappable = []

        def title_of(response: str, own: Mapping[str, str]) -> str:
            return self.app.scripts.render(response, {**values, **own}, **style).text

        for button in said.buttons:
            title = title_of(button.title, wording.values_as_text(button.values, locale))
            token = buttons.issue(self.conversation, button.intent, list(button.entities))
            tappable.append({"title": title, "payload": token})
        message = OutboundMessage(
            message_id=said.words.message_id if said.words is not None else self._new_id(position),
            conversation_id=self.conversation.conversation_id,
            cause=self.cause,
            position=position,
            response=rendered.response,
            variant=rendered.variant,
            language=language,
            text="\n".join(each.text for _, each in parts),
            buttons=tuple(tappable),
            created_at=self.now + timedelta(microseconds=position + 1),
            status=self._first_status,
            channel=self.conversation.channel,
            menu=self._menu(tappable, first, style, rendered.text),
            cards=tuple(as_json(card, title_of, locale) for card in said.cards),
            author=self.author,
            told_to=self.party.debtor.debtor_id if self.party is not None else None,
        )
        return message, [(due, each) for one, each in parts for due in one.discloses]

    def _in_words(
        self, said: Said, locale: Locale, common: Mapping[str, str], style: Mapping[str, Any]
    ) -> Rendered:
        if said.words is not None:
            return Rendered(said.response, said.words.variant, said.words.text)
        values = {**common, **wording.values_as_text(said.values, locale)}
        return self.app.scripts.render(said.response, values, **style)

    def _menu(
        self, tappable: Sequence[Mapping[str, str]], first: int, style: Mapping[str, Any], text: str
    ) -> str:
        """The buttons as numbered lines, for channels that have none; not those that the text itself numbers."""
        if not tappable or self.conversation.channel not in buttons.WITHOUT_BUTTONS:
            return ""
        titles = [re.sub(r"^\d+\. ", "", button["title"]) for button in tappable]
        listed = set(re.findall(r"^(\d+)\. ", text, re.MULTILINE))
        lines = [
            f"{number}. {title}" for number, title in enumerate(titles, first) if str(number) not in listed
        ]
        if not lines:
            return self.app.scripts.render("utter_menu_above", {}, **style).text
        return self.app.scripts.render("utter_menu", {"options": "\n".join(lines)}, **style).text

    def common_values(self) -> dict[str, str]:
        """Values that any text may use: words of the country, and the first name once identified."""
        profile = self.app.rulebook.country(self.country)
        words = profile.words.get(self.conversation.language) or profile.words["es"]
        common = {f"w_{name}": word for name, word in words.items()}
        common["name"] = self.party.debtor.first_name if self.party is not None else ""
        return common


def facts_of(
    uow: UnitOfWork, account: Account, today: date, holds: Sequence[Hold] | None = None
) -> SegmentFacts:
    """The circumstances of an account that segments and limits may depend on.

    Args:
        uow: open.
        account: whose.
        today: where the debtor is.
        holds: in force on it; read when not given.
    """
    if holds is None:
        holds = uow.holds.in_force(account.debtor_id, account.reference)
    return SegmentFacts(
        creditor=account.creditor,
        days_past_due=account.days_past_due(today),
        balance=account.balance.total,
        installments_broken=account.installments_broken,
        promises_broken=uow.promises.broken_count(account.debtor_id),
        open_accounts=sum(1 for other in uow.accounts.of_debtor(account.debtor_id) if not other.is_settled),
        in_hardship=any(hold.kind is HoldKind.HARDSHIP for hold in holds),
    )


def plain(value: Any) -> Any:
    """A value as JSON can hold it exactly: money and decimals as text, days in ISO form."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def entity(kind: str, value: Any) -> dict[str, Any]:
    """An entity for a button."""
    return {"entity": kind, "value": value}
