"""What the C library does with memory that is freed."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES, _FROM_HEAP_BYTES = 256 << 20, 32 << 20


def keep_freed_memory() -> None:
    """From here on this process keeps what is freed, up to 256 MiB, and takes arrays of up to 32 MiB from it. glibc
    gives them back to the system at once, and having every page of them made anew for every frame costs as much as the
    arithmetic on it. Other C libraries have no such knob, and nothing happens."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _FROM_HEAP_BYTES)
