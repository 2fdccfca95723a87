"""A data folder that a test may spoil, and the means to spoil it exactly."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridgebook import catalog

REAL = Path(__file__).resolve().parents[2] / "data"


@dataclass
class Room:
    """A copy of the data folder."""

    path: Path

    def rows(self, table: str) -> list[list[str]]:
        """Cells of a table, header first, read without the package."""
        with (self.path / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def write(self, table: str, rows: list[list[str]]) -> None:
        with (self.path / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def line(self, table: str, key: str) -> int:
        """Line of the row whose first cell is ``key``."""
        return [row[0] for row in self.rows(table)].index(key) + 1

    def edit(
        self, table: str, key: str, column: str, change: str | Callable[[str], str]
    ) -> tuple[str, int, str]:
        """Change one cell; return table, line and column, where the message must point."""
        rows = self.rows(table)
        line, place = self.line(table, key), rows[0].index(column)
        old = rows[line - 1][place]
        new = change(old) if callable(change) else change
        assert new != old, "the corruption must change something"
        rows[line - 1][place] = new
        self.write(table, rows)
        return table, line, column


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A spoilable copy of the data folder, which the catalog uses during the test."""
    copy = tmp_path / "data"
    shutil.copytree(REAL, copy)
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(copy))
    monkeypatch.delenv("BRIDGEBOOK_TRACE", raising=False)
    return Room(copy)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The book's own tables, whatever the environment says."""
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(REAL))
    monkeypatch.delenv("BRIDGEBOOK_TRACE", raising=False)
    assert catalog.data_dir() == REAL
    return REAL
