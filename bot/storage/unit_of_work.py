"""One transaction around all repositories: rolls back unless committed."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.audit.keys import KeyCache, SubjectKeys
from bot.audit.log import SqlAuditLog
from bot.audit.sealing import NO_KEYS, Keyring
from bot.services import unit_of_work as port
from bot.services.desk_port import Desk, DeskPeople
from bot.services.disclosures_port import Disclosures, VerificationCodes
from bot.services.jobs_port import Operations
from bot.services.portfolio_port import Portfolio
from bot.services.records_port import Consents, ContactWishes, LegalHolds, PersonalData, Reports, RightsCases
from bot.storage.engine import create_engine, reading, translated, writing
from bot.storage.errors import NotMigrated, StorageBusy, StorageError
from bot.storage.migrations import serves
from bot.storage.repositories.accounts import SqlAccounts
from bot.storage.repositories.arrangements import SqlArrangements
from bot.storage.repositories.chat_links import SqlChatLinks
from bot.storage.repositories.consents import SqlConsents
from bot.storage.repositories.conversations import SqlConversations
from bot.storage.repositories.debtors import SqlDebtors
from bot.storage.repositories.desk import SqlDesk
from bot.storage.repositories.desk_people import SqlDeskPeople
from bot.storage.repositories.disclosures import SqlDisclosures, SqlVerificationCodes
from bot.storage.repositories.figures import SqlFigures
from bot.storage.repositories.holds import SqlHolds
from bot.storage.repositories.messages import SqlInbox, SqlOutbox, SqlTranscripts
from bot.storage.repositories.offers import SqlOffers
from bot.storage.repositories.operations import SqlOperations
from bot.storage.repositories.people import SqlHandoffs, SqlIdentityAttempts
from bot.storage.repositories.personal_data import SqlPersonalData
from bot.storage.repositories.portfolio import SqlPortfolio
from bot.storage.repositories.promises import SqlPayments, SqlPromises
from bot.storage.repositories.reports import SqlReports
from bot.storage.repositories.rights import SqlContactWishes, SqlLegalHolds, SqlRightsCases
from bot.storage.transaction import Transaction
from bot.telemetry import recorded
from bot.telemetry.context import current
from bot.telemetry.stages import stage

if TYPE_CHECKING:
    from bot.settings import Settings

_REVISION = text("SELECT version_num FROM alembic_version")


class SqlUnitOfWork:
    """See `bot.services.unit_of_work.UnitOfWork`. The repositories exist from `__enter__` on."""

    debtors: port.Debtors
    accounts: port.Accounts
    holds: port.Holds
    offers: port.Offers
    arrangements: port.Arrangements
    promises: port.Promises
    payments: port.Payments
    portfolio: Portfolio
    conversations: port.Conversations
    inbox: port.Inbox
    outbox: port.Outbox
    transcripts: port.Transcripts
    identity_attempts: port.IdentityAttempts
    handoffs: port.Handoffs
    chat_links: port.ChatLinks
    disclosures: Disclosures
    verification_codes: VerificationCodes
    desk: Desk
    desk_people: DeskPeople
    audit: port.AuditLog
    rights_cases: RightsCases
    consents: Consents
    contact_wishes: ContactWishes
    legal_holds: LegalHolds
    personal_data: PersonalData
    reports: Reports
    operations: Operations
    figures: port.Figures
    keys: SubjectKeys

    def __init__(self, engine: Engine, *, write: bool, keyring: Keyring, cache: KeyCache) -> None:
        self._engine = engine
        self._keyring, self._cache = keyring, cache
        self._write = write
        self._connection: Connection | None = None
        self._log: SqlAuditLog | None = None
        self._stage: stage | None = None

    @property
    def connection(self) -> Connection:
        """The open connection, for the record's verification and export."""
        if self._connection is None:
            raise StorageError("this unit of work is not open")
        return self._connection

    def __enter__(self) -> SqlUnitOfWork:
        if current().message_id is not None:  # only what a turn does is measured, not what looks now and then
            self._stage = stage("database")
            self._stage.__enter__()
        try:
            connection = _begin(self._engine, write=self._write)
        except BaseException as error:
            self._end_stage(type(error))
            raise
        self._connection = connection
        tx = Transaction(connection, writes=self._write, keyring=self._keyring, cache=self._cache)
        self.debtors = SqlDebtors(tx)
        self.accounts = SqlAccounts(tx)
        self.holds = SqlHolds(tx)
        self.offers = SqlOffers(tx)
        self.arrangements = SqlArrangements(tx)
        self.promises = SqlPromises(tx)
        self.payments = SqlPayments(tx)
        self.portfolio = SqlPortfolio(tx)
        self.conversations = SqlConversations(tx)
        self.inbox = SqlInbox(tx)
        self.outbox = SqlOutbox(tx)
        self.transcripts = SqlTranscripts(tx)
        self.identity_attempts = SqlIdentityAttempts(tx)
        self.handoffs = SqlHandoffs(tx)
        self.audit = self._log = SqlAuditLog(connection, tx.keys)
        self.keys = tx.keys
        self.rights_cases = SqlRightsCases(tx)
        self.consents = SqlConsents(tx)
        self.contact_wishes = SqlContactWishes(tx)
        self.legal_holds = SqlLegalHolds(tx)
        self.personal_data = SqlPersonalData(tx)
        self.reports = SqlReports(tx)
        self.figures = SqlFigures(tx)
        self.chat_links = SqlChatLinks(tx)
        self.disclosures = SqlDisclosures(tx)
        self.verification_codes = SqlVerificationCodes(tx)
        self.desk = SqlDesk(tx)
        self.desk_people = SqlDeskPeople(tx)
        self.operations = SqlOperations(tx)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection, self._log = self._connection, None, None
        self._end_stage(kind)
        if connection is None:
            return
        try:
            connection.close()  # rolls back what was not committed
        except DBAPIError as failure:
            if error is None:  # never hide the error that ended the unit
                raise translated(failure) from failure
        if isinstance(error, DBAPIError):
            # The record and the keys run their statements themselves.
            raise translated(error) from error

    def _end_stage(self, kind: type[BaseException] | None) -> None:
        running, self._stage = self._stage, None
        if running is not None:
            running.__exit__(kind, None, None)

    def commit(self) -> None:
        """Write the gathered audit entries and make everything last. Nothing can be done after it.

        Raises:
            StorageBusy: a lock was not given in time.
            StorageConflict: someone else stored the same thing first.
        """
        connection, log = self.connection, self._log
        try:
            if log is not None and self._write:
                log.flush()
            connection.commit()
        except DBAPIError as error:
            raise translated(error) from error
        if log is not None and log.written:
            recorded.committed(log.written)


