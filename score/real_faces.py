"""What a correction does to a real face: harm where the light was good, and the way back where it was bad.

A clip comes as `given` (what the method saw), `output` (what it made) and `answer` (how the person looks in good light:
the clip itself, which is also what is given when harm is measured). All are uint8 sRGB `(H, W, 3)`; `person` is
coverage `(H, W)` 0-255, `face` `(H, W)` bool, `landmarks` `(468, 2)` pixels in the order of MediaPipe's face mesh.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import cv2
import numpy as np

from core.colour import REC709_LUMA, linear_from_srgb
from core.errors import InputError
from core.rng import rng_for
from score.fidelity.measures import Meter, ciede2000_frame, lab_from_srgb8, squared_error

LOCAL_PX = 15
"""Side of the square whose mean luma is taken off before the drawing of two faces is compared."""
NOBODY, SOMEBODY = 26, 128
"""Coverage (0-255) below which a pixel is taken to lie outside the person, and from which inside."""
DARKEST = 0.005
"""Linear light that is added before the logarithm of a gain, so that noise in black does not count as light."""
RESAMPLES = 2000

_LINEAR_OF_LEVEL = linear_from_srgb(np.arange(256, dtype=np.float32) / 255)
# fmt: off
_OUTER_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
_INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
_EYES = ((33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
         (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466))
_BROWS = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276))
_CHEEKS = ((117, 118, 101, 36, 205, 187, 123), (346, 347, 330, 266, 425, 411, 352))
# fmt: on


@dataclass(frozen=True)
class Measure:
    """How a number of `RealMeter.result` is to be read: what it is, and whether more of it is better."""

    meaning: str
    more_is_better: bool = False


MEASURES = {
    "face.rmse": Measure("RMSE to the answer on the face, levels"),
    "face.ciede2000": Measure("CIEDE2000 to the answer on the face"),
    "face.way_back": Measure("share of the face's RMSE taken away", True),
    "face.drawing": Measure("correlation of input and output of luma less its 15-pixel mean, on the face", True),
    "face.lips": Measure("how far the lips' colour moved relative to the cheeks', L*a*b* distance to the answer"),
    "face.eyes": Measure("the same of the eyes"),
    "face.brows": Measure("the same of the brows"),
    "face.unevenness": Measure("standard deviation over the face of the light left over, stops"),
    "face.flicker": Measure("jumps of the face's mean from frame to frame beyond the answer's, levels"),
    "person.rmse": Measure("RMSE to the answer on the person, levels"),
    "person.ciede2000": Measure("CIEDE2000 to the answer on the person"),
    "person.way_back": Measure("share of the person's RMSE taken away", True),
    "spill": Measure("mean change outside the person, levels"),
    "judge": Measure("probability by which a learned judge prefers it to what was given", True),
    "matte.overlap": Measure("the method's matte against the person, intersection over union at one half", True),
}


class RealMeter:
    """The measures of one clip that arrives frame by frame: `add` each, then `result()`.

    The dear measures are taken of every `every`-th frame; flicker of all.
    """

    def __init__(self, every: int = 1):
        self.every = every
        self._count = 0
        self._values: dict[str, list[float]] = defaultdict(list)
        self._flicker = Meter(measures=("flicker",))

    def add(
        self,
        given: np.ndarray,
        output: np.ndarray,
        answer: np.ndarray,
        person: np.ndarray,
        face: np.ndarray,
        landmarks: np.ndarray | None = None,
        matte: np.ndarray | None = None,
    ) -> None:
        """One frame; `matte` `(H, W)` float32 `[0, 1]`, how far the method changes each pixel. InputError for shapes
        that differ."""
        for name, picture in (("output", output), ("answer", answer)):
            if picture.shape != given.shape or picture.dtype != np.uint8:
                raise InputError(f"{name}: expected uint8 {given.shape}, got {picture.dtype} {picture.shape}")
        face = face.astype(bool)
        self._flicker.add(output, answer, face)
        self._count += 1
        if (self._count - 1) % self.every:
            return
        for name, inside in (("face", face), ("person", person >= SOMEBODY)):
            if inside.any():
                self._put(f"{name}.rmse", math.sqrt(squared_error(output, answer, inside)))
                self._put(f"{name}.ciede2000", ciede2000_frame(output, answer, inside))
                self._put(f"{name}.given", math.sqrt(squared_error(given, answer, inside)))
        if face.any():
            self._put("face.drawing", drawing_kept(given, output, face))
            self._put("face.unevenness", unevenness(answer, output, face))
        if landmarks is not None:
            for part, moved in parts_moved(answer, output, landmarks).items():
                self._put(f"face.{part}", moved)
        outside = person < NOBODY
        if outside.any():
            self._put("spill", float(np.abs(output.astype(np.int16) - given)[outside].mean()))
        if matte is not None:
            self._put("matte.overlap", overlap(matte >= 0.5, person >= SOMEBODY))

    def result(self) -> dict[str, float]:
        """Means over frames by the names of `MEASURES`, those that could be measured: without a face nothing of the
        face, no way back where what was given is the answer."""
        found = {name: float(np.mean(values)) for name, values in self._values.items()}
        for name in ("face", "person"):
            before = found.pop(f"{name}.given", 0.0)
            if before > 0:
                found[f"{name}.way_back"] = 1 - found[f"{name}.rmse"] / before
        if "face.rmse" in found and self._count > 1:
            found["face.flicker"] = self._flicker.result()["flicker"]
        return {name: found[name] for name in MEASURES if name in found}

    def _put(self, name: str, value: float) -> None:
        if math.isfinite(value):
            self._values[name].append(value)


def drawing_kept(given: np.ndarray, output: np.ndarray, face: np.ndarray) -> float:
    """Correlation, over the face, of the luma of two frames less its mean over 15x15 pixels; 1 where every line of the
    face is still there, whatever its brightness. NaN where one of them has no lines at all."""
    one, other = (_lines_of(frame)[face].astype(np.float64) for frame in (given, output))
    one, other = one - one.mean(), other - other.mean()
    power = math.sqrt(float(one @ one) * float(other @ other))
    return float(one @ other) / power if power > 0 else math.nan


def unevenness(answer: np.ndarray, output: np.ndarray, face: np.ndarray) -> float:
    """Standard deviation over the face, in stops, of output over answer in linear luminance, both blurred by a 25th of
    the face's width: nothing for a change of exposure, however large."""
    wide = max(1.0, math.sqrt(float(face.sum())) / 25)
    light = [cv2.GaussianBlur(_LINEAR_OF_LEVEL[frame] @ REC709_LUMA, (0, 0), wide) for frame in (answer, output)]
    left_over = np.log2((light[1][face] + DARKEST) / (light[0][face] + DARKEST))
    return float(left_over.std(dtype=np.float64))


