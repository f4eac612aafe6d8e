"""Links and addresses of chats: used once, one debtor's, untouched by the next portfolio."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services.unit_of_work import ChatLink
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.storage import samples


@pytest.fixture
def linked(filled: SqlUnitOfWorkFactory) -> SqlUnitOfWorkFactory:
    """A database with one link."""
    with filled() as uow:
        uow.chat_links.add(
            ChatLink(
                "hash", samples.debtor().debtor_id, "telegram", samples.NOW, samples.NOW + timedelta(days=1)
            )
        )
        uow.commit()
    return filled


def test_a_link_is_used_once_on_its_channel_and_in_time(linked: SqlUnitOfWorkFactory) -> None:
    later = samples.NOW + timedelta(hours=1)
    with linked() as uow:
        assert not uow.chat_links.use("other", "telegram", "1", later)
        assert not uow.chat_links.use("hash", "web", "1", later)
        assert not uow.chat_links.use("hash", "telegram", "1", samples.NOW + timedelta(days=1))
        assert uow.chat_links.use("hash", "telegram", "1", later)
        assert not uow.chat_links.use("hash", "telegram", "2", later)
        link = uow.chat_links.get("hash")
        assert link is not None
        assert (link.used_at, link.used_by) == (later, "1")


def test_an_address_is_of_the_debtor_who_was_bound_last(linked: SqlUnitOfWorkFactory) -> None:
    debtor = samples.debtor().debtor_id
    with linked() as uow:
        assert uow.debtors.by_address("telegram", "1") is None
        for _ in range(2):
            uow.debtors.bind_address(debtor, "telegram", "1")
        assert uow.debtors.by_address("telegram", "1") == debtor
        uow.debtors.mark_address("telegram", "1", is_usable=False)
        uow.debtors.bind_address(debtor, "telegram", "1")
        assert uow.debtors.by_address("telegram", "1") == debtor


def test_a_new_portfolio_leaves_chats_alone(linked: SqlUnitOfWorkFactory) -> None:
    debtor = samples.debtor()
    with linked() as uow:
        uow.debtors.bind_address(debtor.debtor_id, "telegram", "1")
        identity = uow.debtors.identity(debtor.debtor_id)
        assert identity is not None
        uow.debtors.save(debtor, identity)
        assert uow.debtors.by_address("telegram", "1") == debtor.debtor_id
