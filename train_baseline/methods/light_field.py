"""Correct light, not colours: how many stops of light the person lacks, in a field so coarse that no face is redrawn.

Two small networks taught on real people (MediaPipe's, frozen, see ingest/models/LEDGER.md) say where the person and the
face are. What is learned here sees a small picture with these two maps and answers with stops for red, green and blue
on a 5x8 grid, enlarged smoothly. A pixel's linear light is multiplied by 2^stops as far as the person covers it, with a
soft shoulder below white. So lips, brows and eyes keep their drawing, whatever the field says.

It is taught on three things: a room-lit source whose answer is the studio; pictures in good light, whose answer is
themselves; and good light made worse (exposure, a ramp from one side, a cast), whose answer is the good light. Without
the last two a dim light face passes for a well-lit dark one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.rng import rng_for
from ingest.stored_network import StoredNetwork
from train_baseline.config import LightFieldConfig
from train_baseline.methods.base import FrameBatch, Method, Sees
from train_baseline.methods.field_session import FieldSession
from train_baseline.methods.matte_edge import luma_of

SEEN = (36, 64)
"""Lines and columns of what the learned part sees."""
PERSON_SIDE, FACE_SIDE = 256, 128
"""Sides of what the two networks see."""
LOW, HIGH = 0.2, 0.8
"""The person network's answer at which a pixel is nobody's and wholly the person's (as `ingest.person`)."""
MOST_STOPS = 3.0
SHOULDER = 0.75
"""Linear light from which brightening bends towards white."""
DARKEST = 0.004
"""Linear light added before a logarithm: some 5 levels of 8-bit sRGB."""
GOOD_LUMA = 105 / 255
"""sRGB luma of a face from which its light counts as good."""


class Places(NamedTuple):
    """Where people are in B frames: `person` `(B, 1, 256, 256)`, coverage, and `face` `(B, 4)`: left, top, right and
    bottom in shares of the frame, with `sure` `(B, 1)`, how sure it is that there is one; all in `[0, 1]`."""

    person: torch.Tensor
    face: torch.Tensor
    sure: torch.Tensor

    def towards(self, later: Places, share: float) -> Places:
        """So much of the way to another moment."""
        return Places(*(torch.lerp(now, then, share) for now, then in zip(self, later, strict=True)))


