"""`keyfill doctor`: is everything here that the main job needs, and if not, how to get it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.files import scratch_folder, why_unreadable, why_unwritable
from core.processes import run_module
from keyfill.progress import size
from render.config import RenderConfig
from render.exchange import MEMORY, most_needed_bytes, room_in_memory
from render.job import ClipShape
from scenes.body.body_model import body_model_path
from scenes.config import ScenesConfig

LIBRARIES = (
    "numpy",
    "opencv-python-headless",
    "scipy",
    "pyyaml",
    "pydantic",
    "ffmpeg-python",
    "imageio-ffmpeg",
    "av",
    "torch",
    "coremltools",
    "anny",
    "pyoidn",
    "OpenEXR",
    "onnx",
    "onnxruntime",
    "evalica",
)
IMPORT_NAME = {
    "opencv-python-headless": "cv2",
    "pyyaml": "yaml",
    "ffmpeg-python": "ffmpeg",
    "imageio-ffmpeg": "imageio_ffmpeg",
}
ENCODERS = ("libx264", "libx265", "libvpx-vp9", "libaom-av1", "ffv1")
DEBIAN_PACKAGE = {
    "libX11.so": "libx11-6",
    "libXrender.so": "libxrender1",
    "libXfixes.so": "libxfixes3",
    "libXi.so": "libxi6",
    "libxkbcommon.so": "libxkbcommon0",
    "libSM.so": "libsm6",
    "libICE.so": "libice6",
    "libGL.so": "libgl1",
}
NEEDED_DISK = 2e9
CACHE_FIX = "every clip needs the body model there; set KEYFILL_CACHE to a folder that can be written"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report. `fix` says what to do when not `ok`; `needed`: the main job fails without it."""

    what: str
    ok: bool
    detail: str
    fix: str = ""
    needed: bool = True


