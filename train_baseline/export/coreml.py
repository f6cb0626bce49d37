"""Export: a trained run -> a Core ML package, read back and run from disk before it gets its name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from core.errors import InputError, WorkError
from core.files import write_json
from core.intent import UNASKED, Consent
from core.progress import Progress, silent
from train_baseline import run_folder
from train_baseline.export.check import check_frames, gaps_between, gives_of, memory_shapes, names_of, nothing
from train_baseline.export.intent import (
    LANDSCAPE,
    asked_for,
    intended_package,
    known_package,
    package_inputs,
    report_place,
)
from train_baseline.export.macs import MacCount, count_macs
from train_baseline.export.stored_program import StoredProgram, quiet, read_program
from train_baseline.methods.base import Method
from train_baseline.methods.remembering import WithMemory

AUTHOR, LICENCE = "keyfill", "Apache-2.0"
MAC_BUDGET = 20_000_000_000
TOLERANCE = {"fp32": 0.25, "fp16": 1.0}
"""Largest difference from the torch model, in levels of 255, that the stored graph may have on the test frame."""
TOLERANCE_EIGHT_BIT = {"fp32": 2.0, "fp16": 2.0}
"""The same with weights in 8 bits, which move the predicted weights a little."""
PARTS_LOOSER = 4
"""How many times that the other parts may differ: steep slopes of the matte meet luma in fp16."""
MEMORY_WORDS = "memory in, memory_after out; zeros for the first frame and after a cut"


def export(
    run: Path,
    out: Path,
    progress: Progress = silent,
    eight_bit: bool = False,
    consent: Consent = UNASKED,
    size: tuple[int, int] = LANDSCAPE,
    parts: bool = False,
    restore: Path | None = None,
) -> dict[str, Any]:
    """Write the run's model as ML Program, fp16, one image of `size` (width, height) in, one out, and `OUT.json` beside
    it.

    `eight_bit` stores the weights as 8-bit integers with a scale a channel. `parts`: what the correction is made of
    comes out as well (`Method.deployed_parts`). `restore`: a run whose restoration stands behind it. A method with a
    memory has it as a second input and output, zeros for the first frame and after a cut.

    The package is written under a temporary name, read back, its stored graph executed in torch (float32, and with
    fp16 between ops) and compared with what `Method.correct` makes of a frame (of another size than 1280x720: with the
    same form in torch, as the thumbnail is then another). Returns the report: MACs (of matrices, of everything; see
    `export.macs`), ops, bytes, parity. Raises InputError for a method without a form for Core ML, one over the budget
    of 20.0e9 MACs, a size that is no multiple of 16, or a name without `.mlpackage`; WorkError when a tolerance is
    missed. A package of the same checkpoint that is there already is left as it is; another is replaced with `consent`,
    without which that is an InputError too.
    """
    run, out, weights = Path(run), Path(out), "int8" if eight_bit else "fp16"
    more, (width, height) = asked_for(size, parts, restore), size
    intended_package(run, out, weights, more, restore).require(consent)
    method = run_folder.load_method(run, restore)
    form = deployed_form(run, method, "coreml", parts)
    inputs = package_inputs(run, weights, more)
    tolerance = dict(TOLERANCE_EIGHT_BIT if eight_bit else TOLERANCE)
    tolerance["fp16"] = max(tolerance["fp16"], method.half_levels)
    if (known := known_package(run, out, weights, more)) is not None:
        return known
    macs = macs_of(form, size)
    check_budget(macs.everything, size)
    progress(1, 4, "converting")
    package = convert(form, macs.matrix, eight_bit, size)
    temporary = out.with_name(f".{out.stem}.{os.getpid()}.mlpackage")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        package.save(str(temporary))
        progress(2, 4, "running the stored graph")
        program = read_program(temporary)
        report: dict[str, Any] = {
            "inputs": inputs,
            "package": out.name,
            "format": f"Core ML ML Program, fp16, {inputs['weights']} weights, iOS 16 / macOS 13 or newer",
            "author": AUTHOR,
            "licence": LICENCE,
            "input": f"RGB image 1x3x{height}x{width}, 0-255, sRGB",
            "output": f"RGB image 1x3x{height}x{width}, 0-255, sRGB",
            **({"parts": dict(gives_of(form))} if parts else {}),
            "macs": macs.matrix,
            "macs_everything": macs.everything,
            "macs_stored": program.macs,
            "mac_budget": MAC_BUDGET,
            "bytes": sum(path.stat().st_size for path in temporary.rglob("*") if path.is_file()),
            "parameters": method.count(),
            "ops": program.op_counts,
            "parity": parity(program, method, form, size),
            **({"memory": list(memory_shapes(form, size)[0])} if isinstance(form, WithMemory) else {}),
            "tolerance": tolerance,
        }
        check_budget(program.macs, size)
        for kind, limit in tolerance.items():
            gaps = report["parity"][kind]
            worst = max([gaps["max"], *(gaps[part] / PARTS_LOOSER for part in gives_of(form))])
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
    progress(4, 4, "exported")
    return report


def deployed_form(run: Path, method: Method[Any], target: Literal["coreml", "onnx"], parts: bool = False) -> nn.Module:
    """The graph of a run's method. InputError that names the run where there is none."""
    try:
        return (method.deployed_parts if parts else method.deployed)(target).eval()
    except InputError as error:
        raise InputError(f"{run}: {error}") from None


