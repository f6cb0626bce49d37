"""Export: a trained run -> a Core ML package, read back and run from disk before it gets its name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import torch
from torch import nn

from core.errors import InputError, WorkError
from core.files import write_json
from core.intent import UNASKED, Consent
from core.progress import Progress
from core.rng import rng_for
from train_baseline import run_folder
from train_baseline.export.intent import (
    LANDSCAPE,
    asked_for,
    intended_package,
    known_package,
    package_inputs,
    report_place,
)
from train_baseline.export.macs import count_macs
from train_baseline.export.stored_program import StoredProgram, quiet, read_program
from train_baseline.methods.base import Method

WIDTH, HEIGHT = LANDSCAPE
AUTHOR, LICENCE = "keyfill", "Apache-2.0"
MAC_BUDGET = 20_000_000_000
TOLERANCE = {"fp32": 0.25, "fp16": 1.0}
"""Largest difference from the torch model, in levels of 255, that the stored graph may have on the test frame."""
TOLERANCE_EIGHT_BIT = {"fp32": 2.0, "fp16": 2.0}
"""The same with weights in 8 bits, which move the predicted weights a little."""
PARTS_LOOSER = 4
"""How many times that LUT and matte may differ: steep slopes of the matte meet luma in fp16."""


PARTS = ("corrected", "lut", "matte")
"""Names of what a graph gives; without `parts` of the first alone."""
PARTS_WORDS = {
    "lut": "1x3x216x216, 0-255 and beyond, sRGB: what becomes of a Hald image of level 6 (36 x 36 x 36 colours, red "
    "fastest); interpolate, then clip",
    "matte": "1x1xHxW, 0-1: how much of the LUT's change each pixel gets",
}


def export(
    run: Path,
    out: Path,
    progress: Progress | None = None,
    eight_bit: bool = False,
    consent: Consent = UNASKED,
    size: tuple[int, int] = LANDSCAPE,
    parts: bool = False,
) -> dict[str, Any]:
    """Write the run's model as ML Program, fp16, one image of `size` (width, height) in, one out, and `OUT.json` beside
    it.

    `eight_bit` stores the weights as 8-bit integers with a scale a channel. `parts`: LUT and matte come out as well
    (`Method.deployed_parts`).

    The package is written under a temporary name, read back, its stored graph executed in torch (float32, and with
    fp16 between ops) and compared with what `Method.correct` makes of a frame (of another size than 1280x720: with the
    same form in torch, as the thumbnail is then another). Returns the report: MACs (of matrices, of everything; see
    `export.macs`), ops, bytes, parity. Raises InputError for a method without a form for Core ML, one over the budget
    of 20.0e9 MACs, a size that is no multiple of 16, or a name without `.mlpackage`; WorkError when a tolerance is
    missed. A package of the same checkpoint that is there already is left as it is; another is replaced with `consent`,
    without which that is an InputError too.
    """
    run, out, weights = Path(run), Path(out), "int8" if eight_bit else "fp16"
    more, (width, height) = asked_for(size, parts), size
    intended_package(run, out, weights, more).require(consent)
    method = run_folder.load(run).method
    form = deployed_form(run, method, "coreml", parts)
    inputs = package_inputs(run, weights, more)
    tolerance = TOLERANCE_EIGHT_BIT if eight_bit else TOLERANCE
    if (known := known_package(run, out, weights, more)) is not None:
        return known
    tell = progress or (lambda done, total, text: None)
    macs = count_macs(form, (1, 3, height, width))
    check_budget(macs.everything, size)
    tell(1, 4, "converting")
    package = convert(form, macs.matrix, eight_bit, size, parts)
    temporary = out.with_name(f".{out.stem}.{os.getpid()}.mlpackage")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        package.save(str(temporary))
        tell(2, 4, "running the stored graph")
        program = read_program(temporary)
        report: dict[str, Any] = {
            "inputs": inputs,
            "package": out.name,
            "format": f"Core ML ML Program, fp16, {inputs['weights']} weights, iOS 16 / macOS 13 or newer",
            "author": AUTHOR,
            "licence": LICENCE,
            "input": f"RGB image 1x3x{height}x{width}, 0-255, sRGB",
            "output": f"RGB image 1x3x{height}x{width}, 0-255, sRGB",
            **({"parts": PARTS_WORDS} if parts else {}),
            "macs": macs.matrix,
            "macs_everything": macs.everything,
            "macs_stored": program.macs,
            "mac_budget": MAC_BUDGET,
            "bytes": sum(path.stat().st_size for path in temporary.rglob("*") if path.is_file()),
            "parameters": method.count(),
            "ops": program.op_counts,
            "parity": parity(program, method, form, size),
            "tolerance": tolerance,
        }
        check_budget(program.macs, size)
        for kind, limit in tolerance.items():
            gaps = report["parity"][kind]
            worst = max(gaps["max"], *(gaps.get(part, 0.0) / PARTS_LOOSER for part in PARTS[1:]))
            if not worst <= limit:
                raise WorkError(f"{out}: stored graph differs by {worst:.3f} levels in {kind}; {limit} allowed")
        if out.is_dir():
            shutil.rmtree(out)
        os.replace(temporary, out)
        write_json(report_place(out), report)
    except OSError as error:
        raise WorkError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    tell(4, 4, "exported")
    return report


def deployed_form(run: Path, method: Method[Any], target: Literal["coreml", "onnx"], parts: bool = False) -> nn.Module:
    """The graph of a run's method. InputError that names the run where there is none."""
    try:
        return (method.deployed_parts if parts else method.deployed)(target).eval()
    except InputError as error:
        raise InputError(f"{run}: {error}") from None


