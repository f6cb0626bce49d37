"""Samples degraded in several processes: a process that dies takes nobody's work with it."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import cv2

from core.memory import keep_freed_memory
from pairs.shards import Sample

Done = tuple[Sample | None, str]
"""The pair sample, or None and what went wrong."""
Work = Callable[[Sample], Done]


def in_order(tasks: Iterable[Sample | str], work: Work, count: int) -> Iterator[Done]:
    """`work` of each sample in `count` processes, in order; a text among the tasks is passed on as a failure.

    When a process dies (killed, out of memory), the samples that were under way are done again one by one, each with a
    process to itself; one whose process dies again is the culprit, and is a failure like any other.
    """
    pool = _pool(count)
    window: deque[tuple[Sample | str, Future[Done] | None]] = deque()
    try:
        for task in tasks:
            if isinstance(task, str):
                window.append((task, None))
            else:
                try:
                    future = pool.submit(work, task)
                except BrokenProcessPool:
                    pool = _pool(count)
                    future = pool.submit(work, task)
                window.append((task, future))
            if len(window) > 2 * count:
                yield _outcome(*window.popleft(), work)
        while window:
            yield _outcome(*window.popleft(), work)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _outcome(task: Sample | str, future: Future[Done] | None, work: Work) -> Done:
    if isinstance(task, str) or future is None:
        return None, str(task)
    try:
        return future.result()
    except BrokenProcessPool:
        return _alone(task, work)


def _alone(sample: Sample, work: Work) -> Done:
    with _pool(1) as pool:
        try:
            return pool.submit(work, sample).result()
        except BrokenProcessPool:
            what = "its process died twice (killed, or out of memory?); run again, with fewer --workers"
            return None, f"{sample.key}: degrade: {what}"


def _pool(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=_prepared)


def _prepared() -> None:
    cv2.setNumThreads(1)
    keep_freed_memory()
