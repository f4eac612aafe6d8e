"""What services need from storage: repositories that speak in values of the core, and one transaction around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from bot.audit.checkpoints import Checkpoint
from bot.audit.export import Part
from bot.audit.signing import Signer
from bot.audit.verify import Finding, Verification
from bot.debt.accounts import Account
from bot.debt.arrangements import Arrangement, Offer
from bot.debt.conversations import Conversation
from bot.debt.holds import Hold, HoldKind
from bot.debt.money import Money
from bot.debt.party import AccountReference, ConversationId, Debtor, DebtorId, IdentityRecord, MessageId
from bot.debt.promises import Promise
from bot.services.desk_port import Desk, DeskPeople
from bot.services.disclosures_port import Disclosures, VerificationCodes
from bot.services.jobs_port import Operations
from bot.services.portfolio_port import Portfolio
from bot.services.records_port import Consents, ContactWishes, LegalHolds, PersonalData, Reports, RightsCases

if TYPE_CHECKING:
    from bot.telemetry.figures import Figure


@dataclass(frozen=True)
class InboundMessage:
    """One message of a debtor as stored. `reply` is None until the turn has been decided."""

    message_id: MessageId
    conversation_id: ConversationId
    channel: str
    provider_id: str
    text: str
    media: tuple[Mapping[str, Any], ...]
    received_at: datetime
    status: str  # pending | done | failed
    reply: tuple[Mapping[str, Any], ...] | None = None
    lease_until: datetime | None = None  # while pending: until when the process that runs the turn is trusted
    attempts: int = 0  # how often its turn was begun again after a crash


@dataclass(frozen=True)
class OutboundMessage:
    """One message of ours, with the exact text."""

    message_id: MessageId
    conversation_id: ConversationId
    cause: MessageId | None  # the inbound message it answers
    position: int  # order within the answer
    response: str  # response name, for example utter_balance
    variant: str  # which wording of it
    language: str
    text: str
    buttons: tuple[Mapping[str, str], ...]
    created_at: datetime
    status: str  # queued | sending | sent | delivered | read | failed | unclear | waiting | blocked
    channel: str
    menu: str = ""  # the buttons as numbered lines, for channels that have none
    author: str = "assistant"  # or the human agent who wrote it
    due_at: datetime | None = None  # not to be sent before
    attempts: int = 0
    claimed_at: datetime | None = None  # of the last try, or of the gate's decision to keep it back
    provider_id: str | None = None
    error: str | None = None  # the provider's code, when it was not taken
    cards: tuple[Mapping[str, Any], ...] = ()  # what some lines of the text say, for channels with a screen
    told_to: DebtorId | None = None  # who was identified when it was written


@dataclass(frozen=True)
class Handoff:
    """A case waiting for a person."""

    handoff_id: str
    conversation_id: ConversationId
    debtor_id: DebtorId | None
    account: AccountReference | None
    reason: str
    details: Mapping[str, Any]  # for example the proposal beyond the rules, or when to call
    created_at: datetime
    status: str = "waiting"  # waiting | claimed | closed
    assignee: str | None = None
    claimed_at: datetime | None = None
    first_response_at: datetime | None = None
    told_at: datetime | None = None  # when the debtor was told that it takes longer
    closed_at: datetime | None = None
    outcome: str | None = None  # returned | closed | never_mind


@dataclass(frozen=True)
class Payment:
    """Money received for an account."""

    payment_reference: str
    account: AccountReference
    amount: Money
    paid_on: date


@dataclass(frozen=True)
class ChatLink:
    """A link that brings a debtor's chat to us; of its token only the hash is kept."""

    token_hash: str
    debtor_id: DebtorId
    channel: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    used_by: str | None = None  # the address that opened it


class WriteConflict(Exception):
    """Someone else stored the same thing first (a conversation, an open arrangement): decide again."""


class Interrupted(Exception):
    """The database broke the work off (a lock, a lost connection): nothing was stored, or everything was."""


