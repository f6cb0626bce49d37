"""Which device traces: asked for by name, checked, never silently replaced by another."""

from __future__ import annotations

from typing import Any

KINDS = ("cuda", "optix", "hip", "metal", "oneapi")


class DeviceMissing(Exception):
    """The device that the config names is not on this machine; the message says what is."""


def use_device(wanted: str, scene: Any, preferences: Any) -> list[str]:
    """Make Cycles trace `scene` on `wanted` ("cpu" or one of `KINDS`): on every GPU of that kind that is visible to the
    process. Returns the names of the devices in use. Raises DeviceMissing.

    `preferences`: those of the Cycles add-on. Which of several GPUs are visible is chosen from outside by the vendor's
    environment variable (e.g. CUDA_VISIBLE_DEVICES), one process each.
    """
    kinds = [kind for kind, *_ in preferences.get_device_types(None) if kind != "NONE"]
    # A kind's list is empty until it has been asked for once.
    there = {kind.lower(): preferences.get_devices_for_type(kind) for kind in kinds}
    there = {kind: [d for d in devices if d.type.lower() == kind] for kind, devices in there.items()}
    if wanted == "cpu":
        preferences.compute_device_type = "NONE"
        scene.cycles.device = "CPU"
        return [device.name for device in preferences.get_devices_for_type("CPU") if device.type == "CPU"][:1] or [
            "CPU"
        ]
    found = there.get(wanted, [])
    if not found:
        others = [
            f"{kind} ({', '.join(d.name for d in devices)})" for kind, devices in sorted(there.items()) if devices
        ]
        raise DeviceMissing(f"no {wanted} device on this machine; it has {', '.join([*others, 'cpu'])}")
    preferences.compute_device_type = wanted.upper()
    for device in preferences.devices:
        device.use = device.type.lower() == wanted
    scene.cycles.device = "GPU"
    in_use = [device.name for device in preferences.devices if device.use]
    if not in_use:
        raise DeviceMissing(f"the {wanted} devices {', '.join(d.name for d in found)} cannot be switched on")
    return in_use
