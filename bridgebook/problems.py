"""What can be wrong in the data folder, and how to say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in the data folder.

    Attributes
    ----------
    table
        Name of the table, or of a file that is not a table.
    expected
        What the contract asks for, in words.
    found
        What stands there instead.
    line
        Line number in the file (the first line, a table's header, is 1), or None if the whole
        file is concerned.
    column
        Column name, or None if the whole row or file is concerned.
    key
        Primary key of the row, or the key of a descriptor; empty if unknown.

    """

    table: str
    expected: str
    found: str = ""
    line: int | None = None
    column: str | None = None
    key: str = ""

    def __str__(self) -> str:
        place = self.table
        if self.line is not None:
            place += f", line {self.line}"
        if self.key:
            place += f" ({self.key})"
        if self.column is not None:
            place += f", column {self.column}"
        found = f"found {self.found}, " if self.found else ""
        return f"{place}: {found}expected {self.expected}"


class DataError(ValueError):
    """A table or file is missing or breaks its contract.

    Attributes
    ----------
    problems : tuple of Problem
        Everything found wrong; the message tells the first.

    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return str(self.args[0])


def encoding_problem(name: str, content: bytes, error: UnicodeDecodeError) -> Problem:
    """Tell the line of the first byte that is not UTF-8."""
    line = content.count(b"\n", 0, error.start) + 1
    return Problem(name, "text in UTF-8", f"byte 0x{content[error.start]:02x}", line)


def quote(cell: str) -> str:
    """Show a cell, cut where it is long."""
    return repr(cell if len(cell) <= 60 else cell[:57] + "...")


def listing(names: Iterable[str]) -> str:
    """Write names one after the other; say so if there is none."""
    return ", ".join(str(name) for name in names) or "nothing"
