"""The command line: help, exit codes, one JSON document, and sentences instead of traces."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import _COMMANDS, aldia, common
from bot.demo.portfolio import lines
from bot.settings import CHECKOUT, Settings

KEY = "k" * 40


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALDIA_DATABASE_URL", f"sqlite:///{tmp_path / 'aldia.db'}")
    monkeypatch.setenv("ALDIA_IDENTITY_KEY", KEY)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(aldia, list(arguments))


@pytest.fixture
def portfolio(tmp_path: Path) -> Path:
    """The demo portfolio as a file, imported."""
    path = tmp_path / "portfolio.csv"
    path.write_text("".join(lines(date.today())), encoding="utf-8")
    assert run("migrate").exit_code == 0
    assert run("import", str(path)).exit_code == 0
    return path


@pytest.mark.parametrize(
    "command", [[], *([name] for name in _COMMANDS), ["rulebook", "explain"], ["audit", "export"]]
)
def test_help_is_useful_by_itself(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.exit_code == 0
    assert "Usage: " in done.output
    # A group lists its commands, a command shows how it is used.
    assert "Example" in done.output or "Commands:" in done.output or "side by side" in done.output


def test_a_wrong_use_is_code_2() -> None:
    assert run("shoow").exit_code == 2
    assert run("show").exit_code == 2
    assert run("import", "no-such-file.csv").exit_code == 2


@pytest.mark.parametrize(
    "command",
    [
        ["show", "AD-ES-0001"],
        ["audit", "verify"],
        ["audit", "export", "AD-ES-0001"],
        ["rulebook", "explain", "X"],
    ],
)
def test_a_database_that_is_not_migrated_is_one_sentence(command: list[str]) -> None:
    done = run(*command)
    assert done.exit_code == 1
    assert "aldia migrate" in done.output
    assert done.stdout == ""
    assert "Traceback" not in done.output


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALDIA_PORT", "many")
    done = run("migrate", "--database", "mysql://x")
    assert done.exit_code == 1
    assert "ALDIA_PORT" in done.stderr
    assert "ALDIA_DATABASE_URL" in done.stderr


def test_show_prints_one_document(portfolio: Path) -> None:
    case = json.loads(run("show", "ad-es-0001", "--json").stdout)
    assert case["account_reference"] == "AD-ES-0001"
    assert set(case) == {
        "account_reference", "creditor", "status", "balance", "segment", "days_past_due",
        "holds", "arrangement", "promises", "conversations",
    }  # fmt: skip
    assert set(case["balance"]) == {"amount", "currency"}
    text = run("show", "AD-ES-0001")
    assert text.exit_code == 0
    assert case["balance"]["amount"] in text.stdout


def test_an_unknown_account_is_refused(portfolio: Path) -> None:
    for command in (["show", "NO-1", "--json"], ["rulebook", "explain", "NO-1"], ["audit", "export", "NO-1"]):
        done = run(*command)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "NO-1" in done.stderr


def test_importing_twice_changes_nothing(portfolio: Path) -> None:
    counts = json.loads(run("import", str(portfolio), "--json").stdout)
    assert (counts["created"], counts["changed"], counts["refused_count"]) == (0, 0, 0)
    assert counts["unchanged"] > 20


def test_a_bad_row_is_named_and_the_others_go_in(portfolio: Path, tmp_path: Path) -> None:
    header, first, *rest = portfolio.read_text(encoding="utf-8").splitlines()
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join([header, first.replace(",EUR,", ",XXX,"), *rest, ""]), encoding="utf-8")
    done = run("import", str(bad), "--json")
    assert done.exit_code == 1
    refused = json.loads(done.stdout)["refused"]
    assert [(row["line"], row["column"]) for row in refused] == [(2, "currency")]
    assert "bad.csv:2: currency" in run("import", str(bad)).stderr


def test_a_payment_is_posted_once(portfolio: Path, tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    file.write_text(
        "account_reference,amount,currency,paid_on,payment_reference\n"
        f"AD-ES-0001,10.00,EUR,{date.today()},P-1\n"
    )
    assert json.loads(run("import-payments", str(file), "--json").stdout)["posted"] == 1
    again = json.loads(run("import-payments", str(file), "--json").stdout)
    assert (again["posted"], again["already_posted"]) == (0, 1)


def test_a_file_that_is_no_portfolio_is_one_sentence(portfolio: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")
    done = run("import", str(file))
    assert done.exit_code == 1
    assert "the header lacks" in done.stderr


def test_the_record_is_verified_and_exported(portfolio: Path) -> None:
    assert json.loads(run("audit", "verify", "--json").stdout)["is_sound"]
    exported = [json.loads(line) for line in run("audit", "export", "AD-ES-0001").stdout.splitlines()]
    assert exported
    assert {"tag", "payload", "hash", "previous_hash"} <= set(exported[0])


def test_the_rulebook_is_checked_and_explained(portfolio: Path) -> None:
    assert json.loads(run("rulebook", "check", "--json").stdout)["passes"]
    explained = json.loads(run("rulebook", "explain", "AD-ES-0001", "--json").stdout)
    assert explained["rules"]
    assert {"rule_id", "description", "value", "unit", "reference", "since"} <= set(explained["rules"][0])
    assert run("rulebook", "explain", "AD-ES-0001").exit_code == 0


def test_a_jurisdiction_is_printed_for_counsel_and_for_machines() -> None:
    text = run("rulebook", "check", "--jurisdiction", "co")
    assert text.exit_code == 0
    assert "[CO.contact.windows.saturday]" in text.stdout
    assert "FIRMA" in text.stdout
    assert "SIGNATURE" in run("rulebook", "check", "--jurisdiction", "CO", "--language", "en").stdout
    assert "SIGNATURE" in run("rulebook", "check", "--jurisdiction", "GB").stdout
    assert "FIRMA" in run("rulebook", "check", "--jurisdiction", "GB", "--language", "es").stdout
    assert run("rulebook", "check", "--jurisdiction", "CO", "--language", "fr").exit_code == 2
    found = json.loads(run("rulebook", "check", "--jurisdiction", "CO", "--json").stdout)
    assert found["unverified"]
    assert all(fact["source"] for fact in found["facts"])
    refused = run("rulebook", "check", "--jurisdiction", "XX")
    assert refused.exit_code == 2
    assert "allowed: AR, CL, CO" in refused.output
    spanish = json.loads(
        run("rulebook", "check", "--jurisdiction", "CO", "--language", "es", "--json").stdout
    )
    assert spanish == found
    whole = run("rulebook", "check").stdout
    assert "CO: not confirmed: " in whole
    assert "In Spanish: every fact of ES, MX, CO, CL, PE, AR" in whole
    assert "spanish" not in json.loads(run("rulebook", "check", "--json").stdout)


def own_rulebook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the rulebook that the command reads, to be changed."""
    own = folder / "rulebook"
    shutil.copytree(CHECKOUT / "rulebook", own)
    monkeypatch.setenv("ALDIA_RULEBOOK_DIR", str(own))
    return own


