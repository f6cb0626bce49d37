"""What the light field is taught: framings, backgrounds and lights made of rendered pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from score.learned.facts import linear_of
from train_baseline.config import FieldConfig
from train_baseline.methods.base import FrameBatch
from train_baseline.methods.light_gain import ellipse, enlarged, multiplied, over_face, shrunk, srgb_of
from train_baseline.methods.matte_edge import luma_of

if TYPE_CHECKING:
    from train_baseline.methods.light_field import People

SMALL = (36, 64)
GOOD_LUMA = 105 / 255
"""sRGB luma of a face from which a room's light counts as good ..."""
UNEVEN, CAST = 0.35, 0.2
"""... where what it lacks differs by no more stops over the face (standard deviation) and between channels."""
FACE_GOAL = 112 / 255
"""sRGB luma of a face that one who meters it aims at."""
FACE_LUMA, MOST_BRIGHTER, AS_IT_CAME = (0.15, 0.55), 3.0, 0.2
"""sRGB luma to which a camera exposes a face in a room, most stops it adds, and the share it leaves as it came."""
DARKEST = 0.01
"""Linear light added before a logarithm, so that noise in the dark counts little."""
MOST_GLARE = 0.15
"""Largest share of a picture's mean light that lies over all of it as a veil."""
STEEPEST = 2.5
"""Most that the studio's light is taken to change from cheek to cheek, stops."""
EXPOSURES = 0.2
"""Standard deviation, in stops, of how bright cameras show a face that is lit well."""
WEIGHTS = (0.7, 1.0, 1.0)
"""Of the three lessons."""


class Lesson(NamedTuple):
    """What one step is taught: `given` and `answer` `(B, 3, H, W)` sRGB, where the person and the face are (as in
    `Places`, `person` of the frame's size), the weight of each `(B,)`, which are to stay as they are `(B,)`, the linear
    light of the veil that was laid over each `(B,)`, and of which it is known `(B,)`: not of a room's light."""

    given: torch.Tensor
    answer: torch.Tensor
    person: torch.Tensor
    face: torch.Tensor
    sure: torch.Tensor
    weight: torch.Tensor
    kept: torch.Tensor
    veil: torch.Tensor
    knows_veil: torch.Tensor

    @classmethod
    def drawn(cls, batch: FrameBatch, people: People, config: FieldConfig, rng: np.random.Generator) -> Lesson:
        """Frames cut to another framing, some before another background, and made into one of three lessons: a room's
        light, whose answer is the studio's; good light, whose answer is itself; and good light made worse (exposure, a
        ramp from one side, a cast), whose answer is the good light. Without the last two a dim light face passes for a
        well-lit dark one."""
        source, target, mask = (part.flatten(0, 1) for part in (batch.source, batch.target, batch.mask))
        count, _, lines, columns = source.shape
        face, sure = people.face(target)
        window = _windows(face, lines, columns, rng)
        source, target, mask = (_cut(part, window) for part in (source, target, mask))
        face = (face - window[:, [0, 1, 0, 1]]) / (window[:, 2:] - window[:, :2])[:, [0, 1, 0, 1]]
        away = torch.from_numpy(rng.permutation(count))
        behind = _behind(source[away], rng)
        swap = _chosen(rng, count, config.backgrounds)
        source, target = (torch.lerp(part, mask * part + (1 - mask) * behind, swap) for part in (source, target))

        # what is decided is decided on small pictures; light is changed in linear light, whole
        at_face = ellipse(face, *SMALL) * shrunk(mask, *SMALL)
        seen = Seen(shrunk(source, *SMALL), shrunk(target, *SMALL), at_face)
        gain = seen.studio_gain(face, config)
        stops = seen.room_stops(rng)
        room, studio = linear_of(source) * torch.exp2(stops), linear_of(target)
        studio = multiplied(studio, 1 + mask * (enlarged(gain, lines, columns) - 1))
        good = torch.where(seen.is_good(gain, stops), room, studio).clamp(0, 1)
        kind = torch.from_numpy(rng.choice(3, count, p=config.shares()))
        given, answer = torch.where((kind == 0)[:, None, None, None], room, good), good.clone()
        some, veil = torch.nonzero(kind == 2)[:, 0], torch.zeros(count)
        if len(some):
            worse, veil[some] = _spoilt(good[some], mask[some], face[some], config, rng)
            given[some] = worse
            answer[some] = torch.lerp(worse, good[some], mask[some])
        given, answer, exposed = _as_cameras_see(given, answer, rng)
        wide = (face[:, 3:] - face[:, 1:2]).abs()
        face = face + torch.from_numpy(rng.normal(0, 0.05, (count, 4)).astype(np.float32)) * wide
        sure = sure * torch.from_numpy(rng.random((count, 1)) >= 0.03)
        kept, known = (kind == 1).float(), (kind != 0).float()
        weight = torch.tensor(WEIGHTS)[kind]
        return cls(given, answer, _soft(mask, rng), face, sure, weight, kept, veil * exposed, known)


