"""Every import arrow in the tree is one the design allows; heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"core", "pairs", "scenes", "render", "degrade", "train_baseline", "score", "farm", "ingest", "keyfill"}
ALLOWED = {
    "core": set(),
    "pairs": {"core"},
    "scenes": {"core"},
    "render": {"core", "scenes", "pairs"},
    "degrade": {"core", "pairs"},
    "score": {"core", "pairs"},
    "train_baseline": {"core", "pairs", "degrade", "score", "ingest"},
    "farm": {"core", "pairs"},
    "ingest": {"core", "pairs", "score"},
    "keyfill": OURS,
}
STDLIB = set(sys.stdlib_module_names)


def imported(path: Path) -> set[str]:
    """Dotted names of every module a file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.ImportFrom):
            names.add("relative import")
    return names


def modules() -> list[Path]:
    return [path for package in sorted(OURS) for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    names = imported(path)
    assert "relative import" not in names
    tops = {name.split(".")[0] for name in names}
    assert tops & OURS <= ALLOWED[package] | {package}
    if path.is_relative_to(ROOT / "render" / "blender"):
        ours = {name for name in names if name.split(".")[0] in OURS}
        assert all(
            name.startswith(("render.blender", "scenes.spec")) or name in ("render", "scenes") for name in ours
        ), ours
        assert tops <= STDLIB | {"bpy", "mathutils", "numpy", "render", "scenes"}, tops - STDLIB
    else:
        assert not tops & {"bpy", "mathutils"}
    if not path.is_relative_to(ROOT / "train_baseline" / "export"):
        assert "coremltools" not in tops
    if package != "farm":
        assert "ray" not in tops
    if package == "score" and not path.is_relative_to(ROOT / "score" / "learned"):
        assert "torch" not in tops
    assert path.stem not in {"util", "utils", "helper", "helpers", "common", "misc"}


def test_planning_and_help_load_no_heavy_library() -> None:
    """What `--help` and `plan` import: no renderer, no torch, no cluster, no body model."""
    code = (
        "import sys, keyfill.cli, keyfill.run_config, keyfill.plan, scenes.draw\n"
        "heavy = {'bpy', 'torch', 'ray', 'coremltools', 'anny', 'onnx', 'datasets', 'matplotlib'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"


@pytest.mark.slow
def test_our_packages_win_over_the_renderers_script_folders(tmp_path: Path) -> None:
    """The renderer puts its own folders in front of `sys.path`; our names must still be ours afterwards."""
    code = (
        "import bpy, os, importlib\n"
        f"for name in {sorted(OURS - {'render'})} + ['render.blender']:\n"
        "    print(name, importlib.import_module(name).__path__[0])\n"
        "import sys; sys.stdout.flush(); os._exit(0)"
    )
    own = {**os.environ, "TMPDIR": str(tmp_path)}  # the engine ends without removing its folder
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=own)
    lines = [line for line in result.stdout.splitlines() if str(ROOT) in line]
    assert len(lines) == len(OURS), result.stdout
