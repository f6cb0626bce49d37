"""Writes `docs/data.md` and `pairs/sample.schema.json` from the tables and records: `python -m keyfill.data_page`."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.files import write_text
from keyfill.sample_schema import ABSENT, OPTIONAL, sample_schema
from pairs.layers import RECORD, LayersInfo
from pairs.members import MEMBERS
from pairs.one_shape import BEFORE, SCHEMA
from pairs.predicted import KEY_EVERY
from pairs.record import FORMAT, MEASURED
from pairs.shards import MemberRow, ShardRow

DOCS = Path(__file__).resolve().parents[1] / "docs"
UNITS = {
    "m": "metres",
    "rad": "radians",
    "deg": "degrees",
    "k": "kelvin",
    "w": "watts",
    "px": "pixels",
    "ev": "stops",
    "s": "seconds",
    "hz": "hertz",
    "linear": "linear Rec.709",
    "srgb": "sRGB 0 to 1",
    "fps": "frames per second",
}
"""What the last word of a key says."""

HEAD = f"""# Data format

Written by `python -m keyfill.data_page` from the tables and records in the code; the schema of `KEY.json` is
[sample.schema.json](../pairs/sample.schema.json). Version: `{FORMAT}`.

A data set is a folder of shards: ordinary tars, a sample after the other. A sample is one traced clip under one of its
lightings; its files are `KEY.json` and `KEY.NAME.mkv`, so they group by the text before the first dot. Keys are
`[a-z0-9_-]+`, e.g. `clip-000012-light-03`. `keyfill render` writes clean shards, `keyfill degrade` makes pair shards of
them with the same keys. The same input gives the same bytes.
"""
MEMBERS_HEAD = f"""
## Members

Videos are lossless, in Matroska, of full range. They are FFV1, every frame a key frame with checksums; but `source` and
`target` of a clean clip are **predicted** where that takes fewer bytes, as it does before a background that stands
still: H.264 without loss (High 4:4:4 Predictive, qp 0; green, blue and red as they are), a key frame every {KEY_EVERY},
each frame a cluster with a checksum. Readers on ffmpeg decode either to the same levels; which it is, the file says.
`degrade` carries the target along as it is and writes its own source as FFV1. Colour is RGB, tagged as sRGB (with
BT.709's primaries); `normal`, three numbers, is RGB without colour tags; grey members have one channel (`gray`,
`gray10le`). All have the frames and the size that `KEY.json` says. Degradation drops and repeats frames of the
source as a call does; those that follow the target are moved along where `degrade.delivery.retime_target` says so, and
else show the moments as they were rendered.
`pairs.reader.Reader` and `pairs.dataset.Dataset.clip` give the levels, grey members without a channel axis;
`pairs.members.MEMBERS[name].values(levels)` makes numbers of them.
"""
JSON_HEAD = """
## KEY.json

Sorted keys, no NaN. **Every sample of a kind has every key, and a key has one type in all of them**, so that Arrow,
Hugging Face datasets, Ray Data and pandas find one type a column. So nothing is null and no list is empty:

| there is no | stands there |
|---|---|
| number, text, choice | 0, "", `none` |
| record, such as a beard | the record with those in all its keys; `or none` below |
| item in a list | a list with one such item |

Which stages a pair was degraded with, `drawn` in `degrade` says by path (`first.jpeg`): there a zero was drawn. Pair
shards add the keys of degradation; the farm moves what differs from run to run ({measured}) into the manifest,
from where `Dataset.info(key)` puts it back. `pairs.record.SampleInfo` is the record, typed.

Shards of `{before}`, which left things out, are still read: `Dataset` gives their records in this shape, and
`keyfill degrade` writes pair shards in it from clean ones that are not.
"""


LAYERS_HEAD = f"""
## Kept layers

