"""The JSON Schema of each section says what the loader does, and the page of all keys is the present one."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from core.ranges import Spread
from degrade.config import DegradeConfig
from keyfill import api
from keyfill.cli import main
from keyfill.config_page import page
from keyfill.schema import keys_of, schema_of, sections

ROOT = Path(__file__).resolve().parents[2]
PRESETS = sorted((ROOT / "configs").rglob("*.yaml"))


def errors(name: str, config: dict) -> set[str]:
    return {error.json_path for error in jsonschema.Draft202012Validator(schema_of(name)).iter_errors(config)}


@pytest.mark.parametrize("name", sections())
def test_each_section_prints_a_valid_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    printed = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed == json.loads(json.dumps(schema_of(name)))
    assert set(printed["properties"]) == set(sections()[name].model_fields)


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_presets_keep_to_the_schema(path: Path) -> None:
    config = yaml.safe_load(path.read_text())
    assert errors("degrade" if path.parent.name == "degrade" else "run", config) == set()


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"seed": -1}, "$.seed"),
        ({"scenes": {"width": 5}}, "$.scenes.width"),
        ({"scenes": {"wdth": 64}}, "$.scenes"),
        ({"render": {"denoise": "much"}}, "$.render.denoise"),
        ({"degrade": 3}, "$.degrade"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(config: dict, place: str, tmp_path: Path) -> None:
    assert errors("run", config) == {place}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    assert main(["plan", str(path)]) == 2


@pytest.mark.parametrize("value", [60.0, [60.0, 70.0]])
def test_a_range_may_be_one_number(value: object) -> None:
    config = {"scenes": {"camera": {"hfov_deg": value}}}
    assert errors("run", config) == set()
    assert api.load_config(config).scenes.camera.hfov_deg[0] == 60.0
    assert errors("run", {"scenes": {"camera": {"hfov_deg": 0.5}}}) == {"$.scenes.camera.hfov_deg"}


def test_units_come_from_the_names() -> None:
    camera = schema_of("scenes")["$defs"]["CameraConfig"]["properties"]
    assert (camera["distance_m"]["x-unit"], camera["hfov_deg"]["x-unit"]) == ("m", "degrees")
    assert "x-unit" not in camera["distortion_k1"]


def test_an_unknown_section_is_refused_with_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "scens"]) == 2
    assert "SECTION scens: is not one of run, scenes, render" in capsys.readouterr().err


def test_degrade_prints_its_schema_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["degrade", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == DegradeConfig.model_json_schema()


def test_the_page_of_all_keys_is_the_present_one() -> None:
    written = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m keyfill.config_page > docs/config.md"


def test_the_page_has_every_key() -> None:
    """Under the heading of its section a row that begins with its name; `mean` and so on of a normal are one row."""
    rows: dict[str, set[str]] = {"": set()}
    heading = ""
    for line in page().splitlines():
        if line.startswith("#"):
            heading = line.strip("# `").partition("` as")[0] if line.startswith("##") else ""
            rows.setdefault(heading, set())
        elif line.startswith("| "):
            rows[heading].add(line.split("|")[1].strip(" `[").partition("`]")[0])
    for path, model, name in keys_of(sections()["run"]):
        assert model is Spread or name in rows[path.rpartition(".")[0]], path
    assert sum(map(len, rows.values())) > 450
