"""A user's own character: a collection of a .blend file appended to the scene, stood at the face's place, played
frame by frame.

Scripts in the file never run: nothing is opened, only the collection is appended, and automatic execution is off,
which also keeps Python drivers still. `python -m render.blender.subject RECORD.json OUT.npz` measures a subject
without rendering it.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import mathutils
import numpy as np

from scenes.spec import EYE_HEIGHT_M

HEIGHT_M = (0.15, 2.6)
_SHOWN = {"MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT", "VOLUME", "POINTCLOUD"}


class SubjectWrong(Exception):
    """The file is not what is needed; the message says what to do."""


@dataclass
class Subject:
    """An appended character. `root` carries it to its place; `shift` is that place in metres."""

    objects: list[bpy.types.Object]
    head: tuple[bpy.types.Object, str | None]
    root: bpy.types.Object

    def set_frame(self, frame: int) -> None:
        """Play to `frame`, 0-based: frame 1 of the file is our first."""
        bpy.context.scene.frame_set(1 + frame)

    def head_point(self) -> mathutils.Matrix:
        """Where the head is in the world at the current frame: an empty's own place, the middle of a bone."""
        thing, bone = self.head
        thing = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
        if bone is None:
            return thing.matrix_world.copy()
        pose = thing.pose.bones[bone]
        matrix = thing.matrix_world @ pose.matrix
        matrix.translation = thing.matrix_world @ ((pose.head + pose.tail) / 2)
        return matrix

    def corners(self) -> np.ndarray:
        """`(N, 3)` corners of every shown object's box in the world at the current frame."""
        graph = bpy.context.evaluated_depsgraph_get()
        out = []
        for thing in self.objects:
            seen = thing.evaluated_get(graph)
            out += [seen.matrix_world @ mathutils.Vector(corner) for corner in seen.bound_box]
        return np.array(out, np.float32)


def append_subject(record: dict[str, Any]) -> Subject:
    """Append `record["collection"]` of `record["blend"]` and stand it so that the head is between the eyes' place.

    `record["head"]`: an object's name, or "ARMATURE/BONE". SubjectWrong: no such file, collection or head, nothing to
    see in it, missing libraries or files, a size that is not a person's.
    """
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    collection = _append(record["blend"], record["collection"])
    everything = list(collection.all_objects)
    bpy.context.scene.collection.children.link(collection)
    shown = []
    for thing in everything:
        if thing.type in ("LIGHT", "CAMERA", "LIGHT_PROBE", "SPEAKER"):
            # A light of the file's own would belong to no light group and break their sum.
            thing.hide_render = True
        elif thing.type in _SHOWN and not thing.hide_render:
            shown.append(thing)
    if not shown:
        raise SubjectWrong(f"collection {collection.name!r} has nothing to render; put the character's meshes in it")
    head = _find_head(record["head"], everything)
    root = bpy.data.objects.new("keyfill-subject", None)
    bpy.context.scene.collection.objects.link(root)
    for thing in everything:
        if thing.parent is None:
            thing.parent = root
    subject = Subject(shown, head, root)
    subject.set_frame(0)
    _check_drivers(everything)
    corners = subject.corners()
    height = float(np.ptp(corners[:, 2]))
    if not HEIGHT_M[0] <= height <= HEIGHT_M[1]:
        raise SubjectWrong(
            f"collection {collection.name!r} is {height:.3g} m high; a head or a person is {HEIGHT_M[0]} to "
            f"{HEIGHT_M[1]} m: scale it to metres"
        )
    point = np.array(subject.head_point().translation)
    if (point < corners.min(0) - 0.3).any() or (point > corners.max(0) + 0.3).any():
        raise SubjectWrong(f"head {record['head']!r} is not where the meshes are; place it between the eyes")
    if head[1] is None:
        ahead = -(subject.head_point().to_3x3().normalized() @ mathutils.Vector((0, 1, 0)))
        if ahead.y > -0.5:
            found = ", ".join(f"{x:.2f}" for x in ahead)
            raise SubjectWrong(
                f"head {record['head']!r} does not face -Y (its own -Y axis points to {found}); "
                "turn the character, or the empty, so that it looks along -Y"
            )
    root.location = (-point[0], -point[1], EYE_HEIGHT_M - point[2])
    subject.set_frame(0)
    return subject


