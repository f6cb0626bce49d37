"""A user's own character: a small .blend made here is stood, measured and rendered; what it embeds never runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from pairs.video import decode
from render.clip import render_clip
from render.config import RenderConfig
from render.subject import subject_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Scene

pytestmark = pytest.mark.slow

# A red ball for a head, an empty between its eyes, an armature; on request something that must be refused.
MAKE = """
import bpy, os, sys
out, mark, kind = sys.argv[1:4]
bpy.ops.wm.read_factory_settings(use_empty=True)
hero = bpy.data.collections.new("Hero")
bpy.context.scene.collection.children.link(hero)
bpy.data.collections.new("Empty").use_fake_user = True
size = 12.0 if kind == "giant" else 0.12
bpy.ops.mesh.primitive_uv_sphere_add(radius=size, location=(3, 2, 1.7))
ball = bpy.context.object
red = bpy.data.materials.new("red")
red.use_nodes = True
red.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.8, 0.05, 0.04, 1)
ball.data.materials.append(red)
eyes = bpy.data.objects.new("Eyes", None)
eyes.location = (3, 1.88, 1.7)
eyes.rotation_euler.z = 3.14 if kind == "backwards" else 0.0
lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
lamp.data.energy, lamp.location = 5000, (3, 1.5, 1.7)
for thing in (ball, eyes, lamp):
    for collection in list(thing.users_collection):
        collection.objects.unlink(thing)
    hero.objects.link(thing)
for frame, x in ((1, 3.0), (3, 3.04)):
    for thing in (ball, eyes):
        thing.location.x = x
        thing.keyframe_insert("location", frame=frame)
attack = f"__import__('pathlib').Path({mark!r}).write_text('ran')"
text = bpy.data.texts.new("start.py")
text.write(attack)
text.use_module = True
if kind == "driver":
    ball["size"] = 1.0
    driver = ball.driver_add('["size"]').driver
    driver.type, driver.expression = "SCRIPTED", attack
if kind in ("picture", "damaged picture"):
    place = os.path.join(os.path.dirname(out), kind + ".png")
    skin = bpy.data.images.new("skin", 8, 8)
    skin.filepath_raw, skin.file_format = place, "PNG"
    skin.save()
    skin.source, skin.filepath = "FILE", "//" + os.path.basename(place)
    node = red.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = skin
    red.node_tree.links.new(node.outputs[0], red.node_tree.nodes["Principled BSDF"].inputs["Base Color"])
bpy.ops.wm.save_as_mainfile(filepath=out)
if kind == "picture":
    os.unlink(place)
elif kind == "damaged picture":
    open(place, "wb").write(b"no picture")
os._exit(0)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blend")

    def make(kind: str) -> tuple[Path, Path]:
        blend, mark = folder / f"{kind}.blend", folder / f"{kind}.ran"
        if not blend.exists():
            own = {**os.environ, "TMPDIR": str(folder)}  # the engine ends without removing its folder
            command = [sys.executable, "-c", MAKE, str(blend), str(mark), kind]
            subprocess.run(command, check=True, capture_output=True, env=own)
        return blend, mark

    return make


def scene_of(blend: Path, collection: str = "Hero", head: str = "Eyes") -> Scene:
    config = ScenesConfig(
        width=64, height=36, frames=3, train_clips=1, test_clips=0,
        camera={"framing": {"drawn": 0.0}},
        subjects={"blend": str(blend), "collection": collection, "head": head, "licence": "CC-BY-4.0", "author": "Ann"},
    )  # fmt: skip
    return draw_scene(config, 1, 0)


def test_the_head_stands_between_the_eyes_place_and_moves_as_animated(made) -> None:
    blend, mark = made("plain")
    geometry = subject_geometry(scene_of(blend))
    assert np.allclose(geometry.head[0, :3, 3], (0, 0, 1.2), atol=1e-5)
    assert np.allclose(geometry.head[2, :3, 3], (0.04, 0, 1.2), atol=1e-5)
    bounds = geometry.meshes[0].vertices
    assert np.allclose(bounds[0].min(0), (-0.12, 0.0, 1.08), atol=1e-3)
    assert np.allclose(bounds[0].max(0), (0.12, 0.24, 1.32), atol=1e-3)
    assert not mark.exists()


def test_it_is_rendered_red_by_our_lights_alone_and_its_script_never_runs(made, tmp_path: Path) -> None:
    blend, mark = made("plain")
    scene = scene_of(blend)
    rooms = {room.name: room.path for room in find_rooms(ScenesConfig())}
    config = RenderConfig(rooms="exact", samples=4, studio_samples=4, denoise="off")
    sample = render_clip(scene, config, rooms, tmp_path)[0]
    target = decode(sample.members["target.mkv"], "target")
    mask = decode(sample.members["mask.mkv"], "mask")
    inside = mask[0].reshape(36, 64, -1)[..., 0] > 250
    assert 60 < inside.sum() < 1500
    red, green, blue = target[0][inside].mean(0)
    assert red > 2 * green and red > 2 * blue
    # Its own 5 kW lamp would have burnt it white.
    assert np.median(target[0][inside][:, 1]) < 200
    assert not mark.exists()
    assert any(a["name"] == "subject" and a["author"] == "Ann" for a in scene.to_json()["assets"])


@pytest.mark.parametrize(
    ("kind", "collection", "head", "told"),
    [
        ("plain", "Hiro", "Eyes", "no collection 'Hiro' in it; it has: Empty, Hero"),
        ("plain", "Empty", "Eyes", "nothing to render"),
        ("plain", "Hero", "Rig/head", "no head 'Rig/head' in the collection.*it has: Eyes"),
        ("giant", "Hero", "Eyes", "24 m high.*scale it to metres"),
        ("backwards", "Hero", "Eyes", "does not face -Y"),
        ("driver", "Hero", "Eyes", "needs Python, which never runs here"),
        ("picture", "Hero", "Eyes", "it uses .*picture.png, which is not there; put it there, or pack it"),
        ("damaged picture", "Hero", "Eyes", "its picture 'skin' .*damaged picture.png. cannot be read"),
    ],
)
def test_what_is_unfit_is_refused_with_what_to_do(made, kind, collection, head, told) -> None:
    blend, mark = made(kind)
    with pytest.raises(InputError, match=told):
        subject_geometry(scene_of(blend, collection, head))
    assert not mark.exists()


def test_a_file_that_is_no_blend_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.blend").write_text("hello")
    (tmp_path / "damaged.blend").write_bytes(b"BLENDER-v500" + bytes(100))
    with pytest.raises(InputError, match=r"text.blend: not a .blend file"):
        scene_of(tmp_path / "text.blend")
    with pytest.raises(InputError, match=r"damaged.blend: not a .blend file"):
        subject_geometry(scene_of(tmp_path / "damaged.blend"))
    with pytest.raises(InputError, match=r"none.blend: No such file or directory; give a .blend file"):
        scene_of(tmp_path / "none.blend")
