"""Temporal accumulation: a frame's light averaged with that of its neighbours, warped along with the subject.

Both past and future frames are at hand and every point's motion is known, so the mean over a window costs no paths.
Where a neighbour shows something else at the same point of the subject (hidden, turned away, otherwise lit), it does
not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from render.camera import Film
from render.checkpoint import Checkpoint
from render.layers import CHANNELS
from render.reprojection import NEAREST_POINTS, Motion, SurfaceBinding
from render.sums import TracedFrame
from scenes.spec import Geometry, Scene

_FLOW_ERROR_PX = 0.7
_ALBEDO = 0.1
_COVERAGE = 0.2
_TURN_RAD = 0.15
_FIREFLY = 6.0
_LARGEST = 60000.0
_ROW = 1024
_AVERAGED = ("alpha", "things", "albedo", "normal", "world_normal")
_FEATURES = ("albedo", "world_normal", "alpha")
_NO_MAP = np.empty(0, np.float32)  # for OpenCV: both coordinates are in the first map
Views: TypeAlias = list[tuple[np.ndarray, np.ndarray | np.float32]]
WARPING_BYTES = 6 + 4 + 4 * 4
"""Bytes per pixel while a neighbour is warped: OpenCV's fixed-point map, its weight, four channels in full floats."""


def window(frame: int, frames: int, reach: int) -> range:
    """The frames that count for `frame` of a clip of `frames`: up to `reach` on either side."""
    return range(max(0, frame - reach), min(frames, frame + reach + 1))


def metering_frame(frames: int) -> int:
    """The frame of a clip on which its exposures are chosen: the middle one."""
    return frames // 2