class Debtors(Protocol):
    """Debtors, their identity hashes and their accounts' owners."""

    def get(self, debtor_id: DebtorId) -> Debtor | None: ...
    def lock(self, debtor_id: DebtorId) -> None:
        """Hold this debtor's row to the end of the transaction (PostgreSQL); SQLite already holds the database."""

    def identity(self, debtor_id: DebtorId) -> IdentityRecord | None: ...
    def by_document(self, document_hash: str) -> DebtorId | None: ...
    def by_address(self, channel: str, address: str) -> DebtorId | None:
        """Whose usable contact point this address is, when exactly one debtor's."""

    def mark_address(self, channel: str, address: str, *, is_usable: bool) -> int:
        """Say of every debtor's contact point with this address whether it can be used. Returns how many changed."""

    def bind_address(self, debtor_id: DebtorId, channel: str, address: str) -> None:
        """Make this address this debtor's contact point, and nobody else's."""

    def save(self, debtor: Debtor, identity: IdentityRecord) -> None: ...


class Accounts(Protocol):
    """Accounts with their outstanding balance."""

    def get(self, reference: AccountReference) -> Account | None: ...
    def of_debtor(self, debtor_id: DebtorId) -> Sequence[Account]: ...
    def save(self, account: Account) -> None: ...


class Holds(Protocol):
    """Holds in force and lifted."""

    def in_force(self, debtor_id: DebtorId, account: AccountReference | None = None) -> Sequence[Hold]:
        """Holds on the debtor and, if named, on that account (all accounts when None)."""

    def place(self, hold: Hold) -> bool:
        """Place it; False if the same kind already holds there."""

    def lift(
        self, kind: HoldKind, debtor_id: DebtorId, account: AccountReference | None, at: datetime
    ) -> bool: ...


class Offers(Protocol):
    """Offers put to debtors."""

    def on_table(self, account: AccountReference, on: date) -> Sequence[Offer]:
        """Open offers valid on that day, oldest first."""

    def get(self, offer_id: str) -> Offer | None: ...
    def status(self, offer_id: str) -> str | None:
        """on_table | accepted | superseded | withdrawn."""

    def put(self, offer: Offer) -> None: ...
    def close(self, offer_ids: Iterable[str], status: str) -> None: ...


class Arrangements(Protocol):
    """Agreed plans and settlements with their instalments."""

    def open_for(self, account: AccountReference) -> Arrangement | None: ...
    def latest_for(self, account: AccountReference) -> Arrangement | None: ...
    def get(self, arrangement_id: str) -> Arrangement | None: ...
    def add(self, arrangement: Arrangement, conversation_id: ConversationId | None) -> None: ...
    def update(self, arrangement: Arrangement) -> None: ...
    def open_due_before(self, day: date) -> Sequence[Arrangement]:
        """Open arrangements with an unpaid instalment due before that day."""


class Promises(Protocol):
    """Promises to pay."""

    def of_account(self, account: AccountReference) -> Sequence[Promise]: ...
    def add(self, promise: Promise, conversation_id: ConversationId | None) -> None: ...
    def update(self, promise: Promise) -> None: ...
    def open_due_before(self, day: date) -> Sequence[Promise]: ...
    def broken_count(self, debtor_id: DebtorId) -> int: ...


class Payments(Protocol):
    """Payments received."""

    def get(self, payment_reference: str) -> Payment | None: ...
    def of_account(self, account: AccountReference) -> Sequence[Payment]:
        """Every payment received for an account, oldest first."""

    def add(self, payment: Payment, posted_at: datetime) -> None: ...


class Conversations(Protocol):
    """Conversations by id and by address."""

    def get(self, conversation_id: ConversationId) -> Conversation | None:
        """Load it and hold its row to the end of the transaction."""

    def peek(self, conversation_id: ConversationId) -> Conversation | None:
        """Load it without holding it."""

    def by_address(self, channel: str, address: str) -> Conversation | None: ...
    def add(self, conversation: Conversation) -> None: ...
    def save(self, conversation: Conversation) -> None: ...
    def begin_part(self, conversation: Conversation, at: datetime) -> None:
        """From here on somebody else may be writing: what is said is encrypted by another key and erased by itself.

        The part that ends stays whose it is: theirs who was identified in it, else theirs to whom it is bound.
        """

    def own_part(self, conversation: Conversation, debtor_id: DebtorId) -> None:
        """The part under way is this person's: they were identified in it."""

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[Conversation]: ...


