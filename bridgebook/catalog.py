"""Which tables exist, and typed load.

A table is a CSV file in the data folder; the descriptor beside it is its contract: columns, types,
units, permitted values, keys, sources, licence, number of rows and checksum.
:func:`load` reads one table and refuses a file that breaks the contract, naming table, line,
column and value. :mod:`bookpress.checks` looks at everything at once, also across tables.
"""

from __future__ import annotations

import copy
import csv
import difflib
import hashlib
import io
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bridgebook import descriptors
from bridgebook.descriptors import PACKAGE_FILE as PACKAGE_FILE
from bridgebook.problems import DataError as DataError
from bridgebook.problems import Problem as Problem
from bridgebook.problems import encoding_problem as encoding_problem
from bridgebook.problems import listing as listing
from bridgebook.problems import quote as quote

ROWS = "bridgebook:rows"
AS_OF = "bridgebook:asOf"
REFRESHES = "bridgebook:refreshes"
"""Key of the package descriptor that records what `bridgebook refresh` changed, oldest first."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _shown(value: Any) -> str:
    """Write a typed value as the file does."""
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


class UnknownTableError(DataError, KeyError):
    """No table of that name; the message lists near names and all names."""


@dataclass(frozen=True)
class Table:
    """A parsed table.

    Attributes
    ----------
    name
        Name of the table.
    frame
        The typed rows.
    lines
        For each row the line of the file where it begins.
    key
        Columns that together identify a row.

    """

    name: str
    frame: pd.DataFrame
    lines: list[int]
    key: tuple[str, ...]

    def problem(self, row: Any, column: str, expected: str, found: Any = None) -> Problem:
        """Make the problem of one cell; ``found`` defaults to its value."""
        value = self.frame.loc[row, column] if found is None else found
        key = " / ".join(_shown(self.frame.loc[row, part]) for part in self.key)
        return Problem(self.name, expected, _shown(value), self.lines[row], column, key)

    def problems(
        self, mask: pd.Series, column: str, expected: str | pd.Series
    ) -> Iterator[Problem]:
        """Make the problem of every row that ``mask`` marks; a missing mark counts as no."""
        for row in self.frame.index[mask.fillna(False).to_numpy(dtype=bool)]:
            words = expected if isinstance(expected, str) else str(expected[row])
            yield self.problem(row, column, words)


# --- where things are -----------------------------------------------------------------------


def data_dir() -> Path:
    """Return the folder of the tables.

    Returns
    -------
    pathlib.Path
        ``$BRIDGEBOOK_DATA`` if set; else ``_data`` inside the installed package; else ``data``
        of the repository.

    """
    chosen = os.environ.get("BRIDGEBOOK_DATA")
    if chosen:
        return Path(chosen).expanduser().resolve()
    home = Path(__file__).resolve().parent
    packaged = home / "_data"
    return packaged if packaged.is_dir() else home.parent / "data"


def tables() -> list[str]:
    """Return the names of all tables, in alphabetical order.

    Raises
    ------
    DataError
        If the folder has no descriptors.

    """
    names = list(_names(data_dir()))
    _note(PACKAGE_FILE, digest_of_list(names))
    return names


def describe(name: str) -> dict[str, Any]:
    """Return the descriptor of one table: title, columns with units, licence, sources, gaps.

    Parameters
    ----------
    name
        Name of a table, see :func:`tables`.

    Returns
    -------
    dict
        The Frictionless resource descriptor; a copy that may be changed.

    Raises
    ------
    UnknownTableError
        If there is no such table.
    DataError
        If the descriptor is missing or broken.

    """
    resource = _resource(data_dir(), name)
    _trace(resource["path"])
    return copy.deepcopy(resource)


def load(name: str) -> pd.DataFrame:
    """Load one table with the types that its descriptor states.

    Dates become ``datetime64[ns]``, booleans ``boolean``, integers ``Int64``, numbers ``float64``,
    text ``string``, and text with a closed vocabulary an unordered ``category``. A blank cell is
    missing (never zero). Units are in the column names and in ``describe(name)``.

    Parameters
    ----------
    name
        Name of a table, see :func:`tables`.

    Returns
    -------
    pandas.DataFrame
        One row per line of the file, in its order; a fresh copy that may be changed.

    Raises
    ------
    UnknownTableError
        If there is no such table.
    DataError
        If the file is missing or breaks its contract: missing, additional or swapped columns, a
        wrong type, a value outside range or vocabulary, a blank required cell, a repeated key.

    """
    folder = data_dir()
    resource = _resource(folder, name)
    _trace(resource["path"])
    return _loaded(folder, name).copy()


def read_file(filename: str) -> str:
    """Return the text of another file of the data folder, for example ``claims.yml``.

    Parameters
    ----------
    filename
        A plain file name without folders.

    Raises
    ------
    DataError
        If it is not a plain name, not there, or not UTF-8 text.

    """
    if Path(filename).name != filename:
        raise DataError(f"read_file() takes a plain file name of the data folder, not {filename!r}")
    path = data_dir() / filename
    _trace(filename)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = sorted(p.name for p in path.parent.glob("*") if p.is_file())
        raise DataError(
            f"{filename} is missing in {path.parent}. Files there: {', '.join(there) or 'none'}"
        ) from None
    except UnicodeDecodeError as error:
        problem = encoding_problem(filename, path.read_bytes(), error)
        raise DataError(f"{problem}. Save {path} as UTF-8.", [problem]) from None


def _trace(filename: str) -> None:
    """Note a used file and its checksum where ``$BRIDGEBOOK_TRACE`` says.

    The build keys its cache on the list. The checksum is taken now: if somebody edits the file
    while the chapter runs, the chapter has not seen that edit.
    """
    if os.environ.get("BRIDGEBOOK_TRACE"):
        path = data_dir() / filename
        _note(filename, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")


def _note(name: str, digest: str) -> None:
    target = os.environ.get("BRIDGEBOOK_TRACE")
    if target:
        with Path(target).open("a", encoding="utf-8") as log:
            log.write(f"{name}\t{digest}\n")


def digest_of_list(names: Sequence[str]) -> str:
    """Return the sha256 of the list of tables, which a trace notes as ``datapackage.json``."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def read_trace(trace: Path) -> dict[str, str]:
    """Files noted in a trace with their sha256 at the first use; empty if none was used."""
    found: dict[str, str] = {}
    if trace.exists():
        for line in trace.read_text("utf-8").splitlines():
            name, digest = line.split("\t")
            found.setdefault(name, digest)
    return found


