"""Shards: ordinary tars, one sample a clip, the same bytes for the same input, never half-written under their name."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pairs.errors import InputError, WorkError

KEY = re.compile(r"[a-z0-9_-]+\Z")
MEMBER = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*\Z")


@dataclass(frozen=True)
class Sample:
    """One clip: `key` and its members by extension, e.g. `{"json": ..., "source.mkv": ..., "target.mkv": ...}`."""

    key: str
    members: dict[str, bytes]


@dataclass(frozen=True)
class MemberRow:
    """One file in a shard: size in bytes and sha256."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class ShardRow:
    """What the manifest says of a shard: file name, size, sha256, and every member of every sample."""

    name: str
    bytes: int
    sha256: str
    samples: dict[str, dict[str, MemberRow]]


def write_shard(path: Path, samples: Iterable[Sample]) -> ShardRow:
    """Write `samples` in the order given as a tar at `path`; returns its manifest row.

    Temporary name in the same folder -> write -> fsync -> read back -> rename -> fsync the folder. Members are sorted,
    times and owners fixed. Raises WorkError when the disk refuses, ValueError on a bad key or member name.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    rows: dict[str, dict[str, MemberRow]] = {}
    try:
        with open(temporary, "xb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                for sample in samples:
                    if not KEY.match(sample.key) or sample.key in rows:
                        raise ValueError(f"sample key {sample.key!r} is not [a-z0-9_-]+ or stands twice in {path.name}")
                    rows[sample.key] = {}
                    for name, data in sorted(sample.members.items()):
                        if not MEMBER.match(name):
                            raise ValueError(f"member name {name!r} of {sample.key} is not lower-case words joined by dots")
                        info = tarfile.TarInfo(f"{sample.key}.{name}")
                        info.size, info.mode, info.mtime = len(data), 0o644, 0
                        tar.addfile(info, io.BytesIO(data))
                        rows[sample.key][name] = MemberRow(len(data), hashlib.sha256(data).hexdigest())
            file.flush()
            os.fsync(file.fileno())
        row = ShardRow(path.name, temporary.stat().st_size, _file_sha256(temporary), rows)
        for _ in read_shard(temporary, row):
            pass
        os.replace(temporary, path)
        _fsync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise WorkError(f"{path}: cannot be written: {error.strerror or error}") from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return row


def read_shard(path: Path, row: ShardRow) -> Iterator[Sample]:
    """The samples of a shard, every member checked against its manifest row.

    Raises InputError naming the shard and the sample when a member is missing, short, changed or unknown.
    """
    current, members = None, {}
    left = {key: dict(files) for key, files in row.samples.items()}
    try:
        with tarfile.open(path, mode="r:") as tar:
            for info in tar:
                key, _, name = info.name.partition(".")
                expected = left.get(key, {}).pop(name, None)
                if expected is None or not info.isreg():
                    raise InputError(f"{path}: {info.name!r} is not in the manifest; the shard was changed, write it anew")
                data = tar.extractfile(info).read()
                if len(data) != expected.bytes or hashlib.sha256(data).hexdigest() != expected.sha256:
                    raise InputError(f"{path}: {info.name} is damaged (sha256 differs from the manifest); write this shard anew")
                if key != current and current is not None:
                    yield Sample(current, members)
                    members = {}
                current = key
                members[name] = data
    except FileNotFoundError:
        raise InputError(f"{path}: the shard is missing; write it anew") from None
    except (tarfile.TarError, EOFError) as error:
        raise InputError(f"{path}: not a readable tar: {error}; write this shard anew") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    if current is not None:
        yield Sample(current, members)
    missing = [f"{key}.{name}" for key, files in left.items() for name in files]
    if missing:
        raise InputError(f"{path}: {missing[0]} is missing ({len(missing)} members in all); the shard was cut, write it anew")


def _file_sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
