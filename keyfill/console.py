"""What commands print on standard output: lines, and tables that no narrow pipe cuts off."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table


def print_line(text: str, wrap: bool = True) -> None:
    """A line of text as it is; a long one is broken between words on a terminal unless `wrap` is off."""
    Console().print(text, soft_wrap=not wrap, highlight=False)


def print_table(lines: Sequence[Sequence[str]], title: str = "") -> None:
    """Lines of text cells, the first a header."""
    shown = Table(title=title, title_justify="left", box=SIMPLE)
    for number, name in enumerate(lines[0]):
        shown.add_column(name, justify="left" if number == 0 else "right", no_wrap=True)
    for line in lines[1:]:
        shown.add_row(*line)
    Console().print(shown)
