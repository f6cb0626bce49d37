"""Open Image Denoise. Its binding loads torch where there is one, which takes longer than all else that a clip loads
and which arrays do not need: it is kept from seeing it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, cast

import numpy as np


def denoise(image: np.ndarray, *guides: np.ndarray, **settings: Any) -> np.ndarray:
    """`(h, w, 3)` contiguous float32 -> the same without noise; guides: albedo, normal. Settings (`hdr`, `clean_aux`,
    `quality`) as in `pyoidn.denoise`."""
    return _binding()(image, *guides, **settings)


@functools.cache
def _binding() -> Callable[..., np.ndarray]:
    unseen = "torch" not in sys.modules
    if unseen:
        cast(dict[str, Any], sys.modules)["torch"] = None  # so that importing it fails
    try:
        from pyoidn import denoise as found
    finally:
        if unseen:
            del sys.modules["torch"]
    return found
