"""Export: a trained run -> a Core ML package, read back and run from disk before it gets its name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
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
from train_baseline.export.intent import intended_package, known_package, package_inputs, report_place
from train_baseline.export.macs import MacCount, count_macs
from train_baseline.export.stored_program import StoredProgram, quiet, read_program
from train_baseline.methods.base import Method
from train_baseline.methods.remembering import Remembering, WithMemory

HEIGHT, WIDTH = 720, 1280
AUTHOR, LICENCE = "keyfill", "Apache-2.0"
MAC_BUDGET = 20_000_000_000
TOLERANCE = {"fp32": 0.25, "fp16": 1.0}
"""Largest difference from the torch model, in levels of 255, that the stored graph may have on the test frame."""
TOLERANCE_EIGHT_BIT = {"fp32": 2.0, "fp16": 2.0}
"""The same with weights in 8 bits, which move the predicted weights a little."""
Step = Callable[[list[torch.Tensor]], list[torch.Tensor]]
"""A graph: frame, and memory where there is one -> the same, corrected."""


def export(
    run: Path,
    out: Path,
    progress: Progress | None = None,
    eight_bit: bool = False,
    consent: Consent = UNASKED,
    restore: Path | None = None,
) -> dict[str, Any]:
    """Write the run's model as ML Program, fp16, one 1x3x720x1280 image in, one out, and `OUT.json` beside it.

    `eight_bit` stores the weights as 8-bit integers with a scale a channel. `restore`: a run whose restoration stands
    behind it. A method with a memory has it as a second input and output, zeros for the first frame and after a cut.

    The package is written under a temporary name, read back, its stored graph executed in torch (float32, and with
    fp16 between ops) and compared with what `Method.correct` makes of a frame. Returns the report: MACs (of matrices,
    of everything; see `export.macs`), ops, bytes, parity. Raises InputError for a method without a form for Core ML or
    over the budget of 20.0e9 MACs, or a name without `.mlpackage`; WorkError when a tolerance is missed. A package of
    the same checkpoint that is there already is left as it is; another is replaced with `consent`, without which that
    is an InputError too.
    """
    run, out, weights = Path(run), Path(out), "int8" if eight_bit else "fp16"
    intended_package(run, out, weights, restore).require(consent)
    method = run_folder.load_method(run, restore)
    form = deployed_form(run, method, "coreml")
    inputs = package_inputs(run, weights, restore)
    tolerance = TOLERANCE_EIGHT_BIT if eight_bit else TOLERANCE
    if (known := known_package(run, out, weights, restore)) is not None:
        return known
    tell = progress or (lambda done, total, text: None)
    macs = macs_of(form)
    check_budget(macs.everything)
    tell(1, 4, "converting")
    package = convert(form, macs.matrix, eight_bit)
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
            "input": f"RGB image 1x3x{HEIGHT}x{WIDTH}, 0-255, sRGB",
            "output": f"RGB image 1x3x{HEIGHT}x{WIDTH}, 0-255, sRGB",
            "macs": macs.matrix,
            "macs_everything": macs.everything,
            "macs_stored": program.macs,
            "mac_budget": MAC_BUDGET,
            "bytes": sum(path.stat().st_size for path in temporary.rglob("*") if path.is_file()),
            "parameters": method.count(),
            "ops": program.op_counts,
            "parity": parity(program, method, form),
            **({"memory": list(memory_shape(form))} if isinstance(form, WithMemory) else {}),
            "tolerance": tolerance,
        }
        check_budget(program.macs)
        for kind, limit in tolerance.items():
            if not report["parity"][kind]["max"] <= limit:
                worst = report["parity"][kind]["max"]
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


def deployed_form(run: Path, method: Method[Any], target: Literal["coreml", "onnx"]) -> nn.Module:
    """The graph of a run's method. InputError that names the run where there is none."""
    try:
        return method.deployed(target).eval()
    except InputError as error:
        raise InputError(f"{run}: {error}") from None


def memory_shape(form: WithMemory) -> tuple[int, int, int, int]:
    """Of the memory beside a frame of full size."""
    return form.memory_shape(HEIGHT, WIDTH)


def macs_of(form: nn.Module) -> MacCount:
    """MACs of a deployed form for one frame of full size."""
    beside = [memory_shape(form)] if isinstance(form, WithMemory) else []
    return count_macs(form, (1, 3, HEIGHT, WIDTH), beside=beside)


def check_budget(macs: int) -> None:
    """InputError above 20.0e9 multiply-accumulates a frame, everything counted."""
    if macs > MAC_BUDGET:
        raise InputError(
            f"the model takes {macs / 1e9:.3f}e9 MACs a frame at {WIDTH}x{HEIGHT}, more than the challenge's "
            f"{MAC_BUDGET / 1e9:.1f}e9; train a smaller one"
        )


