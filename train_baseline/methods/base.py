"""The seam: all that trainer, evaluation, export and `enhance` know of a method is `Method`.

A new one is a file in `methods/` with a subclass of `Method` (of `methods.lut_method.LutMethod` when it bakes a LUT),
its keys in `train_baseline.config.MethodConfig`, and a line in `methods.make.METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

import cv2
import numpy as np
import torch
from torch import nn

from core.errors import InputError
from train_baseline.methods.loss import rmse

THUMBNAIL = (45, 80)
"""Lines and columns of a thumbnail."""
HALVINGS = 4
"""How often 1280x720 is halved to make it."""
NO_PARTS: Mapping[str, str] = MappingProxyType({})
"""What a graph gives beside the corrected frame, by name; and what it is."""
ColourMap = Callable[[np.ndarray], np.ndarray]
"""A change of colours alone: uint8 sRGB `(H, W, 3)` -> the same, corrected; it may be applied to any frame."""


def thumbnail(frame: np.ndarray) -> np.ndarray:
    """`(H, W, ...)` -> `(45, 80, ...)`, each pixel the mean of the area it covers."""
    return cv2.resize(frame, THUMBNAIL[::-1], interpolation=cv2.INTER_AREA)


@dataclass(frozen=True)
class Sees:
    """What a batch holds of each frame: "pixels", its thumbnail and `size` of its pixels (`PixelBatch`); "crop",
    windows of `size` x `size` pixels; "frame", whole frames (both `FrameBatch`, of `window` frames in a row). `clean`:
    beside each source what it would be without its damage, which clean shards alone can give. `still`: for how many
    frames a still is shown; where that is more than twice, it sways."""

    kind: Literal["pixels", "crop", "frame"]
    size: int = 0
    window: int = 1
    clean: bool = False
    still: int = 2


@dataclass(frozen=True, eq=False)
class PixelBatch:
    """B frames: N pixels of each, `source`, `target` `(B, 3, N)`, `mask` `(B, N)` (1: subject), and where these lie,
    `places` `(B, N, 2)`, x and y from -1 to 1 between the frame's edges; `thumbnails` `(B, 3, 45, 80)`, `coverage`
    `(B, 1, 45, 80)`, the masks as small, and `following` `(K, 3, 45, 80)`, thumbnails of the frames after the first K.
    Float32, sRGB `[0, 1]`. `clean` and `clean_thumbnails`: of the undamaged source, where `Sees` asks for it."""

    source: torch.Tensor
    target: torch.Tensor
    mask: torch.Tensor
    places: torch.Tensor
    thumbnails: torch.Tensor
    coverage: torch.Tensor
    following: torch.Tensor
    clean: torch.Tensor | None = None
    clean_thumbnails: torch.Tensor | None = None


@dataclass(frozen=True, eq=False)
class FrameBatch:
    """B times T frames in a row: `source`, `target` `(B, T, 3, H, W)` sRGB, `mask` `(B, T, 1, H, W)` (1: subject);
    float32 `[0, 1]`. `clean`, of the source's shape: the undamaged source, where `Sees` asks for it."""

    source: torch.Tensor
    target: torch.Tensor
    mask: torch.Tensor
    clean: torch.Tensor | None = None


B = TypeVar("B", PixelBatch, FrameBatch)


@dataclass(frozen=True, eq=False)
class Truth:
    """What only the untrained rows of an evaluation may look at: a frame's `target` `(H, W, 3)` uint8 sRGB, and `mask`
    `(H, W)` bool, true on the subject, or None."""

    target: np.ndarray
    mask: np.ndarray | None