class Seen(NamedTuple):
    """The pairs of a batch, small, by which a lesson decides: `room` and `studio` `(B, 3, 36, 64)` sRGB, and where the
    face is, `(B, 1, 36, 64)`."""

    room: torch.Tensor
    studio: torch.Tensor
    face: torch.Tensor

    def room_stops(self, rng: np.random.Generator) -> torch.Tensor:
        """What a camera adds to the room's pictures that exposes for the face, so far as it does: the face's luma is
        brought to one that is drawn, by up to `MOST_BRIGHTER` stops; a window behind it clips. `(B, 1, 1, 1)`."""
        count = len(self.room)
        goal = torch.from_numpy(rng.uniform(*FACE_LUMA, count).astype(np.float32))
        stops = _stops_to(goal, self._mean(luma_of(self.room))[:, 0, 0, 0]).clamp(0, MOST_BRIGHTER)
        left = torch.from_numpy(rng.random(count) < AS_IT_CAME)
        return torch.where(left, 0, stops)[:, None, None, None]

    def studio_gain(self, box: torch.Tensor, config: FieldConfig) -> torch.Tensor:
        """Factors of the studio's light `(B, 1, 36, 64)` that make it what is taught. `config.even` of its slope across
        the face is taken off: key and fill as like as in good calls. The slope is that of a line through the face's
        luma in stops, for a face's two sides are alike. And as one who meters the face does, the light on people whose
        skin is dark is brought up by `config.expose` of what their face lacks to `FACE_GOAL`. `box` `(B, 4)`."""
        light = luma_of(linear_of(self.studio))
        across = over_face(box, *SMALL)[0][:, None, None, :]
        apart, rise = across - self._mean(across), torch.log2(light + DARKEST)
        slope = self._mean(apart * (rise - self._mean(rise))) / (self._mean(apart.square()) + 1e-3)
        even = torch.exp2(-config.even * slope.clamp(-STEEPEST, STEEPEST) * across)
        luma = self._mean(srgb_of(light * even))
        goal = torch.lerp(luma, torch.full_like(luma, FACE_GOAL), config.expose)
        up = torch.where(luma > 0.05, _stops_to(goal, luma).clamp(min=0), 0)
        return even * torch.exp2(up).expand(-1, 1, *SMALL)

    def is_good(self, gain: torch.Tensor, stops: torch.Tensor) -> torch.Tensor:
        """Where the room's light, exposed, is as good as the studio's: the face bright, what it lacks even and without
        a cast. `(B, 1, 1, 1)` bool."""
        room = (linear_of(self.room) * torch.exp2(stops)).clamp(max=1)
        lacks = torch.log2((linear_of(self.studio) * gain + DARKEST) / (room + DARKEST))
        even = lacks.mean(1, keepdim=True)
        uneven = self._mean((even - self._mean(even)).square()).sqrt()
        cast = (self._mean(lacks) - self._mean(even)).abs().amax(1, keepdim=True)
        bright = self._mean(luma_of(srgb_of(room))) >= GOOD_LUMA
        return bright & (uneven <= UNEVEN) & (cast <= CAST)

    def _mean(self, values: torch.Tensor) -> torch.Tensor:
        """Over the face, `(B, C, 1, 1)`."""
        return (values * self.face).sum((2, 3), keepdim=True) / (self.face.sum((2, 3), keepdim=True) + 1e-3)