# --- the descriptor -------------------------------------------------------------------------


@cache
def package(folder: Path) -> dict[str, Any]:
    """Return the Data Package of a folder, read once per process: see :func:`forget`.

    Parameters
    ----------
    folder
        A data folder; see :mod:`bridgebook.descriptors` for what it holds.

    Raises
    ------
    DataError
        If a descriptor is missing or broken; names file, line and key.

    """
    return descriptors.package(folder)


def whole(folder: Path) -> dict[str, Any]:
    """Return what concerns all tables, without reading the descriptors of tables."""
    return descriptors.whole(folder)


def resources(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the descriptors of all tables by name."""
    return {resource["name"]: resource for resource in package(folder)["resources"]}


def forget() -> None:
    """Forget what was read, after files of a data folder have changed in this process."""
    for kept in (package, _names, _resource, _loaded):
        kept.cache_clear()


@cache
def _names(folder: Path) -> list[str]:
    return descriptors.names(folder)


@cache
def _resource(folder: Path, name: str) -> dict[str, Any]:
    """Return one descriptor, or say which names are near."""
    known = _names(folder)
    if name in known:
        return descriptors.resource(folder, name)
    if (folder / f"{name}.csv").is_file() and not descriptors.is_assembled(folder):
        problem = Problem(f"{name}.csv", f"a descriptor, {name}.yml", "none")
        advice = f"Write {folder / name}.yml or delete the table."
        raise UnknownTableError(f"{problem}. {advice}", [problem])
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.4)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UnknownTableError(f"there is no table {name!r}.{hint} Tables: {', '.join(known)}")


# --- reading one table ----------------------------------------------------------------------


@cache
def _loaded(folder: Path, name: str) -> pd.DataFrame:
    """Parse a table once per process; callers get copies."""
    table, problems = parse(folder, _resource(folder, name))
    if table is None or problems:
        more = f" ({len(problems) - 1} more in this table)" if len(problems) > 1 else ""
        raise DataError(
            f"{problems[0]}{more}. Correct {folder / _resource(folder, name)['path']} or get it "
            "again, then run `python -m bookpress.checks` for the full list.",
            problems,
        )
    return table.frame


def parse(folder: Path, resource: dict[str, Any]) -> tuple[Table | None, list[Problem]]:
    """Parse the file of a resource; the table is None as soon as there is a problem."""
    try:
        content = (folder / resource["path"]).read_bytes()
    except FileNotFoundError:
        expected = f"the file {resource['path']} in {folder}"
        return None, [Problem(resource["name"], expected, "no such file")]
    return parse_content(resource, content)


def parse_content(resource: dict[str, Any], content: bytes) -> tuple[Table | None, list[Problem]]:
    """Parse the content of a table's file, wherever it comes from, as :func:`parse` does."""
    name, fields = resource["name"], resource["schema"]["fields"]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [encoding_problem(name, content, error)]
    try:
        header, lines, rows = _split(text)
    except csv.Error as error:
        return None, [Problem(name, "a well-formed CSV file with closed quotes", str(error))]

    problems = list(_shape_problems(name, [field["name"] for field in fields], header, lines, rows))
    if problems:
        return None, problems
    keys = _keys(resource, header, rows)
    columns: dict[str, Any] = {}
    for field, cells in zip(fields, zip(*rows, strict=True), strict=True):
        values, expectations = _convert(field, cells)
        columns[field["name"]] = None if expectations else _series(field, values)
        problems += [
            Problem(name, expected, quote(cells[row]), lines[row], field["name"], keys[row])
            for row, expected in expectations.items()
        ]
    problems += _repeats(resource, header, lines, rows)
    problems.sort(key=lambda problem: problem.line or 0)
    if problems:
        return None, problems
    return Table(name, pd.DataFrame(columns), lines, tuple(resource["schema"]["primaryKey"])), []


def _split(text: str) -> tuple[list[str], list[int], list[list[str]]]:
    """Split CSV text into header, the line where each row begins, and rows of cells."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(reader, [])
    lines, rows = [], []
    begin = reader.line_num + 1
    for row in reader:
        lines.append(begin)
        rows.append(row)
        begin = reader.line_num + 1
    return header, lines, rows


def _shape_problems(
    name: str, wanted: list[str], header: list[str], lines: list[int], rows: list[list[str]]
) -> Iterator[Problem]:
    """Yield what is wrong with the header and the number of cells in the rows."""
    missing = [column for column in wanted if column not in header]
    extra = [column for column in header if column not in wanted]
    if missing:
        yield Problem(name, f"the column {missing[0]}", listing(header), 1, missing[0])
    elif extra:
        yield Problem(name, "no such column", quote(extra[0]), 1, extra[0])
    elif header != wanted:
        pairs = enumerate(zip_longest(wanted, header))
        place, (want, have) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
        yield Problem(name, f"{want or 'no column'} as column {place + 1}", str(have), 1, have)
    if header != wanted:
        return
    if not rows:
        yield Problem(name, "at least one row", "none")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(wanted):
            yield Problem(name, f"{len(wanted)} cells", f"{len(row)} cells", line, None, *row[:1])


def _keys(resource: dict[str, Any], header: list[str], rows: list[list[str]]) -> list[str]:
    """Return the primary key of each row as text."""
    places = [header.index(column) for column in resource["schema"]["primaryKey"]]
    return [" / ".join(row[place] for place in places) for row in rows]


def _repeats(
    resource: dict[str, Any], header: list[str], lines: list[int], rows: list[list[str]]
) -> Iterator[Problem]:
    """Yield rows whose primary key occurs in an earlier row."""
    column = ", ".join(resource["schema"]["primaryKey"])
    first: dict[str, int] = {}
    for line, key in zip(lines, _keys(resource, header, rows), strict=True):
        if key in first:
            wanted = f"a value of its own (it also stands in line {first[key]})"
            yield Problem(resource["name"], wanted, quote(key), line, column, key)
        first.setdefault(key, line)


def _convert(field: dict[str, Any], cells: Sequence[str]) -> tuple[list[Any], dict[int, str]]:
    """Turn the cells of a column into values; cells that break the contract map to what it asks.

    Each distinct text is judged once, which keeps long tables fast.
    """
    read = _reader(field)
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for cell in set(cells):
        try:
            values[cell] = read(cell)
        except ValueError as expected:
            wrong[cell] = str(expected)
    if not wrong:
        return [values[cell] for cell in cells], {}
    return [], {row: wrong[cell] for row, cell in enumerate(cells) if cell in wrong}


def _reader(field: dict[str, Any]) -> Callable[[str], Any]:
    """Return a function that reads one cell of a column or raises ValueError(expectation)."""
    kind, rules = field["type"], field.get("constraints", {})
    required, allowed = rules.get("required", False), rules.get("enum")
    expectation = _expectation(field)
    convert = _CONVERTERS[kind]
    low, high = (convert(str(rules[k])) if k in rules else None for k in ("minimum", "maximum"))
    pattern = re.compile(rules["pattern"]) if "pattern" in rules else None

    def read(cell: str) -> Any:
        if cell == "":
            if required:
                raise ValueError(f"{expectation} (the cell must not be blank)")
            return None
        try:
            value = convert(cell)
        except ValueError:
            raise ValueError(expectation) from None
        if (
            (allowed is not None and value not in allowed)
            or (low is not None and value < low)
            or (high is not None and value > high)
            or (pattern is not None and not pattern.fullmatch(cell))
        ):
            raise ValueError(expectation)
        return value

    return read


def _number(cell: str) -> float:
    """Read a decimal number; ``nan``, ``inf`` and digit groups are not numbers here."""
    if not _NUMBER.fullmatch(cell) or not math.isfinite(float(cell)):
        raise ValueError(cell)
    return float(cell)


def _integer(cell: str) -> int:
    if not _INTEGER.fullmatch(cell):
        raise ValueError(cell)
    return int(cell)


def _date(cell: str) -> date:
    if not _DATE.fullmatch(cell):
        raise ValueError(cell)
    return date.fromisoformat(cell)


def _boolean(cell: str) -> bool:
    if cell not in ("true", "false"):
        raise ValueError(cell)
    return cell == "true"


def _text(cell: str) -> str:
    # Blanks at the ends and control characters are invisible on screen and break joins.
    if cell != cell.strip() or not cell.isprintable() or "\ufffd" in cell:
        raise ValueError(cell)
    return cell


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "number": _number,
    "integer": _integer,
    "date": _date,
    "boolean": _boolean,
    "string": _text,
}


def _series(field: dict[str, Any], values: list[Any]) -> pd.Series:
    """Build the typed column for values that passed their checks (None is missing)."""
    kind = field["type"]
    if kind == "number":
        return pd.Series(np.array([np.nan if v is None else v for v in values], dtype="float64"))
    if kind == "date":
        days = np.array(["NaT" if v is None else v for v in values], dtype="datetime64[D]")
        return pd.Series(days.astype("datetime64[ns]"))
    if "enum" in field.get("constraints", {}):
        return pd.Series(pd.Categorical(values, categories=field["constraints"]["enum"]))
    dtype = {"integer": "Int64", "boolean": "boolean", "string": "string"}[kind]
    return pd.Series(pd.array(values, dtype=dtype))


def _expectation(field: dict[str, Any]) -> str:
    """Say in words what a cell of a column must be."""
    rules = field.get("constraints", {})
    if "enum" in rules:
        return f"one of {listing(rules['enum'])}"
    words = {
        "number": "a number",
        "integer": "a whole number",
        "date": "a date YYYY-MM-DD",
        "boolean": "true or false",
        "string": "printable text without blanks at its ends",
    }[field["type"]]
    if "minimum" in rules and "maximum" in rules:
        words += f" from {rules['minimum']} to {rules['maximum']}"
    if "pattern" in rules:
        words += f" of the form {rules['pattern']}"
    return words
