"""Answering a request once, however often it is sent: what an idempotency key was answered is kept with the data.

The header and its rules are those of the IETF's draft "The Idempotency-Key HTTP Header Field"
(draft-ietf-httpapi-idempotency-key-header-07).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b

import attrs

from bookdelivery.kernel.aggregate import Row, changed
from bookdelivery.kernel.errors import BookdeliveryError, InvalidField
from bookdelivery.kernel.ports import Clock, Outcome, Record, Store, Unit
from bookdelivery.kernel.values import LARGEST_ID

LONGEST_KEY = 255


class KeyReused(BookdeliveryError, ValueError):
    """An idempotency key came a second time, with another request."""


class InProgress(BookdeliveryError, RuntimeError):
    """A request with this idempotency key is being answered at this moment."""


@attrs.frozen(kw_only=True, slots=False)
class Answered(Row):
    """What a request with an idempotency key was answered.

    Attributes:
        number: stands for the key.
        key: as it was sent.
        request: stands for what was asked.
        case_id: the business id that was drawn for it beforehand, so that asking again opens no second case.
        claimed_at: when somebody began to answer it, in seconds since the epoch; None once it is answered or given up.
        status: of HTTP; None until it is answered.
        location: where what was opened is found; empty if nothing was.
        body: of the answer, as text.
    """

    correlation_key = "number"

    number: int
    key: str
    request: str
    case_id: int | None = None
    claimed_at: float | None = None
    status: int | None = None
    location: str = ""
    body: str = ""


@attrs.frozen
class Answer:
    """An answer that can be given again.

    Attributes:
        status: of HTTP.
        body: as text.
        location: where what was opened is found; empty if nothing was.
        retry_after_s: seconds after which to ask again; such an answer is not kept. None: it is final.
    """

    status: int
    body: str
    location: str = ""
    retry_after_s: float | None = None


class Answers:
    """Keeps answers in a context's store; they stay as long as the cases they are about.

    A process that dies between an effect and its answer leaves a claim behind; after `lease_s` the request is tried
    again, with the id drawn before. A command that its lifecycle refuses the second time is then answered so.

    Args:
        store: the context's.
        clock: tells the time of day.
        lease_s: seconds that somebody is given to answer.
    """

    def __init__(self, store: Store, clock: Clock, lease_s: float = 60.0) -> None:
        self._store = store
        self._now = clock.now
        self._lease_s = lease_s

    async def once(
        self,
        key: str,
        request: bytes,
        answer: Callable[[int | None], Awaitable[Answer]],
        draw_id: Callable[[], Awaitable[int]] | None = None,
        *,
        whose: str = "",
    ) -> tuple[Answer, bool]:
        """Answer a request, or give the answer it was given before.

        Args:
            key: its idempotency key.
            request: all that tells it from other requests.
            answer: does it, given the id that was drawn.
            draw_id: draws the id of the case it is about to open; None if it opens none, or names one itself.
            whose: who asks; another's key of the same text is another key. Empty if nobody knows.

        Returns: the answer, and whether it was given before.

        Raises:
            InvalidField: the key is none.
            KeyReused: it was used for another request.
            InProgress: somebody is answering it.
            Unavailable, UnusableStore: the store cannot be reached or used.
        """
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidField("a request", "Idempotency-Key", key, f"1 to {LONGEST_KEY} printable characters")
        if whose:
            key = f"{key} of {whose}"
        number = 1 + int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) % LARGEST_ID
        asked = blake2b(request, digest_size=16).hexdigest()
        record = await self._store.get(Answered.__name__, number)
        if record is None:
            case_id = None if draw_id is None else await draw_id()
            known, version = Answered(number=number, key=key, request=asked, case_id=case_id), 0
        else:
            known, version = _answered(record), record.version
        if (known.key, known.request) != (key, asked):
            raise KeyReused(f"the idempotency key {key!r} was used for another request; take a new one for each")
        if known.status is not None:
            return Answer(known.status, known.body, known.location), True
        now = self._now()
        if known.claimed_at is not None and now < known.claimed_at + self._lease_s:
            raise InProgress(f"the request with the idempotency key {key!r} is being answered; ask again")
        await self._save(changed(known, claimed_at=now), version + 1)
        try:
            given = await answer(known.case_id)
        except BaseException:
            # Whatever it was, a giving up included: nothing is answered, so the key is free for the next attempt.
            await self._save(known, version + 2)
            raise
        kept = known
        if given.retry_after_s is None:
            kept = changed(known, status=given.status, location=given.location, body=given.body)
        await self._save(kept, version + 2)
        return given, False

    async def _save(self, answered: Answered, version: int) -> None:
        record = Record(Answered.__name__, answered.number, answered.number, version, answered)
        (outcome,) = await self._store.commit([Unit(saves=(record,), at=self._now())])
        if outcome is not Outcome.COMMITTED:
            raise InProgress(f"the request with the idempotency key {answered.key!r} is being answered; ask again")


def _answered(record: Record) -> Answered:
    assert isinstance(record.state, Answered)
    return record.state