def _stops_to(goal: torch.Tensor, luma: torch.Tensor) -> torch.Tensor:
    """Stops from one sRGB luma to another."""
    return torch.log2((linear_of(goal) + DARKEST) / (linear_of(luma) + DARKEST))


def _as_cameras_see(
    given: torch.Tensor, answer: torch.Tensor, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Linear light -> sRGB, both with the same exposure, contrast, saturation and tint, as cameras differ; noise on
    what is given. And by what factor each was exposed, `(B,)`."""
    count = len(given)
    contrast, colourful = _column(rng.uniform(0.85, 1.15, count)), _column(rng.uniform(0.65, 1.15, count))
    tint = torch.from_numpy(np.exp2(rng.normal(0, 0.06, (count, 3, 1, 1))).astype(np.float32))
    stops = torch.from_numpy(np.exp2(rng.normal(0, EXPOSURES, (count, 1, 1, 1))).astype(np.float32))
    both = []
    for light in (given, answer):
        picture = srgb_of(light * stops)
        grey = luma_of(picture)
        both.append(((grey + (picture - grey) * colourful - 0.45) * contrast + 0.45) * tint)
    noise = torch.from_numpy(rng.standard_normal(given.shape, np.float32))
    noisy = both[0] + noise * _column(rng.uniform(0, 0.02, count))
    return noisy.clamp(0, 1), both[1].clamp(0, 1), stops[:, 0, 0, 0]


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
    base: torch.Tensor, mask: torch.Tensor, face: torch.Tensor, config: FieldConfig, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Good light (linear) made worse on the person; sometimes the room changes as well, or a veil lies over all, whose
    light `(B,)` comes second."""
    count, _, lines, columns = base.shape
    even = rng.random(count) < 0.5
    ramp = np.where(even, rng.normal(0, 0.3, count), rng.uniform(-config.ramp_stops, config.ramp_stops, count))
    down = rng.normal(0, 0.25, count)
    cast = np.where(rng.random(count) < 0.6, rng.normal(0, config.cast_stops, count), rng.normal(0, 0.06, count))
    tint = rng.normal(0, 0.05, count)
    across, along = over_face(face, lines, columns)
    stops = _column(rng.uniform(*config.stops, count))
    stops = stops + _column(ramp) * across[:, None, None] + _column(down) * along[:, None, :, None]
    stops = stops + _column(cast) * torch.tensor([1.0, 0.0, -1.0])[:, None, None]
    stops = stops + _column(tint) * torch.tensor([-0.5, 1.0, -0.5])[:, None, None]
    room = _column(np.where(rng.random(count) < 0.33, rng.uniform(-1.5, 1.0, count), 0.0))
    light = base * torch.lerp(torch.exp2(room), torch.exp2(stops), mask)
    veil = _column(np.where(rng.random(count) < 0.3, rng.uniform(0, MOST_GLARE, count), 0.0))
    veil = veil * light.mean((1, 2, 3), keepdim=True)
    return (light + veil).clamp(0, 1), veil[:, 0, 0, 0]


def _soft(mask: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A mask as soft as a network's answer, enlarged."""
    height, width = mask.shape[2:]
    small = F.interpolate(mask, (int(height * rng.uniform(0.4, 1)), int(width * rng.uniform(0.4, 1))), mode="area")
    return F.interpolate(small, (height, width), mode="bilinear", align_corners=False)
