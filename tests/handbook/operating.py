"""The reference of the configuration and of the metrics, from where both are declared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import attrs

from bookdelivery.adapters.observability.catalogue import CATALOGUE
from bookdelivery.services.config import Config
from bookdelivery.services.config_keys import kind_of
from bookdelivery.services.config_loading import FILE_VARIABLE, PREFIX

CONFIGURATION = f"""\
# Configuration

Everything that `bookdelivery serve` and `bookdelivery dead-letters` need to know has a default; with nothing
said, the bookstore runs on SQLite in the working directory. What is different is said in a file (`--config
bookdelivery.toml`, or the variable `{FILE_VARIABLE}`), in the environment, or by a flag. Of several, the later
counts: default, file, environment, flag.

```toml
[http]
first_port = 9000

[http.at]
payment = "http://payment.internal:8084"
```

- In the environment a key has its section's name before it: `{PREFIX}HTTP_FIRST_PORT=9000`. A table is JSON
  there, a list has commas: `{PREFIX}HTTP_AT='{{"payment": "http://payment.internal:8084"}}'`. A table is taken
  whole from the last place that gives it.
- As a flag it has a dot: `--http.first-port 9000`. Short ones: `--url`, `--broker-url`, `--stores.NAME`,
  `--host`, `--first-port` and `--at.NAME`.
- `bookdelivery serve all --print-config` prints what counts, and where each value comes from. Passwords, in
  URLs too, are shown as `***`. Keep them in the environment or in a file that only the service can read: flags
  are seen by all users of a computer.
- What is wrong is told with its place, the key, the value and what is allowed. A key or section that nobody
  knows is refused.
"""

METRICS = """\
# Metrics

With `[operations] metrics = true` each process tells Prometheus at `/metrics`, on the port that it serves on,
how it does. Rate, errors and duration of everything are in one histogram, `bookdelivery_operation_seconds`: its
`_count` by `outcome` is the rate and the errors, its buckets are the durations. What waits (the outbox, the
consumer's lag, dead letters) is looked up when Prometheus asks; of a store or broker that cannot be reached
nothing is told, rather than zero.

`examples/monitoring/` has alert rules and a Grafana dashboard made of these. Beside them there are those of the
process itself (`process_cpu_seconds_total`, `process_resident_memory_bytes` and others of prometheus_client).

| metric | sort | labels | what it means |
| --- | --- | --- | --- |
"""

MORE = """\

## Traces

With `[operations] traces = "http://127.0.0.1:4318"` (extra `traces`) each process sends spans to an
OpenTelemetry collector over OTLP/HTTP. A trace goes on over HTTP and gRPC (the header `traceparent`) and over
the topic (the same header of a message): from the first request to the last event it led to. Each span has
`bookdelivery.context` and `bookdelivery.correlation_id`, and `bookdelivery.outcome` or
`http.response.status_code`. What the collector does not take is lost, and nothing waits for it. The SDK's
own environment variables count as well: `OTEL_TRACES_SAMPLER` for a part of the traces only,
`OTEL_EXPORTER_OTLP_HEADERS` for a login.

| span | kind | what it is |
| --- | --- | --- |
| `POST /orders/{member}` | server | a request over HTTP |
| `PlaceOrder` | internal | a command, handled |
| `read Order` | internal | something looked up |
| `call Pay` | client | a synchronous call to another context |
| `publish OrderPlaced` | producer | an event, until the broker has it |
| `process OrderPlaced` | consumer | a message, from its arrival until it is acknowledged |

## Logs

A line for people, or with `[operations] log_format = "json"` a JSON object a line: `time` (RFC 3339, UTC),
`level`, `service`, `logger`, `message`, `correlation_id` and `trace_id` where there are such, and `error` with
a stack trace. Control characters, line ends above all, are escaped in both, so that nobody outside can write a
line of their own.

## Probes

| path | answers |
| --- | --- |
| `/livez` | 200 as long as the process can answer at all, also while it starts or ends |
| `/readyz` | 200 if it may be asked things; else 503. A JSON document says what each check found |

The checks of a context: `store` (it is read), `broker` (it is asked how far the context has come), `migrations`
(where tables have to be migrated, they have been), `work` (nothing stands in its way for good, such as a full
disk). Each has 2 seconds, and its answer holds for one. A process that is asked to end is not ready from that
moment on.
"""


def operating_pages() -> dict[str, str]:
    """Give the pages, by their path within the documentation."""
    return {
        "reference/configuration.md": "\n".join([CONFIGURATION, *_sections()]),
        "reference/metrics.md": METRICS + "\n".join(_metrics()) + "\n" + MORE,
    }


def _sections() -> Iterator[str]:
    config = Config()
    for section in attrs.fields(Config):
        values = getattr(config, section.name)
        lines = [
            f"## [{section.name}]",
            "",
            f"{type(values).__doc__}",
            "",
            "| key | default | is | |",
            "| --- | --- | --- | --- |",
        ]
        for attribute in attrs.fields(type(values)):
            shown = _shown(getattr(values, attribute.name))
            lines.append(
                f"| `{attribute.name}` | {shown} | {kind_of(attribute).words} | {attribute.metadata['about']} |"
            )
        yield "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        value = list(value)
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _metrics() -> Iterator[str]:
    for metric in CATALOGUE:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.name}` | {metric.sort.value} | {labels} | {metric.about} |"
