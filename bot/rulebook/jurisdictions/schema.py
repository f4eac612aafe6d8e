"""The schema of a jurisdiction profile (JSON Schema): what each fact may hold, in which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.debt.contact_gate import CHANNELS, Purpose
from bot.debt.disclosures import Code, Moment, Often
from bot.debt.holds import HoldKind

EFFECTS = (
    "law",
    "regulator_rule",
    "presumption",
    "guidance",
    "industry_practice",
    "platform_policy",
    "product_default",  # our choice; the only one that a deployer may loosen
    "bill",
    "repealed",
    "fact",
)
EVIDENCE = ("primary", "secondary", "memory", "none")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = ("minute", "hour", "day", "business_day", "month", "year")
STATUSES = ("allowed", "consent_required", "restricted", "prohibited")
ACTIONS = (
    "pause",
    "stop_collection_keep_service",
    "stop_legal_threats",
    "stop_channel",
    "stop_all",
    "redirect_to_representative",
    "stop_address",
)
COUNTS = ("attempt", "delivered", "contact", "conversation", "distinct_channel")
SCOPES = ("debt", "debtor_creditor", "debtor")
WHEN = (
    "on_request",
    "never_deny",
    "on_agreement",
    "within_deadline",
    "first_contact",
    "first_contact_incl_inbound",
    "before_first_collection",
    "every_outbound",
    "every_electronic_message",
    "every_message",
    "first_message",
)
EXCEPTIONS = ("debtor_chooses_hours", "inconvenient_hours", "purposes_exempt", "for_people")

_TEXT = {"type": "string", "minLength": 1}
_FLAG = {"type": "boolean"}
_TEXTS = {"type": "array", "items": _TEXT}
_CLOCK = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"}
_DAY_LIST = {"type": "array", "items": {"enum": list(DAYS)}}
_CHANNEL_LIST = {"type": "array", "minItems": 1, "items": {"enum": ["all", *CHANNELS]}}
_PURPOSES: Any = {"type": "array", "minItems": 1, "items": {"enum": [each.value for each in Purpose]}}
_DURATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["n", "unit"],
    "properties": {"n": {"type": "integer", "minimum": 0}, "unit": {"enum": list(UNITS)}},
}
# What a fact has us say, when and how often; the words are in data/responses/disclosures.yml.
_DISCLOSES: Any = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["code", "moment", "often"],
        "properties": {
            "code": {"enum": [each.value for each in Code]},
            "moment": {"enum": [each.value for each in Moment]},
            "often": {"enum": [each.value for each in Often]},
            "each_language": _FLAG,
            "covered_by": {"enum": [each.value for each in Code]},
            "only_collectors": _FLAG,
        },
    },
}
_FACT: dict[str, Any] = {
    "text": _TEXT,
    "discloses": _DISCLOSES,
    "effect": {"enum": list(EFFECTS)},
    "evidence": {"enum": list(EVIDENCE)},
    "verified": {"type": "boolean"},
    "conflict": _TEXT,
    "source": {"type": "string", "minLength": 8},
}
_REQUIRED = ("effect", "evidence", "source")
_ID = {"type": "string", "pattern": "^[a-z0-9_]+$"}


def _fact(required: tuple[str, ...] = (), **own: Any) -> dict[str, Any]:
    """One fact: what is said of every fact, and what is particular to it. A memory is never verified."""
    memory = {"properties": {"evidence": {"const": "memory"}}, "required": ["evidence"]}
    unverified = {"required": ["verified"], "properties": {"verified": {"const": False}}}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*required, *_REQUIRED],
        "properties": {**own, **_FACT},
        "if": memory,
        "then": unverified,
    }


def _facts(required: tuple[str, ...] = (), **own: Any) -> dict[str, Any]:
    return {"type": "array", "items": _fact(("id", *required), id=_ID, **own)}


def _section(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


_VALUED: Any = {"value": {"anyOf": [_FLAG, {"type": "number"}, _TEXT, _DURATION]}}
# Requests of a person that have to be answered within the value or duration of a fact.
REQUESTS = ("complaint", "dispute", "data_rights", "document")
_ANSWERS: Any = {"type": "array", "items": {"enum": list(REQUESTS)}}
_PLAIN = _facts(**_VALUED, answers=_ANSWERS)
_CONTACTS = _facts(
    ("name",), name=_TEXT, phone=_TEXT, text_to=_TEXT, url=_TEXT, hours=_TEXT, area=_TEXT, free=_FLAG
)
_CALENDARS = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["country"],
        "properties": {"country": {"type": "string", "pattern": "^[A-Z]{2}$"}, "subdivisions": _TEXTS},
    },
}
_CONTACT = _section(
    timezone=_fact(
        ("policy", "zones", "unknown_location", "clock"),
        policy={"enum": ["national", "debtor_local"]},
        zones=_TEXTS,
        unknown_location={"enum": ["use_default_zone", "intersect_all_zones"]},
        clock={"enum": ["send_time", "receive_time"]},
    ),
    windows=_facts(
        ("days", "start", "end", "channels"), days=_DAY_LIST, start=_CLOCK, end=_CLOCK, channels=_CHANNEL_LIST
    ),
    closed_days=_facts(
        ("weekdays", "public_holidays", "calendars"),
        weekdays=_DAY_LIST,
        public_holidays=_FLAG,
        calendars=_CALENDARS,
        channels=_CHANNEL_LIST,
    ),
    exceptions=_facts(
        ("kind",),
        kind={"enum": list(EXCEPTIONS)},
        purposes=_PURPOSES,
        exempt_from={"type": "array", "items": {"enum": ["window", "frequency"]}},
    ),
    inbound=_fact(
        ("exempt_from_window", "exempt_from_frequency", "max_replies_per_inbound"),
        exempt_from_window=_FLAG,
        exempt_from_frequency=_FLAG,
        max_replies_per_inbound={"type": ["integer", "null"], "minimum": 0},
        applies_when={"enum": ["outside_window_or_opted_out_medium", "always"]},
        live_for=_DURATION,
        reply_for=_DURATION,
    ),
)
_LIMIT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["n", "unit"],
    "properties": {
        "n": {"type": "integer", "minimum": 1},
        "unit": {"enum": ["minute", "hour", "day", "week", "month"]},
    },
}
_FREQUENCY = _facts(
    ("channels", "max", "per", "counts", "scope"),
    channels=_CHANNEL_LIST,
    max={"type": "integer", "minimum": 0},
    per=_LIMIT,
    kind={"enum": ["calendar", "rolling"]},
    min_gap=_LIMIT,
    counts={"enum": list(COUNTS)},
    after={"enum": ["conversation"]},
    scope={"enum": list(SCOPES)},
    count_replies=_FLAG,
)
_CHANNEL = _fact(
    ("status",),
    status={"enum": list(STATUSES)},
    writing_is_consent=_FLAG,
    needs_consent=_FLAG,
    needs_acknowledgment=_FLAG,
)
_NAMES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["es", "en"],
    "properties": {"es": _TEXT, "en": _TEXT},
}
PROFILE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["jurisdiction", "name", "as_of"],
    "properties": {
        "jurisdiction": {"type": "string", "pattern": "^(base|strict|[A-Z]{2}(-[A-Z0-9]+)*)$"},
        "parent": _TEXT,
        "name": _NAMES,
        "as_of": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "languages": _TEXTS,
        "scope": _PLAIN,
        "contact": _CONTACT,
        "frequency": _FREQUENCY,
        "channels": {
            "type": "object",
            "propertyNames": {"enum": list(CHANNELS)},
            "additionalProperties": _CHANNEL,
        },
        "disclosures": _facts(
            ("when", "content"), when={"enum": list(WHEN)}, deadline=_DURATION, content=_TEXTS
        ),
        "ai_disclosure": _fact(("required_by_law", "when"), required_by_law=_FLAG, when={"enum": list(WHEN)}),
        "identity": _PLAIN,
        "opt_out": _section(
            right=_fact(**_VALUED),
            keywords=_fact(("list", "free_text_counts"), list=_TEXTS, free_text_counts=_FLAG),
            deadline=_fact(("duration",), duration=_DURATION),
            confirmation=_fact(**_VALUED),
            every_message_notice=_fact(**_VALUED),
        ),
        "cease_triggers": _facts(
            ("holds", "intents", "action", "until"),
            holds={"type": "array", "items": {"enum": [kind.value for kind in HoldKind]}},
            intents=_TEXTS,
            action={"enum": list(ACTIONS)},
            until=_TEXT,
            duration=_DURATION,
        ),
        "disputes": _PLAIN,
        "hardship": _PLAIN,
        "human_agent": _section(
            right=_fact(**_VALUED),
            available_from_start=_fact(**_VALUED),
            max_wait=_fact(**_VALUED),
            automated_decisions=_fact(**_VALUED),
        ),
        "agreements": _PLAIN,
        "fees": _PLAIN,
        "conversation_rules": _facts(
            ("rule", "text"), rule={"enum": ["must", "must_not", "may"]}, intents=_TEXTS
        ),
        "prohibited": _PLAIN,
        "records": _facts(("what", "keep"), what=_TEXT, keep=_DURATION, **{"from": _TEXT}),
        "data_rights": _section(
            authority=_fact(("name",), name=_TEXT),
            deadlines=_facts(("duration",), duration=_DURATION, extension=_DURATION, answers=_ANSWERS),
            notes=_PLAIN,
        ),
        "recording": _PLAIN,
        "credit_bureau": _PLAIN,
        "limitation": _section(
            periods=_facts(("duration",), duration=_DURATION, max_duration=_DURATION),
            restart=_fact(**_VALUED),
            time_barred=_fact(**_VALUED),
        ),
        "crisis": _CONTACTS,
        "debt_help": _CONTACTS,
        "complaints": _CONTACTS,
        # `stop_one_is_stop_all`: from that date on a stop on one channel is a stop on every one.
        "pending": _facts(("date",), date=_TEXT, stop_one_is_stop_all=_FLAG),
        "overlays": _facts(("area",), area=_TEXT),
    },
}
# Sections whose keys are not facts themselves but hold them.
SECTIONS = ("contact", "opt_out", "human_agent", "data_rights", "limitation", "channels")


def overlay_schema() -> dict[str, Any]:
    """The schema of a deployer's file: a fact that exists already needs only its id and what changes."""
    properties: dict[str, Any] = {name: _relaxed(node) for name, node in PROFILE["properties"].items()}
    fact = {"type": "string", "pattern": "^channels\\.[a-z]+$"}
    properties["acknowledged"] = {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["fact", "by", "dated", "because"],
            "properties": {"fact": fact, "by": _TEXT, "dated": _TEXT, "because": _TEXT},
        },
    }
    return {**PROFILE, "required": ["jurisdiction"], "properties": properties}


def _relaxed(node: Any) -> Any:
    """A schema without what a fact must hold, save its id."""
    if isinstance(node, Mapping):
        loose = {k: _relaxed(v) for k, v in node.items() if k not in ("if", "then")}
        if "effect" in node.get("properties", {}) and "required" in node:
            loose["required"] = [name for name in node["required"] if name == "id"]
        return loose
    return [_relaxed(each) for each in node] if isinstance(node, list) else node
