"""Which state of the code made a picture: a digest of what the rendering processes load, not of how it is written."""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The modules that are started as processes of their own to make a clip; all that they import is the rendering code.
STARTED = ("render.clip", "render.blender.main", "render.blender.subject")
# Modules of config classes: what those yield is in a clip's identity already, value by value.
APART = "config"
DATA = ("scenes/**/*.webp", "scenes/**/*.npz")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@functools.cache
def code_digest(root: Path = ROOT) -> str:
    """12 hex digits that change with the rendering code and the data beside it, but not with comments, docstrings, line
    breaks, the words of an error, or what a module does when it is a command of its own."""
    total = hashlib.sha256()
    for name, path in sorted(rendering_modules(root).items()):
        if not name.endswith(APART):
            total.update(f"{name}\n{_meaning(path.read_text(encoding='utf-8'), name in STARTED)}\n".encode())
    for path in sorted(path for pattern in DATA for path in root.glob(pattern)):
        total.update(f"{path.relative_to(root).as_posix()}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]


def rendering_modules(root: Path = ROOT) -> dict[str, Path]:
    """Every module of ours that a rendering process can import, also inside functions: dotted name -> file."""
    found: dict[str, Path] = {}
    elsewhere = {""}  # a name in a module, or a folder without __init__.py
    waiting = list(STARTED)
    while waiting:
        name = waiting.pop()
        if name in found or name in elsewhere:
            continue
        waiting.append(name.rpartition(".")[0])
        path = _file_of(root, name)
        if path is None:
            elsewhere.add(name)
            continue
        found[name] = path
        waiting += _imported(path)
    return found


def _file_of(root: Path, name: str) -> Path | None:
    place = root.joinpath(*name.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _meaning(source: str, started: bool) -> str:
    tree = ast.parse(source)
    if not started:
        tree.body = [node for node in tree.body if not _as_command(node)]
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            node.exc.args = []
    return ast.dump(tree)


def _as_command(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"
