"""Commands about language understanding: how good is it, and its sentence vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import json_option, note, print_json
from bot.settings import CHECKOUT

if TYPE_CHECKING:
    from bot.nlu.metrics import Judged


@click.group()
def nlu() -> None:
    """Measure how well debtors are understood."""


@nlu.command()
@click.argument("file", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="[default: the newest in models/]",
)
@click.option("--misses", is_flag=True, help="List each message that was misunderstood.")
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), help="Write the confusion matrix as PNG."
)
@json_option
def evaluate(
    file: tuple[Path, ...], model: Path | None, misses: bool, picture: Path | None, as_json: bool
) -> None:
    """Evaluate a trained model on labelled messages (JSON Lines: text, intent, locale, alt, entities).

    \b
    Example:
      aldia nlu evaluate validation_es.jsonl validation_en.jsonl --misses
    """
    from bot.nlu.evaluation import (
        EvaluationError,
        judge,
        load_model,
        newest_model,
        read_rows,
        unknown_intents,
    )
    from bot.nlu.metrics import entities_exact, latency, summary

    try:
        path = model or newest_model(CHECKOUT / "models")
        rows = [row for each in file for row in read_rows(each)]
        loaded = load_model(path)
        if unknown := unknown_intents(loaded, rows):
            note(f"warning: the model knows no {', '.join(unknown)}: these rows count as misunderstood")
        judged = judge(loaded, rows)
    except EvaluationError as error:
        raise click.ClickException(str(error)) from None
    with_intent = [j for j in judged if j.intent]
    report: dict[str, Any] = {"model": path.name, **summary(with_intent)}
    report["entities"], report["latency"] = entities_exact(judged), latency(judged)
    if picture and with_intent:
        from bot.nlu.confusion_picture import draw

        draw(with_intent, picture)
    if as_json:
        print_json(report)
        return
    _print_report(report)
    if misses:
        _print_misses(judged)


def _print_report(report: dict[str, Any]) -> None:
    click.echo(f"model {report['model']}\n")
    if report["all"]["count"]:
        _print_intents(report)
    for title in ("entities", "latency"):
        click.echo(f"{title}: " + ", ".join(f"{k} {v}" for k, v in report[title].items()))
    if report["confusions"]:
        click.echo("\nconfused (said -> understood)")
    for pair in report["confusions"]:
        click.echo(f"  {pair['count']:3}  {pair['said']} -> {pair['understood']}")


def _print_intents(report: dict[str, Any]) -> None:
    click.echo(f"{'':14}{'rows':>6}{'strict':>8}{'lenient':>9}{'macro-F1':>10}")
    for name, row in {"all": report["all"], **report["languages"], **report["locales"]}.items():
        click.echo(
            f"{name:14}{row['count']:6}{row['accuracy_strict']:8.3f}{row['accuracy_lenient']:9.3f}{row['macro_f1']:10.3f}"
        )
    click.echo(f"\n{'intent':24}{'rows':>6}{'precision':>11}{'recall':>8}{'F1':>8}")
    for name, row in report["intents"].items():
        click.echo(f"{name:24}{row['count']:6}{row['precision']:11.3f}{row['recall']:8.3f}{row['f1']:8.3f}")
    click.echo(f"\n{'critical':24}{'rows':>6}{'recall':>8}{'as said':>9}{'false':>8}{'as said':>9}")
    for name, row in report["critical"].items():
        false = [row[key] or 0.0 for key in ("false_alarms", "false_alarms_treated_as_said")]
        click.echo(
            f"{name:24}{row['count']:6}{row['recall']:8.3f}{row['recall_treated_as_said']:9.3f}"
            f"{false[0]:8.3f}{false[1]:9.3f}"
        )
    click.echo(f"\nout_of_scope recall {report['out_of_scope_recall']}")
    click.echo(f"calibration error (ECE) {report['calibration_error']}")
    click.echo("dialogue: " + ", ".join(f"{k} {v}" for k, v in report["dialogue"].items()))


def _print_misses(judged: list[Judged]) -> None:
    click.echo("\nmisunderstood")
    for row in judged:
        if row.intent and not row.is_lenient:
            ranked = ", ".join(f"{name} {chance:.2f}" for name, chance in row.ranking[:3])
            click.echo(f"  {row.locale} {row.intent}: {row.text!r} -> {ranked}")
        if row.entities_right is False:
            click.echo(f"  {row.locale} entities: {row.text!r} -> {row.entities_found}")


@nlu.command("ship-vectors")
def ship_vectors() -> None:
    """Rewrite bot/nlu/vectors.npz, the training lines' sentence vectors, after lines were added or changed.

    Training works without this, but has to encode the lines that are missing there (about 15 ms each).
    """
    from bot.nlu.embedding import ship_vectors as ship
    from bot.nlu.made_lines import with_made_lines
    from bot.nlu.training_lines import read_lines

    written = read_lines(CHECKOUT / "data" / "nlu")
    lines = with_made_lines((line.text, line.intent) for line in written)
    note(f"{len(written)} training lines, {len(lines) - len(written)} made from them")
    try:
        click.echo(f"{ship([line.text for line in lines])} vectors stored")
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