class SqlUnitOfWorkFactory:
    """Opens units of work on one pool of connections. Safe to share between threads."""

    def __init__(self, engine: Engine, keyring: Keyring = NO_KEYS) -> None:
        self.engine = engine
        self._keyring, self._cache = keyring, KeyCache()
        self._is_checked = False
        self._checking = threading.Lock()

    def __call__(self, *, write: bool = True) -> SqlUnitOfWork:
        """A unit of work, to be entered with `with`.

        Raises:
            NotMigrated: at the first call, if the tables are not those of this version.
        """
        if not self._is_checked:
            with self._checking:
                _check_revision(self.engine)
                self._is_checked = True
        return SqlUnitOfWork(self.engine, write=write, keyring=self._keyring, cache=self._cache)

    def dispose(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


def create_unit_of_work_factory(settings: Settings) -> SqlUnitOfWorkFactory:
    """The factory for the database that the settings name. Opens no connection yet."""
    return open_factory(settings.database_url, keyring_of(settings))


def keyring_of(settings: Settings) -> Keyring:
    """The keys of personal data that the settings give."""
    record = settings.record
    return Keyring((*record.data_keys, settings.identity_key), seals=record.seals)


def open_factory(database_url: str, keyring: Keyring = NO_KEYS) -> SqlUnitOfWorkFactory:
    """The factory for a database. Opens no connection yet.

    Args:
        database_url: of SQLite in a file or of PostgreSQL.
        keyring: encrypts personal data; without one it is stored as it is, and encrypted data cannot be read.

    Raises:
        StorageError: it is no address of SQLite in a file or of PostgreSQL.
    """
    return SqlUnitOfWorkFactory(create_engine(database_url), keyring)


def _begin(engine: Engine, *, write: bool) -> Connection:
    connection: Connection | None = None
    try:
        connection = engine.connect()
        connection = writing(connection) if write else reading(connection)
        connection.begin()
    except (DBAPIError, PoolTimeout) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, DBAPIError):
            raise translated(error) from error
        raise StorageBusy("all connections to the database are in use") from error
    return connection


def _check_revision(engine: Engine) -> None:
    connection = _begin(engine, write=False)
    try:
        found = connection.execute(_REVISION).scalar()
    except DBAPIError as error:
        raise translated(error) from error
    finally:
        connection.close()
    if not serves(found):
        raise NotMigrated
