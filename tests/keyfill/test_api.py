"""What scripts of users import: few names, documented, quick to import, and each does what it says."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keyfill import api

ROOT = Path(__file__).resolve().parents[2]


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; from keyfill import api\n"
        "heavy = {'bpy', 'torch', 'ray', 'anny', 'coremltools', 'onnx', 'cv2', 'numpy', 'pydantic', 'av'}\n"
        "print(sorted(heavy & set(sys.modules))); api.Reader; api.Lighting; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "False"]


@pytest.mark.parametrize("name", api.__all__)
def test_every_name_is_there_and_explained(name: str) -> None:
    assert inspect.getdoc(getattr(api, name)), name
    assert f"api.{name}" in (api.__doc__ or ""), f"the module's docstring does not tell of {name}"


def test_another_name_is_refused_with_the_choices() -> None:
    with pytest.raises(AttributeError, match="no name 'Raeder'; it has Clip, Dataset"):
        _ = api.Raeder  # type: ignore[attr-defined]


def test_a_config_is_a_file_or_a_mapping() -> None:
    mapped = api.load_config({"seed": 1, "scenes": {"camera": {"hfov_deg": [60.0, 70.0]}}})
    assert mapped.scenes.camera.hfov_deg == (60.0, 70.0)
    filed = api.load_config(ROOT / "configs" / "quick.yaml", ["scenes.width=640"])
    assert filed.scenes.width == 640
    with pytest.raises(api.InputError, match=r"scenes\.wdth: unknown key; did you mean width"):
        api.load_config({"scenes": {"wdth": 64}})


def test_a_clip_is_relit_by_replacement() -> None:
    config = api.load_config({"scenes": {"train_clips": 1, "test_clips": 0, "frames": 2}})
    scene = api.draw_scene(config)
    assert scene == api.draw_scene(config)
    lit = api.relit(scene, {"key_fill_ratio": 1.0}, {"key_fill_ratio": 8.0, "rotation_rad": 0.5})
    assert [light.key for light in lit.lightings] == [f"{scene.clip}-light-00", f"{scene.clip}-light-01"]
    assert [light.key_fill_ratio for light in lit.lightings] == [1.0, 8.0]
    assert lit.lightings[0].rotation_rad == scene.lightings[0].rotation_rad and lit.lightings[1].rotation_rad == 0.5
    assert (lit.person, lit.motion, lit.camera) == (scene.person, scene.motion, scene.camera)
    with pytest.raises(api.InputError, match="lighting 0: ratio is not one of hdri, rotation_rad"):
        api.relit(scene, {"ratio": 2.0})


def test_a_degradation_is_drawn_and_done_again_alike() -> None:
    """Two stops less light, from JSON and back: half the linear light twice over, whatever the pixels were."""
    config = api.load_config({"degrade": {"light": {"exposure": {"ev": [-2.0, -2.0], "drift_ev": [0.0, 0.0]}}}})
    frames = np.full((2, 32, 32, 3), 188, np.uint8)
    params = api.draw_degradation(config, "clip-a", frames, 30.0)
    done = api.degrade(frames, api.DegradeParams.from_json(params.to_json()))
    # 188 is 0.5 of linear light (IEC 61966-2-1); an eighth of it is level 99
    assert done.shape == frames.shape and done.dtype == np.uint8
    assert np.abs(done.astype(int) - 99).max() <= 1
