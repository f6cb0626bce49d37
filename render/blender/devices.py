"""Which device traces: asked for by name, checked, never silently replaced by another."""

from __future__ import annotations

import bpy


class DeviceMissing(Exception):
    """The device that the config names is not on this machine; the message says what is."""


def use_device(wanted: str) -> list[str]:
    """Make Cycles trace on `wanted` ("cpu", "cuda", "optix", "hip", "metal", "oneapi"); all GPUs of that type that
    are visible to the process. Returns the names of the devices in use. Raises DeviceMissing.

    GPUs are chosen from outside by the vendor's environment variable (e.g. CUDA_VISIBLE_DEVICES).
    """
    scene = bpy.context.scene
    preferences = bpy.context.preferences.addons["cycles"].preferences
    if wanted == "cpu":
        preferences.compute_device_type = "NONE"
        scene.cycles.device = "CPU"
        names = [d.name for d in preferences.get_devices_for_type("CPU") if d.type == "CPU"]
        return names[:1] or ["CPU"]
    kind = wanted.upper()
    kinds = [k for k, *_ in preferences.get_device_types(bpy.context)]
    found = []
    if kind in kinds:
        # The list is empty until each type has been asked for once.
        found = [d for d in preferences.get_devices_for_type(kind) if d.type == kind]
    if not found:
        there = sorted(
            {d.type.lower() for k in kinds if k != "NONE" for d in preferences.get_devices_for_type(k)} | {"cpu"}
        )
        raise DeviceMissing(f"no {wanted} device on this machine; found {', '.join(there)}")
    preferences.compute_device_type = kind
    for device in preferences.devices:
        device.use = device.type == kind
    scene.cycles.device = "GPU"
    return [d.name for d in found]