class Inbox(Protocol):
    """Messages received, each once."""

    def add(self, message: InboundMessage) -> bool:
        """Store it; False if (channel, provider_id) is there already."""

    def get(self, message_id: MessageId) -> InboundMessage | None: ...
    def by_provider_id(self, channel: str, provider_id: str) -> InboundMessage | None: ...
    def latest_at(self, channels: Sequence[str]) -> datetime | None:
        """When the last message of these channels came, None if none ever did."""

    def decide(self, message_id: MessageId, reply: Sequence[Mapping[str, Any]]) -> None:
        """Keep what was decided to answer, so that a replayed turn answers the same without deciding again.

        The message is done with: what is in the outbox goes out by itself.
        """

    def finish(self, message_id: MessageId, status: str) -> None:
        """Set the status: pending, done, or failed."""

    def is_next(self, message_id: MessageId) -> bool:
        """Whether every earlier message of its conversation has been decided."""

    def abandoned(self, now: datetime) -> Sequence[InboundMessage]:
        """Pending messages whose lease has ended, oldest first."""

    def extend(self, message_id: MessageId, until: datetime) -> None:
        """Keep the lease of a turn that takes long."""

    def take_over(self, message: InboundMessage, until: datetime) -> bool:
        """Begin an abandoned turn again; False if another process was faster."""


class Outbox(Protocol):
    """Messages of ours."""

    def add(self, *messages: OutboundMessage) -> None: ...
    def get(self, message_id: MessageId) -> OutboundMessage | None: ...
    def of_cause(self, cause: MessageId) -> Sequence[OutboundMessage]: ...
    def mark(self, message_id: MessageId, status: str, **columns: Any) -> None:
        """Set the status and, by name, other columns."""

    def next_due(
        self, channels: Sequence[str], now: datetime, lost_before: datetime
    ) -> OutboundMessage | None:
        """The oldest message that may be sent now, with no earlier one of its conversation under way.

        An unasked message whose time has not come holds up nothing behind it.
        A message whose try began before `lost_before` and never ended counts again. The row is held to the
        end of the transaction; what another process holds is passed over.
        """

    def unsent(self, conversation_id: ConversationId, statuses: Sequence[str]) -> Sequence[OutboundMessage]:
        """Messages of a conversation in one of these statuses, in order."""

    def of_provider(self, channel: str, provider_id: str) -> Sequence[OutboundMessage]: ...
    def gone_out(
        self, conversation_ids: Sequence[ConversationId], since: datetime
    ) -> Sequence[OutboundMessage]:
        """Messages that a provider took, or may have taken, in these conversations, delivered or not, oldest first."""


class Transcripts(Protocol):
    """Reading a conversation back."""

    def of(
        self, conversation_id: ConversationId, limit: int = 200
    ) -> Sequence[InboundMessage | OutboundMessage]:
        """Messages of both directions, oldest first."""

    def marks(self, channel: str, addresses: Sequence[str]) -> Mapping[str, tuple[Any, ...]]:
        """For each address with a conversation, values that change with whatever there is to show."""


class IdentityAttempts(Protocol):
    """Failed identifications and locks, by subject: a keyed hash of who was claimed, or a debtor id."""

    def hold(self, subject: str) -> None:
        """Let nobody else who holds this subject go on before this transaction ends."""

    def fail(self, subject: str, at: datetime) -> None: ...
    def failures_since(self, subject: str, since: datetime) -> int: ...
    def clear(self, subject: str) -> None: ...
    def lock(self, subject: str, until: datetime) -> None: ...
    def locked_until(self, subject: str, now: datetime, longest: timedelta) -> datetime | None:
        """When the lock in force ends. One that would last longer than any can is none: the clock was set back."""


