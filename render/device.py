"""Whether the machine has the device that a config asks for, found out before any work is begun."""

from __future__ import annotations

import json

from core.errors import InputError, WorkError
from core.processes import run_module


def require_device(wanted: str) -> None:
    """InputError that names what is there when no device of the kind `wanted` is. "cpu" is always there.

    Asks the renderer in a process of its own (about a second), so that it sees what a clip's process would see.
    """
    if wanted == "cpu":
        return
    child = run_module("render.blender.probe")
    try:
        devices = json.loads(child.stdout.splitlines()[-1])["devices"]
    except (IndexError, ValueError, KeyError):
        raise WorkError(f"the renderer cannot be asked for its devices:\n{child.stderr[-2000:]}") from None
    if not any(device["type"].lower() == wanted for device in devices):
        there = ", ".join(f"{device['type'].lower()} ({device['name']})" for device in devices)
        raise InputError(f"render.device: no {wanted} device on this machine; it has {there}; set it to one of these")
