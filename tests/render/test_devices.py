"""Devices: what is asked for is used, all of it, or refused by name; nothing falls back in silence."""

import json
from types import SimpleNamespace

import pytest

from core.processes import run_module
from render.blender.devices import KINDS, DeviceMissing, use_device


class Preferences:
    """As much of the renderer's device preferences as is used: `installed` is `[(kind, name)]`."""

    def __init__(self, installed):
        self.all = [SimpleNamespace(type=kind, name=name, use=kind == "CPU") for kind, name in installed]
        self.compute_device_type, self.asked = "NONE", []

    def get_device_types(self, _):
        return [("NONE", "None", "", 0), ("CUDA", "CUDA", "", 1), ("OPTIX", "OptiX", "", 3), ("HIP", "HIP", "", 4)]

    def get_devices_for_type(self, kind):
        self.asked.append(kind)
        return [device for device in self.all if device.type in (kind, "CPU")]

    @property
    def devices(self):
        return [device for device in self.all if device.type in (*self.asked, "CPU")]


@pytest.fixture
def scene():
    return SimpleNamespace(cycles=SimpleNamespace(device="CPU"))


TWO_GPUS = [("CPU", "a processor"), ("CUDA", "gpu one"), ("CUDA", "gpu two"), ("OPTIX", "gpu one")]


def test_every_gpu_of_the_kind_is_used_and_nothing_else(scene):
    preferences = Preferences(TWO_GPUS)
    assert use_device("cuda", scene, preferences) == ["gpu one", "gpu two"]
    assert scene.cycles.device == "GPU"
    assert preferences.compute_device_type == "CUDA"
    assert [device.use for device in preferences.all] == [False, True, True, False]


def test_a_processor_is_named(scene):
    scene.cycles.device = "GPU"
    assert use_device("cpu", scene, Preferences(TWO_GPUS)) == ["a processor"]
    assert scene.cycles.device == "CPU"


@pytest.mark.parametrize("wanted", ["hip", "metal", "oneapi"])
def test_a_missing_kind_is_refused_and_what_is_there_is_named(scene, wanted):
    with pytest.raises(DeviceMissing) as caught:
        use_device(wanted, scene, Preferences(TWO_GPUS))
    assert str(caught.value) == (
        f"no {wanted} device on this machine; it has cuda (gpu one, gpu two), optix (gpu one), cpu"
    )
    assert scene.cycles.device == "CPU"


def test_no_gpu_at_all(scene):
    with pytest.raises(DeviceMissing, match=r"it has cpu$"):
        use_device("cuda", scene, Preferences([("CPU", "a processor")]))


@pytest.mark.slow
def test_a_clip_that_asks_for_a_gpu_that_is_not_there_exits_2(subject, rooms, tmp_path):
    """Through the real renderer: one of the kinds is not on any one machine."""
    probe = run_module("render.blender.probe")
    there = {device["type"].lower() for device in json.loads(probe.stdout)["devices"]}
    absent = next(kind for kind in KINDS if kind not in there)
    from render.clip import render_clip
    from render.config import RenderConfig

    scene = subject.scene([subject.lighting()])
    with pytest.raises(Exception, match=f"render.device: no {absent} device on this machine; it has .*cpu") as caught:
        render_clip(scene, RenderConfig(device=absent), rooms, tmp_path / "work", geometry=subject.geometry())
    assert caught.value.exit_code == 2


@pytest.mark.slow
def test_a_missing_device_is_found_out_before_any_work():
    from core.errors import InputError
    from render.device import require_device

    require_device("cpu")
    refused = 0
    for kind in KINDS:
        try:
            require_device(kind)
        except InputError as error:
            refused += 1
            assert f"render.device: no {kind} device on this machine; it has cpu (" in str(error)
    assert refused >= 3, "no machine has more than two kinds"