class People(nn.Module):
    """The two frozen networks: frames -> `Places`."""

    def __init__(self) -> None:
        super().__init__()
        self.person, self.box = StoredNetwork("person"), StoredNetwork("face_box")
        at = []
        for places, each in ((16, 2), (8, 6)):
            middle = (np.arange(places, dtype=np.float32) + 0.5) * FACE_SIDE / places
            at.append(np.repeat(np.stack(np.meshgrid(middle, middle), -1).reshape(-1, 2), each, 0))
        self.register_buffer("anchors", torch.from_numpy(np.concatenate(at)), persistent=False)

    @torch.no_grad()
    def forward(self, frames: torch.Tensor) -> Places:
        """`(B, 3, H, W)` sRGB `[0, 1]`."""
        small = F.interpolate(frames, (PERSON_SIDE, PERSON_SIDE), mode="bilinear", align_corners=False)
        (answer,) = self.person(small.permute(0, 2, 3, 1))
        person = ((answer.permute(0, 3, 1, 2) - LOW) / (HIGH - LOW)).clamp(0, 1)
        return Places(person, *self._face(frames))

    def _face(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The faces' boxes averaged by how sure each is, so that one face wins and no step is taken between two."""
        height, width = (int(side) for side in frames.shape[2:])
        scale = FACE_SIDE / max(height, width)
        lines, columns = max(1, round(height * scale)), max(1, round(width * scale))
        top, left = (FACE_SIDE - lines) // 2, (FACE_SIDE - columns) // 2
        small = shrunk(frames, lines, columns)
        small = F.pad(small * 2 - 1, (left, FACE_SIDE - columns - left, top, FACE_SIDE - lines - top), value=-1.0)
        boxes, logits = self.box(small.permute(0, 2, 3, 1))
        weight = torch.softmax(logits, 1)
        middle = ((boxes[..., :2] + self.anchors) * weight).sum(1)
        half = (boxes[..., 2:4] * weight).sum(1) / 2
        start = torch.tensor([left, top], dtype=frames.dtype, device=frames.device)
        size = torch.tensor([columns, lines], dtype=frames.dtype, device=frames.device)
        corners = torch.cat([(middle - half - start) / size, (middle + half - start) / size], 1)
        return corners, torch.sigmoid(logits.amax(1))


class Field(nn.Module):
    """What is learned: picture, person and face -> stops `(B, 3, 5, 8)`."""

    def __init__(self, width: int):
        super().__init__()
        step = lambda before, after, stride: nn.Sequential(nn.Conv2d(before, after, 3, stride, 1), nn.SiLU())
        wide = 2 * width
        self.near = nn.Sequential(step(8, width, 1), step(width, width, 2), step(width, wide, 1))
        self.far = nn.Sequential(step(wide, wide, 2), step(wide, wide, 1))
        self.whole = nn.Sequential(nn.Linear(2 * wide + 12, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU())
        self.exposure, self.shift = nn.Linear(64, 3), nn.Linear(64, wide)
        self.local, self.last = step(wide, wide, 2), nn.Conv2d(wide, 3, 3, 1, 1)

    def forward(self, picture: torch.Tensor, person: torch.Tensor, face: torch.Tensor) -> torch.Tensor:
        """`picture` `(B, 3, 36, 64)` sRGB, `person` and `face` `(B, 1, 36, 64)`, all `[0, 1]`."""
        light = (torch.log2(linear_of(picture) + DARKEST) + 3) / 3
        seen = self.far(self.near(torch.cat([light * person, light * (1 - person), person, face], 1)))
        there = face * person
        mean = _mean(light, there)
        spread = _mean((light - mean[:, :, None, None]).square(), there)
        facts = [mean, _mean(light, person), _mean(light, 1 - person), spread]
        at_face = _mean(seen, F.adaptive_avg_pool2d(there, seen.shape[-2:]))
        whole = self.whole(torch.cat([seen.mean((2, 3)), at_face, *facts], 1))
        local = self.last(self.local(seen + self.shift(whole)[:, :, None, None]))
        return (self.exposure(whole)[:, :, None, None] + local).clamp(-MOST_STOPS, MOST_STOPS)


class LightField(Method[FrameBatch]):
    """See the module."""

    terms = ("error", "harm")

    def __init__(self, config: LightFieldConfig):
        super().__init__(config)
        self.sees = Sees("frame")
        self.people, self.field = People(), Field(config.width)
        self.steps: torch.Tensor
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.seed = 0

    def initialise(self, seed: int) -> None:
        """The field says nothing at first."""
        self.seed = seed
        for quiet in (self.field.exposure, self.field.last):
            for parameter in quiet.parameters():
                nn.init.zeros_(parameter)

    def stops(self, frames: torch.Tensor, places: Places) -> torch.Tensor:
        """`(B, 3, H, W)` sRGB `[0, 1]` -> `(B, 3, 5, 8)` stops of light that are missing."""
        face = ellipse(places.face, *SEEN) * places.sure[:, :, None, None]
        small = shrunk(frames, *SEEN)
        return self.field(small, _small_map(places.person), face)

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        places = self.people(frames)
        return relit(frames, grid_gain(self.stops(frames, places)), places.person)

    def session(self, fps: float, smoothing_s: float = 0.0) -> FieldSession:
        return FieldSession(self, smoothing_s)

    def loss(self, batch: FrameBatch) -> dict[str, torch.Tensor]:
        rng = rng_for(self.seed, "light_field", "lesson", int(self.steps))
        self.steps += 1
        lesson = Lesson.drawn(batch, self.people, self.config, rng)
        given = lesson.given
        places = Places(lesson.person, lesson.face, lesson.sure)
        out = relit(given, grid_gain(self.stops(given, places)), lesson.person)
        weight = lesson.person * (1 + 4 * ellipse(lesson.face, *given.shape[2:]))
        apart = (out - lesson.answer).abs().mean(1, keepdim=True) * weight
        error = (apart * lesson.weight).sum() / weight.sum()
        kept = lesson.kept[:, None, None, None] * weight
        harm = (apart.detach() * lesson.kept[:, None, None, None]).sum() / kept.sum().clamp(min=1)
        return {"loss": error, "error": 255 * error.detach(), "harm": 255 * harm}


def linear_of(srgb: torch.Tensor) -> torch.Tensor:
    """sRGB `[0, 1]` -> linear Rec.709 `[0, 1]` (IEC 61966-2-1)."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)


def srgb_of(linear: torch.Tensor) -> torch.Tensor:
    """Linear Rec.709 -> sRGB `[0, 1]`, clipped (IEC 61966-2-1)."""
    x = linear.clamp(0, 1)
    return torch.where(x <= 0.0031308, 12.92 * x, 1.055 * x.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)


def grid_gain(stops: torch.Tensor) -> torch.Tensor:
    """`(B, 3, h, w)` stops -> factors of linear light, each the mean of its neighbourhood, so that no edge is seen."""
    smooth = F.avg_pool2d(F.pad(stops, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return torch.exp2(smooth)


def relit(frames: torch.Tensor, gain: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
    """`frames` `(B, 3, H, W)` sRGB with linear light times `gain` `(B, 3, h, w)`, as far as `person` `(B, 1, ., .)`
    goes; both are enlarged bilinearly."""
    size = frames.shape[2:]
    gain, person = (F.interpolate(part, size, mode="bilinear", align_corners=False) for part in (gain, person))
    factor = 1 + person * (gain - 1)
    light = linear_of(frames) * factor
    over = (light - SHOULDER).clamp(min=0) / (1 - SHOULDER)
    bent = light - (1 - SHOULDER) * (over - over / (1 + over))
    # where little is asked for, little bends: a white shirt in good light stays white
    asked = ((factor - 1).amax(1, keepdim=True) / 0.25).clamp(0, 1)
    return srgb_of(light + asked * (bent - light))


def shrunk(images: torch.Tensor, lines: int, columns: int) -> torch.Tensor:
    """`(B, C, H, W)` -> `(B, C, lines, columns)`, each pixel the mean of the area it covers."""
    high, wide = int(images.shape[2]), int(images.shape[3])
    if high % lines == 0 and wide % columns == 0:
        return F.avg_pool2d(images, (high // lines, wide // columns))  # the same, in an operation that every engine has
    return F.interpolate(images, (lines, columns), mode="area")


def _small_map(person: torch.Tensor) -> torch.Tensor:
    """`(B, 1, H, W)` -> `(B, 1, 36, 64)`."""
    if person.shape[2:] == (PERSON_SIDE, PERSON_SIDE):
        return F.interpolate(F.avg_pool2d(person, 4), SEEN, mode="bilinear", align_corners=False)
    return F.interpolate(person, SEEN, mode="area")


def ellipse(box: torch.Tensor, lines: int, columns: int) -> torch.Tensor:
    """`box` `(B, 4)` in shares of the frame -> `(B, 1, lines, columns)`, 1 in the middle of the face, 0 beyond it."""
    y = (torch.arange(lines, device=box.device, dtype=box.dtype) + 0.5) / lines
    x = (torch.arange(columns, device=box.device, dtype=box.dtype) + 0.5) / columns
    left, top, right, bottom = (box[:, side : side + 1, None] for side in range(4))
    across = (2 * x[None, None, :] - left - right) / (right - left + 1e-6)
    down = (2 * y[None, :, None] - top - bottom) / (1.2 * (bottom - top) + 1e-6)
    return torch.sigmoid(4 * (1 - across.square() - down.square()))[:, None]


def _mean(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """`(B, C, h, w)` and `(B, 1, h, w)` -> `(B, C)`."""
    return (values * weight).sum((2, 3)) / (weight.sum((2, 3)) + 1e-3)


class Lesson(NamedTuple):
    """What one step is taught: `given` and `answer` `(B, 3, H, W)` sRGB, where the person and the face are (as in
    `Places`, `person` of the frame's size), the weight of each `(B, 1, 1, 1)`, and which are to stay as they are."""

    given: torch.Tensor
    answer: torch.Tensor
    person: torch.Tensor
    face: torch.Tensor
    sure: torch.Tensor
    weight: torch.Tensor
    kept: torch.Tensor

    @classmethod
    def drawn(cls, batch: FrameBatch, people: People, config: LightFieldConfig, rng: np.random.Generator) -> Lesson:
        """Frames cut to another framing, some before another background, and made into one of the three lessons."""
        source, target, mask = (part.flatten(0, 1) for part in (batch.source, batch.target, batch.mask))
        count, _, lines, columns = source.shape
        face, sure = people._face(target)
        window = _windows(face, lines, columns, rng)
        source, target, mask = (_cut(part, window) for part in (source, target, mask))
        face = (face - window[:, [0, 1, 0, 1]]) / (window[:, 2:] - window[:, :2])[:, [0, 1, 0, 1]]
        away = torch.from_numpy(rng.permutation(count))
        behind = _behind(source[away], rng)
        swap = _chosen(rng, count, config.backgrounds)
        source, target = (torch.lerp(part, mask * part + (1 - mask) * behind, swap) for part in (source, target))

        at_face = ellipse(face, lines, columns) * mask
        bright = (luma_of(source) * at_face).sum((1, 2, 3)) / (at_face.sum((1, 2, 3)) + 1e-3) >= GOOD_LUMA
        good = torch.where(bright[:, None, None, None], source, target)
        kind = torch.from_numpy(rng.choice(3, count, p=config.shares()))
        _first, third = ((kind == number)[:, None, None, None] for number in (0, 2))
        base = torch.where(torch.from_numpy(rng.random(count) < 0.7)[:, None, None, None], good, target)
        spoilt = _spoilt(base, mask, face, config, rng)
        third = (kind == 2)[:, None, None, None]
        given = torch.where((kind == 0)[:, None, None, None], source, torch.where(third, spoilt, good))
        answer = torch.where(
            (kind == 0)[:, None, None, None], torch.where(bright[:, None, None, None], source, target), good
        )
        answer = torch.where(third, base * mask + spoilt * (1 - mask), answer)
        noise = torch.from_numpy(rng.standard_normal(given.shape, np.float32))
        given = (given + noise * torch.from_numpy(rng.uniform(0, 0.02, (count, 1, 1, 1)).astype(np.float32))).clamp(
            0, 1
        )
        wide = (face[:, 3:] - face[:, 1:2]).abs()
        face = face + torch.from_numpy(rng.normal(0, 0.05, (count, 4)).astype(np.float32)) * wide
        sure = sure * torch.from_numpy(rng.random((count, 1)) >= 0.03)
        weight = torch.tensor([0.7, 1.5, 1.0])[kind][:, None, None, None]
        return cls(given, answer, _soft(mask, rng), face, sure, weight, (kind == 1).float())


def _column(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values, np.float32))[:, None, None, None]


def _chosen(rng: np.random.Generator, count: int, share: float) -> torch.Tensor:
    return _column(rng.random(count) < share)


def _windows(face: torch.Tensor, lines: int, columns: int, rng: np.random.Generator) -> torch.Tensor:
    """`(B, 4)` in shares of the frame: framings of calls around the faces, in the shapes of phones and monitors."""
    count = len(face)
    middle_x, middle_y = (face[:, 0] + face[:, 2]).numpy() / 2, (face[:, 1] + face[:, 3]).numpy() / 2
    tall = np.clip((face[:, 3] - face[:, 1]).numpy(), 0.05, 1) / rng.uniform(0.18, 0.62, count)
    tall = np.clip(tall, 0.2, 1)
    shape = rng.choice([16 / 9, 1.0, 9 / 16, 4 / 3], count) * rng.uniform(0.9, 1.1, count)
    wide = np.clip(tall * shape * lines / columns, 0.1, 1)
    whole = rng.random(count) < 0.15
    tall, wide = np.where(whole, 1, tall), np.where(whole, 1, wide)
    x = np.clip(middle_x + rng.normal(0, 0.08, count) * wide, wide / 2, 1 - wide / 2)
    y = np.clip(middle_y + rng.uniform(-0.05, 0.25, count) * tall, tall / 2, 1 - tall / 2)
    found = np.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2], 1)
    return torch.from_numpy(found.astype(np.float32))


