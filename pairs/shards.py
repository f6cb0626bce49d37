"""Shards: ordinary tars, one sample a clip, the same bytes for the same input, never half-written under their name."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import replacing
from core.identity import file_digest

KEY = re.compile(r"[a-z0-9_-]+\Z")
MEMBER = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*\Z")
BLOCK = 512
REWRITE = "run the command that wrote it again"
"""What to do about a damaged shard."""


@dataclass(frozen=True)
class Sample:
    """One clip: `key` and its members by extension, e.g. `{"json": ..., "source.mkv": ..., "target.mkv": ...}`."""

    key: str
    members: dict[str, bytes]


@dataclass(frozen=True)
class MemberRow:
    """One file in a shard: size in bytes, sha256, and where its bytes begin in the shard."""

    bytes: int
    sha256: str
    offset: int


@dataclass(frozen=True)
class ShardRow:
    """What the manifest says of a shard: file name, size, sha256, and every member of every sample.

    `identity`: digest of what the shard was made from (`core.identity`), "" where nobody keeps track. `clips`: for
    each clip in it, plain JSON: its identity, its samples' keys, and what was measured while it was made. `assets`: the
    union of its samples' asset records (name, licence, author, source, sha256).
    """

    name: str
    bytes: int
    sha256: str
    samples: dict[str, dict[str, MemberRow]]
    identity: str = ""
    clips: dict[str, dict[str, Any]] = field(default_factory=dict)
    assets: list[dict[str, Any]] = field(default_factory=list)


def write_shard(path: Path, samples: Iterable[Sample]) -> ShardRow:
    """Write `samples` in the order given as a tar at `path`; returns its manifest row.

    Under a temporary name in the same folder, read back before it takes its own. Members are sorted, times and owners
    fixed. Raises WorkError when a write fails, ValueError on a bad key or member name.
    """
    with replacing(path, ending=False) as temporary:
        rows = _write_tar(temporary, path.name, samples)
        row = ShardRow(path.name, temporary.stat().st_size, file_digest(temporary), rows)
        for _ in read_shard(temporary, row):
            pass
    return row


def _write_tar(temporary: Path, name: str, samples: Iterable[Sample]) -> dict[str, dict[str, MemberRow]]:
    rows: dict[str, dict[str, MemberRow]] = {}
    with tarfile.open(temporary, mode="x", format=tarfile.USTAR_FORMAT) as tar:
        for sample in samples:
            if not KEY.match(sample.key) or sample.key in rows:
                raise ValueError(f"sample key {sample.key!r} is not [a-z0-9_-]+ or appears twice in {name}")
            rows[sample.key] = {}
            for member, data in sorted(sample.members.items()):
                if not MEMBER.match(member):
                    raise ValueError(f"member name {member!r} of {sample.key} is not lower-case words joined by dots")
                info = tarfile.TarInfo(f"{sample.key}.{member}")
                info.size, info.mode, info.mtime = len(data), 0o644, 0
                offset = tar.offset + BLOCK
                tar.addfile(info, io.BytesIO(data))
                rows[sample.key][member] = MemberRow(len(data), hashlib.sha256(data).hexdigest(), offset)
    return rows


def read_shard(path: Path, row: ShardRow) -> Iterator[Sample]:
    """The samples of a shard in the order they stand in it, every member checked against its manifest row.

    Raises InputError naming the shard and the sample when a member is missing, short, changed or unknown.
    """
    left = {key: dict(files) for key, files in row.samples.items()}
    try:
        size = path.stat().st_size
        if size != row.bytes:
            raise InputError(
                f"{path}: {size:,} bytes, the manifest says {row.bytes:,}; the shard was cut or changed, {REWRITE}"
            )
        for key, members in _members(path):
            expected_members = left.pop(key, None)
            if expected_members is None:
                raise InputError(f"{path}: sample {key!r} is not in the manifest; the shard was changed, {REWRITE}")
            for name, (data, offset) in members.items():
                expected = expected_members.pop(name, None)
                if expected is None:
                    raise InputError(f"{path}: {key}.{name} is not in the manifest; the shard was changed, {REWRITE}")
                _check(path, f"{key}.{name}", data, expected)
                if offset != expected.offset:
                    raise InputError(f"{path}: {key}.{name} does not begin where the manifest says; {REWRITE}")
            if expected_members:
                raise InputError(f"{path}: {key}.{min(expected_members)} is missing; the shard was cut, {REWRITE}")
            yield Sample(key, {name: data for name, (data, _) in members.items()})
    except FileNotFoundError:
        raise InputError(f"{path}: the shard is missing; {REWRITE}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    if left:
        raise InputError(f"{path}: sample {min(left)} is missing ({len(left)} in all); the shard was cut, {REWRITE}")


def read_member(path: Path, row: ShardRow, key: str, name: str, cut: bool = False) -> bytes:
    """One member by its place in the manifest, checked, without reading the rest of the shard; with `cut` also out of a
    shard that is not of its size any more. Raises InputError."""
    try:
        expected = row.samples[key][name]
    except KeyError:
        raise InputError(f"{path}: the manifest has no {key}.{name}") from None
    try:
        with open(path, "rb") as file:
            if not cut and os.fstat(file.fileno()).st_size != row.bytes:
                raise InputError(f"{path}: not the {row.bytes:,} bytes the manifest says; {REWRITE}")
            data = os.pread(file.fileno(), expected.bytes, expected.offset)
    except FileNotFoundError:
        raise InputError(f"{path}: the shard is missing; {REWRITE}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    _check(path, f"{key}.{name}", data, expected)
    return data


def scan_shard(path: Path) -> ShardRow:
    """The manifest row of a tar that has none yet. Strict: our names only, whole members, an end marker, no more.

    Raises InputError for anything else, also for links, folders, absolute names and `../`.
    """
    rows: dict[str, dict[str, MemberRow]] = {}
    try:
        for key, members in _members(path):
            if key in rows:
                raise InputError(f"{path}: sample {key} appears twice")
            rows[key] = {
                name: MemberRow(len(data), hashlib.sha256(data).hexdigest(), at) for name, (data, at) in members.items()
            }
        return ShardRow(path.name, path.stat().st_size, file_digest(path), rows)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _check(path: Path, name: str, data: bytes, expected: MemberRow) -> None:
    if len(data) != expected.bytes or hashlib.sha256(data).hexdigest() != expected.sha256:
        raise InputError(f"{path}: {name} is damaged (sha256 differs from the manifest); {REWRITE}")


def _members(path: Path) -> Iterator[tuple[str, dict[str, tuple[bytes, int]]]]:
    """Each sample of a tar: key and, by member name, its bytes and where they begin."""
    current: str | None = None
    members: dict[str, tuple[bytes, int]] = {}
    try:
        with open(path, "rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            for info in tar:
                key, _, name = info.name.partition(".")
                # A link, a folder, a pax record or a name outside our alphabet (so also "/" and "..") has no business
                # here.
                if not info.isreg() or info.pax_headers or not KEY.match(key) or not MEMBER.match(name):
                    raise InputError(f"{path}: {info.name!r} is not a plain file named KEY.member; not a shard of ours")
                reader = tar.extractfile(info)
                data = reader.read() if reader is not None else b""
                if len(data) != info.size:
                    raise InputError(f"{path}: {info.name} is cut short; {REWRITE}")
                if key != current and current is not None:
                    yield current, members
                    members = {}
                if name in members:
                    raise InputError(f"{path}: {info.name} appears twice; {REWRITE}")
                current = key
                members[name] = (data, info.offset_data)
            # Python takes the end of the file for the end of the archive; an archive of ours ends in zeros.
            file.seek(tar.offset)
            rest = file.read()
            if current is None and not rest:
                raise InputError(f"{path}: an empty file; {REWRITE}")
            if len(rest) < 2 * BLOCK or rest.strip(b"\0") or file.tell() % tarfile.RECORDSIZE:
                raise InputError(f"{path}: is truncated: no end-of-archive marker; {REWRITE}")
    except (tarfile.TarError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable tar: {error}; {REWRITE}") from None
    if current is not None:
        yield current, members
