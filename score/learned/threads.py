"""How many CPU threads torch takes: one, for the small tensors of this part."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one CPU thread. Our tensors are so small that a second thread gains a tenth on an idle machine and
    costs several times as much as it gains on a busy one; and sums do not depend on the number of cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
