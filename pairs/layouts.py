"""The layouts that `convert` writes: the challenge's folders, frames as pictures, the hub's video folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.errors import WorkError
from core.files import write_json, write_text
from core.levels import eight_bit
from core.tables import write_table
from pairs.members import member_of
from pairs.shards import Sample
from pairs.video import iter_frames


@dataclass(frozen=True)
class ChallengeLayout:
    """The layout of the NTIRE 2025 challenge on video quality enhancement for video conferencing.

    `{train,test}/supervised/synthetic/video_KEY/{x,y}/NNNNNN.jpg` (x: source, y: target) and `train.csv`, `test.csv`
    with `img_source,img_target,h,w,subset,video_id`; paths relative to the folder, `video_id` the folder's name.
    `quality`: JPEG, 1 to 100; colours are stored at full resolution.
    """

    quality: int = 95
    name = "challenge"

    @property
    def options(self) -> dict[str, Any]:
        return {"quality": self.quality}

    def place(self, key: str, split: str) -> str:
        return f"{split}/{self.subset(key).replace('_', '/')}/video_{key}"

    def subset(self, key: str) -> str:
        """In which of the challenge's subsets a sample is."""
        return "supervised_synthetic"

    def write(self, sample: Sample, info: dict[str, Any], folder: Path) -> None:
        for member, name in (("source", "x"), ("target", "y")):
            (folder / name).mkdir()
            for number, frame in enumerate(iter_frames(sample.members[f"{member}.mkv"], f"{sample.key}.{member}.mkv")):
                (folder / name / f"{number:06d}.jpg").write_bytes(jpeg(eight_bit(frame), self.quality))

    def index(self, out: Path, records: dict[str, dict[str, Any]], source: Path) -> None:
        for split in sorted({record["split"] for record in records.values()} | {"train", "test"}):
            own = {key: record for key, record in records.items() if record["split"] == split}
            rows = (row for key, record in own.items() for row in self._rows(key, record, split))
            write_table(out / f"{split}.csv", ("img_source", "img_target", "h", "w", "subset", "video_id"), rows)

    def _rows(self, key: str, record: dict[str, Any], split: str) -> Iterator[tuple[Any, ...]]:
        place, subset, size = record["place"], self.subset(key), (record["height"], record["width"])
        for number in range(record["frames"]):
            target = f"{place}/y/{number:06d}.jpg" if subset.startswith("supervised") else ""
            yield f"{place}/x/{number:06d}.jpg", target, *size, f"{split}_{subset}", place.rpartition("/")[2]


class FolderLayout:
    """`SPLIT/KEY/`, a folder a sample, and `index.json` of all: what layouts like that share."""

    @property
    def options(self) -> dict[str, Any]:
        return {}

    def place(self, key: str, split: str) -> str:
        return f"{split}/{key}"

    def index(self, out: Path, records: dict[str, dict[str, Any]], source: Path) -> None:
        fields = ("split", "clip", "frames", "width", "height", "fps", "place")
        write_json(
            out / "index.json", {key: {name: record[name] for name in fields} for key, record in records.items()}
        )


@dataclass(frozen=True)
class FramesLayout(FolderLayout):
    """`SPLIT/KEY/{source,target,mask,...}/NNNNNN.png` (or .jpg) and `SPLIT/KEY/info.json`.

    PNG keeps every bit: 8-bit videos as 8-bit pictures, 10-bit ones as 16-bit pictures whose upper ten bits are the
    value; mask and depth have one channel. JPEG is 8-bit, of `quality` 1 to 100.
    """

    picture: str = "png"
    quality: int = 95
    name = "frames"

    @property
    def options(self) -> dict[str, Any]:
        return {"picture": self.picture, **({"quality": self.quality} if self.picture == "jpg" else {})}

    def write(self, sample: Sample, info: dict[str, Any], folder: Path) -> None:
        (folder / "info.json").write_bytes(sample.members["json"])
        for member in sorted(sample.members):
            entry = member_of(member)
            if not entry.video:
                continue
            (folder / entry.name).mkdir()
            for number, frame in enumerate(iter_frames(sample.members[member], f"{sample.key}.{member}")):
                picture = self._encode(entry.frames(frame))
                (folder / entry.name / f"{number:06d}.{self.picture}").write_bytes(picture)

    def _encode(self, frame: np.ndarray) -> bytes:
        if self.picture == "jpg":
            return jpeg(eight_bit(frame), self.quality)
        # Ten bits spread over sixteen: value * 64 plus its own top bits, so that white stays white.
        return encoded(".png", (frame << 6) | (frame >> 4) if frame.dtype == np.uint16 else frame, [])


@dataclass(frozen=True)
class HubLayout(FolderLayout):
    """The video folder layout of the Hugging Face hub: `SPLIT/KEY/{source,target,...}.mkv`, `SPLIT/metadata.jsonl`.

    Videos are the shards' own bytes, lossless. `datasets.load_dataset("videofolder", data_dir=OUT)` reads it, one row a
    sample with a video column each for `source` and `target`, and the sample's JSON as text in `info`.
    """

    name = "hf"

    def write(self, sample: Sample, info: dict[str, Any], folder: Path) -> None:
        for member, data in sorted(sample.members.items()):
            (folder / ("info.json" if member == "json" else member)).write_bytes(data)

    def index(self, out: Path, records: dict[str, dict[str, Any]], source: Path) -> None:
        for split in sorted({record["split"] for record in records.values()}):
            lines = list(self._lines(out, split, records))
            write_text(
                out / split / "metadata.jsonl", "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
            )
        card = source / "DATA_CARD.md"
        text = card.read_text(encoding="utf-8") if card.is_file() else "# Paired video made by keyfill\n"
        write_text(out / "README.md", "---\ntask_categories:\n- video-to-video\n---\n" + text)

    def _lines(self, out: Path, split: str, records: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for key, record in records.items():
            if record["split"] != split:
                continue
            videos = {member_of(name).name: name for name in record["files"] if member_of(name).video}
            yield {
                "key": key,
                **{f"{name}_file_name": f"{key}/{file}" for name, file in sorted(videos.items())},
                **{name: record[name] for name in ("clip", "frames", "width", "height", "fps")},
                "info": (out / record["place"] / "info.json").read_text(encoding="utf-8"),
            }


def jpeg(frame: np.ndarray, quality: int) -> bytes:
    """A frame `(H, W, 3)` RGB or `(H, W)` uint8 as JPEG with colours at full resolution."""
    full = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return encoded(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality, *full])


def encoded(kind: str, frame: np.ndarray, options: list[int]) -> bytes:
    """A picture file's bytes."""
    good, data = cv2.imencode(kind, frame if frame.ndim == 2 else np.ascontiguousarray(frame[..., ::-1]), options)
    if not good:
        raise WorkError(f"a frame of {frame.shape} {frame.dtype} cannot be encoded as {kind}")
    return data.tobytes()
