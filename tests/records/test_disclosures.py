"""The commands on what was disclosed and on verification codes; and that exports show both."""

from __future__ import annotations

import json
import re

from bot.services.application import Application
from tests.records.conftest import Run
from tests.support.people import Person


def test_what_was_said_when_in_which_wording_is_listed(run: Run, debtor: Person) -> None:
    done = run("debtor", "disclosures", "AD-ES-9001", "--json")
    assert done.exit_code == 0, done.output
    listed = json.loads(done.stdout)
    assert [one["code"] for one in listed] == ["ai", "human", "privacy"]
    assert listed[-1]["facts"] == ["ES.disclosures.first_layer_privacy"]
    assert listed[-1]["account"] == "AD-ES-9001"
    plain = run("debtor", "disclosures", "AD-ES-9001")
    assert plain.output.splitlines()[-1] == "3 disclosures."


def test_an_export_shows_them(run: Run, debtor: Person) -> None:
    exported = run("audit", "export", "AD-ES-9001")
    assert exported.exit_code == 0
    entries = [json.loads(line) for line in exported.stdout.splitlines()]
    given = [one["payload"] for one in entries if one.get("tag") == "DISCLOSURE_GIVEN"]
    assert [one["disclosure"] for one in given] == ["ai", "human", "privacy"]
    assert all(one["text_version"] and one["facts"] and one["outbox_id"] for one in given)


def test_a_code_that_is_read_out_is_known_or_not(run: Run, app: Application, debtor: Person) -> None:
    debtor.says("ask_legitimacy", "x")
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", debtor.texts)
    assert found is not None
    with app.unit_of_work(write=False) as uow:
        code = uow.verification_codes
        assert code.get(found.group()) is None, "of the code only its keyed hash is kept"
    # The commands run on the real clock, long after the test's.
    assert run("verify-code", found.group()).exit_code == 1
    assert json.loads(run("verify-code", "AAAA-AAAA", "--json").stdout) == {"is_ours": False}