def _check_drivers(everything: list[bpy.types.Object]) -> None:
    for thing in everything:
        for owner in (thing, thing.data, getattr(thing.data, "shape_keys", None)):
            animation = getattr(owner, "animation_data", None)
            for curve in animation.drivers if animation else ():
                if owner is not None and not curve.driver.is_valid:
                    raise SubjectWrong(
                        f"the driver of {curve.data_path!r} on {owner.name!r} needs Python, which never runs here; "
                        "bake it or use a simple expression"
                    )


def _append(blend: str, name: str) -> bpy.types.Collection:
    if not Path(blend).is_file():
        raise SubjectWrong("no such file")
    try:
        with bpy.data.libraries.load(blend, link=False) as (there, wanted):
            known = list(there.collections)
            if name in known:
                wanted.collections = [name]
    except OSError as error:
        raise SubjectWrong(f"not a .blend file that this Blender reads: {str(error).splitlines()[0]}") from None
    if name not in known:
        choices = ", ".join(sorted(known)) or "none"
        raise SubjectWrong(f"no collection {name!r} in it; it has: {choices}")
    missing = [library.filepath for library in bpy.data.libraries if library.is_missing]
    if missing:
        raise SubjectWrong(f"it links {missing[0]}, which is not there; pack or append what it links")
    _check_files()
    return wanted.collections[0]


def _check_files() -> None:
    """A picture, font, volume or cache that is not there would be rendered magenta, or not at all."""
    heard = {bpy.path.abspath(sound.filepath) for sound in bpy.data.sounds}
    for path in sorted(set(bpy.utils.blend_paths(absolute=True, packed=False)) - heard):
        place = Path(path)
        tiles = place.parent.glob(place.name.replace("<UDIM>", "[0-9]*")) if "<UDIM>" in place.name else ()
        if not place.exists() and not any(tiles):
            raise SubjectWrong(f"it uses {path}, which is not there; put it there, or pack it into the file")
    for image in bpy.data.images:
        if image.source == "FILE" and image.size[0] == 0:
            raise SubjectWrong(
                f"its picture {image.name!r} ({image.filepath}) cannot be read; save it anew, or pack it"
            )


def _find_head(name: str, everything: list[bpy.types.Object]) -> tuple[bpy.types.Object, str | None]:
    by_name = {thing.name: thing for thing in everything}
    if name in by_name:
        return by_name[name], None
    owner, _, bone = name.rpartition("/")
    armature = by_name.get(owner)
    if armature is not None and armature.type == "ARMATURE":
        if bone in armature.pose.bones:
            return armature, bone
        some = ", ".join(sorted(armature.pose.bones.keys())[:12])
        raise SubjectWrong(f"armature {owner!r} has no bone {bone!r}; it has: {some}")
    useful = sorted(thing.name for thing in everything if thing.type in ("EMPTY", "ARMATURE"))
    raise SubjectWrong(
        f"no head {name!r} in the collection; give an empty's name or ARMATURE/BONE; "
        f"it has: {', '.join(useful[:12]) or 'no empty, no armature'}"
    )


def measure(record: dict[str, Any], frames: int) -> dict[str, np.ndarray]:
    """`head` `(T, 4, 4)`: turned as at the first frame's pose, origin between the eyes; `bounds` `(T, N, 3)` metres."""
    subject = append_subject(record)
    heads, bounds, first = [], [], None
    for frame in range(frames):
        subject.set_frame(frame)
        matrix = subject.head_point()
        turn = np.array(matrix.to_3x3().normalized())
        first = turn if first is None else first
        head = np.eye(4, dtype=np.float32)
        head[:3, :3], head[:3, 3] = turn @ first.T, matrix.translation
        heads.append(head)
        bounds.append(subject.corners())
    return {"head": np.stack(heads), "bounds": np.stack(bounds)}


def main() -> None:
    """Answers with one JSON line on standard output: `{}` or `{"error": ...}`; the arrays go to OUT.npz."""
    record = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    try:
        np.savez(sys.argv[2], **measure(record["subject"], record["frames"]))
        answer = {}
    except SubjectWrong as error:
        answer = {"error": str(error)}
    channel.write(json.dumps(answer) + "\n")
    channel.flush()
    # The engine can hang while the interpreter shuts down.
    os._exit(0)


if __name__ == "__main__":
    main()
