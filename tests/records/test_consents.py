"""`aldia debtor consents`: listed with how and by whom, added with a proof, refused with what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.records.conftest import Run
from tests.support.people import Known


def listed(run: Run) -> list[dict[str, Any]]:
    done = run("debtor", "consents", "AD-ES-9001", "--json")
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_given_and_taken_back(run: Run, known: Known) -> None:
    given = ("--give", "sms", "--proof", "form 12", "--on", "2026-01-02", "--written", "--by", "Ana")
    done = run("debtor", "consents", "AD-ES-9001", *given)
    assert done.exit_code == 0, done.output
    assert "form 12" in done.output
    assert run("debtor", "consents", "AD-ES-9001", "--withdraw", "sms", "--by", "Ana").exit_code == 0
    rows = listed(run)
    assert [(row["channel"], row["is_given"], row["how"]) for row in rows] == [
        ("sms", True, "written"),
        ("sms", False, "desk"),
        ("webchat", True, "preferred_channel"),
    ]
    assert (rows[0]["at"][:10], rows[0]["by"], rows[0]["proof"]) == ("2026-01-02", "Ana", "form 12")
    assert run("audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--give", "sms"),
        ("--give", "fax", "--proof", "x"),
        ("--give", "sms", "--proof", "x", "--on", "2999-01-01"),
        ("--give", "sms", "--withdraw", "sms", "--proof", "x"),
    ],
)
def test_refused(run: Run, known: Known, words: tuple[str, ...]) -> None:
    assert run("debtor", "consents", "AD-ES-9001", *words).exit_code == 2
    assert len(listed(run)) == 1
