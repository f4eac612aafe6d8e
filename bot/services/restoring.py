"""After a copy was restored: what it does not know of has happened since. Nothing is said twice, nobody comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.party import ConversationId, DebtorId
from bot.services import delivery
from bot.services.application import Application
from bot.services.unit_of_work import Handoff, UnitOfWork

_CODE = "restored"


@dataclass(frozen=True)
class SetAside:
    """What a person has to look at: turns that were under way when the copy was made, messages that were due."""

    turns: int
    messages: int


def set_aside(app: Application) -> SetAside:
    """Leave alone what was under way when the copy was made: most likely it was ended and sent right after.

    A message that may have gone out is never sent again, and a turn that may have been answered is not answered again.
    Each such conversation gets a case. What is to go out later goes out then. Before any server runs.
    """
    now = app.clock.now()
    with app.unit_of_work() as uow:
        pending = uow.inbox.abandoned(now + timedelta(days=1))
        for message in pending:
            uow.inbox.finish(message.message_id, "failed")
            _open_case(app, uow, message.conversation_id, "turn_failed")
        uow.commit()
    messages = 0
    while True:
        with app.unit_of_work() as uow:
            row = uow.outbox.next_due(sorted(delivery.PUSHED), now, now)
            if row is None:
                return SetAside(len(pending), messages)
            facts = {"outbox_id": row.message_id, "channel": row.channel, "status": "unclear", "code": _CODE}
            uow.outbox.mark(row.message_id, "unclear", error=_CODE)
            uow.audit.append(f"conversation:{row.conversation_id}", Tag.MESSAGE_DELIVERY.value, now, facts)
            _open_case(app, uow, row.conversation_id, "delivery_unclear")
            uow.commit()
        messages += 1


def erase_again(app: Application, debtor_ids: list[DebtorId], by: str) -> list[DebtorId]:
    """Erase whom the lost database had erased after the copy was made; what stood against it was weighed then.

    Args:
        debtor_ids: as the exports of the record name them (DEBTOR_ERASED).
        by: who does it.

    Returns:
        Who was erased now; the others are not in this database, or were erased in it already.
    """
    done = []
    for debtor_id in dict.fromkeys(debtor_ids):
        with app.unit_of_work() as uow:
            if uow.debtors.get(debtor_id) is None or uow.personal_data.erased_at(debtor_id) is not None:
                continue
            uow.debtors.lock(debtor_id)
            now = app.clock.now()
            erased = uow.personal_data.erase(debtor_id, now)
            facts = {"reason": "again, after a copy was restored", "actor": by, **vars(erased)}
            uow.audit.append(f"debtor:{debtor_id}", Tag.DEBTOR_ERASED.value, now, facts)
            uow.commit()
        done.append(debtor_id)
    return done


def _open_case(app: Application, uow: UnitOfWork, conversation_id: ConversationId, reason: str) -> None:
    talk = uow.conversations.get(conversation_id)
    assert talk is not None
    if any(case.reason == reason for case in uow.handoffs.open_in(conversation_id)):
        return
    uow.handoffs.add(
        Handoff(
            handoff_id=f"H-{uuid4().hex[:12]}",
            conversation_id=conversation_id,
            debtor_id=talk.debtor_id,
            account=talk.account,
            reason=reason,
            details={"code": _CODE},
            created_at=app.clock.now(),
        )
    )
