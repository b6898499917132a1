"""Who does the work: this process, processes of its own that may die, or any executor, on one machine or on many."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from types import TracebackType
from typing import Any, Self, TypeVar

from bookdelivery.kernel.errors import BookdeliveryError, InvalidField

T = TypeVar("T")
R = TypeVar("R")


class WorkerDied(BookdeliveryError, RuntimeError):
    """The process that did a piece of work was killed, and the one that tried again, too: out of memory, or a crash."""


class NoWorkers(BookdeliveryError, RuntimeError):
    """Worker processes die before they finish anything."""


class NotPortable(BookdeliveryError, TypeError):
    """Work cannot be sent to another process."""


class Crew:
    """Does independent pieces of work. Use it as a context manager; processes of its own live as long as it is open.

    Args:
        executor: any `concurrent.futures.Executor`, such as a Dask client's `get_executor()`; it is not shut down.
            None: processes of the crew's own.
        workers: how many processes of its own, as many as there are cores by default; with 1 everything happens in this
            process.

    Raises:
        InvalidField: `workers` is no number of processes, or given beside an executor.
    """

    def __init__(self, executor: Executor | None = None, workers: int | None = None) -> None:
        if executor is not None and not isinstance(executor, Executor):
            raise InvalidField("crew", "executor", executor, "a concurrent.futures.Executor, or None")
        if workers is not None and (type(workers) is not int or workers < 1 or executor is not None):
            allowed = (
                "a whole number, 1 or more" if executor is None else "None, as the executor has workers of its own"
            )
            raise InvalidField("crew", "workers", workers, allowed)
        self._executor = executor
        self._workers = workers or os.cpu_count() or 1
        self._pool: _Processes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.close(at_once=error is not None)

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R | Exception]]:
        """Do a function on each task; give each with what came of it, in the order in which they end.

        A worker process of the crew's own that dies takes down its pool. What was not finished then is done again by a
        new one; what was under way, one at a time, so that what kills a second process is known to be at fault.

        Returns:
            For each task the function's value, or the error it raised; `WorkerDied` where it killed its process.

        Raises:
            NotPortable: function or tasks cannot be sent to another process.
            NoWorkers: a new pool breaks before it has done anything.
        """
        if self._executor is not None:
            return self._elsewhere(self._executor, function, tasks)
        if self._workers == 1:
            return ((task, _here(function, task)) for task in tasks)
        if self._pool is None:
            self._pool = _Processes(self._workers)
        return self._pool.run(function, tasks)

    @staticmethod
    def _elsewhere(
        executor: Executor, function: Callable[[T], R], tasks: Sequence[T]
    ) -> Iterator[tuple[T, R | Exception]]:
        under_way = {executor.submit(function, task): task for task in tasks}
        try:
            for done in as_completed(under_way):
                task, outcome = under_way[done], _outcome(done)
                yield task, outcome
        finally:
            # Nobody waits for what is under way when the caller has stopped listening.
            for future in under_way:
                future.cancel()


class _Processes:
    """A pool of processes that is renewed when one of them dies."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._others = set(active_children())
        self._pool: ProcessPoolExecutor | None = None
        self._broken = False
        self._size = workers

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R | Exception]]:
        if tasks:
            _see_that_it_travels(function, tasks[0])
        # Whoever was there when a process died is suspect, and tried alone; if one dies then, too, once more.
        fresh, suspects, culprits = deque(tasks), deque[T](), deque[T]()
        while fresh or suspects or culprits:
            queue = suspects or culprits or fresh
            killed: list[T] = []
            yield from self._until_one_dies(function, queue, self._workers if queue is fresh else 1, killed)
            if queue is culprits:
                died = WorkerDied("its worker process was killed, and so was the next one, which did nothing else")
                yield from ((task, died) for task in killed)
            else:
                (suspects if queue is fresh else culprits).extend(killed)
            if self._broken or queue is not fresh:
                # What is done alone has a process of its own, so that no other one's end is blamed on it.
                self._renew(1 if suspects or culprits else self._workers, bool(fresh or suspects or culprits))

    def _until_one_dies(
        self, function: Callable[[T], R], queue: deque[T], at_once: int, killed: list[T]
    ) -> Iterator[tuple[T, R | Exception]]:
        # No more is handed out than is worked on, so that whatever was handed out may be what killed its process.
        under_way: dict[Future[R], T] = {}
        while (queue and not self._broken) or under_way:
            while queue and len(under_way) < at_once and not self._broken:
                try:
                    future = self._open().submit(function, queue[0])
                except BrokenProcessPool:
                    self._broken = True
                else:
                    under_way[future] = queue.popleft()
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=list(under_way).index):
                task, outcome = under_way.pop(future), _outcome(future)
                if isinstance(outcome, BrokenProcessPool):
                    self._broken = True
                    killed.append(task)
                else:
                    yield task, outcome

    def _renew(self, size: int, more: bool) -> None:
        # A broken pool ends by itself, and its thread is not to be hurried while it sees to that.
        self.close(at_once=False)
        self._broken = False
        self._size = size
        if not more:
            return
        try:
            self._open().submit(os.getpid).result()
        except BrokenProcessPool as error:
            raise NoWorkers(
                "worker processes die before they do anything; a script that starts them has to guard its own work "
                "with `if __name__ == '__main__':`, and with workers=1 everything happens in one process"
            ) from error

    def close(self, at_once: bool) -> None:
        if self._pool is None:
            return
        self._pool.shutdown(wait=not at_once, cancel_futures=True)
        if at_once:
            for child in set(active_children()) - self._others:
                child.terminate()
        self._pool = None

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A forked process would share locks and threads with this one in whatever state they are in.
            self._pool = ProcessPoolExecutor(self._size, mp_context=get_context("spawn"), initializer=_at_work)
        return self._pool


def _here(function: Callable[[T], R], task: T) -> R | Exception:
    try:
        return function(task)
    except Exception as error:  # noqa: BLE001
        # It is the caller's to judge, as from another process.
        return error


def _outcome(future: Future[R]) -> R | Exception:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, Exception):
        return error
    raise error


def _see_that_it_travels(function: Callable[[Any], Any], task: Any) -> None:
    try:
        pickle.dumps((function, task))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise NotPortable(
            f"this cannot be sent to another process: {error}; systems, metrics and behaviours have to be found by "
            "name at the top of a module, and with workers=1 nothing is sent"
        ) from error


def _at_work() -> None:
    # Ctrl-C reaches the whole process group: workers end at once and leave the talking to the one who started them.
    # What the system under test logs about the troubles it is put into is no news.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.getLogger("bookdelivery").addHandler(logging.NullHandler())
    threading.Thread(target=_end_with_who_started_it, name="waits for the end", daemon=True).start()


def _end_with_who_started_it() -> None:
    # A pool's worker waits on a pipe whose other end it holds itself, so it would never learn of a SIGKILL.
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
