"""The doctor looks at libraries and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOK = "from keyfill.doctor import _library; found = _library('onnxruntime'); assert found.ok, found"
EXPORT = "import train_baseline.export.onnx_model, onnxruntime"


def test_no_library_writes_about_its_use_under_the_home_folder(tmp_path: Path) -> None:
    """onnxruntime alone leaves a device id there and queues events to send; after our imports it does not."""
    own = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    for name, code in (("doctor", LOOK), ("export", EXPORT), ("bare", "import onnxruntime")):
        home = tmp_path / name
        home.mkdir()
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**own, "HOME": str(home)}, check=True)
        written = [path.name for path in home.rglob("deviceid")]
        assert bool(written) is (name == "bare"), (name, written)
