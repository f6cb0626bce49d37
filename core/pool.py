"""Jobs in several processes, each result as it comes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from core.errors import WorkError
from core.memory import keep_freed_memory

R = TypeVar("R")


def as_done(
    work: Callable[..., R], jobs: Sequence[tuple[Any, ...]], workers: int, died: Callable[[int], str]
) -> Iterator[tuple[int, R]]:
    """The number and the result of each of `work(*job)`: in up to `workers` processes as they are done, with one worker
    or one job in this process, in order. Raises WorkError with the words of `died` for the number of a job that was
    under way when a process was killed or ran out of memory."""
    if workers <= 1 or len(jobs) <= 1:
        for number, job in enumerate(jobs):
            yield number, work(*job)
        return
    # Fresh processes, not forks: the caller, its decoders and array libraries may hold threads.
    with ProcessPoolExecutor(min(workers, len(jobs)), multiprocessing.get_context("spawn"), keep_freed_memory) as pool:
        waiting = {pool.submit(work, *job): number for number, job in enumerate(jobs)}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BrokenProcessPool:
            raise WorkError(died(waiting[future])) from None
        finally:
            pool.shutdown(cancel_futures=True)
