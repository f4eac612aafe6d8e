"""A wrong rulebook is refused with every mistake at once: file, key and what is allowed."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from bot.rulebook import Rulebook, RulebookError, check
from tests.rulebook.cases import DIRECTORY


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A rulebook that a test may spoil."""
    shutil.copytree(DIRECTORY, tmp_path / "rulebook")
    return tmp_path / "rulebook"


def spoil(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems_of(directory: Path) -> list[str]:
    with pytest.raises(RulebookError) as error:
        Rulebook.load(directory)
    return [str(problem) for problem in error.value.problems]


def test_the_rulebook_that_is_shipped_has_no_problem_and_no_warning() -> None:
    report = check(DIRECTORY)
    assert report.passes
    assert report.warnings == ()
    assert report.counts["countries"] == 8
    assert report.edition is not None


def test_it_loads_fast_enough_to_be_checked_at_every_start() -> None:
    started = time.process_time()
    Rulebook.load(DIRECTORY)
    assert time.process_time() - started < 1.5  # 0.02 s on an idle machine; generous for a busy one


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("settlements.yml", "late: 0.15", "lat: 0.15", "unknown key 'lat' (did you mean late?)"),
        ("settlements.yml", "value: 7", "value: 7 days", "must be a whole number of days from 1 to 60"),
        ("settlements.yml", "value: 7", "value: 700", "must be a whole number of days from 1 to 60, not 700"),
        ("settlements.yml", "early: 0.5", "early: 50", "must be a share from 0 to 1 (0.4 is 40 %), not 50"),
        ("settlements.yml", "upcoming: false", "upcoming: no way", "must be true or false"),
        ("settlements.yml", "hardship: {set: 1}", "hardships: {set: 1}", "unknown key 'hardships'"),
        ("settlements.yml", "{at_least: 0.8}", "{atleast: 0.8}", "did you mean at_least?"),
        ("settlements.yml", "from: 2026-01-01", "from: 2024-01-01", "is not after 2025-01-01"),
        ("settlements.yml", "from: 2025-01-01", "from: soon", "must be a date such as 2025-01-01"),
        ("settlements.yml", "  fees:\n", "  fee:\n", "did you mean fees?"),
        ("settlements.yml", "unit: yes or no", "unit: euros", "unit: is 'euros'; allowed: yes or no"),
        ("settlements.yml", "recovery: 0.35}", "late: 0.35}", "stands twice"),
        ("settlements.yml", "floor:\n", "floors:\n", "did you mean floor?"),
        ("segments.yml", "from_day: 31,", "from_day: 30,", "starts on day 30, which already belongs"),
        ("segments.yml", "from_day: 31,", "from_day: 33,", "days 31 to 32 belong to no segment"),
        ("segments.yml", "tone: practical", "tone: harsh", "allowed: reassuring, practical, firm_kind"),
        ("payment_plans.yml", "COP: 100,", "COP: 90000,", "is below round_to"),
        ("payment_plans.yml", "[monthly, semimonthly, biweekly, weekly]", "[yearly]", "unknown key 'yearly'"),
        ("payment_plans.yml", "EUR: 20,", "EURO: 20,", "did you mean EUR?"),
        ("countries.yml", "Europe/Madrid", "Madrid", "no IANA time zone"),
        ("countries.yml", "form: tu", "form: thou", "allowed: tu, usted, vos"),
        ("countries.yml", "  GB:", "  UK:", "is missing GB"),
        ("payment_methods.yml", "ES60 9999", "ES61 9999", "is no valid iban"),
        ("payment_methods.yml", "999180000123456782", "999180000123456783", "is no valid clabe"),
        ("payment_methods.yml", "{signature}", "{sign}", "must hold {signature}"),
        ("payment_methods.yml", "referencia {reference}", "sin referencia", "must hold {reference}"),
        ("identity.yml", "value: 2", "value: 1", "from 2 to 3, not 1"),
        ("ladder.yml", "affordability_stated,", "politeness,", "unknown key 'politeness'"),
    ],
)
def test_a_mistake_is_named_with_its_file_key_and_remedy(
    copy: Path, file: str, old: str, new: str, said: str
) -> None:
    spoil(copy, file, old, new)
    found = problems_of(copy)
    assert any(line.startswith(f"{file}: ") and said in line for line in found), found


def test_every_mistake_is_told_at_once(copy: Path) -> None:
    spoil(copy, "ladder.yml", "value: 0.6", "value: 6")
    spoil(copy, "promises.yml", "value: 0.1", "value: lots")
    spoil(copy, "identity.yml", "value: 24", "value: 0")
    found = problems_of(copy)
    assert {line.split(":")[0] for line in found} == {"ladder.yml", "promises.yml", "identity.yml"}


def test_a_missing_or_broken_file_is_named(copy: Path) -> None:
    (copy / "ladder.yml").unlink()
    (copy / "promises.yml").write_text("longest: [", encoding="utf-8")
    found = problems_of(copy)
    assert any(line.startswith("ladder.yml: the file is missing") for line in found)
    assert any(line.startswith("promises.yml: line") for line in found)


def test_a_file_that_is_empty_or_a_list_is_told_as_such(copy: Path) -> None:
    (copy / "ladder.yml").write_text("", encoding="utf-8")
    (copy / "contact.yml").write_text("- 1\n", encoding="utf-8")
    found = problems_of(copy)
    assert any("ladder.yml" in line and "must be a mapping, not empty" in line for line in found)
    assert any("contact.yml" in line and "must be a mapping, not a list" in line for line in found)


def test_a_directory_that_is_not_there() -> None:
    report = check("no/such/rulebook")
    assert not report.passes
    assert "no such directory" in str(report.problems[0])


def test_what_is_allowed_but_unwise_is_a_warning(copy: Path) -> None:
    spoil(copy, "settlements.yml", "late: 75, recovery: 75}", "late: 20, recovery: 75}")
    report = check(copy)
    assert report.passes
    assert any(
        "settlements.late: 3 monthly payments do not fit in 20 days" in line for line in report.warnings
    )
