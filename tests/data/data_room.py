"""A copy of the data folder, and the means to spoil it exactly.

A room costs no copying: its files are hard links to a *shelf*, one copy of the real folder for all
tests of a process, and what a test writes gets a file of its own first. No link leads to the real
folder, and the shelf tells which test wrote through a link all the same::

    data/  ── copied once ──▶  shelf  ── linked for each test ──▶  room
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bridgebook import catalog, descriptors
from bridgebook.catalog import Problem, Table

REAL = Path(__file__).resolve().parents[2] / "data"
"""The book's own tables."""


class DatesAreText(yaml.SafeLoader):
    """A second reader of YAML, by which tests look at descriptors."""


DatesAreText.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)


def count_rows(table: str) -> int:
    """Rows of a real table, counted without the package."""
    with (REAL / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


@dataclass
class Room:
    """A copy of the data folder."""

    path: Path

    def own(self, name: str) -> Path:
        """Path of a file that this room alone has, to be changed or removed."""
        path = self.path / name
        if path.exists() and path.stat().st_nlink > 1:
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
        return path

    def spoilt(self) -> set[str]:
        """Names of the files that this room has changed, added or lost."""
        there = {file.name for file in self.path.iterdir() if file.stat().st_nlink > 1}
        return {file.name for file in [*REAL.iterdir(), *self.path.iterdir()]} - there

    def keep(self, *tables: str) -> None:
        """Cut the folder down to a few tables that need no other one: a small, whole package."""
        for name in tables:
            for foreign in self.descriptor(name)["schema"].get("foreignKeys", []):
                assert foreign["reference"]["resource"] in tables, (name, foreign)
        for path in self.path.glob("*.csv"):
            if path.stem not in tables:
                path.unlink()
                path.with_suffix(".yml").unlink()
        catalog.forget()

    def descriptor(self, name: str) -> dict[str, Any]:
        """What ``<name>.yml`` says of a table, or ``package.yml`` of all, read by other means."""
        return yaml.load((self.path / f"{name}.yml").read_text("utf-8"), DatesAreText)

    def describe(self, name: str, change: Callable[[dict[str, Any]], object]) -> Path:
        """Change what a descriptor says, and write it in another style."""
        found = self.descriptor(name)
        change(found)
        path = self.own(f"{name}.yml")
        path.write_text(yaml.safe_dump(found, allow_unicode=True, sort_keys=False), "utf-8")
        catalog.forget()
        return path

    def reword(self, name: str, old: str, new: str) -> int:
        """Replace the first place of a text in a descriptor, and tell its line."""
        path = self.own(f"{name}.yml")
        text = path.read_text("utf-8")
        assert old in text, f"{path.name} lacks {old!r}"
        path.write_text(text.replace(old, new, 1), "utf-8")
        catalog.forget()
        return text[: text.index(old)].count("\n") + 1

    def assemble(self) -> Path:
        """Turn the folder into what the site and the wheel carry: one descriptor for all."""
        text = descriptors.as_json(descriptors.package(self.path))
        for path in self.path.glob("*.yml"):
            if path.name != "claims.yml":
                path.unlink()
        path = self.path / descriptors.PACKAGE_FILE
        path.write_text(text, "utf-8")
        catalog.forget()
        return path

    def rows(self, table: str) -> list[list[str]]:
        """Cells of a table, header first, read without the package."""
        with (self.path / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def write(self, table: str, rows: list[list[str]]) -> None:
        with self.own(f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
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


class Shelf:
    """A copy of the data folder to which rooms link; nothing in it may change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(REAL, path)
        self._state = self._look()

    def _look(self) -> dict[str, tuple[int, int]]:
        files = ((file.name, file.stat()) for file in self.path.iterdir())
        return {name: (facts.st_size, facts.st_mtime_ns) for name, facts in files}

    def room(self, path: Path) -> Room:
        """Furnish a new room."""
        shutil.copytree(self.path, path, copy_function=os.link)
        return Room(path)

    def altered(self) -> list[str]:
        """Names of files that somebody wrote to; they are as they were afterwards."""
        now = self._look()
        names = sorted(dict(now.items() ^ self._state.items()))
        for name in names:
            (self.path / name).unlink(missing_ok=True)
            if name in self._state:
                shutil.copy2(REAL / name, self.path / name)
        self._state = self._look()
        return names


def remembered(ask: Callable[..., Iterator[Problem]]) -> Callable[..., list[Problem]]:
    """A rule that is asked once about the same parsed tables.

    The check parses the same bytes once per process, so that a table nobody spoilt is the same
    object in every test: only rules about a spoilt table run again.
    """
    answers: dict[tuple[int, ...], tuple[tuple[Table, ...], list[Problem]]] = {}

    def answer(*tables: Table, **extra: Any) -> list[Problem]:
        if extra:
            return list(ask(*tables, **extra))
        key = tuple(map(id, tables))
        if key not in answers:
            # The tables are kept with the answer: no other object can get their identity.
            answers[key] = tables, list(ask(*tables))
        return answers[key][1]

    return answer
