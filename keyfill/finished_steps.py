"""Which steps of a run are done for which input, so that a second run does not repeat them."""

from __future__ import annotations

from pathlib import Path

from core.files import read_record, write_json
from core.identity import digest, file_digest
from pairs.manifest import HEADER, ROWS

DONE = "done.json"


class FinishedSteps:
    """Which steps are done for which input, so that a second run does not repeat them."""

    def __init__(self, path: Path):
        self.path = path
        self.record: dict[str, str] = read_record(path)

    def holds(self, step: str, mark: str, result: Path) -> bool:
        """Is `result` there, made from the input that `mark` stands for?"""
        return self.record.get(step) == mark and result.exists()

    def add(self, step: str, mark: str) -> None:
        """Remember a finished step."""
        self.record[step] = mark
        write_json(self.path, self.record)


def data_digest(folder: Path) -> str:
    """What a data set holds, from its manifest alone."""
    rows = sorted((folder / ROWS).glob("*.json"))
    return digest(file_digest(folder / HEADER), [[row.name, file_digest(row)] for row in rows])
