"""What a config really does, measured on test charts: noise, sharpness, coding, clipping, shift; against tolerances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.files import write_json
from core.progress import Progress, silent
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.params import DegradeParams
from degrade.report.charts import (
    HEIGHT,
    LEVELS,
    SLOPE,
    WIDTH,
    dot_places,
    dots_chart,
    edge_chart,
    green,
    grey_chart,
    patch,
    texture_chart,
)
from degrade.report.measure import drift_px, mtf50
from degrade.stages.blur import BlurParams
from degrade.stages.codec import CodecParams
from degrade.stages.jpeg import JpegParams
from degrade.stages.noise import NoiseParams
from degrade.stages.sensor import SensorParams
from degrade.stages.stage import Params

REPORT = "report.png"
FRAMES, FPS = 6, 30.0
# Eight bits at a sixth of the size and the published bicubic kernel move single dots to and fro by up to 0.1 pixels;
# with dots at many places that averages out, and what is left is motion of the picture.
DOT_CHARTS = 12
DEFAULT_TOLERANCES = {"shift worst px": (0.0, 0.05)}


@dataclass(frozen=True)
class ChartReport:
    """`figures`: what was measured, by name; `outside`: those out of tolerance, in words; `curves`: for the plots."""

    figures: dict[str, float]
    outside: dict[str, str]
    curves: dict[str, Any]


def measure_charts(
    config: DegradeConfig,
    clips: int = 40,
    seed: int = 0,
    tolerances: Mapping[str, tuple[float, float]] | None = None,
    progress: Progress = silent,
) -> ChartReport:
    """Draw `clips` clips and measure each on charts of 480x272.

    Noise: standard deviation in levels on grey patches, whole chain. Sharpness: MTF50 of a slanted edge in cycles per
    pixel (at most 0.75), whole chain but noise. JPEG and codec: PSNR of a textured chart through that stage alone,
    where it was drawn. Clip bias: mean shift of grey levels by noise and sensor alone, which clipping at black and
    white causes. Shift: displacement of the picture's corners by resampling and fringes, fitted to some 400 dots, and
    of kernels off their middles. `tolerances`: lowest and highest value by figure, in place of `DEFAULT_TOLERANCES`.
    """
    wanted = dict(DEFAULT_TOLERANCES if tolerances is None else tolerances)
    greys, edge, texture = grey_chart(), edge_chart(), texture_chart(seed)
    dots, middles = zip(*(dots_chart(number) for number in range(DOT_CHARTS)), strict=True)
    places = dot_places(dots, middles)
    rows: dict[str, list[Any]] = {name: [] for name in ("noise", "bias", "mtf50", "jpeg", "codec", "shift")}
    for number in range(clips):
        params = draw_params(config, seed, f"chart-{number}", FRAMES, WIDTH, HEIGHT, FPS)
        shown = _middle(greys, params)
        rows["noise"].append([shown[patch(i)].astype(float).std(axis=(0, 1)).mean() for i in range(len(LEVELS))])
        noisy = _middle(greys, params.where(_noisy))
        rows["bias"].append([noisy[patch(i)].astype(float).mean() - LEVELS[i] for i in range(len(LEVELS))])
        rows["mtf50"].append(mtf50(green(_middle(edge, params.where(lambda stage: not _noisy(stage)))), SLOPE))
        moved = dot_places(_moved(dots, params), middles)
        rows["shift"].append(drift_px(places, moved, WIDTH, HEIGHT) + _off_centre(params))
        for name, kind in (("jpeg", JpegParams), ("codec", CodecParams)):
            if (alone := _only(kind, params)) is not None:
                rows[name].append(_psnr(texture, _middle(texture, alone)))
        progress(number + 1, clips, f"chart-{number}")
    figures = _figures(rows)
    perhaps = {f"{stage} psnr {which}" for stage in ("jpeg", "codec") for which in ("lowest", "median")}
    unknown = [name for name in wanted if name not in figures and name not in perhaps]
    if unknown:
        raise InputError(
            f"tolerances: {unknown[0]!r} is not measured; known: {', '.join(sorted({*figures, *perhaps}))}"
        )
    outside = {}
    for name, (low, high) in wanted.items():
        if name not in figures:
            outside[name] = f"{name} is not known: that stage was never drawn"
        elif not low <= figures[name] <= high:
            outside[name] = f"{name} is {figures[name]:.4g}, outside {low:g} to {high:g}"
    return ChartReport(figures, outside, rows)


def write_report(report: ChartReport, out: Path) -> None:
    """Write `out/report.json` and the picture `out/REPORT`."""
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "report.json", {"figures": report.figures, "outside": report.outside})
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6.4), layout="constrained")
    axes = FigureCanvasAgg(figure).figure.subplots(2, 3).ravel()
    for place, name, label in (
        (0, "noise", "standard deviation, levels"),
        (1, "bias", "mean change by noise alone, levels"),
    ):
        curves = np.array(report.curves[name])
        axes[place].plot(LEVELS, curves.T, color="#1b5e9e", lw=0.6, alpha=0.35)
        axes[place].plot(LEVELS, np.median(curves, 0), color="#c0392b", lw=2)
        axes[place].set(xlabel="grey level", ylabel=label, title=f"{name} against level (red: median)")
    axes[1].axhline(0, color="#888", lw=0.6)
    titles = {
        "mtf50": ("sharpness", "MTF50, cycles per pixel"),
        "shift": ("displacement", "at the corners, pixels"),
        "jpeg": ("JPEG alone", "PSNR, dB"),
        "codec": ("codec alone", "PSNR, dB"),
    }
    for place, (name, (title, label)) in enumerate(titles.items(), 2):
        values = report.curves[name]
        if values:
            axes[place].hist(values, 20, color="#1b5e9e", alpha=0.8)
            axes[place].yaxis.get_major_locator().set_params(integer=True)
        else:
            axes[place].text(0.5, 0.5, "never drawn", ha="center", transform=axes[place].transAxes)
            axes[place].set(xticks=[], yticks=[])
        axes[place].set(title=title, xlabel=label, ylabel="clips")
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
    figure.savefig(out / REPORT, dpi=110)


def _middle(chart: np.ndarray, params: DegradeParams) -> np.ndarray:
    return degrade_clip(np.repeat(chart[None], FRAMES, 0), params)[FRAMES // 2]


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = float(((a.astype(float) - b.astype(float)) ** 2).mean())
    return float(10 * np.log10(255**2 / max(error, 1e-4)))


def _noisy(stage: Params) -> bool:
    return isinstance(stage, (NoiseParams, SensorParams))


def _moved(dots: Sequence[np.ndarray], params: DegradeParams) -> Iterable[np.ndarray]:
    """Charts after all that moves pixels about: resampling, colour fringes, and what moves only what moves, for which
    each chart is a still clip. Kernels are looked at by themselves.
    """
    moving = params.where(lambda stage: stage.moves_pixels != "never")
    if any(stage.moves_pixels == "in motion" for _, stage in moving.stages()):
        return [_middle(chart, moving) for chart in dots]
    return degrade_clip(np.stack(dots), moving.model_copy(update={"frames": len(dots)}))


def _off_centre(params: DegradeParams) -> float:
    """How far, in pixels, the drawn kernels' centres of mass lie from their middles, added up."""
    total = 0.0
    for _, stage in params.stages():
        if isinstance(stage, BlurParams):
            kernel = stage.kernel()
            reach = np.arange(kernel.shape[0]) - (kernel.shape[0] - 1) / 2
            total += float(np.hypot((kernel.sum(0) * reach).sum(), (kernel.sum(1) * reach).sum()) / kernel.sum())
    return total


