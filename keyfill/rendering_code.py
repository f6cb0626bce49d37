"""Which state of the code made a picture: a digest of what the rendering modules do, not of how they are written."""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE_BY = ("scenes/*.py", "render/**/*.py", "pairs/colour.py", "pairs/rng.py", "pairs/video.py")
# What the config classes yield is in a clip's identity already, value by value.
APART = (
    "render/config.py",
    "scenes/clothing_config.py",
    "scenes/config.py",
    "scenes/hair_config.py",
    "scenes/motion_config.py",
    "scenes/people_config.py",
)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@functools.cache
def code_digest(root: Path = ROOT) -> str:
    """12 hex digits that change with the rendering code, but not with its comments, docstrings and line breaks."""
    found = {path.relative_to(root).as_posix(): path for pattern in MADE_BY for path in root.glob(pattern)}
    total = hashlib.sha256()
    for name, path in sorted(found.items()):
        if name not in APART:
            total.update(f"{name}\n{_meaning(path.read_text(encoding='utf-8'))}\n".encode())
    return total.hexdigest()[:12]


def _meaning(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(tree)
