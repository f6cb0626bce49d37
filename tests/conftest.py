"""What all tests need: Ctrl-C reaches the processes that tests start, also where the suite runs in the background;
every sample that the renderer or the degradation writes in a test fits the schema; and no library writes events about
its use under the home folder."""

import contextlib
import json
import os
import signal
import tarfile

import pytest

# A shell starts background jobs with SIGINT ignored, and what is ignored stays ignored in every child.
with contextlib.suppress(ValueError):
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


@pytest.fixture(scope="session")
def samples_seen():
    """Shards that have been looked at, and how many records in them were the renderer's own."""
    return {}


@pytest.fixture(scope="module", autouse=True)
def every_sample_fits_the_schema(tmp_path_factory, samples_seen):
    """After each test file: every `KEY.json` with our format in the tars that its tests left."""
    yield
    tars = [path for path in tmp_path_factory.getbasetemp().rglob("*.tar") if path not in samples_seen]
    if not tars:
        return
    import jsonschema

    from keyfill.sample_schema import sample_schema

    validator = jsonschema.Draft202012Validator(sample_schema())
    for path in tars:
        samples_seen[path] = 0
        for info in _records(path):
            wrong = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(info)]
            assert not wrong, f"{path}: {info.get('key')}: {wrong[:3]}"
            samples_seen[path] += 1


def _records(path):
    """Records with a format of today, as far as the tar can be read: tests damage shards, stand-ins write less, and one
    writes what an earlier version did."""
    from pairs.one_shape import BEFORE

    with contextlib.suppress(tarfile.TarError, OSError, EOFError, ValueError), tarfile.open(path) as tar:
        for entry in tar:
            if entry.isreg() and entry.name.endswith(".json"):
                info = json.loads(tar.extractfile(entry).read())
                if isinstance(info, dict) and info.get("format", BEFORE) != BEFORE:
                    yield info
