"""One fact in one or two sentences of plain English."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.rulebook.jurisdictions.profile import Fact
from bot.rulebook.jurisdictions.schema import DAYS

_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_STATUS = {
    "allowed": "may be used",
    "consent_required": "only with the person's recorded authorisation",
    "restricted": "only after the deployer has looked into its condition and acknowledged it",
    "prohibited": "may not be used",
}
_ACTIONS = {
    "pause": "pauses collection",
    "stop_collection_keep_service": "stops collection, not service messages",
    "stop_legal_threats": "stops every word of legal steps",
    "stop_channel": "stops the channel",
    "stop_all": "stops every message but the notices that the law prescribes",
    "redirect_to_representative": "leaves only the representative to write to",
    "stop_address": "stops every message to that address",
}
_WHEN = {
    "on_request": "when asked",
    "never_deny": "never denied",
    "on_agreement": "when something is agreed",
    "within_deadline": "in time",
    "first_contact": "at the first contact",
    "first_contact_incl_inbound": "at the first contact, also when the person writes first",
    "before_first_collection": "before anything is collected",
    "every_outbound": "in every message of ours",
    "every_electronic_message": "in every electronic message",
    "every_message": "in every message",
    "first_message": "in the first message",
}
_MOMENTS = {
    "opening": "as our first words",
    "electronic": "in every answer or message to a number or address",
    "unasked": "in what nobody asked for",
    "identified": "once the person is known",
    "account": "once it is known which account it is about",
    "offer": "with an offer",
    "time_barred": "where the period to sue is over",
    "hardship": "when hardship is told",
    "complaint": "at a complaint",
    "dispute": "at a dispute",
    "settlement": "before a settlement is agreed",
    "agreement": "when something is agreed",
    "payment": "with the ways to pay",
}
_OFTEN = {
    "account": "once about an account",
    "conversation": "once in a conversation",
    "session": "once after each identification",
    "message": "every time",
}
_RULES = {"must": "Must", "must_not": "Must not", "may": "May"}


def sentence(fact: Fact) -> str:
    """What a fact says, in one or two sentences."""
    said = _describe(fact)
    text = str(fact.content.get("text", "")).strip()
    ours = " ".join(map(_disclosed, fact.content.get("discloses", ())))
    return (
        " ".join(part for part in (said, text, ours) if part)
        or fact.path.rpartition(".")[2].replace("_", " ") + "."
    )


def _describe(fact: Fact) -> str:
    if fact.path.startswith("channels."):
        return f"{fact.path.partition('.')[2].capitalize()}: {_channel(fact.content)}"
    return described_by(_DESCRIBED, fact, lambda _: _named(fact))


def described_by(
    table: Mapping[str, Callable[[Mapping[str, Any]], str]],
    fact: Fact,
    otherwise: Callable[[Mapping[str, Any]], str],
) -> str:
    """What the table's sentence for the fact's path says of it, or the other when it has none."""
    for path, describe in table.items():
        if fact.path == path or fact.path.startswith(f"{path}."):
            return describe(fact.content)
    return otherwise(fact.content)


def _disclosed(entry: Mapping[str, Any]) -> str:
    also = ", in each language used" if entry.get("each_language") else ""
    unless = f", unless {entry['covered_by'].replace('_', ' ')} says it" if "covered_by" in entry else ""
    unless += ", not for a creditor in its own name" if entry.get("only_collectors") else ""
    code = entry["code"].replace("_", " ")
    return f"[We say: {code}, {_MOMENTS[entry['moment']]}, {_OFTEN[entry['often']]}{also}{unless}.]"


def _named(fact: Fact) -> str:
    """A fact of words or of one value: its name, and the value if there is one."""
    name = fact.path.rpartition(".")[2].replace("_", " ").capitalize()
    value = fact.content.get("value")
    if isinstance(value, Mapping):
        return f"{name}: {_duration(value)}."
    if value is None:
        return f"{name}."
    return (
        f"{name}: {('yes' if value else 'no') if isinstance(value, bool) else str(value).replace('_', ' ')}."
    )


def _timezone(node: Mapping[str, Any]) -> str:
    whose = "the person's own time" if node["policy"] == "debtor_local" else "the country's time"
    where = ", ".join(node["zones"]) or "every zone of the person's country"
    unknown = (
        "when the place is not known, the hour has to fit all of them"
        if node["unknown_location"] == "intersect_all_zones"
        else "it also holds when the place is not known"
    )
    return f"Hours are {whose} ({where}); {unknown}. What counts is when a message is sent."


def _window(node: Mapping[str, Any]) -> str:
    return (
        f"{_days(node['days'])}, from {node['start']} until before {node['end']}: {_list(node['channels'])}."
    )


def _closed(node: Mapping[str, Any]) -> str:
    days = [f"on {_days(node['weekdays'])}"] if node["weekdays"] else []
    if node["public_holidays"]:
        parts = [
            " ".join([each["country"], "/".join(each.get("subdivisions", ()))]).strip()
            for each in node["calendars"]
        ]
        days.append(f"on public holidays ({', '.join(parts) or 'of the country'})")
    return f"No contact {' or '.join(days)}: {_list(node.get('channels', ['all']))}."


def _exception(node: Mapping[str, Any]) -> str:
    if node["kind"] != "purposes_exempt":
        return ""
    of = " and ".join({"window": "hours", "frequency": "counts"}[each] for each in node["exempt_from"])
    return f"Free of {of}: {_list(node['purposes'])}."


def _inbound(node: Mapping[str, Any]) -> str:
    free = [
        name
        for name, key in (("hours", "exempt_from_window"), ("counts", "exempt_from_frequency"))
        if node[key]
    ]
    said = f"Free of {' and '.join(free)}" if free else "Bound by hours and counts"
    most = node["max_replies_per_inbound"]
    if most is not None:
        always = node.get("applies_when") == "always"
        said += f"; {most} to each message" + ("" if always else " outside the hours or on a stopped channel")
    return f"{said}; at any hour for {_duration(node['live_for'])}, an answer at all for {_duration(node['reply_for'])}."


def _limit(node: Mapping[str, Any]) -> str:
    most, per = node["max"], node["per"]
    if node.get("after"):
        said = f"no contact for {_duration(per)} after a conversation"
    else:
        names = {
            "distinct_channel": "channel",
            "conversation": "conversation",
            "contact": "contact that reaches them",
        }
        what = names.get(
            node["counts"], "contact, attempts included," if node["counts"] == "attempt" else "contact"
        )
        span = f"a calendar {per['unit']}" if node.get("kind") == "calendar" else f"any {_duration(per)}"
        said = f"at most {most} {_plural(what, most)} in {span}"
    gap = f", {_duration(node['min_gap'])} apart" if "min_gap" in node else ""
    whom = {"debt": "for each debt", "debtor_creditor": "for each creditor", "debtor": "over all creditors"}
    replies = "; answers count too" if node.get("count_replies") else ""
    return f"{_list(node['channels'])}: {said}{gap}, {whom[node['scope']]}{replies}.".capitalize()


def _plural(name: str, number: int) -> str:
    first, space, rest = name.partition(" ")
    noun, comma, _ = first.partition(",")
    return name if number == 1 else f"{noun}s{comma}{space}{rest.replace('reaches', 'reach')}"


def _channel(node: Mapping[str, Any]) -> str:
    also = []
    if node.get("needs_consent") and node["status"] != "consent_required":
        also.append(_STATUS["consent_required"])
    if node.get("needs_acknowledgment") and node["status"] != "restricted":
        also.append(_STATUS["restricted"])
    if node.get("writing_is_consent"):
        also.append("writing on it first is such an authorisation")
    return "; ".join([_STATUS[node["status"]], *also]) + "."


def _disclosure(node: Mapping[str, Any]) -> str:
    when = f"within {_duration(node['deadline'])}" if "deadline" in node else _WHEN[node["when"]]
    return f"{when.capitalize()}: {'; '.join(node['content'])}."


def _ai(node: Mapping[str, Any]) -> str:
    return f"{_WHEN[node['when']].capitalize()}{', by law' if node['required_by_law'] else ''}."


def _keywords(node: Mapping[str, Any]) -> str:
    free = "; any wording that means it counts" if node["free_text_counts"] else ""
    return f"Words that stop: {', '.join(node['list'])}{free}."


def _trigger(node: Mapping[str, Any]) -> str:
    holds = _list(node["holds"]) if node["holds"] else "placed by a person only"
    lasts = f", {_duration(node['duration'])}" if "duration" in node else ""
    return f"Hold {holds}: {_ACTIONS[node['action']]}, until {node['until']}{lasts}."


def _rule(node: Mapping[str, Any]) -> str:
    return f"{_RULES[node['rule']]}:"


def _record(node: Mapping[str, Any]) -> str:
    return f"{node['what'].capitalize()}: {_duration(node['keep'])} from {node.get('from', 'each of them')}."


def _deadline(node: Mapping[str, Any]) -> str:
    longer = f", {_duration(node['extension'])} more if needed" if "extension" in node else ""
    name = f"{node['id'].replace('_', ' ').capitalize()}: " if "id" in node else ""
    most = f" to {_duration(node['max_duration'])}" if "max_duration" in node else ""
    return f"{name}{_duration(node['duration'])}{most}{longer}."


def _by_when(node: Mapping[str, Any]) -> str:
    return f"Done within {_duration(node['duration'])}." if node["duration"]["n"] else "Done at once."


def _whom(node: Mapping[str, Any]) -> str:
    reach = [node[key] for key in ("phone", "text_to", "url", "hours", "area") if key in node]
    free = ["free"] if node.get("free") else []
    return f"{', '.join([node['name'], *reach, *free])}."


def _authority(node: Mapping[str, Any]) -> str:
    return f"Authority: {node['name']}."


def _pending(node: Mapping[str, Any]) -> str:
    return f"{node['date'] if node['date'] != 'unknown' else 'Date not known'}:"


def _area(node: Mapping[str, Any]) -> str:
    return f"{node['area']}:"


_DESCRIBED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "contact.timezone": _timezone,
    "contact.windows": _window,
    "contact.closed_days": _closed,
    "contact.exceptions": _exception,
    "contact.inbound": _inbound,
    "frequency": _limit,
    "disclosures": _disclosure,
    "ai_disclosure": _ai,
    "opt_out.keywords": _keywords,
    "opt_out.deadline": _by_when,
    "cease_triggers": _trigger,
    "conversation_rules": _rule,
    "records": _record,
    "data_rights.authority": _authority,
    "data_rights.deadlines": _deadline,
    "limitation.periods": _deadline,
    "crisis": _whom,
    "debt_help": _whom,
    "complaints": _whom,
    "pending": _pending,
    "overlays": _area,
}


def _days(days: Sequence[str]) -> str:
    """Days as people say them: Mon–Fri, Sat."""
    runs = day_runs(days)
    if runs and len(runs[0]) == 7:
        return "every day"
    named = (
        f"{_DAY_NAMES[run[0]]}–{_DAY_NAMES[run[-1]]}"
        if len(run) > 2
        else ", ".join(_DAY_NAMES[day] for day in run)
        for run in runs
    )
    return ", ".join(named)


def day_runs(days: Sequence[str]) -> list[list[int]]:
    """Days that follow one another, Monday being 0."""
    runs: list[list[int]] = []
    for number in sorted(DAYS.index(day) for day in days):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _list(names: Sequence[str]) -> str:
    if list(names) == ["all"]:
        return "every channel"
    return ", ".join(name.replace("_", " ") for name in names)


def _duration(duration: Mapping[str, Any]) -> str:
    unit = duration["unit"].replace("_", " ")
    return f"{duration['n']} {unit}{'' if duration['n'] == 1 else 's'}"
