"""Profiles: complete and signed for by sources, refused with file and key, merged to the stricter, loosened by nobody."""

from __future__ import annotations

import re
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.debt.contact_gate import Blocked, CeaseAction, Purpose, Reach, decide
from bot.debt.holds import HoldKind
from bot.rulebook import Rulebook
from bot.rulebook.jurisdictions import Jurisdictions, load_jurisdictions
from bot.rulebook.jurisdictions.merging import merge
from bot.rulebook.jurisdictions.plain_words import fact_as_data, profile_as_lines
from bot.rulebook.jurisdictions.reading import read_profiles
from bot.rulebook.jurisdictions.schema import DAYS, SCOPES
from bot.rulebook.jurisdictions.sentences import sentence
from bot.rulebook.jurisdictions.strictness import is_as_strict, stricter
from tests.properties.gates import PROFILES, jurisdictions, moments
from tests.rulebook.cases import DIRECTORY

COUNTRIES = ("ES", "MX", "CO", "CL", "PE", "AR", "US", "GB")


def of_deployer(tmp_path: Path, **files: str) -> tuple[Jurisdictions | None, list[str]]:
    """Our profiles with a deployer's files over them."""
    for name, content in files.items():
        (tmp_path / f"{name.replace('_', '-')}.yml").write_text(content, encoding="utf-8")
    found, problems = load_jurisdictions(PROFILES, tmp_path)
    return found, [str(problem) for problem in problems]