def examine(folder: Path) -> list[Finding]:
    """Look at libraries, renderer and its devices, encoders, memory, and the disk that holds `folder`."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        renderer = pool.submit(_renderer)
        libraries = list(pool.map(_library, LIBRARIES))
    places = [_memory(), _exchange(), _disk(folder), _scratch(), _cache()]
    return [_python(), *libraries, *renderer.result(), *_encoders(), _shard_video(), *places, _ray()]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        "python",
        sys.version_info[:2] == (3, 11),
        version,
        "the renderer needs Python 3.11: make setup PYTHON=python3.11",
    )


def _library(name: str) -> Finding:
    module = IMPORT_NAME.get(name, name)
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", "run: make setup")
    quiet = {"ORT_DISABLE_TELEMETRY": "1", **os.environ}  # onnxruntime would write a device id under the home folder
    command = [sys.executable, "-P", "-c", f"import {module}"]
    result = subprocess.run(command, capture_output=True, text=True, env=quiet)
    if result.returncode:
        return Finding(
            name,
            False,
            _last_line(result.stderr),
            f"run: {sys.executable} -m pip install --force-reinstall -c constraints.txt {name}",
        )
    return Finding(name, True, version)


def _renderer() -> list[Finding]:
    try:
        result = run_module("render.blender.probe", timeout_s=120)
    except InputError as error:
        return [Finding("bpy", False, "not tried: no temporary files", str(error).partition("; ")[2])]
    try:
        record = json.loads(result.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        detail = _last_line(result.stderr)
        missing = re.search(r"(lib\w+\.so)[.\d]*: cannot open", result.stderr)
        package = DEBIAN_PACKAGE.get(missing.group(1)) if missing else None
        return [
            Finding("bpy", False, detail, f"run: sudo apt-get install -y {package}" if package else "run: make setup")
        ]
    gpus = [device for device in record["devices"] if device["type"] != "CPU"]
    cpu = next((device["name"] for device in record["devices"] if device["type"] == "CPU"), "CPU")
    names = ", ".join(f"{device['name']} ({device['type']})" for device in gpus)
    return [
        Finding("bpy", True, record["version"]),
        Finding("render on CPU", True, f"{cpu}, {os.cpu_count()} threads"),
        Finding(
            "render on GPU",
            bool(gpus),
            names or "none found",
            "rendering runs on the CPU; a GPU needs its vendor's driver",
            needed=False,
        ),
    ]


def _encoders() -> list[Finding]:
    try:
        import imageio_ffmpeg

        binary = imageio_ffmpeg.get_ffmpeg_exe()
        listed = subprocess.run(
            [binary, "-hide_banner", "-encoders"], capture_output=True, text=True, check=True
        ).stdout
        version = subprocess.run([binary, "-version"], capture_output=True, text=True, check=True).stdout.split()[2]
    except (ImportError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        return [Finding("ffmpeg", False, str(error), "run: make setup")]
    missing = [name for name in ENCODERS if f" {name} " not in listed]
    fix = f"this ffmpeg lacks {', '.join(missing)}; unset IMAGEIO_FFMPEG_EXE to use the bundled one"
    return [
        Finding("ffmpeg", not missing, f"{version}, {len(ENCODERS) - len(missing)} of {len(ENCODERS)} encoders", fix)
    ]


def _shard_video() -> Finding:
    """Whether PyAV's own encoder, another than ffmpeg's, writes what clean shards hold."""
    fix = "this PyAV has no x264 of 10 bits; run: make setup"
    try:
        import numpy as np

        from pairs.predicted import encode_predicted
        from pairs.video import decode

        levels = np.arange(1024, dtype=np.uint16).repeat(3 * 2).reshape(2, 32, 32, 3)
        ok = np.array_equal(decode(encode_predicted(levels, 30)), levels)
    except (ImportError, ValueError, InputError, OSError) as error:
        return Finding("shard video", False, _last_line(str(error)), fix)
    return Finding("shard video", ok, "H.264 without loss, 10 bits" if ok else "levels are lost", fix)


def _memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available
    return Finding(
        "memory",
        free > 3e9,
        f"{size(free)} free",
        "a 1280x720 clip needs about 3 GB a worker; use fewer --workers or smaller frames",
        needed=False,
    )


def _disk(folder: Path) -> Finding:
    place = folder.resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    why = why_unwritable(folder)
    return Finding(
        "disk",
        not why and free > NEEDED_DISK,
        f"{place} cannot be written: {why}" if why else f"{size(free)} free at {place}",
        f"the demo needs {size(NEEDED_DISK)}; choose another folder with --out",
    )


def _scratch() -> Finding:
    try:
        place = scratch_folder()
    except InputError as error:
        return Finding("temporary files", False, str(error).partition(";")[0], str(error).partition("; ")[2])
    return Finding("temporary files", True, f"{size(shutil.disk_usage(place).free)} free at {place}")


def _cache() -> Finding:
    try:
        model = body_model_path()
    except InputError:
        return Finding("cache folder", False, "no home folder, and nothing temporary can be written", CACHE_FIX)
    if model.is_file():
        why = why_unreadable(model)
        detail = f"body model in {model.parent}" + (f" cannot be read: {why}" if why else "")
        return Finding("cache folder", not why, detail, CACHE_FIX)
    why = why_unwritable(model.parent)
    detail = f"{model.parent} cannot be written: {why}" if why else f"{model.parent}, the body model comes on first use"
    return Finding("cache folder", not why, detail, CACHE_FIX)


def _exchange() -> Finding:
    shape = ClipShape(150, 1280, 720, ScenesConfig().lightings_per_clip)
    needed = most_needed_bytes(RenderConfig(rooms="exact"), shape)
    room = room_in_memory()
    return Finding(
        "shared memory",
        room >= needed,
        f"{size(room)} free at {MEMORY}, the traces of a 1280x720 clip take up to {size(needed)}",
        "what does not fit goes through the work folder, which is slower; in Docker: --shm-size=2g",
        needed=False,
    )


def _ray() -> Finding:
    try:
        return Finding("ray", True, importlib.metadata.version("ray"), needed=False)
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            "ray", False, "not installed", 'only for --ray: pip install -c constraints.txt -e ".[farm]"', needed=False
        )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"
