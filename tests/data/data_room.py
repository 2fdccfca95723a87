"""A copy of the data folder, and the means to spoil it exactly."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REAL = Path(__file__).resolve().parents[2] / "data"
"""The book's own tables."""


def count_rows(table: str) -> int:
    """Rows of a real table, counted without the package."""
    with (REAL / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


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

    def find(self, table: str, **cells: str) -> int:
        """Line of the first row with these cells."""
        rows = self.rows(table)
        places = {rows[0].index(column): text for column, text in cells.items()}
        found = (
            number
            for number, row in enumerate(rows[1:], 2)
            if all(row[place] == text for place, text in places.items())
        )
        return next(found)

    def edit(
        self, table: str, key: str | int, column: str, change: str | Callable[[str], str]
    ) -> tuple[str, int, str]:
        """Change one cell of the row with that first cell, or on that line.

        Returns table, line and column, where the message must point.
        """
        rows = self.rows(table)
        line = key if isinstance(key, int) else self.line(table, key)
        place = rows[0].index(column)
        old = rows[line - 1][place]
        new = change(old) if callable(change) else change
        assert new != old, "the corruption must change something"
        rows[line - 1][place] = new
        self.write(table, rows)
        return table, line, column
