"""One published pass on 8-bit pictures: blur, resize, noise, JPEG; everything a clip needs again and again is made
once.
"""

from __future__ import annotations

import cv2
import numpy as np

from degrade.convolve import Filter
from degrade.kernels import make_kernel
from degrade.noise import NoiseStage
from degrade.params import Blur, Order, SecondOrder

MODES = {"area": cv2.INTER_AREA, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}


class BlurStage:
    """A clip's blur, ready to apply; the kernel is made once unless it drifts."""

    def __init__(self, blur: Blur):
        self.blur = blur
        self.still = None if blur.widen is not None else Filter(make_kernel(blur))

    def apply(self, picture: np.ndarray, frame: int) -> np.ndarray:
        """`(H, W, 3)` uint8 or float32 -> the same dtype; borders are mirrored."""
        return (self.still or Filter(make_kernel(self.blur, frame))).apply(picture)


def resize(picture: np.ndarray, width: int, height: int, mode: str) -> np.ndarray:
    """`(h, w, 3)` uint8 to `width` x `height` by "area", "bilinear" or "bicubic".

    Sizes are explicit, so corners stay on corners and nothing drifts. "area" is for shrinking; what it would enlarge is
    enlarged by "bilinear": adaptive average pooling, which the published chain uses there, repeats pixels and so moves
    detail by up to half of one, and OpenCV's own way moves the whole picture.
    """
    if picture.shape[:2] == (height, width):
        return picture
    if mode == "area" and (height > picture.shape[0] or width > picture.shape[1]):
        mode = "bilinear"
    return cv2.resize(picture, (width, height), interpolation=MODES[mode])


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """A JPEG round trip (4:2:0) of `(H, W, 3)` uint8 BGR. Raises ValueError when the picture cannot be coded."""
    good, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise ValueError(f"a {picture.shape} picture cannot be written as JPEG")
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


class Pass:
    """A first or second pass of one clip; `name` is "first" or "second"."""

    def __init__(self, order: Order, name: str, seed: int, key: str):
        self.order = order
        self.blur = None if order.blur is None else BlurStage(order.blur)
        self.noise = None if order.noise is None else NoiseStage(order.noise, seed, key, f"degrade.{name}.noise")
        self.sinc = BlurStage(order.sinc) if isinstance(order, SecondOrder) and order.sinc is not None else None

    def apply(self, picture: np.ndarray, frame: int, own_size: tuple[int, int] | None) -> np.ndarray:
        """`(h, w, 3)` uint8 BGR -> the same, ending at `own_size` (width, height) when this is the last pass."""
        order = self.order
        if self.blur is not None:
            picture = self.blur.apply(picture, frame)
        if order.resize is not None:
            picture = resize(picture, order.resize.width, order.resize.height, order.resize.mode)
        if self.noise is not None:
            picture = self.noise.apply(picture, frame)
        sinc_first = isinstance(order, SecondOrder) and order.sinc_first
        if sinc_first:
            picture = self._end(picture, frame, own_size)
        if order.jpeg is not None:
            picture = jpeg(picture, order.jpeg.quality)
        return picture if sinc_first else self._end(picture, frame, own_size)

    def _end(self, picture: np.ndarray, frame: int, own_size: tuple[int, int] | None) -> np.ndarray:
        if own_size is not None:
            picture = resize(picture, *own_size, self.order.back)
        return picture if self.sinc is None else self.sinc.apply(picture, frame)
