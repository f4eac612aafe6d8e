"""What must not grow with use: keys in memory, and what the reader of figures remembers of words."""

from __future__ import annotations

import os
import time

import pytest

from bot.audit import keys
from bot.audit.keys import KeyCache
from bot.audit.sealing import DataKey
from bot.nlu.entities import cues


def test_keys_leave_memory_when_their_minute_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    cache = KeyCache()
    for number in range(1_000):
        now[0] = number / 10
        cache.put(f"conversation:{number}", DataKey(os.urandom(32), f"conversation:{number}"))
    # A key is put every tenth of a second: of the last minute there are six hundred.
    assert len(cache) <= 601
    assert cache.get("conversation:999") is not None
    assert cache.get("conversation:300") is None


def test_a_key_that_is_used_again_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    cache, key = KeyCache(), DataKey(os.urandom(32), "debtor:1")
    cache.put("debtor:1", key)
    now[0] = 50.0
    cache.put("debtor:2", key)
    cache.put("debtor:1", key)
    now[0] = 100.0
    assert cache.get("debtor:1") is key


def test_there_are_never_too_many_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_MOST_KEPT", 10)
    cache, key = KeyCache(), DataKey(os.urandom(32), "debtor:1")
    for number in range(50):
        cache.put(f"debtor:{number}", key)
    assert len(cache) <= 10
    assert cache.get("debtor:49") is key


def test_words_read_once_are_not_kept() -> None:
    cues.find_cues("puedo pagar 50", "es")
    strings = cues._matcher("es")[0].vocab.strings
    before = len(strings)
    for number in range(200):
        assert cues.find_cues(f"puedo pagar {number} de ad-es-{number:08d}", "es")
    assert len(strings) == before