def test_without_a_mailing_address_the_united_states_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_rulebook(tmp_path, monkeypatch)
    assert run("rulebook", "check", "--jurisdiction", "US").exit_code == 0
    file = own / "who_writes.yml"
    named = file.read_text(encoding="utf-8")
    file.write_text(
        named.replace('mailing_address: "P.O. Box 100, Austin, TX 78701", ', ""), encoding="utf-8"
    )
    for place in ("US", "US-NY-NYC"):
        done = run("rulebook", "check", "--jurisdiction", place)
        assert done.exit_code == 1
        assert "writer.US.mailing_address is missing" in done.stderr
        assert "US.disclosures.validation_notice" in done.stderr
    assert json.loads(run("rulebook", "check", "--jurisdiction", "US", "--json").stdout)["missing"]
    assert run("rulebook", "check", "--jurisdiction", "GB").exit_code == 0
    whole = run("rulebook", "check")
    assert whole.exit_code == 0
    assert "warning: who_writes.yml: writer.US.mailing_address is missing" in whole.stderr


def test_a_first_party_that_writes_under_another_name_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_rulebook(tmp_path, monkeypatch)
    file = own / "who_writes.yml"
    named = file.read_text(encoding="utf-8")
    file.write_text(
        named.replace('privacy: "bluebonnet.example/privacy"', 'privacy: "x.example"\n    first_party: true'),
        encoding="utf-8",
    )
    whole = run("rulebook", "check")
    assert whole.exit_code == 0
    assert (
        "creditors.bluebonnet lending.first_party has no effect in US: Al Día Services writes" in whole.stderr
    )
    file.write_text(
        named.replace(
            'privacy: "bluebonnet.example/privacy"', 'privacy: "x.example"\n    first_party: perhaps'
        ),
        encoding="utf-8",
    )
    wrong = run("rulebook", "check")
    assert wrong.exit_code == 1
    assert "first_party" in wrong.stderr


def test_a_deployers_looser_law_stops_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "CO.yml").write_text("jurisdiction: CO\nfrequency: [{id: one_contact_per_day, max: 9}]\n")
    monkeypatch.setenv("ALDIA_JURISDICTIONS_DIR", str(tmp_path))
    done = run("rulebook", "check")
    assert done.exit_code == 1
    assert "CO.yml (deployer): frequency.one_contact_per_day.max: is 9, looser than 1" in done.stderr