def parts_moved(answer: np.ndarray, output: np.ndarray, landmarks: np.ndarray) -> dict[str, float]:
    """How far lips, eyes and brows moved relative to the cheeks: the length of the change of (mean L*a*b* of the part
    less that of the cheeks) from answer to output. Parts that are not in the picture are left out."""
    cheeks = _part(answer.shape, landmarks, _CHEEKS)
    found: dict[str, float] = {}
    if not cheeks.any():
        return found
    for name, part in {
        "lips": _part(answer.shape, landmarks, (_OUTER_LIPS,), (_INNER_LIPS,)),
        "eyes": _part(answer.shape, landmarks, _EYES),
        "brows": _part(answer.shape, landmarks, _BROWS),
    }.items():
        if part.any():
            apart = [
                lab_from_srgb8(frame[part]).mean(0, dtype=np.float64)
                - lab_from_srgb8(frame[cheeks]).mean(0, dtype=np.float64)
                for frame in (answer, output)
            ]
            found[name] = float(np.linalg.norm(apart[1] - apart[0]))
    return found


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two bool maps; 1 where both are empty."""
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else 1.0


@dataclass(frozen=True)
class OverClips:
    """A measure over clips: mean, its 95% interval (bootstrap over clips), and the worst clip's value and name."""

    mean: float
    low: float
    high: float
    worst: float
    worst_clip: str


def over_clips(rows: dict[str, dict[str, float]]) -> dict[str, OverClips]:
    """What `RealMeter.result` gave, by clip -> each measure over the clips that have it."""
    found: dict[str, OverClips] = {}
    for name, measure in MEASURES.items():
        values = {clip: row[name] for clip, row in rows.items() if name in row}
        if not values:
            continue
        every = np.array(list(values.values()))
        picks = rng_for(0, "real", "bootstrap").integers(0, len(every), (RESAMPLES, len(every)))
        low, high = np.percentile(every[picks].mean(1), [2.5, 97.5])
        worst = (min if measure.more_is_better else max)(values, key=values.__getitem__)
        found[name] = OverClips(float(every.mean()), float(low), float(high), values[worst], worst)
    return found


def _lines_of(frame: np.ndarray) -> np.ndarray:
    luma = frame.astype(np.float32) @ REC709_LUMA
    return luma - cv2.blur(luma, (LOCAL_PX, LOCAL_PX))


def _part(
    shape: tuple[int, ...],
    landmarks: np.ndarray,
    outlines: tuple[tuple[int, ...], ...],
    holes: tuple[tuple[int, ...], ...] = (),
) -> np.ndarray:
    """bool `(H, W)`: inside the outlines, outside the holes."""
    drawn = np.zeros(shape[:2], np.uint8)
    for level, lines in ((255, outlines), (0, holes)):
        for line in lines:
            cv2.fillPoly(drawn, [np.rint(landmarks[list(line)]).astype(np.int32)], (level,))
    return drawn > 0
