"""Numbers: counted after the commit and not otherwise, from short lists of words, for those who may read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.audit.tags import Tag
from bot.debt.arrangements import Kind
from bot.debt.dispositions import Disposition
from bot.services import backups, delivery
from bot.services.application import Application
from bot.services.steps import STEPS
from bot.telemetry import metrics
from bot.telemetry.exposition import Access, rendered
from bot.telemetry.figures import FIGURES, FiguresCollector
from bot.telemetry.stages import STAGES
from tests.support.people import NOON, Known, Person, add, build, build_in

HOSTILE = 'x"}\n# evil {intent="y"} 1\n'
CHANNELS = {"rest", "web", "sms", "whatsapp", "telegram", "none", metrics.OTHER}
# Which values a label may ever have; every label of every metric of ours is here.
CLOSED: dict[str, set[str] | str] = {
    "intent": {*STEPS, "none"},
    "channel": CHANNELS,
    "stage": set(STAGES),
    "disposition": {one.value for one in Disposition},
    "verdict": {"run", "answered", "duplicate", "lost", "accepted", "countered", "declined", "needsapproval"},
    "status": {"due", "later", "sending", "waiting", "claimed", "sent", "delivered", "read", "failed", "queued"}
    | {"unclear", "blocked"},
    "job": {"authorities", "checkpoints", "queue_watch", "recovery", "retention", "sweep", "webhooks"},
    "by": {"address", "network"},
    # Words of the code and of the rulebook, in their shape.
    "kind": "[A-Za-z_]{1,40}",
    "outcome": "[a-z_]{1,40}",
    "reason": "[a-z_]{1,40}",
    "right": "[a-z_]{1,40}",
    "how": "run|concluded",
    "fact": r"[a-z0-9_.:-]{1,80}|none",
    "what": {"redis", "actions"},
    "commit": "[0-9a-f]{7,40}|none",
    "version": ".*", "revision": "[0-9]{4}", "role": "[a-z]+",
    "le": r"[0-9.]+|\+Inf", "generation": "[0-2]",
}  # fmt: skip


@pytest.fixture
def app(tmp_path: Path) -> Application:
    return build_in(tmp_path)


def samples() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    found = {}
    for family in text_string_to_metric_families(rendered()[0].decode()):
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def value(name: str, **labels: str) -> float:
    return samples().get((name, tuple(sorted(labels.items()))), 0.0)


def test_what_was_said_and_agreed_is_counted(app: Application) -> None:
    before = samples()
    ana, known = Person(app), add(app, Known())
    ana.says("greet")
    ana.identifies(known)
    ana.says("request_installments")
    ana.says("inform", "unos 60 euros al mes")
    ana.says("counter_offer", "puedo pagar 20 euros al mes")
    after = samples()

    def grown(name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return after.get(key, 0.0) - before.get(key, 0.0)

    assert grown("aldia_understood_total", intent="greet") == 1
    assert grown("aldia_identity_attempts_total", outcome="verified") == 1
    assert sum(grown("aldia_offers_total", kind=kind.value) for kind in Kind) >= 1
    verdicts = ("accepted", "countered", "declined", "needsapproval")
    assert sum(grown("aldia_counter_offers_total", verdict=one) for one in verdicts) >= 1
    assert grown("aldia_dispositions_total", disposition=Disposition.RIGHT_PARTY_CONTACT.value) == 1


def test_nothing_is_counted_that_was_rolled_back(app: Application) -> None:
    before = value("aldia_holds_total", kind="hardship")
    facts: Mapping[str, Any] = {"kind": "hardship"}
    with app.unit_of_work() as uow:
        uow.audit.append("debtor:T-1", Tag.HOLD_PLACED.value, NOON, facts)
    assert value("aldia_holds_total", kind="hardship") == before
    with app.unit_of_work() as uow:
        uow.audit.append("debtor:T-1", Tag.HOLD_PLACED.value, NOON, facts)
        uow.commit()
    assert value("aldia_holds_total", kind="hardship") == before + 1


def test_hostile_talk_adds_no_label_value(app: Application) -> None:
    known = add(app, Known(phone="+34600111222"))
    before = set(samples())  # of other tests in this process, some of which say what nobody can
    for number, channel in enumerate(("rest", "sms", "telegram", "web", "whatsapp")):
        person = Person(app, address=HOSTILE + channel, channel=channel)
        for text in (
            HOSTILE,
            "hola",
            known.facts(),
            "a" * 5_000,
            '/inform{"x":1}',
            "__reset__",
            "STOP",
            "btn:0",
        ):
            person.says("inform", text, message_id=f"{HOSTILE}{number}{text[:9]}")
        person.says("greet", media=({"kind": HOSTILE, "value": HOSTILE},))
        person.says(
            HOSTILE, HOSTILE, entities=[{"entity": HOSTILE, "value": HOSTILE}], ranking=[(HOSTILE, 0.9)]
        )
        while (parcel := delivery.claim(app, {channel: lambda _: False})) is not None:
            delivery.refused(app, parcel, HOSTILE)
    added = set(samples()) - before
    assert added
    for name, labels in added:
        for label, text in labels:
            allowed = CLOSED.get(label)
            if not name.startswith("aldia_") and label not in ("le", "generation"):
                continue
            is_allowed = text in allowed if isinstance(allowed, set) else re.fullmatch(allowed or "", text)
            assert is_allowed or text == metrics.OTHER, f"{name}: {label}={text!r}"


def test_a_label_can_never_grow_without_end() -> None:
    counted = metrics.Counted("test_bound", "For this test", ["word"])
    for number in range(5_000):
        counted.add(f"word{number}")
    counted.add(HOSTILE)
    with_label = [key for key in samples() if key[0] == "aldia_test_bound_total"]
    assert len(with_label) <= metrics._MOST_SERIES + 1
    assert value("aldia_test_bound_total", word=metrics.OTHER) == 5_001 - metrics._MOST_SERIES


def test_a_database_error_is_counted_by_kind(app: Application) -> None:
    from sqlalchemy import text

    from bot.storage.transaction import Transaction

    before = value("aldia_database_errors_total", kind="NotMigrated")
    with app.unit_of_work(write=False) as uow, pytest.raises(Exception, match="migrate"):
        Transaction(uow.connection, writes=False, keyring=uow.keys.keyring, cache=uow._cache).read(
            text("SELECT 1 FROM not_there")
        )
    assert value("aldia_database_errors_total", kind="NotMigrated") == before + 1


def test_the_figures_tell_what_stands_in_the_database(database_url: str) -> None:
    app = build(database_url)
    known = add(app, Known(phone="+34600111222"))
    person = Person(app, address="+34600111222", channel="sms")
    person.says("greet")
    person.says("request_agent", "quiero hablar con una persona")
    app.clock.at += timedelta(minutes=10)

    def figures() -> dict[tuple[str, ...], float]:
        with app.unit_of_work(write=False) as uow:
            found = list(uow.figures.read(app.clock.now()))
        assert {figure.name for figure in found} <= FIGURES.keys()
        assert all(len(figure.labels) == len(FIGURES[figure.name][1]) for figure in found)
        return {(figure.name, *map(str, figure.labels)): figure.value for figure in found}

    now = figures()
    assert now["queue_size",] == 1
    assert 590 < now["queue_oldest_seconds",] < 700
    assert sum(count for name, count in now.items() if name[0] == "cases_open") == 1
    assert now["outbox_messages", "sms", "due"] >= 2
    assert 590 < now["outbox_oldest_seconds", "sms"] < 700
    assert now["inbox_pending",] == 0
    assert ("checkpoint_age_seconds",) not in now
    assert ("backup_age_seconds",) not in now
    backups.note(
        app.unit_of_work,
        app.clock.now(),
        file="a.backup",
        content="0",
        revision="0",
        is_signed=True,
        by="cron",
    )
    app.clock.at += timedelta(minutes=1)
    assert 60 <= figures()["backup_age_seconds",] < 61
    for _ in range(6):
        Person(app, address="guesser").says("inform", f"{known.reference}, nací el 01/01/1970, cp 08001")
    assert figures()["identities_locked",] >= 1
    parcel = delivery.claim(app, {"sms": lambda _: False})
    assert parcel is not None
    assert figures()["outbox_messages", "sms", "sending"] == 1
    app.unit_of_work.dispose()  # type: ignore[attr-defined]


def test_a_database_that_is_down_is_told_and_not_asked_again_at_once() -> None:
    asked = []

    def read() -> list[Any]:
        asked.append(1)
        raise ConnectionError

    collector = FiguresCollector(read)
    for _ in range(3):
        families = {family.name: family for family in collector.collect()}
        assert families["aldia_database_up"].samples[0].value == 0
        assert families["aldia_queue_size"].samples == []
    assert asked == [1]


@pytest.mark.parametrize(
    ("token", "behind_proxy", "peer", "headers", "may"),
    [
        (None, False, "127.0.0.1", {}, True),
        (None, False, "::1", {}, True),
        (None, False, "10.0.0.7", {}, False),
        (None, False, None, {}, False),
        (None, False, "127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, False),
        (None, True, "127.0.0.1", {}, False),
        ("t" * 20, True, "10.0.0.7", {"authorization": f"Bearer {'t' * 20}"}, True),
        ("t" * 20, True, "10.0.0.7", {"authorization": f"Bearer {'t' * 19}"}, False),
        ("t" * 20, False, "127.0.0.1", {"authorization": "Bearer wrong"}, False),
        ("t" * 20, False, "127.0.0.1", {"authorization": "Bearer é"}, False),
        ("t" * 20, False, "127.0.0.1", {}, True),
        ("t" * 20, True, "127.0.0.1", {}, False),
        (None, True, "127.0.0.1", {"authorization": "Bearer "}, False),
    ],
)
def test_who_may_read(
    token: str | None, behind_proxy: bool, peer: str | None, headers: dict[str, str], may: bool
) -> None:
    assert Access(token, behind_proxy).allows(peer, headers) is may


def test_the_registry_is_our_own() -> None:
    names = set(re.findall(r"^# TYPE (\S+)", generate_latest(metrics.REGISTRY).decode(), re.MULTILINE))
    assert {name for name in names if not name.startswith(("aldia_", "process_", "python_gc_"))} == set()