def _only(kind: type[Params], params: DegradeParams) -> DegradeParams | None:
    """The stages of that kind alone; None when none was drawn."""
    alone = params.where(lambda stage: isinstance(stage, kind))
    return alone if any(alone.stages()) else None


def _figures(rows: dict[str, list[Any]]) -> dict[str, float]:
    noise, bias = np.array(rows["noise"]), np.array(rows["bias"])
    figures = {f"noise median at {level}": float(np.median(noise[:, i])) for i, level in enumerate(LEVELS)}
    figures |= {
        "noise worst": float(noise.max()),
        "clip bias at 8": float(np.median(bias[:, 0])),
        "clip bias at 128": float(np.median(bias[:, LEVELS.index(128)])),
        "clip bias at 248": float(np.median(bias[:, -1])),
        "mtf50 lowest": float(np.min(rows["mtf50"])),
        "mtf50 median": float(np.median(rows["mtf50"])),
        "shift median px": float(np.median(rows["shift"])),
        "shift p95 px": float(np.percentile(rows["shift"], 95)),
        "shift worst px": float(np.max(rows["shift"])),
    }
    for name in ("jpeg", "codec"):
        if rows[name]:
            figures[f"{name} psnr lowest"] = float(np.min(rows[name]))
            figures[f"{name} psnr median"] = float(np.median(rows[name]))
    return figures