def trace_order(frames: int, reach: int) -> list[int]:
    """The frame on which the camera meters first, and its neighbours; then the rest in order."""
    middle = metering_frame(frames)
    first = sorted(window(middle, frames, reach), key=lambda frame: (abs(frame - middle), frame))
    return [*first, *(frame for frame in range(frames) if frame not in first)]


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A traced frame of the clip, ready to be warped.

    `depth_m`, `rest`: as in `Surface`; `lights`: how many rooms and studio sums; `binding` of its pixels; `features`
    `(h, w, 7)`: albedo, world normal and coverage, each the mean over 3 x 3 pixels; `packed`: all that is averaged;
    both four channels at a time as OpenCV takes them, the second each `(h, w, <= 4)` float16 and the unit `(<= 4,)` of
    its channels.
    """

    depth_m: np.ndarray
    rest: np.ndarray
    lights: tuple[int, int]
    binding: SurfaceBinding
    features: list[np.ndarray]
    packed: list[tuple[np.ndarray, np.ndarray]]

    @staticmethod
    def of(sums: TracedFrame, motion: Motion) -> Neighbour:
        """A traced frame made ready; its `rest` must have been traced."""
        features = np.concatenate([_planes(sums, name) for name in _FEATURES], -1)
        features = cv2.blur(features, (3, 3), borderType=cv2.BORDER_REPLICATE)
        parts = [np.ascontiguousarray(features[..., at : at + 4]) for at in range(0, features.shape[-1], 4)]
        planes, counts = _stacked(sums), (len(sums.rooms), len(sums.studio))
        # Light has any size; coverage has to stay 1 to the bit where it is 1.
        units = np.maximum(np.abs(planes).mean((0, 1)), np.float32(1e-12))
        units[3 * sum(counts) :] = 1.0
        halves = np.clip(planes / units, -_LARGEST, _LARGEST).astype(np.float16)
        packed = [
            (np.ascontiguousarray(halves[..., at : at + 4]), units[at : at + 4]) for at in range(0, len(units), 4)
        ]
        assert sums.rest is not None
        return Neighbour(sums.depth_m, sums.rest, counts, motion.bind(sums.rest), parts, packed)


def neighbour_bytes(rooms: int, studio: int) -> int:
    """Bytes per pixel of a `Neighbour` with so many sums of either kind, whose subject fills the frame."""
    binding = 1 + NEAREST_POINTS * (4 + 4)
    features = 4 * sum(CHANNELS[name] for name in _FEATURES)
    packed = 2 * (sum(CHANNELS[name] for name in _AVERAGED) + 3 * (rooms + studio))
    return 4 * (CHANNELS["depth_m"] + CHANNELS["rest"]) + binding + features + packed


def accumulated(frame: int, near: dict[int, Neighbour], motion: Motion, reach: int) -> TracedFrame:
    """The weighted mean of `near[frame]` and its neighbours warped to it; depth and places stay the frame's own.

    Weights fall off as a parabola of the distance in time, to nothing at `reach` + 1: of all windows of this width that
    is the one whose mean of fresh noise changes least from frame to frame (its squared steps have the least sum).
    """
    here = near[frame]
    # Only what shows the subject is worked on, as a list of pixels: of a wide film that is a third.
    inside = here.binding.inside
    grid = np.argwhere(inside)[:, ::-1].astype(np.float32)
    features = _listed(here.features, inside)
    weights = np.ones((len(grid), 1), np.float32)
    warps: list[tuple[Neighbour, np.ndarray, tuple[np.ndarray, np.ndarray]]] = []
    for other, neighbour in near.items():
        if other == frame:
            continue
        flow = motion.moved(here.binding, frame, other)
        place = _in_rows(grid + flow)
        there = np.concatenate([_sampled(part, place, _NO_MAP, cv2.INTER_LINEAR) for part in neighbour.features], -1)
        back = _sampled(motion.flow(neighbour.binding, other, frame), place, _NO_MAP, cv2.INTER_LINEAR)
        weight = _confidence(features, there[: len(grid)], flow, back[: len(grid)])[:, None]
        weight *= np.float32(1 - ((other - frame) / (reach + 1)) ** 2)
        weights += weight
        warps.append((neighbour, weight, cv2.convertMaps(place, _NO_MAP, cv2.CV_16SC2)))
    planes = []
    for index, (part, unit) in enumerate(here.packed):
        own = part.astype(np.float32) * unit
        views: Views = [(own[inside], np.float32(1))]
        for neighbour, weight, maps in warps:
            part, unit = neighbour.packed[index]
            warped = _sampled(part.astype(np.float32), *maps, cv2.INTER_CUBIC)[: len(grid)]
            views.append((warped * unit, weight))
        planes.append(_mean(own, inside, views, weights, max(0, 3 * sum(here.lights) - 4 * index)))
    return _unstacked(here, np.concatenate(planes, -1))


def _mean(own: np.ndarray, inside: np.ndarray, views: Views, weights: np.ndarray, light: int) -> np.ndarray:
    """The weighted mean of `(n, C)` views where `inside` is, `own` `(h, w, C)` elsewhere. The first `light` channels
    are light: a firefly that one frame has and the others have not would follow the subject through all of them, so
    each is held to what the mean shows around."""
    mean = own.copy()
    mean[inside] = sum(view * weight for view, weight in views) / weights
    if light:
        limit = _FIREFLY * cv2.blur(mean, (3, 3), borderType=cv2.BORDER_REPLICATE).reshape(mean.shape)
        limit[..., light:] = np.inf
        mean, held = np.minimum(own, limit), limit[inside]
        mean[inside] = sum(np.minimum(view, held) * weight for view, weight in views) / weights
    return mean


def _confidence(here: np.ndarray, there: np.ndarray, flow: np.ndarray, back: np.ndarray) -> np.ndarray:
    """`(n,)` in [0, 1]: whether the flow there and back ends where it began, on the same colour, turned alike."""
    flow_error = ((flow + back) ** 2).sum(-1) / _FLOW_ERROR_PX**2
    cover, other_cover = np.maximum(here[:, 6:], 1e-3), np.maximum(there[:, 6:], 1e-3)
    albedo = ((here[:, :3] / cover - there[:, :3] / other_cover) ** 2).sum(-1) / _ALBEDO**2
    turn = ((here[:, 3:6] / cover - there[:, 3:6] / other_cover) ** 2).sum(-1) / _TURN_RAD**2
    coverage = (here[:, 6] - there[:, 6]) ** 2 / _COVERAGE**2
    return np.exp(-(flow_error + albedo + turn + coverage)).astype(np.float32)


def _listed(parts: list[np.ndarray], inside: np.ndarray) -> np.ndarray:
    """`(n, C)`: the pixels where `inside` is."""
    return np.concatenate([part[inside] for part in parts], -1)


def _in_rows(places: np.ndarray) -> np.ndarray:
    """`(n, 2)` -> `(rows, 1024, 2)`, the last row filled up: OpenCV takes no picture of a million rows."""
    rows = np.zeros((-(-len(places) // _ROW) * _ROW, 2), np.float32)
    rows[: len(places)] = places
    return rows.reshape(-1, _ROW, 2)


def _sampled(image: np.ndarray, place: np.ndarray, fraction: np.ndarray, method: int) -> np.ndarray:
    """`(h, w, C)` at each place, `(rows x 1024, C)`."""
    warped = cv2.remap(image, place, fraction, method, borderMode=cv2.BORDER_REPLICATE)
    return warped.reshape(-1, image.shape[-1])


def _stacked(sums: TracedFrame) -> np.ndarray:
    """`(h, w, C)`: all that is averaged."""
    height, width = sums.alpha.shape
    light = np.concatenate([sums.rooms, sums.studio]).transpose(1, 2, 0, 3).reshape(height, width, -1)
    return np.concatenate([light, *(_planes(sums, name) for name in _AVERAGED)], -1)


def _planes(sums: TracedFrame, name: str) -> np.ndarray:
    """A field of the surface as `(h, w, C)`."""
    return getattr(sums, name).reshape(*sums.alpha.shape, CHANNELS[name])


def _unstacked(here: Neighbour, planes: np.ndarray) -> TracedFrame:
    height, width = here.depth_m.shape
    lights = sum(here.lights)
    light = np.maximum(planes[..., : 3 * lights], 0).reshape(height, width, lights, 3).transpose(2, 0, 1, 3)
    ends = np.cumsum([3 * lights, *(CHANNELS[name] for name in _AVERAGED)])
    surface = {name: planes[..., ends[i] : ends[i + 1]] for i, name in enumerate(_AVERAGED)}
    return TracedFrame(
        rooms=np.ascontiguousarray(light[: here.lights[0]]),
        studio=np.ascontiguousarray(light[here.lights[0] :]),
        alpha=np.clip(surface["alpha"][..., 0], 0.0, 1.0),
        things=np.clip(surface["things"][..., 0], 0.0, 1.0),
        albedo=np.ascontiguousarray(np.maximum(surface["albedo"], 0)),
        normal=np.ascontiguousarray(surface["normal"]),
        world_normal=np.ascontiguousarray(surface["world_normal"]),
        depth_m=here.depth_m,
        rest=here.rest,
    )


class FrameWindow:
    """A clip's traced frames until all that they count for are finished; they wait in the checkpoint's folder."""

    def __init__(
        self, checkpoint: Checkpoint, geometry: Geometry, scene: Scene, film: Film, reach: int, waiting: list[int]
    ):
        self.checkpoint, self.scene, self.reach, self.waiting = checkpoint, scene, reach, list(waiting)
        self.motion = Motion(geometry, scene.camera, film) if reach else None
        self.there = {frame for frame in self._wanted() if checkpoint.has_traced(frame)}
        self.missing = [frame for frame in trace_order(scene.frames, reach) if frame in self._wanted() - self.there]
        self.near: dict[int, Neighbour] = {}
        self.single: TracedFrame | None = None

    def _window(self, frame: int) -> range:
        return window(frame, self.scene.frames, self.reach)

    def _wanted(self) -> set[int]:
        return {other for frame in self.waiting for other in self._window(frame)}

    def add(self, frame: int, sums: TracedFrame) -> None:
        """A frame has been traced."""
        self.there.add(frame)
        if self.motion is None:
            self.single = sums
        else:
            self.checkpoint.save_traced(frame, sums)

    def ready(self) -> Iterator[tuple[int, TracedFrame]]:
        """Each waiting frame whose neighbours are all there, none before the middle; asking for more finishes it."""
        for frame in list(self.waiting):
            if not self.there.issuperset(self._window(frame)):
                if frame == self.scene.frames // 2:
                    return
                continue
            yield frame, self._sums(frame)
            self.waiting.remove(frame)
            self.checkpoint.drop_traced(self._wanted())

    def _sums(self, frame: int) -> TracedFrame:
        if self.motion is None:
            assert self.single is not None
            return self.single
        for other in self._window(frame):
            if other not in self.near:
                # Always from the file: what it rounds is rounded with and without a resume.
                self.near[other] = Neighbour.of(self.checkpoint.traced(other), self.motion)
        self.near = {other: self.near[other] for other in self._window(frame)}
        self.motion.keep_only(self._window(frame))
        return accumulated(frame, self.near, self.motion, self.reach)
