"""The doctor looks at libraries and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from keyfill.cli import main
from keyfill.doctor import _cache, _disk

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