`render.keep: layers` leaves `layers/CLIP/` beside the shards: `000000.exr` and so on, a frame each, `background-00.exr`
and so on, a lighting each, and `{RECORD}`, written last. All are ordinary OpenEXR files, half floats, linear Rec.709. A
frame's data window is the subject's box in its display window. Lens distortion is in them already: frame, box and
background lie on the same pixels as the videos. Lights, R, G, B and albedo are coded with loss
([how much](light.md#kept-layers-render-once-light-for-ever)); coverage, normal, depth and backgrounds without.

`pairs.layers.load_layers(folder)` reads and checks them. The samples of the clip name the layers that they were made of
as `layers` in `KEY.json`, and the manifest has the digest of `{RECORD}`.
"""
CHANNELS = {
    "`NAME.R`, `NAME.G`, `NAME.B`": "the subject under the light `NAME` alone, premultiplied by coverage; which lights "
    "there are, and in what order, `lights` says: `cell000` ... (or `room000` ...) of the room; `key`, `fill`, `rim`, "
    "`lamp` of the studio",
    "`A`": "coverage of the pixel by the subject, 0 to 1: the person and what is traced around them",
    "`things.A`": "of that, coverage by chair, desk and other things; the channel is there where such are in view",
    "`R`, `G`, `B`": "for viewers: the subject under even light (olat), the mean of its rooms (stage), its first room "
    "(exact)",
    "`albedo.R`, `albedo.G`, `albedo.B`": "surface colour, linear, premultiplied by coverage",
    "`normal.x`, `normal.y`, `normal.z`": "unit normal in the world's axes (X right, Y away from the camera, Z up), "
    "premultiplied by coverage",
    "`depth.Z`": "metres along the view axis; infinity where there is no surface",
}


def data_page() -> str:
    """The page, Markdown."""
    schema = sample_schema()
    lines = [HEAD, MEMBERS_HEAD]
    lines += ["| file | what | bits | a level is | read as | written by | follows |", "|---|---|---|---|---|---|---|"]
    for member in MEMBERS.values():
        bits = f"{member.bits}" + ("" if member.bits == member.degraded_bits else f", pairs {member.degraded_bits}")
        cells = (f"`KEY.{member.file}`", member.meaning, bits if member.video else "-", member.stored or "-")
        writer = f"{member.writer}, then degrade" if member.name in ("json", "source") else member.writer
        lines.append(_row(*cells, member.decoded or "-", writer, member.follows or "-"))
    measured = ", ".join(f"`{name}`" for name in MEASURED)
    lines += [JSON_HEAD.format(before=BEFORE, measured=measured), *_table(schema, top=True)]
    for name, record in sorted(schema["$defs"].items()):
        lines += ["", f"### {name}", "", _prose(record.get("description", "")), "", *_table(record)]
    lines += ["", "## Manifest", ""]
    lines += ["`manifest.json` has `format`, `kind` (clean or pairs), `config`, `versions` and `plan`;"]
    lines += ["`manifest/SHARD.json` is the row of a shard, written last: a shard without a row does not count."]
    for row in (ShardRow, MemberRow):
        lines += ["", f"### {row.__name__}", "", _prose(inspect.getdoc(row) or ""), "", "| key | type |", "|---|---|"]
        lines += [_row(f"`{field.name}`", f"`{field.type}`") for field in dataclasses.fields(row)]
    layers = LayersInfo.model_json_schema(mode="serialization")
    lines += [LAYERS_HEAD, "| channels of a frame | what |", "|---|---|", *(_row(*row) for row in CHANNELS.items())]
    lines += ["", f"### {RECORD}", "", *_table(layers, unit=False)]
    for name, record in sorted(layers["$defs"].items()):
        lines += ["", f"### {name}", "", _prose(record.get("description", "")), "", *_table(record, unit=False)]
    return "\n".join(lines) + "\n"


def _table(record: dict[str, Any], top: bool = False, unit: bool = True) -> Iterator[str]:
    """The keys of an object."""
    yield "| key | type | " + ("unit | " if unit else "") + ("written by | " if top else "") + "what |"
    yield "|---|---|" + "---|" * (unit + top) + "---|"
    for name, value in sorted(record["properties"].items()):
        said = value.get("description", "")
        writer = [("degrade" if name.startswith("degrade") else "render") + (", not always" if name in ABSENT else "")]
        kind = _type(value) + (" or none" if OPTIONAL in value else "")
        units = [UNITS.get(name.rpartition("_")[2], "")] if unit else []
        yield _row(f"`{name}`", kind, *units, *(writer if top else []), said)


def _type(value: dict[str, Any]) -> str:
    """A schema's type in a few words."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in value or "const" in value:
        return " or ".join(f"`{choice}`" for choice in value.get("enum", [value.get("const")]))
    if "anyOf" in value:
        return " or ".join(_type(part) for part in value["anyOf"])
    if value.get("type") == "array":
        if "prefixItems" in value:
            return f"[{', '.join(_type(part) for part in value['prefixItems'])}]"
        return f"list of {_type(value.get('items', {}))}"
    return str(value.get("type", "any"))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _prose(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Write both files."""
    write_text(DOCS / "data.md", data_page())
    write_text(SCHEMA, json.dumps(sample_schema(), sort_keys=True, indent=1) + "\n")


if __name__ == "__main__":
    main()
