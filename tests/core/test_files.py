"""A file is whole or not there, whatever happens while it is written."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import InputError, WorkError
from core.files import make_folder, read_record, replacing, write_bytes, write_json, write_text

ROOT = Path(__file__).resolve().parents[2]


def test_what_was_there_stays_until_the_new_file_is_whole(tmp_path):
    path = tmp_path / "page.html"
    write_text(path, "first\n")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        assert path.read_text() == "first\n"
        raise RuntimeError
    assert path.read_text() == "first\n" and os.listdir(tmp_path) == ["page.html"]


def test_the_temporary_name_keeps_the_ending_that_libraries_go_by(tmp_path):
    with replacing(tmp_path / "clip.mp4") as temporary:
        assert temporary.suffix == ".mp4" and temporary.parent == tmp_path and temporary.name.startswith(".")
        temporary.write_bytes(b"video")
    assert (tmp_path / "clip.mp4").read_bytes() == b"video"


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(WorkError, match=r"no/such/record.json: cannot be written: No such file or directory"):
        write_bytes(tmp_path / "no" / "such" / "record.json", b"{}")


def test_json_is_the_same_bytes_for_the_same_data_and_holds_no_nan(tmp_path):
    path = tmp_path / "record.json"
    write_json(path, {"b": 0.1, "a": [1]})
    assert path.read_bytes() == b'{\n "a": [\n  1\n ],\n "b": 0.1\n}\n'
    with pytest.raises(ValueError, match="Out of range float values"):
        write_json(path, {"a": float("nan")})
    assert json.loads(path.read_text()) == {"a": [1], "b": 0.1}


def test_what_a_killed_write_leaves_is_not_listed_as_a_file_of_its_kind(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from core import files\n"
        "files.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write_json(Path(sys.argv[1]) / 'row.json', {})"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    assert ended.returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 1 and list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize("there", [None, "", "[1, 2]", "3", '{"a": 1', "[" * 100_000, b"\xff"])
def test_a_record_that_is_not_there_or_holds_no_object_reads_as_empty(tmp_path, there):
    path = tmp_path / "record.json"
    if there is not None:
        path.write_bytes(there if isinstance(there, bytes) else there.encode())
    assert read_record(path) == {} == read_record(tmp_path)
    write_json(path, {"a": 1})
    assert read_record(path) == {"a": 1}


def test_an_output_folder_that_cannot_be_made_is_bad_input(tmp_path):
    make_folder(tmp_path / "a/b")
    make_folder(tmp_path / "a/b")
    assert (tmp_path / "a/b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/c: cannot be written: Not a directory; choose another --out$"):
        make_folder(tmp_path / "file/c")
