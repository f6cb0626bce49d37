"""Comparisons whose answer is known because both sides were made here: versions of one moment with known severities.

Of two versions of a moment the answer is known where one is worse in some factors and better in none. Of others nothing
is claimed: how much noise a stop of light is worth only people can say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from core.colour import linear_from_srgb, luminance, rgb_from_kelvin, srgb_from_linear
from score.learned.factors import NAMES, TOP
from score.learned.faults import Faults, delivered, drawn, moved, relit, softened, spilt
from score.learned.judge_config import JudgeConfig
from score.learned.light_truth import DARKEST, light_severities
from score.learned.moments import NEUTRAL_K, Moment

VERSIONS = 4
SHARED = 0.15
"""Share of moments with a fault that all versions have, for each factor."""
EQUAL = 0.04
"""Severities that differ by less count as the same."""
CLEAR = 0.1
"""By so much at least one factor must differ for an answer to be known."""
NAMED = 0.15
"""Share of the largest difference below which another is a by-product and not named."""
SMALL = (80, 45)
ROOM, DELIVERED = "room", "delivered"
"""Kinds of difference beside the factors: room light against studio light, and a call against what was filmed."""


@dataclass(frozen=True, eq=False)
class Group:
    """Versions of one moment: `clips` `(N, T, H, W, 3)` float32 sRGB `[0, 1]`; `severities` `(N, 11)`, NaN where not
    known; `places` `(2, H, W)` float32 `[0, 1]`: face and person, of all alike; `answers`: (better, worse, kind) of
    each pair of versions whose answer is known. `kind`: the one factor that differs, `ROOM`, `DELIVERED`, or factors
    joined by +."""

    clips: np.ndarray
    severities: np.ndarray
    places: np.ndarray
    answers: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Framing:
    """What is seen of a moment: enlargement, then a window of `width` x `height` pixels; all moments of a batch
    alike."""

    scale: float
    width: int
    height: int

    @staticmethod
    def drawn(moments: Sequence[Moment], rng: np.random.Generator) -> Framing:
        """Shapes of phones and monitors, 100 to 180 lines, faces as small as rendered and up to 1.6 times as large."""
        lines, columns = moments[0].target.shape[1:3]
        scale = float(np.exp(rng.uniform(np.log(0.75), np.log(1.6))))
        lines, columns = round(lines * scale), round(columns * scale)
        height = int(np.clip(rng.uniform(0.55, 0.9) * 180, 16, lines))
        width = int(np.clip(height * rng.choice([16 / 9, 16 / 9, 4 / 3, 1.0]), 16, columns))
        return Framing(scale, width // 2 * 2, height // 2 * 2)


@dataclass(frozen=True, eq=False)
class _Scene:
    """A moment as framed: linear light of room and studio `(H, W, 3)`, `mask` and `face` `(H, W)` in `[0, 1]`, the
    face's box, the studio's ramp across it in stops, and the path of the frames `(T, 3)`."""

    room: np.ndarray
    studio: np.ndarray
    mask: np.ndarray
    face: np.ndarray
    box: tuple[float, float, float, float]
    slope: float
    path: np.ndarray


def group_of(
    moment: Moment, behind: Moment, framing: Framing, frames: int, config: JudgeConfig, rng: np.random.Generator
) -> Group:
    """Four versions of a moment, some before the blurred background of another, with faults that they share: room
    light, studio light and what lies between; or the same light with a fault, more of it, and others with it."""
    scene = _scene(moment, behind, framing, frames, config, rng)
    base, tone = _base(scene, rng), drawn_tone(rng)
    shared = Faults()
    for cause in NAMES:
        if rng.random() < SHARED:
            shared = drawn(cause, float(rng.uniform(0.1, 0.8)), rng, shared)
    first, second, third = (_cause(frames, rng) for _ in range(3))
    if rng.random() < config.studio:
        share = float(rng.uniform(0.3, 0.8))
        lights = [scene.studio, (1 - share) * scene.studio + share * scene.room, scene.room, scene.room]
        faults = [shared, shared, shared, _worse(shared, first, 0.0, rng)[1]]
    else:
        mild, strong = _worse(shared, first, float(rng.uniform(0, 0.7)), rng)
        more = _worse(strong, second, 0.0, rng)[1]
        lights, faults = [base] * VERSIONS, [shared, mild, more, _worse(mild, third, 0.0, rng)[1]]
    made = [_version(scene, light, fault, tone, rng) for light, fault in zip(lights, faults, strict=True)]
    severities = np.stack([severity for _, severity in made])
    answers = known_answers(severities, lights[0] is not lights[2])
    return Group(np.stack([clip for clip, _ in made]), severities, np.stack([scene.face, scene.mask]), answers)


def delivered_group(moment: Moment, framing: Framing, frames: int, rng: np.random.Generator) -> Group | None:
    """What was filmed and what a call delivered of it, where its automatic exposure has not changed the light: then the
    first is better, and nothing is known of single factors. None where it has, or there is none."""
    if moment.degraded is None:
        return None
    frames = min(frames, len(moment.source))
    window = _Window(moment, framing, rng)
    sides = [np.stack([window.of(frame) for frame in clip[:frames]]) for clip in (moment.source, moment.degraded)]
    where = window.of(moment.mask[0])
    luma = [float((luminance(linear_from_srgb(side[0])) * where).sum()) for side in sides]
    if not 0.8 < luma[1] / max(luma[0], 1e-6) < 1.25:
        return None
    places = np.stack([ellipse(window.box(moment.face), where.shape) * where, where])
    return Group(np.stack(sides), np.full((2, len(NAMES)), np.nan, np.float32), places, ((0, 1, DELIVERED),))


def known_answers(severities: np.ndarray, rooms: bool = False) -> tuple[tuple[int, int, str], ...]:
    """(better, worse, kind) for each two rows of `(N, 11)` of which one is nowhere better. `rooms`: what differs in
    light alone, among the first three, is called `ROOM`."""
    found = []
    for one, other in combinations(range(len(severities)), 2):
        gap = severities[other] - severities[one]
        if np.abs(gap).max() < CLEAR:
            continue
        named = np.abs(gap) >= max(EQUAL, NAMED * np.abs(gap).max())
        kind = "+".join(name for name, counts in zip(NAMES, named, strict=True) if counts)
        kind = ROOM if rooms and max(one, other) < 3 else kind
        if gap.min() > -EQUAL:
            found.append((one, other, kind))
        elif gap.max() < EQUAL:
            found.append((other, one, kind))
    return tuple(found)


def _cause(frames: int, rng: np.random.Generator) -> str:
    known = [name for name in NAMES if frames > 1 or name != "flicker"]
    return str(rng.choice(known))


def _worse(faults: Faults, cause: str, mild: float, rng: np.random.Generator) -> tuple[Faults, Faults]:
    """The same with a little and with much of one fault, alike in kind and direction."""
    much = float(rng.uniform(0.15, 1.0))
    seed = int(rng.integers(2**31))
    twice = [drawn(cause, amount, np.random.Generator(np.random.PCG64(seed)), faults) for amount in (mild * much, much)]
    return twice[0], twice[1]


class _Window:
    """Where a framing lies in a moment, around the face; mirrored half the time."""

    def __init__(self, moment: Moment, framing: Framing, rng: np.random.Generator):
        lines, columns = moment.target.shape[1:3]
        self.size = (
            max(framing.width, round(columns * framing.scale)),
            max(framing.height, round(lines * framing.scale)),
        )
        self.scale = (self.size[0] / columns, self.size[1] / lines)
        x0, y0, x1, y1 = moment.face
        middle = ((x0 + x1) / 2 * self.scale[0], (y0 + y1) / 2 * self.scale[1])
        self.width, self.height = framing.width, framing.height
        left = middle[0] - framing.width * rng.uniform(0.35, 0.65)
        top = middle[1] - framing.height * rng.uniform(0.3, 0.55)
        self.left = int(np.clip(left, 0, self.size[0] - framing.width))
        self.top = int(np.clip(top, 0, self.size[1] - framing.height))
        self.mirrored = bool(rng.random() < 0.5)

    def of(self, levels: np.ndarray) -> np.ndarray:
        """What is seen of a frame or map, uint8 -> float32 `[0, 1]`."""
        if self.scale != (1.0, 1.0):
            shrinks = self.scale[0] < 1
            levels = cv2.resize(levels, self.size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
        seen = levels[self.top : self.top + self.height, self.left : self.left + self.width]
        seen = seen[:, ::-1] if self.mirrored else seen
        return np.ascontiguousarray(seen, np.float32) / 255

    def box(self, face: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
        x0, x1 = (x * self.scale[0] - self.left for x in (face[0], face[2]))
        y0, y1 = (y * self.scale[1] - self.top for y in (face[1], face[3]))
        return (self.width - x1, y0, self.width - x0, y1) if self.mirrored else (x0, y0, x1, y1)


def _scene(
    moment: Moment, behind: Moment, framing: Framing, frames: int, config: JudgeConfig, rng: np.random.Generator
) -> _Scene:
    window = _Window(moment, framing, rng)
    room, studio = (linear_from_srgb(window.of(part[0])) for part in (moment.source, moment.target))
    mask = window.of(moment.mask[0])
    white = rgb_from_kelvin(NEUTRAL_K) / rgb_from_kelvin(moment.studio_k)
    studio = studio * (1 + mask[..., None] * (white - 1))
    box = window.box(moment.face)
    face = ellipse(box, mask.shape) * mask
    if rng.random() < 0.7:  # exposed for the face, as cameras do
        lacks = _mean(np.log2(luminance(studio) + DARKEST) - np.log2(luminance(room) + DARKEST), face)
        room = room * np.float32(2 ** np.clip(lacks + rng.uniform(-1.5, 0.3), 0, 3.5))
    if rng.random() < config.swapped:
        room, studio = (
            mask[..., None] * part + (1 - mask[..., None]) * backdrop(behind, mask.shape, rng)
            for part in (room, studio)
        )
    lit = np.log2(luminance(studio) + DARKEST)
    across = np.clip((np.arange(mask.shape[1]) + 0.5 - box[0]) / max(box[2] - box[0], 1), 0, 1) - 0.5
    level = _mean(lit, face)
    slope = _mean((lit - level) * across, face) / max(_mean(np.broadcast_to(across**2, mask.shape), face), 1e-3)
    step = np.concatenate([rng.normal(0, 0.7, (frames - 1, 2)), rng.normal(0, 0.003, (frames - 1, 1))], 1)
    path = np.cumsum(np.vstack([np.zeros((1, 3)), step if rng.random() < 0.8 else 0 * step]), 0)
    return _Scene(room, studio, mask, face, box, slope, path)


def _base(scene: _Scene, rng: np.random.Generator) -> np.ndarray:
    """The light that a fault comes on top of: the studio's, the room's, or between."""
    kind = rng.random()
    share = 0.0 if kind < 0.5 else 1.0 if kind < 0.7 else rng.uniform(0.2, 0.8)
    return np.float32(1 - share) * scene.studio + np.float32(share) * scene.room


def drawn_tone(rng: np.random.Generator) -> tuple[float, float]:
    """Contrast and saturation, as cameras differ; the same of all versions."""
    return float(rng.uniform(0.9, 1.12)), float(rng.uniform(0.6, 1.2))


def toned(linear: np.ndarray, tone: tuple[float, float]) -> np.ndarray:
    """Linear light `(H, W, 3)` as a camera of this contrast and saturation shows it, sRGB `[0, 1]`."""
    srgb = srgb_from_linear(linear)
    grey = luminance(srgb)[..., None]
    return np.clip(((grey + (srgb - grey) * np.float32(tone[1])) - 0.45) * np.float32(tone[0]) + 0.45, 0, 1)


def _version(
    scene: _Scene, light: np.ndarray, faults: Faults, tone: tuple[float, float], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The clip `(T, H, W, 3)` and its severities `(11,)`."""
    lit = np.minimum(relit(light, scene.mask, scene.face, scene.box, scene.slope, faults), 1)
    small = [
        cv2.resize(part, SMALL, interpolation=cv2.INTER_AREA)
        for part in (lit, scene.studio, scene.face, 1 - scene.mask)
    ]
    shown = [linear_from_srgb(toned(part, tone)) for part in small[:2]]
    light_found = light_severities(shown[0], shown[1], small[2], small[3])
    edged, spill = spilt(lit, scene.mask, faults)
    srgb, gone = softened(toned(edged, tone), scene.face, faults)
    frames = moved(srgb, scene.path)
    masks = np.repeat(scene.mask[None], len(frames), 0)
    clip = delivered(frames, masks, faults, rng)
    rest = {
        "noise": np.log2(1 + faults.noise / 2) / (1 + 0.5 * faults.blocks),
        "blocks": faults.blocks,
        "sharpness": faults.blur + faults.sharpen,
        "flicker": np.log2(1 + faults.flicker / 0.02) if len(frames) > 1 else 0.0,
        "spill": 2 * spill,
        "structure": 3 * gone,
    }
    found = np.concatenate([light_found, [rest[name] for name in NAMES[len(light_found) :]]])
    return clip, np.clip(found, 0, TOP).astype(np.float32)


def backdrop(moment: Moment, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Another room's light, out of focus, brighter or darker; or a plain wall. Linear, `(H, W, 3)` or a colour."""
    if rng.random() < 0.3:
        return np.asarray(rng.uniform(0.02, 0.8) * rng.uniform(0.8, 1.2, 3), np.float32)
    soft = cv2.GaussianBlur(moment.source[0], (0, 0), float(rng.uniform(2, 9)))
    wide = cv2.resize(soft, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.clip(linear_from_srgb(wide) * np.float32(2 ** rng.uniform(-0.7, 2.0)), 0, 1)


def ellipse(box: tuple[float, float, float, float], shape: tuple[int, ...]) -> np.ndarray:
    x = (np.arange(shape[1]) + 0.5 - (box[0] + box[2]) / 2) / max((box[2] - box[0]) / 2, 1)
    y = (np.arange(shape[0]) + 0.5 - (box[1] + box[3]) / 2) / max((box[3] - box[1]) / 2, 1)
    return (x[None] ** 2 + y[:, None] ** 2 <= 1).astype(np.float32)


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return float((values * where).sum() / max(float(where.sum()), 1e-3))
