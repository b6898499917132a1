"""What an event loop does with an exception that nobody is there to catch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from traceback import format_list
from typing import Any

ExceptionHandler = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object]

logger = logging.getLogger("asyncio")


class ReportsFailures(asyncio.AbstractEventLoop):
    """The exception handling of an event loop, as asyncio documents it: logged unless a handler is set."""

    _exception_handler: ExceptionHandler | None = None

    def get_exception_handler(self) -> ExceptionHandler | None:
        """The handler that was set, or None for the default one."""
        return self._exception_handler

    def set_exception_handler(self, handler: ExceptionHandler | None) -> None:
        """Have `handler(loop, context)` called for each such exception; None for the default handler.

        Raises:
            TypeError: `handler` cannot be called.
        """
        if handler is not None and not callable(handler):
            raise TypeError(f"an exception handler is a callable or None, not {handler!r}")
        self._exception_handler = handler

    def default_exception_handler(self, context: Mapping[str, Any]) -> None:
        """Log the exception, and what is known of where it came from, to the logger `asyncio`."""
        lines = [context.get("message") or "Unhandled exception in event loop"]
        for key in sorted(context.keys() - {"message", "exception"}):
            value = context[key]
            if key == "source_traceback":
                created = "".join(format_list(value)).rstrip()
                lines.append(f"{key}: Object created at (most recent call last):\n{created}")
            else:
                lines.append(f"{key}: {value!r}")
        logger.error("\n".join(lines), exc_info=context.get("exception") or False)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Hand the `context` of an exception to the handler that is set.

        A handler that fails itself is logged, together with what it was to handle.
        """
        try:
            if self._exception_handler is None:
                self.default_exception_handler(context)
            else:
                self._exception_handler(self, context)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            logger.error("Unhandled error in exception handler, called with %r", context, exc_info=error)
