"""Things around the person: no part of the mask, and in the room's light where the person is in the studio's."""

from dataclasses import replace

import numpy as np
import pytest

from pairs.members import MEMBERS
from pairs.video import decode
from render.clip import render_clip
from scenes.spec import Material, Mesh

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rendered(subject, rooms, quick, tmp_path_factory):
    """The ball before a board, and a bar before the ball's lower half: what samples hold, pictures and kept layers."""
    plain = subject.geometry(hair=False, body=False)
    board = subject.card("thing", np.array([0.0, 0.3, 1.2]), np.array([0.0, -1.0, 0.0]), half=0.35)
    bar = subject.card("thing", np.array([0.0, -0.2, 0.93]), np.array([0.0, -1.0, 0.0]), half=0.2)
    named = lambda mesh, name: Mesh(name, mesh.material, mesh.vertices, mesh.faces, smooth=False)
    wood = {"thing": Material("diffuse", {"color": [0.5, 0.3, 0.2]}, thing=True)}
    geometry = replace(
        plain, meshes=(*plain.meshes, named(board, "board"), named(bar, "bar")), materials=plain.materials | wood
    )
    scene = subject.scene([subject.lighting(0, "window", rotation_rad=-1.0)])
    found = {}
    for keep, how in (("pictures", {"rooms": "exact"}), ("layers", {"rooms": "stage"})):
        config = quick(outputs=("mask", "albedo", "depth"), samples=64, studio_samples=64, keep=keep, **how)
        sample = render_clip(scene, config, rooms, tmp_path_factory.mktemp(keep), geometry=geometry)[0]
        found[keep] = {
            name: MEMBERS[name].values(MEMBERS[name].frames(decode(sample.members[f"{name}.mkv"])))[0]
            for name in ("source", "target", "mask", "albedo", "depth")
        }
    return found


@pytest.mark.parametrize("keep", ["pictures", "layers"])
def test_things_are_no_part_of_the_person(rendered, keep):
    shown = rendered[keep]
    mask = shown["mask"]
    ball, bar, board = (16, 32), (28, 32), (14, 16)
    assert mask[ball] == pytest.approx(1, abs=0.01)
    assert mask[bar] == mask[board] == 0
    assert (shown["albedo"][board] == 0).all() and np.isinf(shown["depth"][bar])
    assert shown["albedo"][ball] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("keep", ["pictures", "layers"])
def test_the_studio_lights_the_person_alone(rendered, keep):
    shown = rendered[keep]
    alone = shown["mask"] == 0
    apart = np.abs(shown["source"] - shown["target"])
    assert apart[alone].max() < 0.01
    assert apart[shown["mask"] > 0.99].mean() > 0.05
