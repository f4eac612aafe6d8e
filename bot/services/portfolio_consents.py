"""The consents that a portfolio states, against those on record: what is new is added, what it no longer names ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timezone
from typing import TYPE_CHECKING

from bot.debt.consents import Consent, How, Use
from bot.debt.party import DebtorId
from bot.services import consents
from bot.services.csv_rows import RowRefused
from bot.services.portfolio_rows import PortfolioRow, StatedConsents

if TYPE_CHECKING:
    from bot.services.unit_of_work import UnitOfWork

Key = tuple[DebtorId, str]  # a person and for which creditor


class StatedIn:
    """The consents of one batch of rows."""

    def __init__(self, uow: UnitOfWork, file: str, now: datetime) -> None:
        self._uow, self._file, self._now = uow, file, now
        self._known: dict[DebtorId, list[Consent]] = {}
        self._stated: dict[Key, StatedConsents] = {}
        self._added: list[Consent] = []

    def look_up(self, rows: Sequence[PortfolioRow]) -> None:
        """Read what is on record of the people in these rows."""
        wanted = {row.person.debtor.debtor_id for row in rows if row.consents is not None}
        if wanted:
            found = self._uow.consents.of_debtors(sorted(wanted))
            self._known = {debtor_id: list(known) for debtor_id, known in found.items()}

    def take(self, row: PortfolioRow) -> bool:
        """Note what a row changes. Returns whether it changes anything.

        Raises:
            RowRefused: an earlier row said something else of the same person and creditor.
        """
        stated, debtor_id, creditor = row.consents, row.person.debtor.debtor_id, row.account.account.creditor
        if stated is None:
            return False
        count = len(self._added)
        before = self._stated.setdefault((debtor_id, creditor), stated)
        if before != stated:
            raise RowRefused(
                "consent_channels", "an earlier row of the file states other consents for this creditor"
            )
        last = self._last_words(debtor_id, creditor)
        since = (
            datetime.combine(stated.since, time(), timezone.utc) if stated.since is not None else self._now
        )
        for channel in sorted(stated.channels):
            known = last.get(channel)
            if known is None or (known.is_given, known.at, known.proof) != (True, since, stated.proof):
                self._add(debtor_id, creditor, channel, is_given=True, at=since, proof=stated.proof)
        for channel, known in sorted(last.items()):
            if channel not in stated.channels and known.is_given:
                self._add(debtor_id, creditor, channel, is_given=False, at=self._now, proof=None)
        if not stated.channels and not last:
            # That nobody authorised anything is said too: the preferred channel is no authorisation then.
            preferred = consents.channel_of(row.person.debtor.preferred_channel)
            self._add(debtor_id, creditor, preferred, is_given=False, at=self._now, proof=None)
        return len(self._added) > count

    def write(self) -> None:
        """Store what was noted, with its entries."""
        self._uow.consents.add(self._added)
        for row in self._added:
            tag, told = consents.facts(row)
            self._uow.audit.append(f"debtor:{row.debtor_id}", tag, self._now, {**told, "file": self._file})

    def _last_words(self, debtor_id: DebtorId, creditor: str) -> dict[str, Consent]:
        """What this creditor's files said last of each channel."""
        said = [
            each
            for each in self._known.get(debtor_id, ())
            if each.how is How.PORTFOLIO and each.creditor == creditor
        ]
        return {each.channel: each for each in sorted(said, key=lambda each: each.recorded_at)}

    def _add(
        self, debtor_id: DebtorId, creditor: str, channel: str, *, is_given: bool, **more: object
    ) -> None:
        known = {"creditor": creditor, "use": Use.CONTACT, **more}
        row = consents.new(debtor_id, channel, self._now, is_given=is_given, how=How.PORTFOLIO, **known)
        self._known.setdefault(debtor_id, []).append(row)
        self._added.append(row)
