"""What an export would do to the package, and the report beside it, that are there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.errors import InputError
from core.intent import Intent, differences, in_words
from train_baseline import run_folder

LANDSCAPE = (1280, 720)
"""Width and height of a frame, where nothing else is asked for."""
Asked = Mapping[str, str]
_NOTHING: Asked = MappingProxyType({})


def asked_for(size: tuple[int, int] = LANDSCAPE, parts: bool = False, restore: Path | None = None) -> Asked:
    """What is not as it is by default; `size`: of a Core ML model's frames; `parts`: see `Method.deployed_parts`;
    `restore`: the run whose restoration stands behind it. InputError for a size that has no graph, or where there is
    no such run."""
    width, height = size
    if width % 16 or height % 16 or not 64 <= min(size) <= max(size) <= 4096:
        raise InputError(f"--size {width}x{height}: expected multiples of 16 from 64 to 4096")
    other = {"size": f"{width}x{height}"} if size != LANDSCAPE else {}
    behind = {} if restore is None else {"restore": run_folder.checkpoint_hash(restore)}
    return other | ({"parts": "beside the frame"} if parts else {}) | behind


def package_inputs(run: Path, kind: str, more: Asked = _NOTHING) -> dict[str, Any]:
    """What a package is made from; `kind`: "fp16" or "int8", the weights of a Core ML package, or "onnx"; `more`: see
    `asked_for`."""
    return {"checkpoint": run_folder.checkpoint_hash(run), ("kind" if kind == "onnx" else "weights"): kind, **more}


def report_place(out: Path) -> Path:
    """Where the report of the package `out` is."""
    return out.with_suffix(".onnx.json" if out.suffix == ".onnx" else ".json")


def known_package(run: Path, out: Path, kind: str, more: Asked = _NOTHING) -> dict[str, Any] | None:
    """The report of the package `out`, where it is there and made from just this; None where it is to be made."""
    known = run_folder.read_report(report_place(out), package_inputs(run, kind, more))
    there = out.is_file() if out.suffix == ".onnx" else (out / "Manifest.json").is_file()
    return known if there and known is not None and "macs_everything" in known else None


def intended_package(run: Path, out: Path, kind: str, more: Asked = _NOTHING, restore: Path | None = None) -> Intent:
    """What the export of `run` to `out` would do; changes nothing. InputError where there is no run or the name has
    another ending."""
    if out.suffix != (ending := ".onnx" if kind == "onnx" else ".mlpackage"):
        raise InputError(
            f"{out}: the name of {'an ONNX model' if kind == 'onnx' else 'a Core ML package'} ends in {ending}"
        )
    run_folder.load_method(run, restore)
    if known_package(run, out, kind, more) is not None:
        return Intent(out, "package", kept=1)
    report = report_place(out)
    before = run_folder.inputs_of(report)
    if not out.exists() and (before is not None or not report.exists()):
        return Intent(out, "package", new=(out.name,))
    if before is None:
        there = out if out.exists() else report
        return Intent(out, "package", anew=(there.name,), why_anew="it was not written by this command")
    now = package_inputs(run, kind, more)
    if before == now:
        return Intent(out, "package", new=(out.name,))
    return Intent(out, "package", anew=(out.name,), why_anew=in_words(differences(before, now)))
