"""The work behind those `design` commands that print and write text."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from rich.console import Console
from rich.text import Text

from bookdelivery.application.composition import compose
from bookdelivery.design.availability import cut_sets, uptimes, uptimes_table
from bookdelivery.design.contracts import asyncapi, json_schemas, kubernetes, openapi, to_json, to_yaml
from bookdelivery.design.diff import diff, to_pandas
from bookdelivery.design.glossary import Glossary, glossary
from bookdelivery.design.model import DesignModel
from bookdelivery.design.observed import Comparison, Observation, compare
from bookdelivery.design.rules import RULES, Baseline, Report, Rule, Severity, check, to_sarif
from bookdelivery.design.rules.document import rules_document
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.brokers import look_at_broker, open_broker
from bookdelivery.services.designing.pictures import draw_observed
from bookdelivery.services.designing.source import design_of
from bookdelivery.services.designing.text import emit, print_frame
from bookdelivery.services.stores import SqliteFiles, Stores, look_at_store

COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def write_model(of: str, form: str, output: Path | None) -> int:
    """Write the model."""
    model = design_of(of)
    return emit(model.to_graphml() if form == "graphml" else model.to_json(), output)


# --- rules ------------------------------------------------------------------------------------------------------------


def run_check(of: str, rules: str, baseline: Path | None, write_baseline: bool, form: str, output: Path | None) -> int:
    """Check the design, print or write what was found; 1 if it is not clean.

    Raises:
        InvalidField: a rule is unknown, or a baseline is to be written and no file is named.
    """
    chosen = _rules(rules)
    model = design_of(of)
    if write_baseline:
        if baseline is None:
            raise InvalidField("design", "write-baseline", True, "given with --baseline FILE, the file to write")
        known = Baseline.read(baseline) if baseline.exists() else None
        return emit(Baseline.of(check(model, rules=chosen, baseline=known).findings).to_json(), baseline)
    report = check(model, rules=chosen, baseline=None if baseline is None else Baseline.read(baseline))
    if form == "json":
        emit(report.to_json(), output)
    elif form == "sarif":
        emit(to_sarif(report), output)
    else:
        _print_report(report)
    return 0 if report.clean else 1


def _rules(ids: str) -> tuple[Rule, ...]:
    if not ids:
        return RULES
    by_id = {rule.id: rule for rule in RULES}
    wanted = [one.strip().upper() for one in ids.split(",")]
    for one in wanted:
        if one not in by_id:
            raise InvalidField("design", "rules", one, f"one of {RULES[0].id} to {RULES[-1].id}")
    return tuple(by_id[one] for one in wanted)


def _print_report(report: Report) -> None:
    console = Console()
    for finding in report.findings:
        style = "dim" if finding.accepted else COLOURS[finding.rule.severity]
        head = Text(f"{finding.rule.id} {finding.rule.severity:<7} ", style=style)
        console.print(head + Text(finding.message), soft_wrap=True)
        where = f"{finding.node.file}:{finding.node.line}" if finding.node.file else finding.node.id
        what = f"accepted: {finding.accepted}" if finding.accepted else finding.rule.fix
        console.print(Text(f"            {where}  {what}", style="dim"), soft_wrap=True)
    for fingerprint in report.outdated:
        console.print(Text(f"The baseline accepts what is no longer there: {fingerprint}", style="dim"), soft_wrap=True)
    accepted = len(report.findings) - len(report.fresh)
    found = f"{len(report.fresh)} findings" + (f", {accepted} accepted" if accepted else "")
    console.print(Text(f"{report.model}: {len(report.rules)} rules, {found}.", style="bold"), soft_wrap=True)


def print_rules(output: Path | None) -> int:
    """Print or write the page of the rules."""
    return emit(rules_document(), output)


# --- questions --------------------------------------------------------------------------------------------------------


def tell_uptime(of: str, given: Mapping[str, float], form: str) -> int:
    """Print how available each operation is."""
    found = uptimes(design_of(of), given)
    if form == "json":
        return emit(to_json(uptimes_table(found).to_dict("records")), None)
    console = Console()
    for one in found:
        least = "at most " if one.unknown else ""
        numbers = f"answered {least}{one.answered:.4%} of the time, nothing put off {least}{one.at_once:.4%}"
        console.print(Text(f"{one.operation.name} [{one.operation.context}]: {numbers}", style="bold"), soft_wrap=True)
        console.print(Text(f"    down {one.down_minutes_a_year:,.1f} minutes a year", style="dim"), soft_wrap=True)
        for words, ids in (
            ("needs", one.needs),
            ("puts off without", one.falls_back_for),
            ("follows, whenever they are there", one.follows),
            ("nobody states the uptime of", one.unknown),
        ):
            names = ", ".join(id.partition(":")[2] for id in ids)
            if names:
                console.print(Text(f"    {words}: {names}", style="dim"), soft_wrap=True)
    return 0


def tell_cuts(of: str, target: str, size: int) -> int:
    """Print the minimal cut sets of something.

    Raises:
        InvalidField: the size is less than 1.
    """
    if size < 1:
        raise InvalidField("design", "size", size, "a number of parts, 1 or more")
    cuts = cut_sets(design_of(of), target, size=size)
    lines = [" and ".join(id.partition(":")[2] for id in cut) for cut in cuts]
    return emit("".join(f"{line}\n" for line in lines) or "nothing keeps it from happening\n", None)


def tell_diff(old: str, new: str, form: str) -> int:
    """Print the differences of two designs; 1 if one breaks somebody."""
    found = diff(design_of(old), design_of(new))
    if form == "json":
        emit(to_json(to_pandas(found).to_dict("records")), None)
    else:
        emit("".join(f"{one}\n" for one in found) or "no difference\n", None)
    return 1 if any(one.breaking for one in found) else 0


def tell_observed(of: str, url: str, form: str, output: Path | None, language: str, theme: str) -> int:
    """Hold the logs that a system has kept against its design, and draw it if asked; 1 if some of it is undeclared.

    Raises:
        InvalidField: the URL is of no known kind, or the design is a file, which cannot read logs.
        UnusableStore: there is something else at that place, or it cannot be read.
    """
    model = design_of(of)
    if not model.declared:
        raise InvalidField("design", "of", of, "a module: a model in a file has no code to read logs with")
    comparison = compare(model, asyncio.run(_observe(model, url)))
    if form == "json":
        emit(to_json(comparison.to_pandas().to_dict("records")), None)
    else:
        _print_comparison(comparison)
    if output is not None:
        draw_observed(model, comparison, output, language, theme)
    return 1 if comparison.surprises else 0


async def _observe(model: DesignModel, url: str) -> Observation:
    composition = compose(model.declared)
    codec = Codec(composition.messages, composition.stored)
    async with AsyncExitStack() as leaving:
        files = SqliteFiles()
        leaving.push_async_callback(files.close)
        if urlsplit(url).scheme == "kafka":
            look_at_broker(url)
            broker = open_broker(url, codec, files)
            leaving.push_async_callback(broker.close)
            return await Observation.of_topic(broker)
        look_at_store(url)
        stores = Stores(url, {}, codec, files)
        leaving.push_async_callback(stores.close)
        return await Observation.of_stores([stores.store(context) for context in composition.contexts])


def _print_comparison(comparison: Comparison) -> None:
    console = Console()
    for surprise in comparison.surprises:
        words = f"{surprise.cause} -> {surprise.effect} ({surprise.times} times): {surprise.because}"
        console.print(Text("undeclared ", style="bold red") + Text(words), soft_wrap=True)
    for edge in comparison.never:
        words = f"{edge.source} {edge.kind} {edge.target}"
        console.print(Text("never seen ", style="yellow") + Text(words), soft_wrap=True)
    console.print(
        Text(
            f"{len(comparison.seen)} ways seen, {len(comparison.never)} never, {len(comparison.surprises)} undeclared.",
            style="bold",
        )
    )


# --- documents --------------------------------------------------------------------------------------------------------


def write_asyncapi(of: str, context: str, form: str, output: Path | None) -> int:
    """Write the AsyncAPI document."""
    return _document(asyncapi(design_of(of), context or None), form, output)


def write_openapi(of: str, context: str, internal: bool, form: str, output: Path | None) -> int:
    """Write the OpenAPI document."""
    return _document(openapi(design_of(of), context or None, internal=internal), form, output)


def write_schemas(of: str, context: str, output: Path | None) -> int:
    """Write the JSON Schemas of all messages, by name."""
    return emit(to_json(json_schemas(design_of(of), context or None)), output)


def write_kubernetes(of: str, image: str, output: Path | None) -> int:
    """Write the Kubernetes objects.

    Raises:
        InvalidField: the image's name has other braces than those of `{context}`.
    """
    try:
        objects = kubernetes(design_of(of), image=image)
    except (KeyError, IndexError, ValueError) as error:
        raise InvalidField("design", "image", image, "a name with {context} where the context's name goes") from error
    return emit(to_yaml(objects), output)


def _document(document: Mapping[str, Any], form: str, output: Path | None) -> int:
    return emit(to_json(document) if form == "json" else to_yaml(document), output)


def tell_glossary(of: str, words: str, form: str, output: Path | None) -> int:
    """Print or write the glossary; 1 if a name or a meaning is missing in what is asked for."""
    found = glossary(design_of(of))
    if words:
        found = Glossary(found.name, tuple(found.find(words)))
    if form == "json":
        rows = found.to_pandas().to_dict("records")
        emit(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode(), output)
    elif form == "table":
        print_frame(found.to_pandas()[["korean", "english", "code", "kind", "context", "meaning"]])
    else:
        emit(found.to_markdown(), output)
    for term in found.missing:
        lacks = "Korean name" if not term.korean else "explanation"
        sys.stderr.write(f"bookdelivery: the {term.kind} {term.code} has no {lacks}\n")
    return 1 if found.missing else 0
