"""The command `design`: pictures, checks, questions and contracts, read from the code of a system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

design = App(name="design", help="Draw, check and question the design of a system, as its code declares it.")

Of = Annotated[str, Parameter(name=["--of"], help="module, module:NAME or model.json; by default the bookstore.")]
Out = Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write into this file instead of printing.")]
Picture = Annotated[Path, Parameter(name=["--output", "-o"], help="Ends in .svg, .png, .mmd or .drawio.")]
Language = Annotated[Literal["en", "ko"], Parameter(help="Of the labels.")]
Theme = Annotated[Literal["auto", "light", "dark"], Parameter(help="Of the picture.")]
TextFormat = Annotated[Literal["table", "json"], Parameter(name=["--format"], help="How to print it.")]
DocumentFormat = Annotated[Literal["yaml", "json"], Parameter(name=["--format"], help="How to write it.")]
OneContext = Annotated[str, Parameter(name=["--context"], help="Only this context's.")]

# What these commands need takes a second to load, and `--help` none of it: each imports its own work.
# ruff: noqa: PLC0415


@design.command
def model(
    *,
    of: Of = "",
    form: Annotated[Literal["json", "graphml"], Parameter(name=["--format"])] = "json",
    output: Out = None,
) -> int:
    """Write the model itself: everything declared, as a graph."""
    from bookdelivery.services.designing.work import write_model

    return write_model(of, form, output)


@design.command
def board(
    *,
    of: Of = "",
    output: Picture = Path("board.svg"),
    step: Annotated[
        int, Parameter(help="1 events only, 2 + commands, 3 + aggregates, 4 + contexts, 5 + policies, 6 all.")
    ] = 6,
    covers: Annotated[str, Parameter(help="Light up what covers this requirement, such as N2.")] = "",
    without: Annotated[str, Parameter(help="Shade what is harmed when these are gone: delivery,payment.")] = "",
    language: Language = "en",
    theme: Theme = "auto",
) -> int:
    """Draw the event-storming board."""
    from bookdelivery.services.designing.pictures import draw_board

    return draw_board(of, output, step, covers, without, language, theme)


@design.command(name="context-map")
def context_map(
    *, of: Of = "", output: Picture = Path("context-map.svg"), language: Language = "en", theme: Theme = "auto"
) -> int:
    """Draw the context map."""
    from bookdelivery.services.designing.pictures import draw_context_map

    return draw_context_map(of, output, language, theme)


@design.command
def hexagon(
    context: Annotated[str, Parameter(help="Whose; all contexts if none is named.")] = "",
    *,
    of: Of = "",
    adapters: Annotated[
        Path | None, Parameter(help="A TOML file with a table [adapters]; by default everything is embedded.")
    ] = None,
    output: Picture = Path("hexagon.svg"),
    language: Language = "en",
    theme: Theme = "auto",
) -> int:
    """Draw the hexagon of a context: its ports, and the adapters on them."""
    from bookdelivery.services.designing.pictures import draw_hexagons

    return draw_hexagons(of, context, adapters, output, language, theme)


@design.command
def lifecycle(
    aggregate: str,
    *,
    of: Of = "",
    output: Picture = Path("lifecycle.svg"),
    language: Language = "en",
    theme: Theme = "auto",
) -> int:
    """Draw the states of an aggregate."""
    from bookdelivery.services.designing.pictures import draw_lifecycle

    return draw_lifecycle(of, aggregate, output, language, theme)


@design.command
def organisation(
    *,
    of: Of = "",
    view: Annotated[
        Literal["as-is", "to-be"], Parameter(help="Horizontal teams as they were, or vertical ones.")
    ] = "to-be",
    output: Picture = Path("organisation.svg"),
    language: Language = "en",
    theme: Theme = "auto",
) -> int:
    """Draw which team works on what."""
    from bookdelivery.services.designing.pictures import draw_organisation

    return draw_organisation(of, view, output, language, theme)


@design.command
def coverage(
    *,
    of: Of = "",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Draw it into this file.")] = None,
    language: Language = "en",
    theme: Theme = "auto",
) -> int:
    """Tell which requirements of the bookstore the design covers, and what covers each.

    Exit status: 0 all are covered, 1 one is not.
    """
    from bookdelivery.services.designing.pictures import tell_coverage

    return tell_coverage(of, output, language, theme)


@design.command
def flow(
    begins: Annotated[str, Parameter(help="A command, event, policy or actor.")],
    *,
    of: Of = "",
    people: Annotated[bool, Parameter(help="Go on where a person has to act.")] = True,
    form: Annotated[Literal["tree", "table"], Parameter(name=["--format"], help="How to print it.")] = "tree",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Draw it into this file.")] = None,
    language: Language = "en",
    theme: Theme = "auto",
) -> int:
    """Tell what a command leads to, through every context."""
    from bookdelivery.services.designing.pictures import tell_flow

    return tell_flow(of, begins, people, form, output, language, theme)


@design.command
def gallery(
    directory: Annotated[Path, Parameter(help="Where to draw them.")],
    *,
    of: Of = "",
    only: Annotated[str, Parameter(help="Only these, such as board,hexagon-order; by default all.")] = "",
    languages: Annotated[str, Parameter(help="Of the labels: en, ko or en,ko.")] = "en,ko",
    theme: Theme = "auto",
    form: Annotated[Literal["svg", "png", "mmd", "drawio"], Parameter(name=["--format"], help="Of the files.")] = "svg",
) -> int:
    """Draw every picture there is of a design into a directory."""
    from bookdelivery.services.designing.gallery import draw_gallery

    return draw_gallery(of, directory, only, languages, theme, form)


@design.command
def observed(
    url: Annotated[
        str, Parameter(help="Where a system has kept its data, such as sqlite:///shop.db, or its topic on Kafka.")
    ],
    *,
    of: Of = "",
    form: TextFormat = "table",
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="Draw it on the board: .svg, .png, .mmd or .drawio.")
    ] = None,
    language: Language = "en",
    theme: Theme = "auto",
) -> int:
    """Hold the log of a run against the design: ways never taken, and ways that nobody declared.

    Exit status: 0 nothing undeclared was seen, 1 something was.
    """
    from bookdelivery.services.designing.work import tell_observed

    return tell_observed(of, url, form, output, language, theme)


@design.command
def check(
    *,
    of: Of = "",
    rules: Annotated[str, Parameter(help="Only these, such as D01,D22.")] = "",
    baseline: Annotated[Path | None, Parameter(help="The findings that the team lives with.")] = None,
    write_baseline: Annotated[bool, Parameter(help="Write the findings into the baseline.", negative="")] = False,
    form: Annotated[Literal["table", "json", "sarif"], Parameter(name=["--format"], help="How to print it.")] = "table",
    output: Out = None,
) -> int:
    """Check the design against the rules.

    Exit status: 0 clean but for notes and what the baseline accepts, 1 not, 2 wrong usage.
    """
    from bookdelivery.services.designing.work import run_check

    return run_check(of, rules, baseline, write_baseline, form, output)


@design.command
def rules(*, output: Out = None) -> int:
    """Print what the rules are, why, with an example that breaks each, and what to do."""
    from bookdelivery.services.designing.work import print_rules

    return print_rules(output)


@design.command
def impact(
    what: Annotated[str, Parameter(help="A context, event, Event.field, topic, port, adapter or external system.")],
    *also: Annotated[str, Parameter(help="What else is gone at the same time.")],
    of: Of = "",
    adapters: Annotated[Path | None, Parameter(help="A TOML file with a table [adapters], to ask about those.")] = None,
    form: TextFormat = "table",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Draw the board, shaded.")] = None,
    language: Language = "en",
    theme: Theme = "auto",
) -> int:
    """Say what stops, waits, goes stale or is unharmed when something is gone, and why."""
    from bookdelivery.services.designing.pictures import tell_impact

    return tell_impact(of, (what, *also), adapters, form, output, language, theme)


@design.command
def uptime(
    *,
    of: Of = "",
    given: Annotated[
        dict[str, float] | None, Parameter(name=["--given"], help="Such as --given.payment 0.999.")
    ] = None,
    form: TextFormat = "table",
) -> int:
    """Predict how available each operation is, from the uptime goals."""
    from bookdelivery.services.designing.work import tell_uptime

    return tell_uptime(of, given or {}, form)


@design.command
def cuts(target: str, *, of: Of = "", size: Annotated[int, Parameter(help="Parts at most.")] = 2) -> int:
    """Name what, gone alone or together, keeps something from happening."""
    from bookdelivery.services.designing.work import tell_cuts

    return tell_cuts(of, target, size)


@design.command
def asyncapi(*, of: Of = "", context: OneContext = "", form: DocumentFormat = "yaml", output: Out = None) -> int:
    """Write the events on the topic as AsyncAPI 3."""
    from bookdelivery.services.designing.work import write_asyncapi

    return write_asyncapi(of, context, form, output)


@design.command
def openapi(
    *,
    of: Of = "",
    context: OneContext = "",
    internal: Annotated[bool, Parameter(help="Also what contexts call of one another.", negative="")] = False,
    form: DocumentFormat = "yaml",
    output: Out = None,
) -> int:
    """Write what people can ask as OpenAPI 3.1."""
    from bookdelivery.services.designing.work import write_openapi

    return write_openapi(of, context, internal, form, output)


@design.command
def schemas(*, of: Of = "", context: OneContext = "", output: Out = None) -> int:
    """Write the JSON Schemas of all messages."""
    from bookdelivery.services.designing.work import write_schemas

    return write_schemas(of, context, output)


@design.command
def contracts(
    directory: Annotated[Path, Parameter(help="Where they are published.")],
    *,
    of: Of = "",
    check: Annotated[bool, Parameter(help="Write nothing; say whether the code keeps them.", negative="")] = False,
    accept: Annotated[bool, Parameter(help="Write them although they break somebody.", negative="")] = False,
    consumer: Annotated[
        tuple[Path, ...],
        Parameter(help="A file with what a program elsewhere expects of events; several may be given."),
    ] = (),
) -> int:
    """Write every contract for other programs, or check that the code keeps those that were published.

    Exit status: 0 nothing breaks anybody, 1 something does, or what is published is old.
    """
    from bookdelivery.services.designing.contracts import check_contracts, write_contracts

    if check:
        return check_contracts(of, directory, consumer)
    return write_contracts(of, directory, consumer, accept=accept)


@design.command
def proto(directory: Annotated[Path, Parameter(help="Where compilers import from.")], *, of: Of = "") -> int:
    """Write what can be asked over gRPC as Protocol Buffers, a file for each service."""
    from bookdelivery.services.designing.contracts import write_protos

    return write_protos(of, directory)


@design.command
def kubernetes(
    *,
    of: Of = "",
    image: Annotated[str, Parameter(help="With {context} where its name goes.")] = "registry.example/{context}:latest",
    output: Out = None,
) -> int:
    """Write a skeleton of Kubernetes objects, one workload a context."""
    from bookdelivery.services.designing.work import write_kubernetes

    return write_kubernetes(of, image, output)


@design.command
def pages(directory: Annotated[Path, Parameter(help="Of the documentation.")], *, of: Of = "") -> int:
    """Write the event catalogue, the glossary, a page for each rule, and the contracts, into a documentation."""
    from bookdelivery.services.designing.pages import write_pages

    return write_pages(of, directory)


@design.command
def diff(old: str, new: str = "", *, form: TextFormat = "table") -> int:
    """Say in words what was added, removed or changed between two designs, and whom it concerns.

    Each is a file written by `bookdelivery design model`, or a module; NEW is by default the bookstore as it is.
    Exit status: 0 nothing breaks anybody, 1 something does.
    """
    from bookdelivery.services.designing.work import tell_diff

    return tell_diff(old, new, form)


@design.command
def glossary(
    words: Annotated[str, Parameter(help="Only terms that contain these.")] = "",
    *,
    of: Of = "",
    form: Annotated[Literal["markdown", "table", "json"], Parameter(name=["--format"])] = "markdown",
    output: Out = None,
) -> int:
    """Print what everything is called in Korean and English, and what it means.

    Exit status: 0 complete, 1 a name or a meaning is missing.
    """
    from bookdelivery.services.designing.work import tell_glossary

    return tell_glossary(of, words, form, output)