def spoilt(tmp_path: Path, file: str, old: str, new: str) -> list[str]:
    """What is wrong with our profiles after one change."""
    folder = tmp_path / "profiles"
    shutil.copytree(PROFILES, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    found, problems = load_jurisdictions(folder)
    assert found is None
    return [str(problem) for problem in problems]


# -- what is there -------------------------------------------------------------------------------------------


def test_every_country_of_the_portfolio_has_a_profile_and_the_rest_of_the_world_the_strict_one() -> None:
    assert set(COUNTRIES) < set(jurisdictions().codes())
    assert jurisdictions().profile("EC").code == "strict"
    assert jurisdictions().profile("US-NY-NYC").code == "US-NY-NYC"
    assert jurisdictions().profile("US-NY").code == "US"
    assert jurisdictions().profile("ES-CT").code == "ES"


@pytest.mark.parametrize("code", COUNTRIES)
def test_a_country_says_something_of_every_matter(code: str) -> None:
    profile = jurisdictions().profile(code)
    for path in ("scope", "disclosures", "ai_disclosure", "identity", "opt_out", "disputes", "hardship", "human_agent",
                 "agreements", "conversation_rules", "prohibited", "records", "data_rights", "credit_bureau",
                 "limitation", "crisis", "debt_help", "complaints"):  # fmt: skip
        assert profile.under(path), f"{code}: {path}"


def test_every_fact_says_where_it_comes_from_and_memory_is_never_verified() -> None:
    for code in jurisdictions().codes():
        for fact in jurisdictions().profile(code).facts:
            assert len(fact.content["source"]) >= 8, fact.fact_id
            assert sentence(fact).strip(), fact.fact_id
            if fact.content["evidence"] == "memory":
                assert not fact.is_verified, fact.fact_id


def test_every_hold_stops_collection_in_every_jurisdiction() -> None:
    for code in jurisdictions().codes():
        triggers = jurisdictions().gate(code).triggers
        assert set(triggers) == set(HoldKind), code
        assert {t.action for t in triggers[HoldKind.WRONG_PARTY]} == {CeaseAction.STOP_ADDRESS}


def test_countries_and_profiles_agree_on_what_both_say() -> None:
    book = Rulebook.load(DIRECTORY)
    for code in COUNTRIES:
        profile, country = jurisdictions().profile(code), book.country(code)
        phones = " ".join(
            str(f.content.get("phone", "")) + f.content["name"] for f in profile.under("crisis")
        )
        assert re.sub(r"\W", "", country.crisis_line.phone.split(",")[0]) in re.sub(r"\W", "", phones), code
        assert profile.content["currency"] == country.currency
        refused = jurisdictions().gate(code).triggers[HoldKind.REFUSED]
        assert country.refusal_stops_contact is any(t.action is CeaseAction.STOP for t in refused), code


# -- what is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("CO.yml", "effect: law", "effect: laww", "CO.yml: scope[0].effect: is 'laww'; allowed: law, regulator_rule"),
        ("CO.yml", "start: \"07:00\"", "start: \"7:00\"", "CO.yml: contact.windows[0].start: is '7:00'"),
        ("CO.yml", "start: \"07:00\"", "start: \"20:00\"", "CO.yml: contact.windows[0].end: is 19:00, not after 20:00"),
        ("CO.yml", "[sun]", "[sunday]", "is 'sunday'; allowed: mon, tue, wed, thu, fri, sat, sun"),
        ("CO.yml", "America/Bogota", "America/Bogotá", "is no IANA time zone"),
        ("CO.yml", "max: 1", "max: one", "CO.yml: frequency[0].max: must be a whole number, not 'one'"),
        ("CO.yml", "max: 1", "maximum: 1", "unknown key 'maximum' (did you mean max?)"),
        ("CO.yml", "id: saturday", "id: weekdays", "CO.yml: contact.windows: the fact 'weekdays' stands twice"),
        ("CO.yml", "holds: [dispute]", "holds: [disputes]", "is 'disputes'; allowed: dispute, payment_claimed"),
        ("CO.yml", "parent: base", "parent: bases", "CO.yml: parent: is 'bases'"),
        ("CO.yml", "jurisdiction: CO", "jurisdiction: CL", "CO.yml: jurisdiction: is 'CL', but the file is named CO.yml"),
        ("CO.yml", "  sms:\n", "  pigeon:\n", "CO.yml: channels"),
        ("PE.yml", "verified: false", "verified: true", "a fact known from memory cannot be verified"),
        ("CO.yml", "kind: calendar", "kind: monthly", "is 'monthly'; allowed: calendar, rolling"),
        ("CO.yml", "{n: 1, unit: day}\n    kind", "{n: 3, unit: day}\n    kind", "one day, week or month"),
        ("CO.yml", "scope:", "scope: [", "CO.yml: line"),
        ("base.yml", "parent", "parents", "unknown key"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_key_and_what_is_allowed(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    if file == "base.yml":
        old, new = "as_of:", "as_off:"
    found = spoilt(tmp_path, file, old, new)
    assert any(said in line for line in found), found


def test_a_directory_without_profiles_is_told(tmp_path: Path) -> None:
    found, problems = load_jurisdictions(tmp_path / "none")
    assert found is None
    assert "no such directory" in str(problems[0])


# -- what a deployer may do ----------------------------------------------------------------------------------


def test_a_deployer_tightens_a_law(tmp_path: Path) -> None:
    own = """
jurisdiction: CO
contact:
  windows:
    - {id: weekdays, days: [mon, tue, wed, thu], start: "09:00", end: "18:00"}
frequency:
  - {id: one_contact_per_day, max: 0}
"""
    found, problems = of_deployer(tmp_path, CO=own)
    assert problems == []
    assert found is not None
    fact = found.profile("CO").fact("contact.windows.weekdays")
    assert fact is not None
    assert (fact.fact_id, fact.effect) == ("deployer.contact.windows.weekdays", "law")
    assert found.gate("CO").spans("sms")[:5] == (((540, 1080),),) * 4 + ((),)  # type: ignore[index]
    assert found.gate("CO").spans("sms")[5] == ((480, 900),), "Saturday stays"  # type: ignore[index]


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("contact: {windows: [{id: weekdays, start: '06:00'}]}", "weekdays.start: is 06:00, looser than 07:00"),
        ("contact: {windows: [{id: weekdays, days: [mon, tue, wed, thu, fri, sat]}]}", "contact.windows.weekdays.days"),
        ("contact: {closed_days: [{id: days_without_contact, public_holidays: false}]}", "is false, looser than true"),
        ("frequency: [{id: one_contact_per_day, max: 2}]", "frequency.one_contact_per_day.max: is 2, looser than 1"),
        ("frequency: [{id: one_contact_per_day, channels: [sms]}]", "frequency.one_contact_per_day.channels"),
        ("channels: {sms: {status: allowed}}", "channels.sms.status: is allowed, looser than consent_required"),
        ("cease_triggers: [{id: wrong_person, action: pause}]", "cease_triggers.wrong_person.action: is pause, looser"),
        ("contact: {inbound: {reply_for: {n: 90, unit: day}}}", "contact.inbound.reply_for: is 90 day, looser than 7 day"),
        ("prohibited: [{id: visits, effect: product_default}]", "prohibited.visits: only the values"),
        ("frequency: [{id: ours, channels: [all], max: 1, per: {n: 1, unit: day}, counts: attempt, scope: debt}]",
         "CO.yml (deployer): frequency.ours: is a new fact without effect, evidence, source"),
        ("frequency: [{id: x, max: lots}]", "frequency[0].max: must be a whole number, not 'lots'"),
    ],
)  # fmt: skip
def test_a_deployer_cannot_loosen_a_law(tmp_path: Path, own: str, said: str) -> None:
    found, problems = of_deployer(tmp_path, CO=f"jurisdiction: CO\n{own}\n")
    assert found is None
    assert any(said in line for line in problems), problems


def test_a_deployer_loosens_what_is_our_choice(tmp_path: Path) -> None:
    own = """
jurisdiction: ES
contact:
  windows: [{id: weekdays, start: "08:00", end: "22:00", text: "Our night shift asked for it."}]
frequency: [{id: messages_per_day, max: 2}]
acknowledged:
  - {fact: channels.whatsapp, by: "Ana Ruiz, compliance", dated: 2026-11-01, because: "policy read, utility templates only"}
"""
    found, problems = of_deployer(tmp_path, ES=own)
    assert problems == []
    assert found is not None
    assert found.gate("ES").spans("sms")[0] == ((480, 1320),)  # type: ignore[index]
    assert found.gate("ES").channels["whatsapp"][0].is_acknowledged
    assert "acknowledged by Ana Ruiz" in "\n".join(profile_as_lines(found.profile("ES")))


def test_a_deployers_file_for_all_holds_in_every_country_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    found, problems = of_deployer(
        tmp_path, base="jurisdiction: base\ncontact: {inbound: {live_for: {n: 1, unit: hour}}}\n"
    )
    assert problems == []
    assert found is not None
    assert {found.gate(code).inbound.live_for.total_seconds() for code in COUNTRIES} == {3600.0}
    found, problems = of_deployer(tmp_path, XX="jurisdiction: XX\n")
    assert found is None
    assert any("XX.yml: changes a profile that does not exist; allowed: AR" in line for line in problems)


# -- the stricter wins ---------------------------------------------------------------------------------------

_CHANNELS = st.lists(st.sampled_from(["sms", "email", "voice", "telegram"]), min_size=1, unique=True)
_HOURS = st.tuples(st.integers(0, 22), st.integers(1, 23)).filter(lambda pair: pair[0] < pair[1])
_ORIGINS = st.sampled_from(["law", "regulator_rule", "product_default"])


@st.composite
def _profiles(draw: st.DrawFn, code: str) -> dict[str, Any]:
    """A small profile, with facts under the same ids as every other."""

    def fact(**own: Any) -> dict[str, Any]:
        return {**own, "effect": draw(_ORIGINS), "evidence": "primary", "source": "a source"}

    start, end = draw(_HOURS)
    node: dict[str, Any] = {"jurisdiction": code, "name": {"es": code, "en": code}, "as_of": "2026-01-01"}
    node["contact"] = {
        "windows": [
            fact(
                id="hours", days=draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True)),
                start=f"{start:02}:00", end=f"{end:02}:00", channels=draw(_CHANNELS),
            )
        ],
        "closed_days": [
            fact(
                id="closed", weekdays=draw(st.lists(st.sampled_from(DAYS), max_size=2, unique=True)),
                public_holidays=False, calendars=[{"country": "ES"}], channels=draw(_CHANNELS),
            )
        ],
    }  # fmt: skip
    node["frequency"] = [
        fact(
            id="often", channels=draw(_CHANNELS), max=draw(st.integers(0, 4)),
            per={"n": draw(st.integers(1, 9)), "unit": "day"}, kind="rolling", counts="attempt",
            scope=draw(st.sampled_from(SCOPES)),
        )
    ]  # fmt: skip
    return node