class Session:
    """A method on one video: frames go in in order of time. This one remembers nothing. `matte`: how far the last frame
    was changed, `(H, W)` float32 `[0, 1]`, where a method has one. `on_video`: which filter of `train_baseline.video`
    puts whole frames of a video through it, "frames" for any."""

    matte: np.ndarray | None = None
    on_video: ClassVar[Literal["frames", "lut", "field"]] = "frames"

    def __init__(self, method: Method[Any]):
        self.method = method

    @torch.no_grad()
    def correct(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> np.ndarray:
        """The next frame `(H, W, 3)` uint8 sRGB, `elapsed_s` after the last -> the same, corrected."""
        levels = torch.from_numpy(np.ascontiguousarray(frame)).to(self.method.device)
        out = self.method.correct(levels.permute(2, 0, 1)[None].float() / 255)[0].clamp(0, 1)
        return (out * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()


class MapSession(Session):
    """A session whose correction of a frame is a map of colours, so that its flicker can be told from motion."""

    def colour_map(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> ColourMap:
        """As `correct`: what the next frame's colours go through."""
        raise NotImplementedError

    def correct(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> np.ndarray:
        return self.colour_map(frame, elapsed_s, truth)(frame)


class Method(nn.Module, Generic[B]):
    """One way to correct frames, made from its own section of the config. Only `correct` must be written (for batches
    of pixels `corrected` as well); everything else has an answer that fits a network from picture to picture."""

    sees = Sees("crop", 128)
    terms: tuple[str, ...] = ("rmse",)
    """Names of the parts of `loss` that the log keeps."""
    bakes_lut: ClassVar[bool] = False
    """Whether a LUT is what it makes of a frame's colours (`average_lut`)."""
    any_size = True
    """Whether a graph of it that was traced with frames of one size takes others."""
    half_levels = 1.0
    """Largest difference, in levels of 255, that half precision may make to an exported graph of it."""
    half_precision = False
    """Set by the trainer: `autocast` is bfloat16."""

    def __init__(self, config: Any = None):
        super().__init__()
        self.config = config

    def initialise(self, seed: int) -> None:
        """The weights at the start of training, from the seed alone. As it stands: those that torch's layers draw when
        they are made (`methods.make` makes them from the seed)."""

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        """`(B, 3, H, W)` sRGB `[0, 1]`, each frame on its own -> the same, corrected: what deployed forms, the default
        session and the default loss do."""
        raise NotImplementedError

    def corrected(self, batch: B) -> torch.Tensor:
        """A batch's `source`, corrected, of its shape."""
        assert isinstance(batch, FrameBatch), "a method that sees pixels writes its own"
        with self.autocast():
            return self.correct(batch.source.flatten(0, 1)).float().reshape(batch.source.shape)

    def answer(self, batch: B) -> torch.Tensor:
        """What `corrected` is to be, by which validation measures it."""
        return batch.target

    def loss(self, batch: B) -> dict[str, torch.Tensor]:
        """The training loss as "loss", and its parts by the names in `terms`. A part called "black", the share of
        pictures that came out black, stops a training in which it stays 1."""
        found, target = (value.movedim(-3, 1).flatten(2) for value in (self.corrected(batch), batch.target))
        error = rmse(found, target, torch.ones_like(target[:, 0]))
        return {"rmse": error, "loss": error}

    def session(self, fps: float, smoothing_s: float = 0.0) -> Session:
        """A new video of `fps` frames a second; a method that averages over time does so over `smoothing_s`."""
        return Session(self)

    def deployed(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        """`(1, 3, H, W)` sRGB in levels `[0, 255]` -> the same, corrected, clipped, not rounded, in one graph.
        InputError says why there is none."""
        if self.sees.window > 1:
            raise InputError(
                f"{type(self).__name__} remembers frames, which a graph of one frame cannot; see `enhance`"
            )
        return _InLevels(self)

    def deployed_parts(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        """As `deployed`, in the same graph with what the correction is made of, so that others can smooth it over time:
        beside the frame what `gives` of the module names, each with what it is, `LUT_PARTS` say. InputError where there
        is nothing of the kind."""
        raise InputError(f"method {type(self).__name__} has no LUT, field or matte to give; leave --parts out")

    def average_lut(self, thumbnails: np.ndarray) -> tuple[torch.Tensor, tuple[int, ...]]:
        """Of a method that bakes LUTs: the average of those of thumbnails `(T, 45, 80, 3)` uint8 sRGB, `(3, M, M, M)`,
        and its knots."""
        raise NotImplementedError

    def autocast(self) -> AbstractContextManager[Any]:
        """What parts that bear bfloat16 are run in."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.half_precision)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next((parameter.device for parameter in self.parameters()), torch.device("cpu"))

    def placed(self) -> Self:
        """Itself, where it corrects whole frames fastest: on the GPU where there is one."""
        return self.to("cuda") if torch.cuda.is_available() else self

    def count(self) -> int:
        """How many numbers training changes."""
        return sum(parameter.numel() for parameter in self.parameters())


class _InLevels(nn.Module):
    def __init__(self, method: Method[Any]):
        super().__init__()
        self.method = method

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        return self.method.correct(frame * (1 / 255)).clamp(0, 1) * 255
