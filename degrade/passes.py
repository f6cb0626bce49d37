"""One published pass on 8-bit pictures: blur, resize, noise, JPEG; everything a clip needs again and again is made
once.
"""

from __future__ import annotations

import cv2
import numpy as np

from degrade.kernels import crop_to_support, make_kernel, separate
from degrade.noise import NoiseStage
from degrade.record import Blur, Order, SecondOrder

MODES = {"area": cv2.INTER_AREA, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}


class BlurStage:
    """A kernel ready to apply to uint8 or float32 pictures; made once unless it drifts."""

    def __init__(self, blur: Blur):
        self.blur = blur
        self.still = None if blur.widen is not None else self._prepare(0)

    def _prepare(self, frame: int) -> tuple[np.ndarray, list]:
        kernel = crop_to_support(make_kernel(self.blur, frame))
        return kernel, separate(kernel)

    def apply(self, picture: np.ndarray, frame: int) -> np.ndarray:
        """`(H, W, 3)` uint8 or float32 -> the same dtype; borders are mirrored."""
        kernel, pairs = self.still or self._prepare(frame)
        if kernel.shape == (1, 1):
            return picture
        if len(pairs) == 1:
            return cv2.sepFilter2D(picture, -1, pairs[0][1], pairs[0][0], borderType=cv2.BORDER_REFLECT_101)
        return cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REFLECT_101)


def resize(picture: np.ndarray, width: int, height: int, mode: str) -> np.ndarray:
    """To `width` x `height` by "area", "bilinear" or "bicubic". Sizes are explicit, so corners stay on corners: no
    drift.
    """
    if picture.shape[:2] == (height, width):
        return picture
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
