"""The doctor looks at libraries and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keyfill.cli import main
from keyfill.doctor import _cache, _disk

ROOT = Path(__file__).resolve().parents[2]
LOOK = "from keyfill.doctor import _library; found = _library('onnxruntime'); assert found.ok, found"
EXPORT = "import train_baseline.export.onnx_model, onnxruntime"


WATCH = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            open(os.environ["SEEN"], "w").write(os.environ.get("ORT_DISABLE_TELEMETRY", "on"))
sys.meta_path.insert(0, Watch())
"""
"""As `sitecustomize`, so that it is in every process: doctor looks at libraries in processes of their own."""


@pytest.mark.parametrize("code", [LOOK, EXPORT], ids=["doctor", "export"])
def test_no_library_writes_about_its_use_under_the_home_folder(code: str, tmp_path: Path) -> None:
    """onnxruntime alone leaves a device id there on many machines and queues events to send, unless it is told not to
    before it is imported."""
    own = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    env = {**own, "HOME": str(tmp_path), "PYTHONPATH": str(tmp_path / "watch"), "SEEN": str(tmp_path / "seen")}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    assert (tmp_path / "seen").read_text() == "1" and not list(tmp_path.rglob("deviceid"))


def test_a_cache_folder_that_cannot_be_written_is_seen_before_every_clip_fails(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "file").write_text("no folder can be made below it")
    monkeypatch.setenv("KEYFILL_CACHE", str(tmp_path / "file" / "cache"))
    found = _cache()
    assert found.needed and not found.ok and "cannot be written: Not a directory" in found.detail
    assert "KEYFILL_CACHE" in found.fix
    words = ["render", str(ROOT / "configs" / "quick.yaml"), "--out", str(tmp_path / "out"), "--quiet"]
    assert main(words) == 2 and not (tmp_path / "out").exists()
    assert "the cache folder cannot be written (Not a directory); set KEYFILL_CACHE" in capsys.readouterr().err
    monkeypatch.setenv("KEYFILL_CACHE", str(tmp_path / "new" / "cache"))
    assert _cache().ok and not (tmp_path / "new").exists()


def test_a_disk_that_cannot_be_written_is_seen(tmp_path) -> None:
    (tmp_path / "file").write_text("no folder can be made below it")
    found = _disk(tmp_path / "file" / "out")
    assert not found.ok and "cannot be written" in found.detail
