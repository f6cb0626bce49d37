"""All methods by the name that `train.method` gives, and how one is made."""

from __future__ import annotations

from typing import Any

import torch

from core.rng import rng_for
from train_baseline.config import MethodConfig
from train_baseline.methods.base import Method
from train_baseline.methods.cidnet import Cidnet
from train_baseline.methods.clut_unet import ClutUnet
from train_baseline.methods.curves import Curves
from train_baseline.methods.icelut import IceLut
from train_baseline.methods.light_field import LightField
from train_baseline.methods.lut_field import LutField
from train_baseline.methods.luts_residual import LutsResidual
from train_baseline.methods.q_cidnet import QCidnet
from train_baseline.methods.restore import Restore
from train_baseline.methods.zeng import Zeng

METHODS: dict[str, type[Method[Any]]] = {
    "curves": Curves,
    "zeng": Zeng,
    "light_field": LightField,
    "lut_field": LutField,
    "restore": Restore,
    "clut_unet": ClutUnet,
    "luts_residual": LutsResidual,
    "cidnet": Cidnet,
    "icelut": IceLut,
    "q_cidnet": QCidnet,
}


def make_method(config: MethodConfig, seed: int) -> Method[Any]:
    """The method of a config, its weights from the seed alone; torch's global generators stay as they are."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(rng_for(seed, "method", "init").integers(2**63)))
        method = METHODS[config.name](config)
    method.initialise(seed)
    return method
