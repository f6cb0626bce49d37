"""What `KEY.json` says of a sample: the public record of a data set, typed, with its version."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ConfigDict, Field, field_validator

from core.config import Section, validate
from core.errors import InputError
from pairs.one_shape import read, shaped

FORMAT = "keyfill-sample-2"
"""Version of the record; goes up when a key changes its name, type or meaning, not when one is added."""

MEASURED = ("seconds_per_frame", "device", "engine")
"""What the same clip says differently on every run; the farm keeps it in the manifest, so that shards are the same to
the byte. `pairs.dataset.Dataset.info` puts it back."""


class SamplesPerPixel(Section):
    """Samples per pixel of the two traces, as they really were."""

    room: int = Field(ge=0, description="of the source's light")
    studio: int = Field(ge=0, description="of the target's light")


def sample_json(info: dict[str, Any]) -> bytes:
    """`KEY.json` of a record: one of ours in the shape that is the same in all samples."""
    return (json.dumps(shaped(info), sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


class FaceMean(Section):
    """Mean luminance of the face over all frames, 8-bit sRGB levels (0 to 255); 0, here None, where none shows
    the face."""

    source: float | None = Field(description="in the source, before degradation")
    target: float | None = Field(description="in the target")

    @field_validator("source", "target", mode="before")
    @classmethod
    def _seen(cls, mean: Any) -> Any:
        return None if mean == 0 else mean


class DegradeVersions(Section):
    """What the bytes of a degraded source depend on, beside its parameters."""

    model_config = ConfigDict(extra="allow")

    chain: int = Field(description="version of the chain of stages")
    numpy: str
    opencv: str
    ffmpeg: str


class SampleInfo(Section):
    """The record of one sample: one traced clip under one of its lightings.

    Reading is lenient: a key that is absent has its default here, one that is not ours is kept. What is there must be
    of the type given. Sections that belong to a record of another stage are plain JSON here; the schema in
    `pairs/sample.schema.json` has them whole. Zeros that say "nothing" (`pairs.one_shape`) are None here.
    """

    model_config = ConfigDict(extra="allow")

    format: str = Field(FORMAT, description="version of this record")
    key: str = Field("", description="the sample's key: the clip's, and which of its lightings")
    clip: str = Field("", description="the traced clip; its samples differ in light alone")
    split: str = Field("", description="train or test; splits share no person and no room")
    fps: float = Field(0.0, ge=0, description="frames per second")
    frames: int = Field(0, ge=0, description="frames of every video")
    width: int = Field(0, ge=0, description="pixels")
    height: int = Field(0, ge=0, description="pixels")
    lighting: dict[str, Any] = Field({}, description="the one of `scene.lightings` that this sample shows")
    scene: dict[str, Any] = Field({}, description="all that was drawn for the clip")
    exposure: dict[str, Any] = Field({}, description="factors on the light of source and target, metered once a clip")
    accumulated: int = Field(0, ge=0, description="frames on either side whose samples each frame shares")
    samples: SamplesPerPixel | None = Field(None, description="samples per pixel, as they really were")
    render: dict[str, Any] = Field({}, description="the `render` section of the config, without device and threads")
    assets: tuple[dict[str, Any], ...] = Field((), description="what somebody made that the clip uses, with licences")
    face_box: tuple[tuple[int, int, int, int] | None, ...] = Field(
        (), description="per frame the face's box [x0, y0, x1, y1] in pixels, end exclusive; zeros: out of the frame"
    )
    face_mean: FaceMean | None = Field(None, description="how bright the face is")
    layers: str = Field("", description="identity of the kept light layers that the clip's samples were made of")
    device: tuple[str, ...] = Field((), description="what traced it; in a shard made by the farm: in the manifest")
    engine: str = Field("", description="version of the renderer; in a shard made by the farm: in the manifest")
    seconds_per_frame: float = Field(
        0.0, ge=0, description="wall time of a traced frame, seconds; in a shard made by the farm: in the manifest"
    )
    degrade: dict[str, Any] = Field({}, description="pair shards only: every number drawn for the degradation")
    degrade_versions: DegradeVersions | None = Field(
        None, description="pair shards only: versions that the degraded bytes depend on"
    )

    @field_validator("face_box", mode="before")
    @classmethod
    def _boxes(cls, boxes: Any) -> Any:
        if not isinstance(boxes, (list, tuple)):
            return boxes
        nothing = ([0, 0, 0, 0], (0, 0, 0, 0))
        return tuple(None if box in nothing else box for box in boxes)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data: the keys that were given, and the format."""
        return {**self.model_dump(exclude_unset=True), "format": self.format}

    @staticmethod
    def from_json(data: Any, name: str = "sample") -> SampleInfo:
        """The inverse of `to_json`. Raises InputError naming `name` and the key: another type than the record's, or a
        format that this program does not know."""
        if isinstance(data, dict) and isinstance(data.get("device"), str):
            data = {**data, "device": [data["device"]]}
        info = validate(read(data), SampleInfo, name=f"{name}: json")
        if info.format != FORMAT:
            raise InputError(f"{name}: json: format is {info.format!r}, expected {FORMAT!r}; use a newer keyfill")
        return info

    @property
    def skin_tone(self) -> float | None:
        """The person's place on the Monk Skin Tone scale, 1 to 10; None where the sample does not say."""
        return _number(_at(self.scene, "person", "skin", "monk"))

    @property
    def key_fill_ratio(self) -> float | None:
        """Key to fill illuminance at the face in the target."""
        return _number(self.lighting.get("key_fill_ratio"))

    @property
    def room(self) -> str | None:
        """Name of the room (HDRI) that lights the source."""
        return _text(self.lighting.get("hdri"))

    @property
    def hair_style(self) -> str | None:
        """Name of the hair style, as in `scenes.people.hair`."""
        return _text(_at(self.scene, "person", "hair", "style"))

    @property
    def garment(self) -> str | None:
        """Kind of the upper garment, as in `scenes.people.clothing`."""
        return _text(_at(self.scene, "person", "clothing", "kind"))

    @property
    def eye_color(self) -> str | None:
        """Name of the eyes' colour."""
        return _text(_at(self.scene, "person", "eyes", "colour"))


def _at(data: Any, *path: str) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