@pytest.mark.usefixtures("portfolio")
def test_may_we_write_to_this_person() -> None:
    sunday = ("--at", "2026-11-29T10:00")
    done = json.loads(run("rulebook", "contact", "AD-ES-0001", *sunday, "--json").stdout)
    assert (done["allowed"], done["kind"]) == (False, "closed_day")
    assert done["fact_id"] == "ES.contact.closed_days.days_without_contact"
    assert done["next_allowed_at"].startswith("2026-11-30T09:00")
    assert "No: collection by sms" in run("rulebook", "contact", "AD-ES-0001", *sunday).stdout
    assert json.loads(run("rulebook", "contact", "AD-ES-0001", "--at", "2026-11-25T10:00", "--json").stdout)[
        "allowed"
    ]
    assert run("rulebook", "contact", "AD-XX-1").exit_code == 1
    for wrong in (("--channel", "pigeon"), ("--purpose", "spam"), ("--at", "soon")):
        assert run("rulebook", "contact", "AD-ES-0001", *wrong).exit_code == 2


def test_our_words_are_checked_and_those_of_a_file(tmp_path: Path) -> None:
    threat = tmp_path / "reply.txt"
    threat.write_text("Le embargaremos la casa.", encoding="utf-8")
    done = run("rulebook", "lint", str(threat), "--jurisdiction", "ES")
    assert done.exit_code == 1
    assert "forbidden: speaks of taking property" in done.stdout
    found = json.loads(run("rulebook", "lint", str(threat), "--json").stdout)["findings"]
    assert found[0]["finding"]["fact_id"]
    kind = tmp_path / "kind.txt"
    kind.write_text("Podemos repartirlo en cuotas.", encoding="utf-8")
    assert run("rulebook", "lint", str(kind)).exit_code == 0
    assert run("rulebook", "lint", "--jurisdiction", "XX").exit_code == 2


def test_a_broken_rulebook_names_file_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALDIA_RULEBOOK_DIR", str(tmp_path))
    done = run("rulebook", "check")
    assert done.exit_code == 1
    assert ".yml" in done.stderr


def test_chat_says_what_to_do_when_nothing_runs() -> None:
    done = run("chat", "--url", "http://127.0.0.1:9")
    assert done.exit_code == 1
    assert "aldia run" in done.stderr


def test_dotenv_gives_what_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\nALDIA_PORT=7000\nexport ALDIA_HOST='::1'\nALDIA_LOG_LEVEL=\n\nnonsense\n"
    )
    monkeypatch.setattr(common, "CHECKOUT", tmp_path)
    monkeypatch.setenv("ALDIA_PORT", "6000")
    for name in ("ALDIA_HOST", "ALDIA_LOG_LEVEL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    common.load_dotenv()
    settings = common.settings_for()
    assert (settings.port, settings.host, settings.log_level) == (6000, "::1", "INFO")


def test_the_example_lists_every_setting_and_nothing_else() -> None:
    example = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^#?(ALDIA_\w+)=", example, re.MULTILINE))
    source = (CHECKOUT / "bot" / "settings.py").read_text(encoding="utf-8")
    read = {f"ALDIA_{name}" for name in re.findall(r'\b(?:read|refuse)\(\s*"(\w+)"', source)}
    # The second is read by Rasa, from endpoints.yml.
    assert listed == read | {"ALDIA_IDENTITY_KEY", "ALDIA_ACTIONS_URL"}


def test_what_the_example_gives_as_a_default_is_one() -> None:
    example = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^#(ALDIA_\w+)=(\S+)$", example, re.MULTILINE))
    needs = {"ALDIA_IDENTITY_KEY": "k" * 40}
    defaults = Settings.from_environment(needs)
    for name, value in stated.items():
        if "…" in value:  # what it looks like, not what it is
            continue
        given = value.replace("sqlite:///var", f"sqlite:///{CHECKOUT}/var")
        if name in ("ALDIA_RULEBOOK_DIR", "ALDIA_CHANNELS_FILE"):
            given = str(CHECKOUT / value)
        assert Settings.from_environment({**needs, name: given}) == defaults, name


def test_people_of_the_desk_come_and_go(portfolio: Path) -> None:
    added = run(
        "desk", "add-user", "Marta", "--role", "agent", "--full-name", "Marta Vidal", "--language", "es"
    )
    assert added.exit_code == 0
    password = added.stdout.strip().splitlines()[-1]
    assert len(password) >= 12
    again = run("desk", "add-user", "marta", "--role", "agent")
    assert again.exit_code == 1
    assert "taken" in again.output
    assert run("desk", "add-user", "a b", "--role", "agent").exit_code == 1
    assert run("desk", "add-user", "eva", "--role", "king").exit_code == 2
    listed = json.loads(run("desk", "list", "--json").stdout)
    assert [(user["name"], user["role"], user["languages"]) for user in listed] == [
        ("marta", "agent", ["es"])
    ]
    assert password not in run("desk", "list").output
    assert run("desk", "reset-password", "marta").stdout.strip().splitlines()[-1] != password
    assert (
        run("desk", "add-token", "marta", "--label", "test")
        .stdout.strip()
        .splitlines()[-1]
        .startswith("aldia_")
    )
    assert run("desk", "disable", "marta").exit_code == 0
    assert json.loads(run("desk", "list", "--json").stdout)[0]["disabled"]
    assert run("desk", "enable", "nobody").exit_code == 1
    assert run("audit", "verify").exit_code == 0