def convert(form: nn.Module, macs: int, eight_bit: bool = False) -> Any:
    """The traced graph as a coremltools model in memory, with author, licence and ranges in its metadata."""
    with quiet():
        package = _convert(form)
        if eight_bit:
            import coremltools.optimize.coreml as optimize

            # small tensors (ramps, curves, matrices, matte) stay fp16: they weigh little and set the precision
            settings = optimize.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=5200)
            package = optimize.linear_quantize_weights(package, optimize.OptimizationConfig(global_config=settings))
    package.author, package.license, package.version = AUTHOR, LICENCE, "1"
    package.short_description = "Corrects the light of a video call: one frame in, one frame out."
    package.input_description["frame"] = "RGB image, sRGB, 0-255"
    package.output_description["corrected"] = "RGB image, sRGB, 0-255"
    package.user_defined_metadata["macs"] = str(macs)
    package.user_defined_metadata["input_range"] = "0-255"
    if isinstance(form, WithMemory):
        package.input_description["memory"] = "memory_after of the frame before; zeros for the first and after a cut"
        package.output_description["memory_after"] = "what the next frame's memory is to be"
    return package


def _convert(form: nn.Module) -> Any:
    import coremltools as ct

    given, colours = [torch.zeros(1, 3, HEIGHT, WIDTH)], ct.colorlayout.RGB
    inputs = [ct.ImageType(name="frame", shape=(1, 3, HEIGHT, WIDTH), color_layout=colours)]
    outputs = [ct.ImageType(name="corrected", color_layout=colours)]
    if isinstance(form, WithMemory):
        given.append(torch.zeros(memory_shape(form)))
        inputs.append(ct.TensorType(name="memory", shape=memory_shape(form), dtype=np.float16))
        outputs.append(ct.TensorType(name="memory_after", dtype=np.float16))
    traced = torch.jit.trace(form, tuple(given))
    return ct.convert(
        traced,
        inputs=inputs,
        outputs=outputs,
        convert_to="mlprogram",
        compute_precision=ct.precision.FLOAT16,
        minimum_deployment_target=ct.target.iOS16,
        skip_model_load=True,
    )


def check_frame() -> np.ndarray:
    """`(720, 1280, 3)` uint8: soft blotches of every colour, so that all knots and all of the LUT are visited."""
    small = rng_for(0, "export", "frame").random((9, 16, 3), np.float32) * 1.2 - 0.1
    large = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.rint(np.clip(large, 0, 1) * 255).astype(np.uint8)


def check_tensor() -> torch.Tensor:
    """The check frame as `(1, 3, 720, 1280)` float32 levels."""
    return torch.from_numpy(check_frame()).permute(2, 0, 1)[None].float()


def check_frames(method: Method[Any]) -> list[torch.Tensor]:
    """What a graph is run on: the check frame, and for a method with a memory also the same a pixel on, with noise."""
    first = check_tensor()
    if not isinstance(method, Remembering):
        return [first]
    noise = torch.from_numpy(rng_for(0, "export", "noise").standard_normal(first.shape, np.float32))
    return [first, (torch.roll(first, 1, 3) + 4 * noise).round().clamp(0, 255)]


@torch.no_grad()
def reference(method: Method[Any], frames: list[torch.Tensor]) -> list[torch.Tensor]:
    """Frames in a row, `(1, 3, H, W)` in levels 0-255, through the method itself, in plain torch."""
    if not isinstance(method, Remembering):
        return [method.correct(frame / 255).clamp(0, 1) * 255 for frame in frames]
    found, memory = [], method.no_memory(frames[0])
    for frame in frames:
        corrected, memory = method.step(frame / 255, memory)
        found.append(corrected.clamp(0, 1) * 255)
    return found


def in_a_row(graph: Step, form: nn.Module, frames: list[torch.Tensor]) -> list[torch.Tensor]:
    """Frames in a row through a graph, which hands its memory on where it has one."""
    height, width = frames[0].shape[2:]
    memory = [torch.zeros(form.memory_shape(height, width))] if isinstance(form, WithMemory) else []
    found = []
    for frame in frames:
        corrected, *memory = graph([frame, *memory])
        found.append(corrected)
    return found


@torch.no_grad()
def parity(program: StoredProgram, method: Method[Any], form: nn.Module) -> dict[str, dict[str, float]]:
    """Stored graph against the method: max and mean difference in levels of 255."""
    frames = check_frames(method)
    expected = torch.cat(reference(method, frames))
    found = {}
    for kind in TOLERANCE:
        graph = lambda given, half=kind == "fp16": program.run_all(given, half)
        difference = (torch.cat(in_a_row(graph, form, frames)) - expected).abs()
        found[kind] = {"max": float(difference.max()), "mean": float(difference.mean())}
    return found