class Handoffs(Protocol):
    """Cases for people."""

    def add(self, handoff: Handoff) -> None: ...
    def waiting_in(self, conversation_id: ConversationId) -> Handoff | None: ...
    def open_in(self, conversation_id: ConversationId) -> Sequence[Handoff]:
        """Cases of a conversation that are not closed, oldest first."""

    def open_for(self, reasons: Sequence[str]) -> Sequence[Handoff]:
        """Cases of anybody with one of these reasons that are not closed, oldest first."""

    def get(self, handoff_id: str) -> Handoff | None: ...
    def change(self, handoff_id: str, **columns: Any) -> None:
        """Set columns by name."""

    def close(self, handoff_id: str, at: datetime, outcome: str) -> None: ...


class ChatLinks(Protocol):
    """Links that bring a debtor's chat to us."""

    def add(self, link: ChatLink) -> None: ...
    def get(self, token_hash: str) -> ChatLink | None: ...
    def use(self, token_hash: str, channel: str, address: str, at: datetime) -> bool:
        """Use it up; False if there is none on this channel, it was used before, or it has expired."""


class AuditLog(Protocol):
    """The append-only, hash-chained record. See `bot.audit.tags` for the tags and what each one carries."""

    def append(
        self,
        chain: str,
        tag: str,
        at: datetime,
        payload: Mapping[str, Any],
        *,
        message_id: MessageId | None = None,
        edition: str | None = None,
        rule_id: str | None = None,
    ) -> None:
        """Add one entry to a chain ("conversation:<id>" or "debtor:<id>") within this transaction."""

    def of_chain(self, chain: str, tags: Sequence[str], limit: int = 1_000) -> Sequence[dict[str, Any]]:
        """The newest stored entries of a chain with one of these tags, oldest first."""

    def of_debtor(self, debtor_id: str) -> Iterator[dict[str, Any]]:
        """Stored entries about a debtor, oldest first, by column: see `bot.audit.export`."""

    def of_part(self, part: Part) -> Iterator[dict[str, Any]]:
        """Stored entries of a debtor or a period, by column: see `bot.audit.export`."""

    def latest_checkpoint(self) -> Checkpoint | None:
        """The newest signed checkpoint over all chains."""

    def lines_of(self, part: Part, at: datetime, signer: Signer | None) -> Iterator[str]:
        """A part of the record as the lines of a file that can be checked anywhere: see `bot.audit.export`."""

    def check_debtor(self, debtor_id: str, verification: Verification | None = None) -> Iterator[Finding]:
        """Walk the chains about one debtor and yield what is wrong: see `bot.audit.verify`."""

    def check_checkpoints(self, verification: Verification, trusted: Mapping[str, str]) -> Iterator[Finding]:
        """Walk all checkpoints and yield what is wrong: see `bot.audit.checkpoint_check`."""

    def check(self, verification: Verification | None = None) -> Iterator[Finding]:
        """Walk the whole record and yield what is wrong: see `bot.audit.verify`. Open the unit for reading."""


class Figures(Protocol):
    """What stands in the database, for those who watch over it."""

    def read(self, now: datetime) -> Sequence[Figure]:
        """Every figure of `bot.telemetry.figures.FIGURES`; none of them says anything of one person."""


class UnitOfWork(Protocol):
    """One transaction: rolls back unless `commit()` was called."""

    debtors: Debtors
    accounts: Accounts
    holds: Holds
    offers: Offers
    arrangements: Arrangements
    promises: Promises
    payments: Payments
    portfolio: Portfolio
    conversations: Conversations
    inbox: Inbox
    outbox: Outbox
    transcripts: Transcripts
    identity_attempts: IdentityAttempts
    handoffs: Handoffs
    chat_links: ChatLinks
    disclosures: Disclosures
    verification_codes: VerificationCodes
    desk: Desk
    desk_people: DeskPeople
    audit: AuditLog
    rights_cases: RightsCases
    consents: Consents
    contact_wishes: ContactWishes
    legal_holds: LegalHolds
    personal_data: PersonalData
    reports: Reports
    operations: Operations
    figures: Figures

    def __enter__(self) -> UnitOfWork: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def commit(self) -> None: ...


class UnitOfWorkFactory(Protocol):
    """Opens a unit of work."""

    def __call__(self, *, write: bool = True) -> UnitOfWork: ...
