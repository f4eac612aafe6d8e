"""What a person does in a conversation: the same as a turn of the assistant, with who did it in every entry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.conversations import Conversation, Owner
from bot.debt.party import ConversationId, DebtorId, MessageId, RightParty
from bot.services import identity
from bot.services.application import Application
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal, May, may, may_see, require
from bot.services.turn import Turn
from bot.services.understood import Heard
from bot.services.unit_of_work import Handoff, InboundMessage, OutboundMessage, UnitOfWork

_LAST_MESSAGES = 60


class DeskTurn(Turn):
    """A turn whose cause is a person at the desk, or the desk itself when `user` is None."""

    is_of_desk = True

    def __init__(
        self,
        app: Application,
        uow: UnitOfWork,
        conversation: Conversation,
        user: User | None,
        words: str = "",
    ) -> None:
        heard = Heard("none", 1.0, text=words, is_pressed=True)
        super().__init__(app, uow, conversation, _last_received(app, uow, conversation), heard)
        self.user = user
        if user is not None:
            self.author = public_name(user)

    @property
    def cause(self) -> None:
        """Nothing that the debtor wrote asked for it."""
        return

    def _new_id(self, position: int) -> MessageId:
        return MessageId(f"M-{uuid4().hex[:16]}")

    def audit(self, tag: Tag, *, rule_id: str | None = None, **payload: Any) -> None:
        """Add an entry that names who did it."""
        actor = self.user.user_id if self.user is not None else "desk"
        super().audit(tag, rule_id=rule_id, actor=actor, **payload)

    @property
    def party(self) -> RightParty | None:
        """The identified debtor, unless the silence since was too long."""
        return super().party if is_identified(self.app, self.conversation) else None

    def heard_in_chat(self) -> Heard:
        """The debtor's last message, taken as a yes."""
        return Heard("affirm", 1.0, text=self.message.text, is_pressed=True)

    @property
    def cases(self) -> list[Handoff]:
        """Open cases, oldest first."""
        return list(self.uow.handoffs.open_in(self.conversation.conversation_id))

    @property
    def subject(self) -> DebtorId | None:
        """Whom this is about, identified or only claimed: to protect, never to disclose."""
        return identity.claimed_debtor(self)

    @property
    def account_in_hand(self) -> Account | None:
        """The account spoken of, or the only one of whom this is about, whether identified or not."""
        talk = self.conversation
        if talk.account is not None:
            return self.uow.accounts.get(talk.account)
        owed = (
            [a for a in self.uow.accounts.of_debtor(self.subject) if not a.is_settled] if self.subject else []
        )
        return owed[0] if len(owed) == 1 else None

    @property
    def responses(self) -> list[str]:
        """Names of what was said so far."""
        return [said.response for said in self._said]

    def unsay(self) -> None:
        """Say nothing of what a use case would have said: the person speaks for themselves."""
        self._said.clear()

    def send(self) -> list[OutboundMessage]:
        """Store what was said, to be sent."""
        rows = self.outbox() if self.has_spoken else []
        if rows and self.user is not None:
            # A notice of the desk itself is nobody's word: an identification does not last longer for it.
            self.conversation.state["answered_at"] = self.now.isoformat()
        return rows


def is_identified(app: Application, talk: Conversation) -> bool:
    """Whether an identification still holds: it ends after the same silence as with the assistant."""
    return identity.is_identified(app, talk, talk.last_inbound_at)


def public_name(user: User) -> str:
    """How debtors see a person of the desk."""
    return user.full_name.split()[0] if user.full_name.split() else user.name


@contextmanager
def desk_turn(
    app: Application,
    user: User,
    conversation_id: ConversationId,
    *,
    needs: May = May.WORK,
    own: bool = True,
    words: str = "",
) -> Iterator[DeskTurn]:
    """One transaction in a conversation, saved at the end.

    Args:
        needs: what the person must be allowed to do.
        own: whether they must be the one who has the conversation.
        words: what the debtor said or the person noted, for the record.

    Raises:
        DeskRefusal: not_found, not_allowed or not_yours.
    """
    require(user, needs)
    with app.unit_of_work() as uow:
        talk = uow.conversations.get(conversation_id)
        if talk is None:
            raise DeskRefusal("not_found")
        if own and not (talk.owner is Owner.HUMAN and talk.assignee == user.user_id):
            raise DeskRefusal("not_yours")
        turn = DeskTurn(app, uow, talk, user, words)
        identity.end_for_people(turn, talk.last_inbound_at)
        yield turn
        turn.send()
        uow.conversations.save(talk)
        uow.commit()


def creditor_of(uow: UnitOfWork, conversation: Conversation) -> str | None:
    """Whose debt the account in hand is."""
    account = uow.accounts.get(conversation.account) if conversation.account is not None else None
    return account.creditor if account is not None else None


def require_sight(uow: UnitOfWork, user: User, conversation: Conversation) -> None:
    """Do nothing if the person may read the conversation.

    Raises:
        DeskRefusal: not_found, so that nobody learns by guessing which ids exist.
    """
    if may(user, May.SEE_ALL):
        return
    is_queued = bool(uow.handoffs.open_in(conversation.conversation_id))
    creditor = creditor_of(uow, conversation)
    if not may_see(user, conversation, is_queued=is_queued, creditor=creditor):
        raise DeskRefusal("not_found")


def _last_received(app: Application, uow: UnitOfWork, talk: Conversation) -> InboundMessage:
    for message in reversed(uow.transcripts.of(talk.conversation_id, _LAST_MESSAGES)):
        if isinstance(message, InboundMessage):
            return message
    # A conversation that we began: entries are joined to no message.
    now = app.clock.now()
    return InboundMessage(MessageId(""), talk.conversation_id, talk.channel, "", "", (), now, "done")
