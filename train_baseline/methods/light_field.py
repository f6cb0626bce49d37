"""Correct light, not colours: how many stops of light the person lacks, in a field so coarse that no face is redrawn.

Two small networks taught on real people (MediaPipe's, frozen, see ingest/models/LEDGER.md) say where the person and the
face are. What is learned here sees a small picture with these two maps, and the face itself, cut out so that its size
in the frame does not matter. It answers with stops for red, green and blue: over the face, so much more from its one
side to the other, and the rest on a 5x8 grid, enlarged smoothly; and with the veil that a lens lays over all when it
looks into a window. A pixel's linear light, less the veil, is multiplied by 2^stops as far as the person covers it,
with a soft shoulder below white. So lips, brows and eyes keep their drawing, whatever the field says. What it is taught
is in `light_lesson`.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Self

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.rng import rng_for
from ingest.networks import run_network
from ingest.stored_network import StoredNetwork
from score.learned.facts import linear_of
from train_baseline.config import FieldConfig
from train_baseline.methods.base import FrameBatch, Method, Sees
from train_baseline.methods.field_session import FieldSession
from train_baseline.methods.light_gain import (
    MOST_STOPS,
    MOST_VEIL,
    ellipse,
    enlarged,
    grid_gain,
    hats,
    over_face,
    relit,
    shrunk,
)
from train_baseline.methods.light_lesson import Lesson

SEEN = (36, 64)
"""Lines and columns of the whole picture as the learned part sees it, and of the field."""
LARGE = (180, 320)
"""Lines and columns of the picture that the face is cut from."""
FACE = 72
"""Lines and columns of the face as the learned part sees it."""
AROUND = 1.7
"""How much wider and higher than the face's box that is."""
PERSON_SIDE, FACE_SIDE = 256, 128
"""Sides of what the two networks see."""
LOW, HIGH = 0.2, 0.8
"""The person network's answer at which a pixel is nobody's and wholly the person's (as `ingest.person`)."""
EVEN_FROM = 0.06
"""Error of a picture (sRGB, RMSE) from which it counts evenly and no longer by its square."""
VEIL_WEIGHT = 0.1
"""Of the square of a veil's error, in shares of the most, against the error of the picture."""
DARKEST = 0.004
"""Linear light added before a logarithm: some 5 levels of 8-bit sRGB."""


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
        self.anchors = nn.Buffer(torch.from_numpy(np.concatenate(at)), persistent=False)

    @torch.no_grad()
    def forward(self, frames: torch.Tensor) -> Places:
        """`(B, 3, H, W)` sRGB `[0, 1]`."""
        small = F.interpolate(frames, (PERSON_SIDE, PERSON_SIDE), mode="bilinear", align_corners=False)
        (answer,) = self.person(small.permute(0, 2, 3, 1))
        person = ((answer.permute(0, 3, 1, 2) - LOW) / (HIGH - LOW)).clamp(0, 1)
        return Places(person, *self.face(frames))

    def seen(self, frame: np.ndarray) -> Places:
        """The same of one frame `(H, W, 3)` uint8 sRGB, in onnxruntime: on a CPU that is three times as fast."""
        frame = frame.astype(np.float32)
        small = cv2.resize(frame, (PERSON_SIDE, PERSON_SIDE), interpolation=cv2.INTER_LINEAR)
        (answer,) = run_network("person", small / 255)
        person = torch.from_numpy((answer[..., 0] - LOW) / (HIGH - LOW)).clamp(0, 1)[None, None]
        lines, columns, top, left = _fitted(*frame.shape[:2])
        square = np.full((FACE_SIDE, FACE_SIDE, 3), -1, np.float32)
        small = cv2.resize(frame, (columns, lines), interpolation=cv2.INTER_AREA)
        square[top : top + lines, left : left + columns] = small / 127.5 - 1
        boxes, logits = (torch.from_numpy(part)[None] for part in run_network("face_box", square))
        return Places(person, *self._placed(boxes, logits, (lines, columns, top, left)))

    def face(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """`face` and `sure` of `Places` alone."""
        fitted = lines, columns, top, left = _fitted(*(int(side) for side in frames.shape[2:]))
        small = shrunk(frames, lines, columns)
        small = F.pad(small * 2 - 1, (left, FACE_SIDE - columns - left, top, FACE_SIDE - lines - top), value=-1.0)
        boxes, logits = self.box(small.permute(0, 2, 3, 1))
        return self._placed(boxes, logits, fitted)

    def _placed(
        self, boxes: torch.Tensor, logits: torch.Tensor, fitted: tuple[int, int, int, int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The faces' boxes averaged by how sure each is, so that one face wins and no step is taken between two."""
        lines, columns, top, left = fitted
        weight = torch.softmax(logits, 1)
        middle = ((boxes[..., :2] + self.anchors) * weight).sum(1)
        half = (boxes[..., 2:4] * weight).sum(1) / 2
        start = torch.tensor([left, top], dtype=boxes.dtype, device=boxes.device)
        size = torch.tensor([columns, lines], dtype=boxes.dtype, device=boxes.device)
        corners = torch.cat([(middle - half - start) / size, (middle + half - start) / size], 1)
        return corners, torch.sigmoid(logits.amax(1))


def _fitted(height: int, width: int) -> tuple[int, int, int, int]:
    """A frame in the square that the face network sees: its lines and columns there, and the first of each."""
    scale = FACE_SIDE / max(height, width)
    lines, columns = max(1, round(height * scale)), max(1, round(width * scale))
    return lines, columns, (FACE_SIDE - lines) // 2, (FACE_SIDE - columns) // 2


class Field(nn.Module):
    """What is learned: picture, person and face -> `(B, 4, 36, 64)`, stops and veil as in `grid_gain`."""

    def __init__(self, width: int):
        super().__init__()
        step = lambda before, after, stride: nn.Sequential(nn.Conv2d(before, after, 3, stride, 1), nn.SiLU())
        wide = 2 * width
        self.near = nn.Sequential(step(8, width, 1), step(width, width, 2), step(width, wide, 1))
        self.far = nn.Sequential(step(wide, wide, 2), step(wide, wide, 1))
        self.close = nn.Sequential(step(7, width, 2), step(width, wide, 2), step(wide, wide, 2), step(wide, 16, 1))
        self.whole = nn.Sequential(
            nn.Linear(2 * wide + 12 + 16 * (FACE // 8) ** 2, 128), nn.SiLU(), nn.Linear(128, 64), nn.SiLU()
        )
        self.exposure, self.veil, self.shift = nn.Linear(64, 5), nn.Linear(67, 1), nn.Linear(64, wide)
        self.local, self.last = step(wide, wide, 2), nn.Conv2d(wide, 3, 3, 1, 1)
        self.register_load_state_dict_pre_hook(_without_veil)

    def forward(
        self, picture: torch.Tensor, person: torch.Tensor, box: torch.Tensor, sure: torch.Tensor
    ) -> torch.Tensor:
        """`picture` `(B, 3, 180, 320)` sRGB, `person` `(B, 1, 36, 64)`, both `[0, 1]`, `box` `(B, 4)` and `sure`
        `(B, 1)` as in `Places`."""
        face = ellipse(box, *SEEN) * sure[:, :, None, None]
        small = F.avg_pool2d(picture, LARGE[0] // SEEN[0])
        light = _stops_of(small)
        seen = self.far(self.near(torch.cat([light * person, light * (1 - person), person, face], 1)))
        there = face * person
        mean = _mean(light, there)
        spread = _mean((light - mean[:, :, None, None]).square(), there)
        facts = [mean, _mean(light, person), _mean(light, 1 - person), spread]
        at_face = _mean(seen, F.avg_pool2d(there, 4))
        close = self.close(_face_of(picture, person, box, mean)).flatten(1) * sure
        whole = self.whole(torch.cat([seen.mean((2, 3)), at_face, *facts, close], 1))
        local = self.last(self.local(seen + self.shift(whole)[:, :, None, None]))
        local = F.avg_pool2d(F.pad(local, (1, 1, 1, 1), mode="replicate"), 3, 1)
        exposure = self.exposure(whole)
        even, across, down = exposure[:, :3], exposure[:, 3:4], exposure[:, 4:]
        x, y = over_face(box, *SEEN)
        ramps = across[:, :, None, None] * x[:, None, None, :] + down[:, :, None, None] * y[:, None, :, None]
        stops = even[:, :, None, None] + ramps * sure[:, :, None, None] + enlarged(local, *SEEN)
        veil = MOST_VEIL * self.veil(torch.cat([whole, _darkest(linear_of(small), person) / MOST_VEIL], 1))
        # a sum makes it as large as the field, which every engine has
        return torch.cat([stops.clamp(-MOST_STOPS, MOST_STOPS), veil[:, :, None, None] + 0 * stops[:, :1]], 1)


def _without_veil(field: Any, weights: dict[str, Any], prefix: str, *_: Any) -> None:
    """Runs from before there was a veil say nothing of one."""
    for name, values in field.veil.state_dict().items():
        weights.setdefault(f"{prefix}veil.{name}", torch.zeros_like(values))


def _stops_of(picture: torch.Tensor) -> torch.Tensor:
    """sRGB `[0, 1]` -> its light in stops, about -1.7 to 1."""
    return (torch.log2(linear_of(picture) + DARKEST) + 3) / 3


def _face_of(picture: torch.Tensor, person: torch.Tensor, box: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
    """The face and what is around it, `(B, 7, 72, 72)`: its light, the same against the face's mean, the person. Cut
    out by two products of matrices, which every engine has."""
    middle = (box[:, :2] + box[:, 2:]) / 2
    half = (box[:, 2:] - box[:, :2]).abs() * (AROUND / 2)
    start, stop = middle - half, middle + half

    def cut(part: torch.Tensor) -> torch.Tensor:
        rows = hats(start[:, 1:], stop[:, 1:], FACE, int(part.shape[2]))
        return rows @ part @ hats(start[:, :1], stop[:, :1], FACE, int(part.shape[3])).transpose(2, 3)

    light = _stops_of(cut(picture))
    return torch.cat([light, light - mean[:, :, None, None], cut(person)], 1)


FIELD_PARTS = {
    "field": "1x4x36x64: factors of linear light for red, green and blue, 1/8-8, and linear light that is taken off "
    "before, 0-0.1; enlarge bilinearly",
    "matte": "1x1x256x256, 0-1: the person, how much of the field's change each pixel gets; enlarge bilinearly",
}


class FieldForm(nn.Module):
    """A light field in one graph, with its parts: `(1, 3, H, W)` sRGB in levels `[0, 255]` -> the same, corrected, and
    what `gives` names."""

    gives = FIELD_PARTS
    unsteady = ("matte",)
    """Where the network that finds people sees none and is unsure, half precision tips it by tenths."""

    def __init__(self, method: LightField):
        super().__init__()
        self.method = method

    def forward(self, frame: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x = frame * (1 / 255)
        places = self.method.people(x)
        gain = grid_gain(self.method.stops(x, places))
        return relit(x, gain, places.person).clamp(0, 1) * 255, gain, places.person


class LightField(Method[FrameBatch]):
    """See the module."""

    terms = ("error", "harm")
    # on the check's blotches, where the network that finds people is unsure, half precision tips it by tenths
    half_levels = 5.0
    any_size = False

    def __init__(self, config: FieldConfig):
        super().__init__(config)
        self.sees = Sees("frame")
        self.people, self.field = People(), Field(config.width)
        self.steps = nn.Buffer(torch.zeros((), dtype=torch.int64))
        self.seed = 0

    def initialise(self, seed: int) -> None:
        """The field says nothing at first."""
        self.seed = seed
        for quiet in (self.field.exposure, self.field.veil, self.field.last):
            for parameter in quiet.parameters():
                nn.init.zeros_(parameter)

    def stops(self, frames: torch.Tensor, places: Places) -> torch.Tensor:
        """`(B, 3, H, W)` sRGB `[0, 1]` -> `(B, 4, 36, 64)`, as `Field` gives it."""
        return self.field(shrunk(frames, *LARGE), _small_map(places.person), places.face, places.sure)

    def stops_of(self, frame: np.ndarray, places: Places) -> torch.Tensor:
        """The same of one frame `(H, W, 3)` uint8 sRGB."""
        large = cv2.resize(frame.astype(np.float32), LARGE[::-1], interpolation=cv2.INTER_AREA)
        picture = torch.from_numpy(large).permute(2, 0, 1)[None] / 255
        return self.field(picture, _small_map(places.person), places.face, places.sure)

    def shown(self, frames: torch.Tensor, gain: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
        """What becomes of frames `(B, 3, H, W)` with this `gain` on this `person`, as in `relit`."""
        return relit(frames, gain, person)

    def placed(self) -> Self:
        """On the CPU, where a look at a video takes a few milliseconds."""
        return self

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        places = self.people(frames)
        return self.shown(frames, grid_gain(self.stops(frames, places)), places.person)

    def deployed_parts(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        return FieldForm(self)

    def session(self, fps: float, smoothing_s: float = 0.0) -> FieldSession:
        return FieldSession(self, smoothing_s)

    def loss(self, batch: FrameBatch) -> dict[str, torch.Tensor]:
        rng = rng_for(self.seed, "light_field", "lesson", int(self.steps))
        self.steps.add_(1)
        lesson = Lesson.drawn(batch, self.people, self.config, rng)
        field = self.stops(lesson.given, Places(lesson.person, lesson.face, lesson.sure))
        # a veil is learned by what was laid over, not by the picture, where less of it passes for more exposure
        veil = ((field[:, 3].mean((1, 2)) - lesson.veil) / MOST_VEIL).square()
        gain = grid_gain(torch.cat([field[:, :3], field[:, 3:].detach()], 1))
        given, answer, person = (F.avg_pool2d(part, 2) for part in (lesson.given, lesson.answer, lesson.person))
        weight = person * (1 + 4 * ellipse(lesson.face, *given.shape[2:]))
        apart = (self.shown(given, gain, person) - answer).square().mean(1, keepdim=True)
        error = ((apart * weight).sum((1, 2, 3)) / (weight.sum((1, 2, 3)) + 1e-3) + 1e-6).sqrt()
        # small errors count by their square, so that one unsure of what is asked goes half the way, large ones evenly
        counted = error.square() / (error + EVEN_FROM)
        kept = lesson.kept
        harm = (error.detach() * kept).sum() / kept.sum().clamp(min=1)
        loss = (counted * lesson.weight).mean() + VEIL_WEIGHT * (veil * lesson.knows_veil).mean()
        return {"loss": loss, "error": 255 * error.detach().mean(), "harm": 255 * harm}


def _small_map(person: torch.Tensor) -> torch.Tensor:
    """`(B, 1, H, W)` -> `(B, 1, 36, 64)`."""
    if person.shape[2:] == (PERSON_SIDE, PERSON_SIDE):
        return enlarged(F.avg_pool2d(person, 4), *SEEN)
    return F.interpolate(person, SEEN, mode="area")


def _darkest(light: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
    """The darkest of the person, `(B, C, h, w)` and `(B, 1, h, w)` -> `(B, C)`: no darker than a veil lets it be."""
    return -(-light - 8 * (1 - person)).amax((2, 3)).clamp(max=2 * MOST_VEIL)


def _mean(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """`(B, C, h, w)` and `(B, 1, h, w)` -> `(B, C)`."""
    return (values * weight).sum((2, 3)) / (weight.sum((2, 3)) + 1e-3)
