"""A data set's description in Croissant 1.1 (JSON-LD): files with their sha256, and what the records in them hold."""

from __future__ import annotations

import mimetypes
from typing import Any

from pairs.manifest import Manifest
from pairs.members import member_of
from pairs.summary import Summary

# The vocabulary and the JSON-LD context are those of the Croissant format specification of MLCommons.
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "key": "cr:key",
    "md5": "cr:md5",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "sc": "https://schema.org/",
    "source": "cr:source",
    "transform": "cr:transform",
}


def croissant(manifest: Manifest, summary: Summary, name: str) -> dict[str, Any]:
    """The description as JSON data. Addresses are relative to the file, so it stays true wherever the folder goes.

    `license` names the licences of the assets in the data set; whoever publishes it may say more. The header's `url`
    and `creator`, when given, take the place of the folder's own address and of this program.
    """
    header = manifest.header
    archives = [
        {
            "@type": "cr:FileObject",
            "@id": row.name,
            "name": row.name,
            "contentUrl": row.name,
            "contentSize": f"{row.bytes} B",
            "encodingFormat": "application/x-tar",
            "sha256": row.sha256,
        }
        for row in manifest.shards
    ]
    kinds = [
        {
            "@type": "cr:FileSet",
            "@id": _set(member),
            "name": _set(member),
            "description": member_of(member).description,
            "containedIn": [{"@id": row.name} for row in manifest.shards],
            "encodingFormat": _mime(member),
            "includes": f"*.{member}",
        }
        for member in summary.members
    ]
    pairs = sum(split.samples for split in summary.splits.values())
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": name,
        "description": (
            f"{pairs} pairs of rendered video ({summary.kind}): a person as in a video call under a room's light, and "
            "the same moments under a studio key and fill light."
        ),
        "license": sorted({_licence(str(asset.get("licence", "unknown"))) for asset in summary.assets}) or ["unknown"],
        "url": header.get("url", "."),
        "creator": header.get("creator", {"@type": "SoftwareApplication", "name": _program(summary)}),
        "datePublished": summary.finished,
        "version": "1.0.0",
        "isLiveDataset": False,
        "distribution": archives + kinds,
        "recordSet": [_records(member) for member in summary.members],
    }


def _records(member: str) -> dict[str, Any]:
    """The record set of one kind of member: a record is a sample's key and the member's content."""
    name = f"{_set(member)}-records"
    key = {"extract": {"fileProperty": "filename"}, "transform": {"regex": r"^(.+?)\."}}
    fields = [
        ("key", "sc:Text", key, "the sample's key"),
        ("content", _type(member), {"extract": {"fileProperty": "content"}}, member_of(member).description),
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "key": {"@id": f"{name}/key"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{field}",
                "name": field,
                "description": text,
                "dataType": kind,
                "source": {"fileSet": {"@id": _set(member)}, **how},
            }
            for field, kind, how, text in fields
        ],
    }


def _set(member: str) -> str:
    return member.replace(".", "-")


def _type(member: str) -> str:
    return "sc:VideoObject" if member_of(member).video else "sc:Text"


def _mime(member: str) -> str:
    known = {"mkv": "video/x-matroska", "json": "application/json"}
    return known.get(member.rpartition(".")[2]) or mimetypes.guess_type(member)[0] or "application/octet-stream"


def _licence(name: str) -> str:
    """An SPDX identifier as its address, other text as it stands."""
    return f"https://spdx.org/licenses/{name}.html" if name and " " not in name and name != "unknown" else name


def _program(summary: Summary) -> str:
    return f"keyfill {summary.versions.get('keyfill', '')}".strip()
