"""The command line: `bookdelivery verify`, `simulate`, `serve`, `lab`, `drill`, `dead-letters` and `design`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from bookdelivery._version import __version__
from bookdelivery.kernel.errors import BookdeliveryError, InvalidField
from bookdelivery.services.designing.command import design
from bookdelivery.services.extras import needing

WRONG_USAGE = 2
INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""

app = App(
    name="bookdelivery",
    help="An online bookstore of separately owned services, and a judge for how it behaves when things break.",
    version=__version__,
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,
)
app.command(design)


@app.command
def verify(
    *,
    requirements: Annotated[str, Parameter(help="Only these, such as N2,N3,siege.")] = "",
    seed: Annotated[int, Parameter(help="Of everything that chance decides.")] = 1,
    report: Annotated[Path | None, Parameter(help="Write report.html and verdicts.json into this directory.")] = None,
    json: Annotated[bool, Parameter(help="Print the verdicts as JSON and nothing else.", negative="")] = False,
    quick: Annotated[
        bool,
        Parameter(
            help="Run each experiment three times only, some in short, and judge at 75 % confidence.",
            negative="",
        ),
    ] = False,
    scenario: Annotated[
        Path | None,
        Parameter(help="A TOML file to judge instead of the built-in scenario that --requirements names."),
    ] = None,
) -> int:
    """Judge every requirement of the bookstore: what it does, and how well when things break.

    Exit status: 0 all met, 1 one violated, 2 wrong usage, 3 one undecided.
    """
    # What the judge needs takes a second to load, and `--help` none of it.
    with needing("sim", "bookdelivery verify"):
        from bookdelivery.services.verify_command import run_verify  # noqa: PLC0415

    return run_verify(
        requirements=requirements or None, seed=seed, report=report, as_json=json, quick=quick, scenario=scenario
    )


@app.command
def simulate(
    scenario: Annotated[str, Parameter(help="A TOML file, or the name of a built-in scenario, such as siege.")],
    /,
    *,
    seed: Annotated[int | None, Parameter(help="Of everything that chance decides; by default the file's.")] = None,
    report: Annotated[Path | None, Parameter(help="Write report.html with pictures into this directory.")] = None,
    tables: Annotated[Path | None, Parameter(help="Write all tables as Parquet files into this directory.")] = None,
    json: Annotated[bool, Parameter(help="Print figures and verdicts as JSON and nothing else.", negative="")] = False,
) -> int:
    """Run one scenario in virtual time and tell what came of it.

    Exit status: 0 simulated, 1 the run shows a requirement violated, 2 wrong usage.
    """
    with needing("sim", "bookdelivery simulate"):
        from bookdelivery.services.simulate_command import run_simulate  # noqa: PLC0415

    return run_simulate(scenario, seed=seed, report=report, tables=tables, as_json=json)


@app.command
def serve(
    context: Annotated[
        str, Parameter(help="order, ordermanagement, delivery, payment, mypage, gateway, authorization, or all.")
    ],
    /,
    *,
    config: Annotated[Path | None, Parameter(help="A configuration file, such as bookdelivery.toml.")] = None,
    print_config: Annotated[
        bool, Parameter(help="Print the configuration, with secrets masked, and serve nothing.", negative="")
    ] = False,
    url: Annotated[str | None, Parameter(help="Where the data are: short for --data.url.")] = None,
    broker_url: Annotated[
        str | None, Parameter(help="Where the topic is, if not with the data: short for --data.broker-url.")
    ] = None,
    stores: Annotated[
        dict[str, str] | None, Parameter(help="Where one context's data are instead: --stores.mypage file:///pages.")
    ] = None,
    host: Annotated[str | None, Parameter(help="The address to listen on: short for --http.host.")] = None,
    first_port: Annotated[
        str | None, Parameter(help="The order context's, the others' follow: short for --http.first-port.")
    ] = None,
    at: Annotated[
        dict[str, str] | None, Parameter(help="Where another context is: --at.payment http://payment:8084.")
    ] = None,
    **section: Annotated[dict[str, str], Parameter(show=False)],
) -> int:
    """Serve a context over HTTP, or all of them in a process each, started again when one dies.

    Every key of the configuration file is a flag, too: --operations.log-format json. What is not said here is taken
    from the environment (BOOKDELIVERY_HTTP_FIRST_PORT), the file or the defaults, in this order; without any of them
    the data are in a SQLite file in the working directory.

    Exit status: 0 ended when asked to, 1 what it needs cannot be reached or used, 2 wrong usage.
    """
    with needing("serve", "bookdelivery serve"):
        from bookdelivery.services.serve_command import run_serve  # noqa: PLC0415

    said = {"http.host": host, "http.first_port": first_port, "http.at": at}
    flags = _data_flags(url, broker_url, stores) | {path: value for path, value in said.items() if value is not None}
    flags |= {f"{name}.{key}": value for name, keys in section.items() for key, value in keys.items()}
    return run_serve(context, file=config, flags=flags, print_config=print_config)


@app.command
def drill(
    scenario: Annotated[
        str | None,
        Parameter(
            help="A TOML file, or store-down, payment-overload, catch-up, consumer-replica, rolling-restart, servers."
        ),
    ] = None,
    /,
    *,
    kills: Annotated[int, Parameter(help="Kill so many processes, one after the other, while customers come.")] = 0,
    config: Annotated[Path | None, Parameter(help="The services' configuration file, as serve takes it.")] = None,
    url: Annotated[
        str | None, Parameter(help="Where the data are; by default in a SQLite file of the drill's own.")
    ] = None,
    broker_url: Annotated[str | None, Parameter(help="Where the topic is, if not with the data.")] = None,
    stores: Annotated[dict[str, str] | None, Parameter(help="Where one context's data are, as with serve.")] = None,
    run: Annotated[
        dict[str, str] | None,
        Parameter(help="The command of a server that the drill starts and may kill: --run.broker, --run.data."),
    ] = None,
    seed: Annotated[int | None, Parameter(help="Of everything that chance decides; by default the file's.")] = None,
    report: Annotated[Path | None, Parameter(help="Write report.html and verdicts.json into this directory.")] = None,
    json: Annotated[bool, Parameter(help="Print the verdicts as JSON and nothing else.", negative="")] = False,
) -> int:
    """Run the services as processes, put load on them, kill them, and judge what is left.

    Exit status: 0 all met, 1 one violated, 2 wrong usage, or something does not come up, 3 one undecided.
    """
    with needing("drill", "bookdelivery drill"):
        from bookdelivery.services.drill_command import run_drill  # noqa: PLC0415

    return run_drill(
        scenario,
        file=config,
        flags=_data_flags(url, broker_url, stores),
        run=run or {},
        kills=kills,
        seed=seed,
        report=report,
        as_json=json,
    )


dead_letters = App(
    name="dead-letters", help="The messages that a context gave up: list them, and handle them after all."
)
app.command(dead_letters)

ConfigFile = Annotated[Path | None, Parameter(name="--config", help="A configuration file, as serve takes it.")]
DataUrl = Annotated[str | None, Parameter(name="--url", help="Where the data are, as with serve.")]
BrokerUrl = Annotated[str | None, Parameter(name="--broker-url", help="Where the topic is, as with serve.")]
StoreUrls = Annotated[
    dict[str, str] | None, Parameter(name="--stores", help="Where one context's data are instead, as with serve.")
]


@dead_letters.command(name="list")
def list_dead_letters(
    context: Annotated[str | None, Parameter(help="Whose; by default those of all contexts.")] = None,
    /,
    *,
    config: ConfigFile = None,
    url: DataUrl = None,
    broker_url: BrokerUrl = None,
    stores: StoreUrls = None,
    json: Annotated[bool, Parameter(help="Print a JSON document and nothing else.", negative="")] = False,
) -> int:
    """List the messages that were given up, with the reason.

    Exit status: 0 listed, 2 wrong usage, or the data cannot be read.
    """
    with needing("serve", "bookdelivery dead-letters"):
        from bookdelivery.services.dead_letters_command import run_list  # noqa: PLC0415

    return run_list(context, file=config, flags=_data_flags(url, broker_url, stores), as_json=json)


@dead_letters.command(name="replay")
def replay_dead_letters(
    context: Annotated[str, Parameter(help="Whose.")],
    /,
    *,
    id: Annotated[str | None, Parameter(help="Of one message; by default all of them.")] = None,
    config: ConfigFile = None,
    url: DataUrl = None,
    broker_url: BrokerUrl = None,
    stores: StoreUrls = None,
) -> int:
    """Handle the messages after all that a context gave up. Those that fail again stay.

    Exit status: 0 all handled, 1 some stay, 2 wrong usage, or the data cannot be used.
    """
    with needing("serve", "bookdelivery dead-letters"):
        from bookdelivery.services.dead_letters_command import run_replay  # noqa: PLC0415

    return run_replay(context, id, file=config, flags=_data_flags(url, broker_url, stores))


def _data_flags(url: str | None, broker_url: str | None, stores: dict[str, str] | None) -> dict[str, Any]:
    said = {"data.url": url, "data.broker_url": broker_url, "data.stores": stores}
    return {path: value for path, value in said.items() if value is not None}


@app.command
def lab(
    directory: Annotated[Path, Parameter(help="Where your copies are; made if it is not there.")] = Path("notebooks"),
    /,
    *,
    browser: Annotated[bool, Parameter(help="Open a browser.")] = True,
    port: Annotated[int | None, Parameter(help="Where JupyterLab listens; by default the first free one.")] = None,
    copy_only: Annotated[bool, Parameter(help="Copy the notebooks, and open nothing.", negative="")] = False,
    allow_root: Annotated[bool, Parameter(help="Run as root all the same, as in a container.", negative="")] = False,
) -> int:
    """Open the notebooks in JupyterLab, as copies of your own; what you have changed is left alone.

    Exit status: 0 copied, or JupyterLab's own, 2 wrong usage.
    """
    from bookdelivery.services.lab_command import run_lab  # noqa: PLC0415

    return run_lab(directory, browser=browser, port=port, copy_only=copy_only, allow_root=allow_root)


@app.command
def migrate(
    url: Annotated[str, Parameter(help="The database: postgresql://, mysql://, mariadb:// or sqlite+pysqlite://.")],
    /,
    *contexts: Annotated[str, Parameter(help="Whose tables; by default those of the bookstore's five contexts.")],
) -> int:
    """Make the tables of contexts in a database, or bring them up to date, before services that may not do it start.

    Exit status: 0 they are up to date, 2 wrong usage, or the database cannot be used.
    """
    from bookdelivery.services.migrate_command import run_migrate  # noqa: PLC0415

    return run_migrate(url, contexts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status.

    Args:
        arguments: of the command; by default those of this process.
    """
    logging.getLogger("bookdelivery").addHandler(logging.NullHandler())
    typed = sys.argv[1:] if arguments is None else list(arguments)
    sys.exit(_guarded(lambda: _run(typed)))


def _run(typed: list[str]) -> Any:
    # Each of the design's many commands imports its own work: what they all need is told of here.
    with needing("design", "bookdelivery design") if typed[:1] == ["design"] else nullcontext():
        return app(typed, exit_on_error=False, print_error=False, result_action="return_value")


def _guarded(run: Callable[[], Any]) -> int:
    try:
        status = run()
        sys.stdout.flush()
    except CycloptsError as error:
        return _complain(str(error))
    except InvalidField as error:
        return _complain(f"--{error.field.replace('_', '-')}: {error.value!r} is not {error.allowed}")
    except BookdeliveryError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        print("bookdelivery: interrupted", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13
    return status if isinstance(status, int) else 0


def _complain(message: str) -> int:
    print(f"bookdelivery: {message}", file=sys.stderr)  # noqa: T201
    return WRONG_USAGE
