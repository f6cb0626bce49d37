"""The plot of a ranking: scores with 95% intervals for the vote and each reason (Figure 4 of the challenge report)."""

from __future__ import annotations

from pathlib import Path

from core.errors import InputError
from core.files import replacing
from score.preference.rank import Ranking

COLOURS = ("#1b5e9e", "#d1761c", "#3f8f4f", "#8a4fa3")
GROUP_SHADES = ("#00000010", "#00000000")


def plot_ranking(ranking: Ranking, path: Path) -> Path:
    """Draw `ranking` into `path` (.png, .svg or .pdf), best method at the top. Methods of one group share a shade,
    letters at the right tell of every pair.

    Raises InputError for another file type, WorkError when it cannot be written.
    """
    check_plot(path)
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    methods = [place.method for place in ranking.places]
    row = {method: len(methods) - 1 - k for k, method in enumerate(methods)}
    figure = Figure(figsize=(7.5, 1.3 + 0.55 * len(methods)), layout="constrained")
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    for place in ranking.places:
        y = row[place.method]
        axes.axhspan(y - 0.5, y + 0.5, color=GROUP_SHADES[place.group % 2], lw=0)
        axes.text(
            1.01,
            y,
            place.letters or place.standing,
            transform=axes.get_yaxis_transform(),
            va="center",
            family="monospace",
        )
    count = len(ranking.questions)
    for k, (name, question) in enumerate(ranking.questions.items()):
        shift = 0.16 * ((count - 1) / 2 - k)
        for first, strength in enumerate(question.strengths):
            middle = row[strength.method] + shift
            size = {"lw": 2.4, "ms": 7} if name == "vote" else {"lw": 1.2, "ms": 4.5}
            axes.plot(
                [strength.low, strength.high], [middle, middle], color=COLOURS[k], lw=size["lw"], solid_capstyle="butt"
            )
            label = f"{name} ({question.votes:,} votes)" if first == 0 else None
            axes.plot([strength.score], [middle], "o", color=COLOURS[k], ms=size["ms"], label=label)
    axes.axvline(1.0, color="#888", lw=0.8, ls=":")
    axes.set_xscale("log")
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}" if value in (0.5, 2, 5) else ""))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks([row[method] for method in methods], methods)
    axes.set_ylim(-0.6, len(methods) - 0.4)
    axes.set_xlabel(
        "Bradley-Terry score with 95% interval (1: average method)\n"
        "one shade: one group; a shared letter: no difference at 95%"
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=min(count, 4), frameon=False, fontsize=9)
    # the same ranking is the same bytes: no date, no chance in the names of what is drawn
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
    with rc_context({"svg.hashsalt": "keyfill"}), replacing(path) as part:
        figure.savefig(part, dpi=150, metadata=undated)
    return path


def check_plot(path: Path) -> None:
    """InputError for a name that no plot can have."""
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InputError(f"--plot {path}: expected a name that ends in .png, .svg or .pdf")
