"""Prints one JSON line: the engine's version and the devices that Cycles can render on (for `keyfill doctor`)."""

from __future__ import annotations

import json
import os
import sys

import bpy


def devices() -> list[dict[str, str]]:
    """Every render device as `{"type": "CPU" | "CUDA" | "OPTIX" | "HIP" | "METAL" | "ONEAPI", "name": ...}`."""
    preferences = bpy.context.preferences.addons["cycles"].preferences
    found = {}
    for kind in ["CPU", *(kind for kind, *_ in preferences.get_device_types(bpy.context) if kind != "NONE")]:
        for device in preferences.get_devices_for_type(kind):
            found[(device.type, device.id)] = {"type": device.type, "name": device.name}
    return [found[key] for key in sorted(found)]


if __name__ == "__main__":
    print(json.dumps({"version": bpy.app.version_string, "devices": devices()}), flush=True)
    sys.stdout.flush()
    os._exit(0)  # the engine can hang while the interpreter shuts down
