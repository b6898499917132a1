"""Log lines: one a line whatever they say, with the ids of the conversation and trace they belong to."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import orjson
import pytest

from bookdelivery.adapters.observability.logs import JsonLines, Repeats, TextLines
from bookdelivery.kernel.conversation import CURRENT, Conversation

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    one = logging.getLogger("bookdelivery.tests.logs")
    one.propagate = False
    one.setLevel(logging.INFO)
    yield one
    one.handlers.clear()


def written(
    logger: logging.Logger, formatter: logging.Formatter, leaving_out: logging.Filter | None = None
) -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    if leaving_out is not None:
        handler.addFilter(leaving_out)
    logger.addHandler(handler)
    return stream


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x1b[2J", "\x85", "\u2028"])
def test_nobody_outside_can_write_a_line_of_their_own(logger: logging.Logger, end: str) -> None:
    text, json = written(logger, TextLines()), written(logger, JsonLines("order"))
    logger.info("GET %s", f"/orders{end}12:00:00.000 INFO  all is well")
    assert len(text.getvalue().splitlines()) == 1
    assert "\x1b" not in text.getvalue()
    assert json.getvalue().count("\n") == 1
    assert orjson.loads(json.getvalue())["message"].startswith("GET /orders")


def test_a_line_tells_the_conversation_and_trace_it_belongs_to(logger: logging.Logger) -> None:
    text, json = written(logger, TextLines()), written(logger, JsonLines("order"))
    token = CURRENT.set(Conversation("c-1", "m-1", TRACEPARENT))
    logger.info("said within")
    CURRENT.reset(token)
    logger.info("said outside")
    within, outside = map(orjson.loads, json.getvalue().splitlines())
    assert (within["correlation_id"], within["trace_id"]) == ("c-1", "4bf92f3577b34da6a3ce929d0e0e4736")
    assert within["service"] == "order"
    assert "correlation_id" not in outside
    assert (
        text.getvalue()
        .splitlines()[0]
        .endswith("INFO  said within correlation_id=c-1 trace_id=4bf92f3577b34da6a3ce929d0e0e4736")
    )


def test_an_error_is_one_line_of_json_and_an_indented_trace_for_people(logger: logging.Logger) -> None:
    text, json = written(logger, TextLines()), written(logger, JsonLines("order"))
    try:
        raise ValueError("with a\nline end")
    except ValueError:
        logger.exception("it went wrong", extra={"order": 7})
    line = orjson.loads(json.getvalue())
    assert (line["level"], line["order"]) == ("error", 7)
    assert "ValueError: with a\nline end" in line["error"]
    first, *others = text.getvalue().splitlines()
    assert "ERROR it went wrong" in first
    assert all(other.startswith("    ") for other in others)


def test_what_a_client_library_says_again_and_again_is_said_once_in_a_while(logger: logging.Logger) -> None:
    now_s = 0.0
    text = written(logger, TextLines(), Repeats("bookdelivery.tests", every_s=30.0, clock=lambda: now_s))
    for milliseconds in range(40):
        logger.error("no connection (after %dms)", milliseconds)
    logger.error("another trouble")
    now_s = 30.0
    logger.error("no connection (after 7ms)")
    told = [line.partition("ERROR ")[2] for line in text.getvalue().splitlines()]
    assert told == [
        "no connection (after 0ms)",
        "another trouble",
        "no connection (after 7ms) (said 39 times more since)",
    ]


def test_what_others_say_is_left_as_it_is(logger: logging.Logger) -> None:
    text = written(logger, TextLines(), Repeats("bookdelivery.adapters.kafka"))
    for _ in range(3):
        logger.error("order 7 again")
    assert len(text.getvalue().splitlines()) == 3
