"""The preview page, written from real shards and opened in a real browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import InputError
from keyfill.preview.face_histogram import face_histogram
from keyfill.preview.page import write_preview
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

BROWSER = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def silent(done: int, total: int, text: str = "") -> None:
    pass


def write_pairs(folder: Path, keys: tuple[str, ...]) -> None:
    write_header(folder, "pairs", {})
    samples = []
    for key in keys:
        source = np.full((4, 36, 64, 3), 40, np.uint8)
        target = np.full((4, 36, 64, 3), 200, np.uint8)
        info = {
            "key": key,
            "split": "train",
            "fps": 10,
            "frames": 4,
            "face_box": [[8, 4, 30, 30]] * 4,
            "lighting": {"hdri": "studio </script>"},
        }
        samples.append(
            Sample(
                key,
                {
                    "json": json.dumps(info).encode(),
                    "source.mkv": encode_lossless(source, 10),
                    "target.mkv": encode_lossless(target, 10),
                },
            )
        )
    write_row(folder, write_shard(folder / "pairs-000000.tar", samples))


def test_histogram_finds_the_level_of_the_face() -> None:
    frames = np.zeros((2, 20, 30, 3), np.uint8)
    frames[:, 5:15, 10:20] = 50
    found = face_histogram(frames, [[10, 5, 20, 15]] * 2, None)
    assert found["mean"] == 50.0 and found["bins"][50 * 32 // 256] == 1.0


def test_histogram_without_a_face() -> None:
    assert face_histogram(np.zeros((1, 8, 8, 3), np.uint8), [[2, 2, 2, 2]], None)["mean"] is None


def test_videos_show_every_frame_of_every_panel(tmp_path: Path) -> None:
    write_pairs(tmp_path / "data", ("clip-a", "clip-b"))
    page = write_preview(tmp_path / "data", tmp_path / "page", silent)
    with av.open(str(page.parent / "media" / "clip-a.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert len(frames) == 4
    middle = frames[2].shape[1] // 2
    assert abs(int(frames[2][:, : middle - 20].mean()) - 40) <= 2
    assert abs(int(frames[2][:, middle + 20 :].mean()) - 200) <= 2


def test_folder_without_shards(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no shards here"):
        write_preview(tmp_path, tmp_path / "page", silent)


@pytest.mark.browser
def test_page_in_a_browser(tmp_path: Path) -> None:
    binary = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    assert binary, "this test needs Chromium: run `sh tools/system-packages` as root"
    write_pairs(tmp_path / "data", ("clip-a", "clip-b", "clip-c"))
    page = write_preview(tmp_path / "data", tmp_path / "page", silent)
    dom = subprocess.run(
        [
            binary,
            *BROWSER,
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=3000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert dom.count("<article") == 3 and "3 of 3 clips" in dom
    assert "clip-b" in dom and "studio &lt;/script&gt;" in dom
    assert dom.count("<path") == 6  # a source and a target histogram each
