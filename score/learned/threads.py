"""How many CPU threads torch and OpenCV take: one, for the small arrays of this part."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import cv2
import torch


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Torch and OpenCV on one CPU thread. Our arrays are so small that a second thread gains a tenth on an idle machine
    and costs several times as much as it gains on a busy one; and sums do not depend on the number of cores."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