def _cut(images: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
    scale = window[:, 2:] - window[:, :2]
    shift = window[:, 2:] + window[:, :2] - 1
    affine = torch.zeros(len(images), 2, 3)
    affine[:, 0, 0], affine[:, 1, 1], affine[:, :, 2] = scale[:, 0], scale[:, 1], shift
    grid = F.affine_grid(affine, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _behind(pictures: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Other backgrounds: blurred pictures, brighter and darker, and plain walls."""
    count, side = len(pictures), int(rng.choice([4, 8, 16, 45]))
    soft = F.interpolate(F.interpolate(pictures, (side, 2 * side), mode="area"), pictures.shape[2:], mode="bilinear")
    wall = torch.from_numpy(rng.uniform(0.02, 0.95, (count, 3, 1, 1)).astype(np.float32))
    return torch.lerp(soft * _column(rng.uniform(0.3, 1.6, count)), wall, _chosen(rng, count, 0.3)).clamp(0, 1)


def _spoilt(
    base: torch.Tensor, mask: torch.Tensor, face: torch.Tensor, config: LightFieldConfig, rng: np.random.Generator
) -> torch.Tensor:
    """Good light made worse on the person, in linear light; sometimes the room changes as well, or a veil lies over."""
    count, _, lines, columns = base.shape
    even = rng.random(count) < 0.5
    ramp = np.where(even, rng.normal(0, 0.3, count), rng.uniform(-config.ramp_stops, config.ramp_stops, count))
    down = rng.normal(0, 0.25, count)
    cast = np.where(rng.random(count) < 0.5, rng.normal(0, config.cast_stops, count), rng.normal(0, 0.06, count))
    tint = rng.normal(0, 0.05, count)
    x = (torch.arange(columns) + 0.5) / columns
    y = (torch.arange(lines) + 0.5) / lines
    left, top, right, bottom = (side[:, None] for side in face.unbind(1))
    across = ((x[None] - left) / (right - left).clamp(min=0.02)).clamp(-0.5, 1.5) - 0.5
    along = ((y[None] - top) / (bottom - top).clamp(min=0.02)).clamp(-0.5, 1.5) - 0.5
    stops = _column(rng.uniform(*config.stops, count))
    stops = stops + _column(ramp) * across[:, None, None] + _column(down) * along[:, None, :, None]
    stops = stops + _column(cast) * torch.tensor([1.0, 0.0, -1.0])[:, None, None]
    stops = stops + _column(tint) * torch.tensor([-0.5, 1.0, -0.5])[:, None, None]
    room = _column(np.where(rng.random(count) < 0.33, rng.uniform(-1.5, 1.0, count), 0.0))
    light = linear_of(base) * torch.lerp(torch.exp2(room), torch.exp2(stops), mask)
    veil = _column(np.where(rng.random(count) < 0.2, rng.uniform(0, 0.05, count), 0.0))
    return srgb_of(light + veil * light.mean((1, 2, 3), keepdim=True))


def _soft(mask: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A mask as soft as a network's answer, enlarged."""
    height, width = mask.shape[2:]
    small = F.interpolate(mask, (int(height * rng.uniform(0.4, 1)), int(width * rng.uniform(0.4, 1))), mode="area")
    return F.interpolate(small, (height, width), mode="bilinear", align_corners=False)
