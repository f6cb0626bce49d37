"""CIDNet that is also asked to please two learned judges (Wizard's entry; made from the report's few words, for nothing
else is published of it). It came last in the votes: what a judge likes, people need not."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from train_baseline.method_config import QCidnetConfig
from train_baseline.methods.base import FrameBatch
from train_baseline.methods.cidnet import Cidnet
from train_baseline.methods.quality import ClipIqa, Preference


class QCidnet(Cidnet):
    """See the module. The judges' files are read when training begins; a trained method needs them no more."""

    config: QCidnetConfig
    terms = ("rgb", "hvi", "clip", "preference")

    def __init__(self, config: QCidnetConfig):
        super().__init__(config)
        self._judges: tuple[ClipIqa, Preference] | None = None

    def judged(self, found: torch.Tensor, source: torch.Tensor) -> dict[str, torch.Tensor]:
        """What is missing to the judges' full marks, of pictures `(B, 3, H, W)` sRGB `[0, 1]`."""
        if self._judges is None:
            key, config = f"train.method ({self.config.name})", self.config
            self._judges = ClipIqa(config.clip, config.clip_words, key), Preference(config.preference, key)
        clip, preference = self._judges
        return {"clip": 1 - clip(found).mean(), "preference": F.relu(1 - preference(found, source)).mean()}

    def loss(self, batch: FrameBatch) -> dict[str, torch.Tensor]:
        terms, found = self.asked(batch)
        terms |= self.judged(found, batch.source.flatten(0, 1))
        terms["loss"] = terms["loss"] + self.config.quality_loss * (terms["clip"] + terms["preference"])
        return terms
