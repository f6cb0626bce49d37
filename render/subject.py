"""The parent's side of a user's own character: measure it in a child process, hand back a Geometry that names it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np

from core.errors import InputError, WorkError
from core.processes import run_module
from scenes.records import to_json
from scenes.spec import Geometry, Material, Mesh, Scene


def subject_geometry(scene: Scene) -> Geometry:
    """The geometry of a scene with `subject_blend`: the head's path and, as points without faces, the room it takes.

    InputError says what is wrong with the file; WorkError when the child ends without an answer.
    """
    if scene.subject_blend is None:
        raise ValueError(f"{scene.clip}: has no character of the user's")
    record = to_json(scene.subject_blend)
    with tempfile.TemporaryDirectory(prefix="keyfill-subject-") as folder:
        ask, answer = Path(folder) / "ask.json", Path(folder) / "answer.npz"
        ask.write_text(json.dumps({"subject": record, "frames": scene.frames}), encoding="utf-8")
        child = run_module("render.blender.subject", ask, answer)
        try:
            told = json.loads(child.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            tail = "\n".join(child.stderr.splitlines()[-10:])
            raise WorkError(f"{record['blend']}: the renderer ended while reading it\n{tail}") from None
        if "error" in told:
            raise InputError(f"scenes.subjects: {record['blend']}: {told['error']}")
        with np.load(answer, allow_pickle=False) as arrays:
            head, bounds = arrays["head"], arrays["bounds"]
    room = Mesh("subject-bounds", "unseen", bounds, np.zeros((0, 4), np.int32))
    return Geometry(scene.frames, head, {"unseen": Material("diffuse")}, (room,), subject=record)
