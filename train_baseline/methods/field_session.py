"""A field of light on a video: where people are is looked up now and then, the field smoothed so that noise does not
pulse, and both follow a cut at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import cv2
import numpy as np
import torch

from train_baseline.methods.base import Session, Truth
from train_baseline.methods.light_gain import grid_gain, relit
from train_baseline.methods.lut_session import CUT

if TYPE_CHECKING:
    from train_baseline.methods.light_field import LightField, Places

LOOK_EVERY_S, LIGHT_EVERY_S = 0.1, 0.2
"""How old what the networks said may be: of where people are, and of their light, which is smoothed for longer."""


@dataclass(frozen=True, eq=False)
class FieldCorrection:
    """What one frame gets: `gain` `(h, w, 4)` float32, factors of linear light and the veil on a coarse grid, as far as
    `person` `(256, 256)` float32 `[0, 1]` goes."""

    gain: np.ndarray
    person: np.ndarray


class FieldSession(Session):
    """`smoothing_s`: time constant of the average of the field's stops, 0 for none."""

    on_video: ClassVar[Literal["frames", "field"]] = "field"

    def __init__(self, method: LightField, smoothing_s: float):
        super().__init__(method)
        self.field, self.smoothing_s = method, smoothing_s
        self._age_s = self._light_age_s = math.inf
        self._stops: torch.Tensor | None = None
        self._goal = torch.zeros(())
        self._places: Places | None = None
        self._seen: np.ndarray | None = None

    @torch.no_grad()
    def next(self, frame: np.ndarray, elapsed_s: float) -> FieldCorrection:
        """The next frame `(H, W, 3)` uint8 sRGB of any size, `elapsed_s` after the last -> what it gets."""
        small = cv2.resize(frame, (64, 36), interpolation=cv2.INTER_AREA)
        self.cut = cut = self._seen is None or float(cv2.absdiff(small, self._seen).mean()) > 255 * CUT
        self._seen = small
        self._age_s, self._light_age_s = self._age_s + elapsed_s, self._light_age_s + elapsed_s
        if cut or self._places is None or self._age_s >= LOOK_EVERY_S:
            found = self.field.people.seen(frame)
            self._places = found if cut or self._places is None else self._places.towards(found, 0.6)
            self._age_s = 0.0
        if cut or self._light_age_s >= LIGHT_EVERY_S:
            self._goal = self.field.stops_of(frame, self._places)
            self._light_age_s = 0.0
        if cut or self._stops is None or self.smoothing_s == 0:
            self._stops = self._goal
        else:
            self._stops = torch.lerp(self._stops, self._goal, 1 - math.exp(-elapsed_s / self.smoothing_s))
        gain = grid_gain(self._stops)[0].permute(1, 2, 0).contiguous().numpy()
        return FieldCorrection(gain, self._places.person[0, 0].numpy())

    @torch.no_grad()
    def correct(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> np.ndarray:
        return self.levels(self.lit(frame, elapsed_s)[0])

    def lit(self, frame: np.ndarray, elapsed_s: float) -> tuple[torch.Tensor, torch.Tensor]:
        """The next frame in its new light, `(1, 3, H, W)` sRGB `[0, 1]`, and the person `(1, 1, 256, 256)`."""
        found = self.next(frame, elapsed_s)
        picture = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 255
        gain, person = torch.from_numpy(found.gain).permute(2, 0, 1)[None], torch.from_numpy(found.person)[None, None]
        self.matte = cv2.resize(found.person, frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        return relit(picture, gain, person), person

    @staticmethod
    def levels(picture: torch.Tensor) -> np.ndarray:
        """`(1, 3, H, W)` -> `(H, W, 3)` uint8."""
        return (picture[0] * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
