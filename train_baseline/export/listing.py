"""All methods in short: how large they are, what a frame costs, whether Core ML takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from core.errors import InputError
from train_baseline import config
from train_baseline.config import CurvesConfig, LightFieldConfig
from train_baseline.export.coreml import MAC_BUDGET, macs_of
from train_baseline.method_config import RestoreConfig
from train_baseline.methods.base import Method
from train_baseline.methods.make import make_method
from train_baseline.methods.restore import Restore
from train_baseline.methods.restored import Restored

SEEDLESS = 0
"""Sizes do not depend on what weights are drawn."""


@dataclass(frozen=True)
class MethodFacts:
    """`macs` and `macs_everything` of a frame of 1280x720 as `export.macs` counts them, of what is deployed; `core_ml`:
    "yes", or why not."""

    name: str
    what: str
    parameters: int
    macs: int
    macs_everything: int
    core_ml: str


def all_methods() -> Iterator[tuple[str, Method[Any]]]:
    """Each method as its config has it by default, untrained; then the restoration behind our two colour methods."""
    (union, _) = get_args(config.MethodConfig)
    for section in get_args(union):
        yield section.model_fields["name"].default, make_method(section(), SEEDLESS).eval()
    for colour in (CurvesConfig(), LightFieldConfig()):
        restoration = make_method(RestoreConfig(), SEEDLESS)
        assert isinstance(restoration, Restore)
        yield f"{colour.name} + restore", Restored(make_method(colour, SEEDLESS), restoration).eval()


def facts_of(name: str, method: Method[Any]) -> MethodFacts:
    """Counted, not run."""
    core_ml = "yes"
    try:
        form = method.deployed("coreml")
    except InputError:
        form, core_ml = method.deployed("onnx"), "ONNX alone"
    count = macs_of(form.eval())
    if count.everything > MAC_BUDGET and core_ml == "yes":
        core_ml = "over budget"
    what = " ".join((type(method.config).__doc__ or "").split()).partition(" (`")[0]
    if isinstance(method, Restored):
        what = "the restoration behind it, as one package"
    return MethodFacts(name, what, method.count(), count.matrix, count.everything, core_ml)


def methods_table(rows: list[MethodFacts]) -> list[list[str]]:
    """As text cells, the first line a header; `all`: GMACs with every operation, which count against the budget."""
    lines = [["method", "parameters", "GMACs", "all", "Core ML"]]
    for row in rows:
        macs = (f"{value / 1e9:.2f}" for value in (row.macs, row.macs_everything))
        lines.append([row.name, f"{row.parameters:,}", *macs, row.core_ml])
    return lines
