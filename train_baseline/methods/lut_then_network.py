"""What two of the challenge's kinds of entry share: a LUT blended for the frame, then a network on what comes out."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.errors import InputError
from train_baseline.methods.base import FrameBatch, Method, Sees, Session, Truth
from train_baseline.methods.clut import falls, looked_up, roughness
from train_baseline.methods.loss import black
from train_baseline.methods.lut_session import CUT
from train_baseline.methods.picture_loss import Critic, PictureLoss


class LutThenNetwork(Method[FrameBatch]):
    """A subclass says what a frame's weights are, which LUT they make, and how a coloured frame is mended. Where its
    config has `colour_steps` and `mend_steps`, the two are trained apart at first, then together."""

    terms = ("colour", "mend")

    def __init__(self, config: object) -> None:
        super().__init__(config)
        self.sees = Sees("frame")
        name = f"train.method ({self.config.name})"
        self.colour_loss = PictureLoss(self.config.colour_loss, f"{name}.colour_loss")
        self.mend_loss = PictureLoss(self.config.mend_loss, f"{name}.mend_loss")
        self.critic = Critic() if self.config.mend_loss.gan else None
        self.steps = nn.Buffer(torch.zeros((), dtype=torch.int64))

    def weights(self, frames: torch.Tensor) -> torch.Tensor:
        """`(B, 3, H, W)` sRGB `[0, 1]` -> `(B, P)`, which a session smooths over time."""
        raise NotImplementedError

    def luts(self, weights: torch.Tensor) -> torch.Tensor:
        """`(B, P)` -> `(B, 3, M, M, M)` on even knots."""
        raise NotImplementedError

    def mended(self, pictures: torch.Tensor) -> torch.Tensor:
        """Coloured frames -> what leaves the network, of the same shape."""
        raise NotImplementedError

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        return self.with_weights(frames, self.weights(frames))

    def with_weights(self, frames: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """As `correct`, with weights from elsewhere."""
        return self.mended(looked_up(self.luts(weights), frames).clamp(0, 1))

    def loss(self, batch: FrameBatch) -> dict[str, torch.Tensor]:
        source, target = batch.source.flatten(0, 1), batch.target.flatten(0, 1)
        step = int(self.steps)
        self.steps.add_(1)
        colours = step < self.config.colour_steps
        mends = not colours and step < self.config.colour_steps + self.config.mend_steps
        with torch.set_grad_enabled(not mends), self.autocast():
            weights = self.weights(source).float()
        with torch.set_grad_enabled(not mends):
            luts = self.luts(weights)
            coloured = looked_up(luts, source)
        terms = {"colour": self.colour_loss(coloured, target).detach()}
        found = coloured
        loss = source.new_zeros(())
        if not mends:
            kept = self.config.smooth * (roughness(luts) + weights.square().mean()) + self.config.monotone * falls(luts)
            loss = self.colour_loss(coloured, target) + kept
        if not colours:
            with self.autocast():
                found = self.mended(coloured.clamp(0, 1)).float()
            terms["mend"] = self.mend_loss(found, target)
            loss = loss + terms["mend"]
            if self.critic is not None:
                doubt, lesson = self.critic.doubt(found), self.critic.lesson(found, target)
                loss = loss + self.config.mend_loss.gan * doubt + lesson
        return {**terms, "loss": loss, "black": black(found, target)}

    def deployed(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        if target == "coreml":
            raise InputError(
                f"method {self.config.name} samples a 3-D LUT, which Core ML has no operation for; export it to .onnx, "
                "or put method restore behind curves or light_field"
            )
        return super().deployed(target)

    def count(self) -> int:
        critic = 0 if self.critic is None else sum(parameter.numel() for parameter in self.critic.parameters())
        return super().count() - critic

    def session(self, fps: float, smoothing_s: float = 0.0) -> Session:
        return SmoothedWeights(self, smoothing_s)


class SmoothedWeights(Session):
    """The frame's weights averaged over `smoothing_s` seconds, so that noise does not pulse; anew at a cut."""

    def __init__(self, method: LutThenNetwork, smoothing_s: float):
        super().__init__(method)
        self.blending, self.smoothing_s = method, smoothing_s
        self._weights: torch.Tensor | None = None
        self._seen: torch.Tensor | None = None

    @torch.no_grad()
    def correct(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> np.ndarray:
        levels = torch.from_numpy(np.ascontiguousarray(frame)).to(self.method.device)
        picture = levels.permute(2, 0, 1)[None].float() / 255
        small = F.interpolate(picture, (36, 64), mode="area")
        cut = self._seen is None or float((small - self._seen).abs().mean()) > CUT
        now, self._seen = self.blending.weights(picture), small
        if self._weights is None or cut or self.smoothing_s == 0:
            self._weights = now
        else:
            self._weights = torch.lerp(self._weights, now, 1 - math.exp(-elapsed_s / self.smoothing_s))
        out = self.blending.with_weights(picture, self._weights)[0].clamp(0, 1)
        return (out * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()