def check_budget(macs: int, size: tuple[int, int] = LANDSCAPE) -> None:
    """InputError above 20.0e9 multiply-accumulates a frame, everything counted."""
    if macs > MAC_BUDGET:
        raise InputError(
            f"the model takes {macs / 1e9:.3f}e9 MACs a frame at {size[0]}x{size[1]}, more than the challenge's "
            f"{MAC_BUDGET / 1e9:.1f}e9; train a smaller one"
        )


def convert(
    form: nn.Module, macs: int, eight_bit: bool = False, size: tuple[int, int] = LANDSCAPE, parts: bool = False
) -> Any:
    """The traced graph as a coremltools model in memory, with author, licence and ranges in its metadata."""
    with quiet():
        package = _convert(form, size, parts)
        if eight_bit:
            import coremltools.optimize.coreml as optimize

            # small tensors (ramps, curves, matrices, matte) stay fp16: they weigh little and set the precision
            settings = optimize.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=5200)
            package = optimize.linear_quantize_weights(package, optimize.OptimizationConfig(global_config=settings))
    package.author, package.license, package.version = AUTHOR, LICENCE, "1"
    package.short_description = "Corrects the light of a video call: one frame in, one frame out."
    package.input_description["frame"] = "RGB image, sRGB, 0-255"
    package.output_description["corrected"] = "RGB image, sRGB, 0-255"
    for name, words in PARTS_WORDS.items() if parts else ():
        package.output_description[name] = words
    package.user_defined_metadata["macs"] = str(macs)
    package.user_defined_metadata["input_range"] = "0-255"
    return package


def _convert(form: nn.Module, size: tuple[int, int], parts: bool) -> Any:
    import coremltools as ct

    shape = (1, 3, size[1], size[0])
    traced = torch.jit.trace(form, torch.zeros(shape))
    colours = ct.colorlayout.RGB
    return ct.convert(
        traced,
        inputs=[ct.ImageType(name="frame", shape=shape, color_layout=colours)],
        outputs=[
            ct.ImageType(name="corrected", color_layout=colours),
            *(ct.TensorType(name=name) for name in PARTS[1:] if parts),
        ],
        convert_to="mlprogram",
        compute_precision=ct.precision.FLOAT16,
        minimum_deployment_target=ct.target.iOS16,
        skip_model_load=True,
    )


def check_frame(size: tuple[int, int] = LANDSCAPE) -> np.ndarray:
    """`(H, W, 3)` uint8: soft blotches of every colour, so that all knots and all of the LUT are visited."""
    small = rng_for(0, "export", "frame").random((9, 16, 3), np.float32) * 1.2 - 0.1
    large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    return np.rint(np.clip(large, 0, 1) * 255).astype(np.uint8)


def check_tensor(size: tuple[int, int] = LANDSCAPE) -> torch.Tensor:
    """The check frame as `(1, 3, H, W)` float32 levels."""
    return torch.from_numpy(check_frame(size)).permute(2, 0, 1)[None].float()


@torch.no_grad()
def reference(method: Method[Any], frame: torch.Tensor) -> torch.Tensor:
    """`frame` `(1, 3, H, W)` in levels 0-255 through the method itself, in plain torch."""
    return method.correct(frame / 255).clamp(0, 1) * 255


@torch.no_grad()
def parity(
    program: StoredProgram, method: Method[Any], form: nn.Module, size: tuple[int, int] = LANDSCAPE
) -> dict[str, dict[str, float]]:
    """Stored graph against the method, its other parts against the form: max and mean difference in levels of 255."""
    frame = check_tensor(size)
    as_correct = size == LANDSCAPE
    expected = [] if as_correct and len(program.outputs) == 1 else all_parts(form(frame))
    if as_correct:
        expected[:1] = [reference(method, frame)]
    found = {}
    for kind in TOLERANCE:
        given = all_parts(program.run(frame, half=kind == "fp16"))
        gaps = [(one - other).abs() for one, other in zip(given, expected, strict=True)]
        found[kind] = {"max": float(gaps[0].max()), "mean": float(gaps[0].mean())}
        found[kind] |= {name: float(gap.max()) for name, gap in zip(PARTS[1:], gaps[1:], strict=False)}
    return found


def all_parts(given: Any) -> list[torch.Tensor]:
    """What a graph gives, in the order of `PARTS`, the matte in levels as well."""
    found = list(given) if isinstance(given, (tuple, list)) else [given]
    return [*found[:2], *(matte * 255 for matte in found[2:])]
