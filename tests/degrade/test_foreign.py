"""Real-ESRGAN's options as a config of ours: the published ones give the published preset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from core.config import load
from degrade.config import DegradeConfig
from keyfill.cli import main

PRESET = Path(__file__).resolve().parents[2] / "configs" / "degrade" / "realesrgan.yaml"
KERNELS = {
    "kernel_list": ["iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso"],
    "kernel_prob": [0.45, 0.25, 0.12, 0.03, 0.12, 0.03],
    "sinc_prob": 0.1,
    "betag_range": [0.5, 4],
    "betap_range": [1, 2],
}
FIRST = {
    "resize_prob": [0.2, 0.7, 0.1], "resize_range": [0.15, 1.5], "gaussian_noise_prob": 0.5, "noise_range": [1, 30],
    "poisson_scale_range": [0.05, 3], "gray_noise_prob": 0.4, "jpeg_range": [30, 95],
}  # fmt: skip
SECOND = {
    "second_blur_prob": 0.8, "resize_prob2": [0.3, 0.4, 0.3], "resize_range2": [0.3, 1.2], "gaussian_noise_prob2": 0.5,
    "noise_range2": [1, 25], "poisson_scale_range2": [0.05, 2.5], "gray_noise_prob2": 0.4, "jpeg_range2": [30, 95],
}  # fmt: skip
PUBLISHED = {
    "scale": 4,
    **FIRST,
    **SECOND,
    "datasets": {
        "train": {
            "type": "RealESRGANDataset",
            "blur_kernel_size": 21,
            **KERNELS,
            "blur_sigma": [0.2, 3],
            **{f"{key}2": value for key, value in KERNELS.items()},
            "blur_sigma2": [0.2, 1.5],
            "final_sinc_prob": 0.8,
        }
    },
}


def imported(options: dict, folder: Path, tail: str = "") -> int:
    path = folder / "options.yml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(options))) + tail)  # without aliases
    return main(["inspect", "import", str(path), "--out", str(folder / "mine.yaml"), "--quiet"])


def test_the_published_options_give_the_published_preset(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert imported(PUBLISHED, tmp_path, "train: {optim_g: {lr: !!float 2e-4}}\nnum_gpu: auto\npath: ~\n") == 0
    assert load(tmp_path / "mine.yaml", DegradeConfig) == load(PRESET, DegradeConfig)
    assert "scale 4: pictures keep their own size" in capsys.readouterr().err
    assert imported(PUBLISHED | {"noise_range": [1, 20]}, tmp_path) == 2, "what is there is not replaced"
    assert "1 file (mine.yaml) would be made anew" in capsys.readouterr().err


def test_one_pass_fewer_kernels_and_what_has_no_effect(tmp_path: Path) -> None:
    """Another layout: all under one section, weights that do not add up to 1, a step in a range, no Poisson."""
    options = {**FIRST, **KERNELS, "gaussian_noise_prob": 1, "resize_prob": [0, 2, 2], "kernel_list": ["iso", "aniso"]}
    options |= {"kernel_prob": [1, 1], "sinc_prob": 0, "blur_sigma": [0, 3, 0.1]}
    assert imported({"degradation": options}, tmp_path) == 0
    found = load(tmp_path / "mine.yaml", DegradeConfig)
    assert found.second is None and found.first is not None
    kinds = found.first.blur.kinds.table()
    assert {name: share for name, share in kinds.items() if share} == {"iso": 0.5, "aniso": 0.5}
    assert found.first.blur.sigma == (0.01, 3) and found.first.resize.scale == (0.15, 1.0)
    assert found.first.noise.kinds.poisson == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"jpeg_range2": None}, "options.yml: no jpeg_range2"),
        ({"kernel_list": ["iso", "disk"]}, "kernel_list: ['iso', 'disk']; known: iso, aniso"),
        ({"jpeg_range": [95, 30]}, "first.jpeg.quality"),
        ({"noise_range": "wide"}, "noise_range: 'wide'; expected 2 numbers"),
        ({"gray_noise_prob": 40}, "gray_noise_prob: 40; expected a share"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict, said: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    flat = {**PUBLISHED, **PUBLISHED["datasets"]["train"], **change}
    del flat["datasets"]
    assert imported({k: v for k, v in flat.items() if v is not None}, tmp_path) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "mine.yaml").exists()


def test_a_file_of_other_things_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert imported({"name": "finetune", "train": {"total_iter": 9}}, tmp_path) == 2
    assert "holds no options of degradation" in capsys.readouterr().err
