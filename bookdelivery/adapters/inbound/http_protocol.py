"""HTTP/1.1 on uvicorn and h11, for clients that nobody knows: whoever is slow or says too much is told so, and cut off.

uvicorn waits for a request's headers for ever, byte by byte, and answers headers that are too long with 400.
"""

from __future__ import annotations

import asyncio
import json
import sys
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LINGER_S = 2.0
"""Seconds for which what a refused client goes on to send is thrown away before it is cut off: a connection closed with
bytes unread is reset, and the client may never see why it was refused (RFC 9112, section 9.6)."""


class StrictProtocol(H11Protocol):
    """One connection of a client.

    Attributes:
        headers_within_s: seconds from the first byte of a request, or from the connection, to the end of its headers.
        body_within_s: seconds from there to the end of its body; None leaves that to the application.
    """

    headers_within_s: float = 10.0
    body_within_s: float | None = None
    _too_slow: asyncio.TimerHandle | None = None
    _body_too_slow: asyncio.TimerHandle | None = None
    _lingering: asyncio.TimerHandle | None = None
    _began = _refused = False

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_headers()

    def data_received(self, data: bytes) -> None:
        """Take what came; only a whole head of a request ends the wait for it."""
        if self._refused:
            return
        self._began = True
        if self._too_slow is None and self.conn.their_state is h11.IDLE:
            self._wait_for_headers()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        self._watch_body()
        if self._lingering is not None and self.conn.their_state is not h11.SEND_BODY:
            self._lingering.cancel()
            self._lingering = None

    def eof_received(self) -> None:
        """Close on whoever was refused and has understood."""
        if self._refused:
            self.transport.close()

    def on_response_complete(self) -> None:
        """Go on to the next request, which may have come already, in part or as a whole."""
        self._began = False
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and self._lingering is None:
            self._lingering = self.loop.call_later(LINGER_S, self.transport.close)
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._began = True
            self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        if self._body_too_slow is not None:
            self._body_too_slow.cancel()
        if self._lingering is not None:
            self._lingering.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, or more than h11 was told to take."""
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else HTTPStatus.BAD_REQUEST
        self._refuse(HTTPStatus(status), msg)

    def _wait_for_headers(self) -> None:
        self._stop_waiting()
        self._too_slow = self.loop.call_later(self.headers_within_s, self._cut_off)

    def _stop_waiting(self) -> None:
        if self._too_slow is not None:
            self._too_slow.cancel()
            self._too_slow = None

    def _cut_off(self) -> None:
        self._too_slow = None
        if self.transport.is_closing():
            return
        if self._began:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"The headers were not here within {self.headers_within_s:g} s.")
        else:
            self.transport.close()

    def _watch_body(self) -> None:
        is_coming = self.conn.their_state is h11.SEND_BODY and not self._refused
        if is_coming and self._body_too_slow is None and self.body_within_s is not None:
            self._body_too_slow = self.loop.call_later(self.body_within_s, self._cut_off_body)
        elif not is_coming and self._body_too_slow is not None:
            self._body_too_slow.cancel()
            self._body_too_slow = None

    def _cut_off_body(self) -> None:
        self._body_too_slow = None
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle.response_started:
            self.transport.close()
            return
        # For the application, whoever asked is gone.
        cycle.disconnected = True
        cycle.message_event.set()
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"The body was not here within {self.body_within_s:g} s.")

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        kind = {408: "too-slow", 431: "headers-too-large"}.get(status, "malformed")
        body = json.dumps(
            {
                "type": f"urn:bookdelivery:problem:{kind}",
                "title": status.phrase,
                "status": int(status),
                "detail": detail,
            }
        ).encode()
        headers = [
            ("content-type", "application/problem+json"),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        begin = h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())
        for event in (begin, h11.Data(body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        self._stop_waiting()
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self._lingering = self.loop.call_later(LINGER_S, self.transport.close)
        else:
            self.transport.close()


def protocol_with(headers_within_s: float, body_within_s: float | None = None) -> type[StrictProtocol]:
    """Give the protocol with limits of its own, as uvicorn makes its protocols from a class."""
    limits = {"headers_within_s": headers_within_s, "body_within_s": body_within_s}
    return type("StrictProtocol", (StrictProtocol,), limits)
