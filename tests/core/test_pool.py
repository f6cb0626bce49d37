"""Jobs in several processes: every result comes once with its number, and a killed process is told of."""

import os
import signal

import pytest

from core.errors import InputError, WorkError
from core.pool import as_done


def square(number, fail=None):
    if fail == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if fail is not None:
        raise InputError(fail)
    return number * number, os.getpid()


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_each_result_comes_once_with_the_number_of_its_job(workers):
    done = list(as_done(square, [(n,) for n in range(4)], workers, str))
    assert sorted((number, result[0]) for number, result in done) == [(0, 0), (1, 1), (2, 4), (3, 9)]
    here = {pid for _, (_, pid) in done} == {os.getpid()}
    assert here == (workers == 1)


def test_one_worker_or_one_job_needs_no_process():
    assert [number for number, _ in as_done(square, [(n,) for n in range(3)], 1, str)] == [0, 1, 2]
    assert list(as_done(square, [(3,)], 8, str)) == [(0, (9, os.getpid()))]
    assert list(as_done(square, [], 8, str)) == []


def test_an_error_of_the_work_is_raised_as_it_is():
    with pytest.raises(InputError, match=r"^no such clip$"):
        list(as_done(square, [(1, "no such clip"), (2,)], 2, str))


def test_a_killed_process_is_told_of_in_the_callers_words():
    with pytest.raises(WorkError, match=r"^job [01] died$"):
        list(as_done(square, [(1, "killed"), (2, "killed")], 2, lambda number: f"job {number} died"))