@given(_profiles("XX"), _profiles("YY"))
def test_a_merged_fact_is_at_least_as_strict_as_each_that_it_is_made_of(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    merged = merge(merge({}, one), other)
    for section in ("windows", "closed_days"):
        (made,) = merged["contact"][section]
        for origin in (one, other):
            (fact,) = origin["contact"][section]
            for key in fact.keys() - {"id", "source", "effect", "evidence"}:
                assert is_as_strict(section, key, made[key], fact[key]), (section, key)
    (made,) = merged["frequency"]
    for origin in (one, other):
        (fact,) = origin["frequency"]
        for key in fact.keys() - {"id", "source", "effect", "evidence"}:
            assert is_as_strict("frequency", key, made[key], fact[key]), key
        if fact["effect"] != "product_default":
            assert made["effect"] != "product_default", "a law stays one"


@given(moments, st.sampled_from(["sms", "email", "voice"]), st.data())
def test_a_child_lets_nothing_out_that_its_parent_blocks(
    moment: Any, channel: str, data: st.DataObject
) -> None:
    """New York City and Washington against the federal rules, Spain against what is common to all."""
    for child, parent in (("US-NY-NYC", "US"), ("US-WA", "US")):
        zone = data.draw(st.sampled_from(jurisdictions().gate("US").zones))
        person = Reach(zones=(zone,), consents=frozenset({channel}))
        upper = decide(moment, person, channel, Purpose.COLLECTION, [], jurisdictions().gate(parent))
        if isinstance(upper, Blocked):
            assert isinstance(
                decide(moment, person, channel, Purpose.COLLECTION, [], jurisdictions().gate(child)), Blocked
            )


@given(st.data())
def test_the_stricter_of_two_is_the_same_whichever_comes_first(data: st.DataObject) -> None:
    values: dict[str, st.SearchStrategy[Any]] = {
        "max": st.integers(0, 9),
        "start": st.sampled_from(["07:00", "08:30"]),
        "status": st.sampled_from(["allowed", "consent_required", "restricted", "prohibited"]),
        "exempt_from_window": st.booleans(),
        "max_replies_per_inbound": st.one_of(st.none(), st.integers(0, 3)),
        "keep": st.builds(lambda n: {"n": n, "unit": "year"}, st.integers(1, 9)),
    }
    key = data.draw(st.sampled_from(sorted(values)))
    one, other = data.draw(values[key]), data.draw(values[key])
    assert stricter("", key, one, other) == stricter("", key, other, one)
    assert stricter("", key, one, one) == one


def test_merging_changes_neither_profile() -> None:
    raw, _ = read_profiles(PROFILES)
    before = deepcopy(raw)
    merge(merge({}, raw["US"]), raw["US-WA"])
    assert raw == before


# -- what counsel reads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", jurisdictions().codes())
def test_a_profile_in_plain_words_names_every_fact_and_its_doubts(code: str) -> None:
    profile = jurisdictions().profile(code)
    text = "\n".join(profile_as_lines(profile))
    assert all(f"[{fact.fact_id}]" in text for fact in profile.facts)
    assert text.count("⚠") == 2 * len(profile.unverified) + 1
    assert "SIGNATURE" in text
    assert "_" not in re.sub(r"\[[^\]]*\]|⚠ [\w.-]+:|_{5,}|\S+\.\S+|\w+(?:/\w+)+", "", text), (
        "no word of a programmer"
    )
    for fact in profile.facts:
        assert set(fact_as_data(fact)) >= {"fact_id", "says", "effect", "evidence", "verified", "source"}


def test_the_shipped_files_are_what_a_yaml_editor_can_write_back() -> None:
    for path in PROFILES.glob("*.yml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["jurisdiction"] == path.stem


def test_somebody_whose_state_nobody_knows_has_the_strictest_of_all_places() -> None:
    found = jurisdictions()
    assert (found.place("US", None), found.place("ES", None), found.place("GB", None)) == ("US-*", "ES", "GB")
    assert (found.place("US", "US-NY-NYC"), found.place("US", "ES-CT")) == ("US-NY-NYC", "US-*")
    anywhere, own = found.gate("US-*"), {code: found.gate(code) for code in ("US", "US-NY-NYC", "US-WA")}
    assert anywhere.code == "US-*"
    for rules in own.values():
        assert {each.fact_id for each in rules.frequencies} <= {each.fact_id for each in anywhere.frequencies}
        for channel, of_channel in rules.channels.items():
            for flag in ("is_prohibited", "needs_consent", "needs_acknowledgment"):
                assert any(getattr(r, flag) for r in anywhere.channels[channel]) >= any(
                    getattr(r, flag) for r in of_channel
                )
        spans, theirs = anywhere.spans("email"), rules.spans("email")
        assert spans is not None
        assert theirs is not None
        assert all(max(a[0][0], b[0][0]) == a[0][0] for a, b in zip(spans, theirs, strict=True))
    assert "US-*" not in found.codes()


def test_a_desk_is_closed_on_public_holidays_unless_the_deployer_says_otherwise() -> None:
    from datetime import datetime, timezone

    from bot.rulebook.desk import load_desk_hours
    from bot.rulebook.errors import Problems
    from bot.rulebook.schema import COUNTRIES

    hours = {
        code: {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}
        for code in COUNTRIES
    }
    christmas, day_after = (datetime(2026, 12, day, 11, tzinfo=timezone.utc) for day in (25, 28))
    for word, is_open in (("closed", False), ("open", True)):
        found = load_desk_hours({"public_holidays": word, "hours": hours}, Problems("desk_hours.yml"))
        assert found["ES"].is_open(christmas) is is_open
        assert found["ES"].is_open(day_after)
    out = Problems("desk_hours.yml")
    load_desk_hours({"public_holidays": "sometimes", "hours": hours}, out)
    assert [problem.key for problem in out.found] == ["public_holidays"]