def macs_of(form: nn.Module, size: tuple[int, int] = LANDSCAPE) -> MacCount:
    """MACs of a deployed form for one frame of `size` (width, height)."""
    return count_macs(form, (1, 3, size[1], size[0]), beside=memory_shapes(form, size))


def check_budget(macs: int, size: tuple[int, int] = LANDSCAPE) -> None:
    """InputError above 20.0e9 multiply-accumulates a frame, everything counted."""
    if macs > MAC_BUDGET:
        raise InputError(
            f"the model takes {macs / 1e9:.3f}e9 MACs a frame at {size[0]}x{size[1]}, more than the challenge's "
            f"{MAC_BUDGET / 1e9:.1f}e9; train a smaller one"
        )


def convert(form: nn.Module, macs: int, eight_bit: bool = False, size: tuple[int, int] = LANDSCAPE) -> Any:
    """The traced graph as a coremltools model in memory, with author, licence and ranges in its metadata."""
    with quiet():
        package = _convert(form, size)
        if eight_bit:
            import coremltools.optimize.coreml as optimize

            # small tensors (ramps, curves, matrices, matte) stay fp16: they weigh little and set the precision
            settings = optimize.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=5200)
            package = optimize.linear_quantize_weights(package, optimize.OptimizationConfig(global_config=settings))
    package.author, package.license, package.version = AUTHOR, LICENCE, "1"
    package.short_description = "Corrects the light of a video call: one frame in, one frame out."
    package.input_description["frame"] = "RGB image, sRGB, 0-255"
    package.output_description["corrected"] = "RGB image, sRGB, 0-255"
    for name, words in gives_of(form).items():
        package.output_description[name] = words
    package.user_defined_metadata["macs"] = str(macs)
    package.user_defined_metadata["input_range"] = "0-255"
    if isinstance(form, WithMemory):
        package.input_description["memory"] = "memory_after of the frame before; zeros for the first and after a cut"
        package.output_description["memory_after"] = "what the next frame's memory is to be"
    return package


def _convert(form: nn.Module, size: tuple[int, int]) -> Any:
    import coremltools as ct

    given, colours = nothing(form, size), ct.colorlayout.RGB
    traced = torch.jit.trace(form, given)
    names_in, names_out = names_of(form)
    inputs = [ct.ImageType(name=names_in[0], shape=tuple(given[0].shape), color_layout=colours)]
    outputs = [ct.ImageType(name=names_out[0], color_layout=colours)]
    if len(given) > 1:
        inputs.append(ct.TensorType(name=names_in[1], shape=tuple(given[1].shape), dtype=np.float16))
        outputs.append(ct.TensorType(name=names_out[1], dtype=np.float16))
    else:
        outputs += [ct.TensorType(name=name) for name in names_out[1:]]
    return ct.convert(
        traced,
        inputs=inputs,
        outputs=outputs,
        convert_to="mlprogram",
        compute_precision=ct.precision.FLOAT16,
        minimum_deployment_target=ct.target.iOS16,
        skip_model_load=True,
    )


def parity(
    program: StoredProgram, method: Method[Any], form: nn.Module, size: tuple[int, int] = LANDSCAPE
) -> dict[str, dict[str, float]]:
    """Stored graph against the method, its other parts against the form: max and mean difference in levels of 255; of
    parts that the form calls `unsteady` the mean."""
    frames, found = check_frames(method, size), {}
    for kind in TOLERANCE:
        graph = lambda given, half=kind == "fp16": program.run(given, half)
        first, *others = gaps_between(graph, method, form, frames, size == LANDSCAPE).items()
        found[kind] = {"max": float(first[1].max()), "mean": float(first[1].mean())}
        unsteady = getattr(form, "unsteady", ())
        found[kind] |= {name: float(gap.mean() if name in unsteady else gap.max()) for name, gap in others}
    return found
