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


DEAR = (
    "test_benchmarks.py", "farm/test_real_renderer.py", "keyfill/test_whole_run.py", "keyfill/test_examples.py",
    "keyfill/test_installed.py",
    "render/test_traces.py", "render/test_clip.py", "render/test_kept_layers.py", "train_baseline/test_methods.py",
    "train_baseline/test_export.py", "pairs/test_third_party_readers.py", "train_baseline/test_restore.py",
    "farm/test_produce_faults.py", "render/test_panorama.py", "scenes/test_own_subject.py", "farm/test_ray_pool.py",
    "train_baseline/test_train.py", "keyfill/test_container.py", "scenes/test_hair.py", "scenes/test_clothing.py",
    "score/test_study.py", "score/test_preference.py", "train_baseline/test_light_field.py",
    "train_baseline/test_packaged.py", "train_baseline/test_enhance.py", "keyfill/test_light_page.py", "test_docs.py",
)  # fmt: skip
"""Files of minutes and of tens of seconds, which begin first: one that began last would leave the other worker idle."""


def pytest_collection_modifyitems(items):
    """Works with `--dist loadfile --no-loadscope-reorder`, as the Makefile has it; else files with many tests, however
    short, go first."""
    place = {os.path.join(os.path.dirname(__file__), name): number for number, name in enumerate(DEAR)}
    items.sort(key=lambda item: place.get(str(item.path), len(DEAR)))


@pytest.fixture(scope="session")
def samples_seen():
    """Folders of tests that have been looked at."""
    return set()


@pytest.fixture(scope="module", autouse=True)
def every_sample_fits_the_schema(tmp_path_factory, samples_seen):
    """After each test file: every `KEY.json` with our format in the tars that its tests left."""
    yield
    folders = {path for path in tmp_path_factory.getbasetemp().iterdir() if not path.is_symlink()} - samples_seen
    samples_seen |= folders
    tars = [path for folder in folders for path in folder.rglob("*.tar")]
    if not tars:
        return
    import jsonschema

    from keyfill.sample_schema import sample_schema

    validator = jsonschema.Draft202012Validator(sample_schema())
    for path in tars:
        for info in _records(path):
            wrong = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(info)]
            assert not wrong, f"{path}: {info.get('key')}: {wrong[:3]}"


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
