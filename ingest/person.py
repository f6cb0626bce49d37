"""Where the person is in a frame, by a small segmentation network taught on real people (MediaPipe, general model)."""

from __future__ import annotations

import cv2
import numpy as np

from ingest.networks import run_network

SIDE = 256
LOW, HIGH = 0.2, 0.8
"""The network's answer at which a pixel is nobody's and wholly the person's; between them coverage rises evenly."""
SOFT_PX = 1.5
"""Standard deviation of the blur, in pixels of the frame, after the small answer is enlarged."""


def person_coverage(frame: np.ndarray) -> np.ndarray:
    """`frame` `(H, W, 3)` uint8 sRGB -> how far each pixel is the person's, `(H, W)` uint8, 255 wholly.

    The frame is squeezed to 256x256 whatever its shape, as the network was taught.
    """
    height, width = frame.shape[:2]
    small = cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    (answer,) = run_network("person", small.astype(np.float32) / 255)
    large = cv2.resize(answer[..., 0], (width, height), interpolation=cv2.INTER_LINEAR)
    stretched = np.clip((large - LOW) / (HIGH - LOW), 0, 1)
    return np.rint(cv2.GaussianBlur(stretched, (0, 0), SOFT_PX) * 255).astype(np.uint8)
