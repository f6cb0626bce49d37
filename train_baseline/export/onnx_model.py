"""Export to ONNX, checked in onnxruntime: a frame of any size in, the corrected frame out."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.errors import InputError, WorkError
from core.files import write_json
from train_baseline import run_folder
from train_baseline.data.batches import Progress
from train_baseline.export.convolution_form import HALVINGS, ConvolutionForm
from train_baseline.export.coreml import AUTHOR, HEIGHT, LICENCE, WIDTH, check_budget, check_frame, reference
from train_baseline.export.macs import count_macs
from train_baseline.methods.lut import blend
from train_baseline.methods.matte_edge import share_of
from train_baseline.methods.network import Curves, Network

TOLERANCE = 0.25
"""Largest difference from the torch model, in levels of 255, that onnxruntime may show on the check frames."""


class SampledForm(nn.Module):
    """A network whose LUT is baked inside the graph and sampled: for architectures without a convolution-only form.

    `(1, 3, H, W)` sRGB in levels `[0, 255]` -> the same, corrected, clipped, not rounded.
    """

    def __init__(self, network: Network):
        super().__init__()
        self.network = network

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        x = frame * (1 / 255)
        small = x
        for _ in range(HALVINGS):
            small = F.avg_pool2d(small, 2)
        seen = self.network(small)
        lut, lines = self.network.bake(seen.weights), seen.lines(small)
        grid = x.permute(0, 2, 3, 1)[:, None] * 2 - 1
        out = F.grid_sample(lut, grid, mode="bilinear", padding_mode="border", align_corners=True)
        out = out[:, :, 0].clamp(0, 1)
        if lines is not None:
            out = blend(x, out, share_of(lines, x))
        return out * 255


def export_onnx(run: Path, out: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Write the run's model as ONNX and `OUT.json` beside it; float32, height and width free (multiples of 16).

    The file is run in onnxruntime at 1280x720 and 640x360 before it gets its name. Returns the report. InputError for
    a name without `.onnx` or a model over the budget of MACs; WorkError when the difference is over the tolerance.
    """
    run, out = Path(run), Path(out)
    if out.suffix != ".onnx":
        raise InputError(f"{out}: the name of an ONNX model ends in .onnx")
    network = run_folder.load(run).network
    of = {"checkpoint": run_folder.checkpoint_hash(run), "kind": "onnx"}
    known = run_folder.read_report(out.with_suffix(".onnx.json"), of)
    if known is not None and "macs_everything" in known and out.is_file():
        return known
    tell = progress or (lambda done, total, text: None)
    form = ConvolutionForm(network).eval() if isinstance(network, Curves) else SampledForm(network).eval()
    macs = count_macs(form, (1, 3, HEIGHT, WIDTH))
    check_budget(macs.everything)
    tell(1, 3, "converting")
    data = _converted(form)
    tell(2, 3, "running in onnxruntime")
    report = {
        "of": of,
        "format": "ONNX, opset 20, float32",
        "author": AUTHOR,
        "licence": LICENCE,
        "input": "frame: 1x3xHxW float32 RGB, 0-255, sRGB; H and W multiples of 16",
        "output": "corrected: the same",
        "macs": macs.matrix,
        "macs_everything": macs.everything,
        "bytes": len(data),
        "parity": {"onnxruntime": parity(data, network)},
        "tolerance": TOLERANCE,
    }
    if not report["parity"]["onnxruntime"]["max"] <= TOLERANCE:
        worst = report["parity"]["onnxruntime"]["max"]
        raise WorkError(f"{out}: onnxruntime differs by {worst:.3f} levels; {TOLERANCE} allowed")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
        temporary.write_bytes(data)
        os.replace(temporary, out)
    except OSError as error:
        raise WorkError(f"{out}: cannot be written: {error.strerror or error}") from error
    write_json(out.with_suffix(".onnx.json"), report)
    tell(3, 3, "exported")
    return report


def _converted(form: nn.Module) -> bytes:
    import onnx

    buffer = io.BytesIO()
    sides = {2: "height", 3: "width"}
    with warnings.catch_warnings():
        # the newer exporter needs a package of its own; this one is enough for a dozen kinds of op
        warnings.simplefilter("ignore")
        torch.onnx.export(
            form,
            (torch.zeros(1, 3, HEIGHT, WIDTH),),
            buffer,
            dynamo=False,
            opset_version=20,
            input_names=["frame"],
            output_names=["corrected"],
            dynamic_axes={"frame": sides, "corrected": sides},
        )
    model = onnx.load_from_string(buffer.getvalue())
    model.producer_name = AUTHOR
    for key, value in {"author": AUTHOR, "licence": LICENCE, "input range": "RGB 0-255, sRGB"}.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@torch.no_grad()
def parity(data: bytes, network: Network) -> dict[str, float]:
    """onnxruntime against the torch model through its baked LUT, at two sizes: max and mean difference in levels."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    worst, means = 0.0, []
    full = torch.from_numpy(check_frame()).permute(2, 0, 1)[None].float()
    for frame in (full, full[:, :, ::2, ::2].contiguous()):
        found = session.run(None, {"frame": frame.numpy()})[0]
        difference = np.abs(found - reference(network, frame).numpy())
        worst = max(worst, float(difference.max()))
        means.append(float(difference.mean()))
    return {"max": worst, "mean": float(np.mean(means))}
