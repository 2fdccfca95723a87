"""Which tables exist, typed load, and the full check of the data folder.

A table is a CSV file in the data folder; ``datapackage.json`` beside it is its contract: columns,
types, units, permitted values, keys, sources, licence, number of rows and checksum.
:func:`load` reads one table and refuses a file that breaks the contract, naming table, line,
column and value. :func:`check` looks at everything at once, also across tables.

Commands::

    python -m bridgebook.catalog                   # check; exit code 1 and a list of problems
    python -m bridgebook.catalog --update-hashes   # after a wanted change of a table
"""

from __future__ import annotations

import argparse
import copy
import csv
import difflib
import hashlib
import io
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PACKAGE_FILE = "datapackage.json"
REFERENCES_FILE = "references.bib"
SUPPORT_FILES = {PACKAGE_FILE, REFERENCES_FILE, "claims.yml"}
"""Files of the data folder that are not tables."""

ROWS = "bridgebook:rows"
AS_OF = "bridgebook:asOf"

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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
        Line number in the file (the header is line 1), or None if the whole file is concerned.
    column
        Column name, or None if the whole row or file is concerned.
    key
        Primary key of the row, for the eye; empty if unknown.

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


class UnknownTableError(DataError, KeyError):
    """No table of that name; the message lists near names and all names."""


@dataclass(frozen=True)
class _Table:
    """A parsed table: its frame, and for each row the line of the file where it begins."""

    frame: pd.DataFrame
    lines: list[int]


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
        If the descriptor ``datapackage.json`` is missing or broken.

    """
    _trace(PACKAGE_FILE)
    return sorted(_resources(data_dir()))


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
    missing (never zero). Units stand in the column names and in ``describe(name)``.

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
        problem = _encoding_problem(filename, path.read_bytes(), error)
        raise DataError(f"{problem}. Save {path} as UTF-8.", [problem]) from None


def _trace(filename: str) -> None:
    """Note a used file where ``$BRIDGEBOOK_TRACE`` says; the build keys its cache on the list."""
    target = os.environ.get("BRIDGEBOOK_TRACE")
    if target:
        with Path(target).open("a", encoding="utf-8") as log:
            log.write(f"{filename}\n")


# --- the descriptor -------------------------------------------------------------------------


@cache
def _package(folder: Path) -> dict[str, Any]:
    """Read the package descriptor of a folder."""
    path = folder / PACKAGE_FILE
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = "Set BRIDGEBOOK_DATA to a data folder of the book, or unset it."
        raise DataError(f"{PACKAGE_FILE} is missing in {folder}. {hint}") from None
    except ValueError as error:
        raise DataError(f"{PACKAGE_FILE} in {folder} is not valid JSON: {error}") from None
    try:
        for resource in package["resources"]:
            _check_resource(resource)
    except (KeyError, TypeError) as error:
        raise DataError(f"{PACKAGE_FILE} in {folder}: {error} is missing or misplaced") from None
    return package


def _check_resource(resource: dict[str, Any]) -> None:
    """Raise KeyError, TypeError or DataError if a descriptor lacks what reading needs."""
    name, schema = resource["name"], resource["schema"]
    if Path(resource["path"]).name != resource["path"]:
        raise DataError(f"{PACKAGE_FILE}, {name}: the path must be a plain file name")
    columns = []
    for field in schema["fields"]:
        columns.append(field["name"])
        if field["type"] not in _CONVERTERS:
            wanted = f"one of {_list(_CONVERTERS)}"
            raise DataError(f"{PACKAGE_FILE}, {name}.{field['name']}: the type must be {wanted}")
    for foreign in schema.get("foreignKeys", []):
        if not isinstance(foreign["fields"], str):
            raise DataError(f"{PACKAGE_FILE}, {name}: foreign keys of one column only, as text")
    for column in schema["primaryKey"]:
        if column not in columns:
            raise DataError(f"{PACKAGE_FILE}, {name}: the primary key {column} is not a column")


def _resources(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the descriptors by table name."""
    return {resource["name"]: resource for resource in _package(folder)["resources"]}


def _resource(folder: Path, name: str) -> dict[str, Any]:
    """Return one descriptor, or say which names are near."""
    known = _resources(folder)
    if name in known:
        return known[name]
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.4)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UnknownTableError(f"there is no table {name!r}.{hint} Tables: {', '.join(sorted(known))}")


# --- reading one table ----------------------------------------------------------------------


@cache
def _loaded(folder: Path, name: str) -> pd.DataFrame:
    """Parse a table once per process; callers get copies."""
    table, problems = _parse(folder, _resource(folder, name))
    if table is None or problems:
        more = f" ({len(problems) - 1} more in this table)" if len(problems) > 1 else ""
        raise DataError(
            f"{problems[0]}{more}. Correct {folder / _resource(folder, name)['path']} or get it "
            "again, then run `python -m bridgebook.catalog` for the full list.",
            problems,
        )
    return table.frame


def _parse(folder: Path, resource: dict[str, Any]) -> tuple[_Table | None, list[Problem]]:
    """Parse the file of a resource; the table is None as soon as there is a problem."""
    name, fields = resource["name"], resource["schema"]["fields"]
    path = folder / resource["path"]
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except FileNotFoundError:
        return None, [Problem(name, f"the file {resource['path']} in {folder}", "no such file")]
    except UnicodeDecodeError as error:
        return None, [_encoding_problem(name, content, error)]
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
            Problem(name, expected, _quote(cells[row]), lines[row], field["name"], keys[row])
            for row, expected in expectations.items()
        ]
    problems += _repeats(resource, header, lines, rows)
    problems.sort(key=lambda problem: problem.line or 0)
    if problems:
        return None, problems
    return _Table(pd.DataFrame(columns), lines), []


def _encoding_problem(name: str, content: bytes, error: UnicodeDecodeError) -> Problem:
    """Tell the line of the first byte that is not UTF-8."""
    line = content.count(b"\n", 0, error.start) + 1
    return Problem(name, "text in UTF-8", f"byte 0x{content[error.start]:02x}", line)


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
        yield Problem(name, f"the column {missing[0]}", _list(header), 1, missing[0])
    elif extra:
        yield Problem(name, "no such column", _quote(extra[0]), 1, extra[0])
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
    """Yield rows whose primary key stood in an earlier row."""
    column = ", ".join(resource["schema"]["primaryKey"])
    first: dict[str, int] = {}
    for line, key in zip(lines, _keys(resource, header, rows), strict=True):
        if key in first:
            wanted = f"a value of its own (it also stands in line {first[key]})"
            yield Problem(resource["name"], wanted, _quote(key), line, column, key)
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
        return f"one of {_list(rules['enum'])}"
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


def _quote(cell: str) -> str:
    """Show a cell, cut where it is long."""
    return repr(cell if len(cell) <= 60 else cell[:57] + "...")


def _list(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names) or "nothing"


# --- the full check -------------------------------------------------------------------------


def check(folder: str | Path | None = None) -> list[Problem]:
    """Check every table, the descriptor, the references and what tables say about one another.

    Parameters
    ----------
    folder
        Data folder; by default :func:`data_dir`.

    Returns
    -------
    list of Problem
        Empty if all is well.

    Raises
    ------
    DataError
        If the package ``frictionless`` is not installed (it is part of the ``book`` extra).

    """
    place = Path(folder).resolve() if folder is not None else data_dir()
    _package.cache_clear()  # the descriptor may have changed since it was last read
    try:
        resources = _resources(place)
    except DataError as error:
        return [Problem(PACKAGE_FILE, "a readable descriptor", str(error))]

    problems: list[Problem] = []
    parsed: dict[str, _Table] = {}
    for name, resource in resources.items():
        table, found = _parse(place, resource)
        problems += found
        if table is not None:
            parsed[name] = table
            problems += _count_problems(resource, table)
        problems += _hash_problems(place, resource)
    problems += _folder_problems(place, resources)
    entries, found = _references(place)
    problems += found
    if entries:
        for name, table in parsed.items():
            problems += _citation_problems(name, resources[name], table, entries)
    for name, table in parsed.items():
        problems += _foreign_key_problems(name, resources[name], table, parsed)
    for needs, rule in _RULES:
        if all(name in parsed for name in needs):
            problems += rule(*(parsed[name] for name in needs), resources)
    # A second opinion from the reference implementation, on whatever passed so far.
    faulty = {problem.table for problem in problems}
    problems += [p for p in _frictionless_problems(place) if p.table not in faulty]
    return problems


def _count_problems(resource: dict[str, Any], table: _Table) -> Iterator[Problem]:
    """Yield a wrong number of rows: a table that lost its tail is still a valid CSV file."""
    if resource.get(ROWS) != len(table.frame):
        yield Problem(resource["name"], f"{resource.get(ROWS)} rows", f"{len(table.frame)} rows")


def _fingerprint(content: bytes) -> tuple[int, str]:
    """Return size and checksum as the descriptor writes them."""
    return len(content), f"sha256:{hashlib.sha256(content).hexdigest()}"


def _hash_problems(folder: Path, resource: dict[str, Any]) -> Iterator[Problem]:
    """Yield a difference between a file and the size and checksum in the descriptor."""
    path = folder / resource["path"]
    if not path.is_file():
        return
    size, digest = _fingerprint(path.read_bytes())
    if (resource.get("bytes"), resource.get("hash")) != (size, digest):
        yield Problem(
            resource["name"],
            f"{resource.get('bytes')} bytes with {str(resource.get('hash'))[:19]}... "
            "(if the change is wanted: python -m bridgebook.catalog --update-hashes)",
            f"{size} bytes with {digest[:19]}...",
        )


def _folder_problems(folder: Path, resources: dict[str, Any]) -> Iterator[Problem]:
    """Yield files that no descriptor mentions; missing ones are found by reading."""
    described = {resource["path"] for resource in resources.values()} | SUPPORT_FILES
    for path in sorted(folder.iterdir()):
        if path.name not in described and not path.name.startswith("."):
            yield Problem(path.name, f"an entry in {PACKAGE_FILE} for each file", "none")


def _references(folder: Path) -> tuple[set[str], list[Problem]]:
    """Return the keys of references.bib and what is wrong with its entries."""
    path = folder / REFERENCES_FILE
    if not path.is_file():
        return set(), [Problem(REFERENCES_FILE, f"the file in {folder}", "no such file")]
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return set(), [_encoding_problem(REFERENCES_FILE, content, error)]
    starts = list(re.finditer(r"^@\w+\{([^,\s]+),", text, re.MULTILINE))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    keys: set[str] = set()
    problems = []
    for start, end in zip(starts, ends, strict=True):
        key, body = start[1], text[start.end() : end]
        line = text.count("\n", 0, start.start()) + 1
        if key in keys:
            problems.append(Problem(REFERENCES_FILE, "each key once", key, line))
        keys.add(key)
        if not re.search(r"^\s*(url|doi)\s*=\s*\{\S+\}", body, re.MULTILINE):
            problems.append(Problem(REFERENCES_FILE, "a url or doi", "none", line, None, key))
        if not re.search(r"^\s*note\s*=\s*\{(primary|secondary|tertiary)\b", body, re.MULTILINE):
            wanted = "a note that begins with primary, secondary or tertiary"
            problems.append(Problem(REFERENCES_FILE, wanted, "none", line, None, key))
    return keys, problems


def _citation_problems(
    name: str, resource: dict[str, Any], table: _Table, entries: set[str]
) -> Iterator[Problem]:
    """Yield source keys that references.bib lacks."""
    key = resource["schema"]["primaryKey"][0]
    for column in table.frame.columns:
        if column != "source" and not column.endswith("_source"):
            continue
        for row, cell in table.frame[column].dropna().items():
            for source in cell.split(";"):
                if source not in entries:
                    wanted = f"a key of {REFERENCES_FILE}"
                    yield _at(name, table, row, column, key, wanted, _quote(source))


def _foreign_key_problems(
    name: str, resource: dict[str, Any], table: _Table, parsed: dict[str, _Table]
) -> Iterator[Problem]:
    """Yield cells that point to a row which another table does not have."""
    key = resource["schema"]["primaryKey"][0]
    for foreign in resource["schema"].get("foreignKeys", []):
        column, target = foreign["fields"], foreign["reference"]
        if target["resource"] not in parsed:
            continue
        there = parsed[target["resource"]].frame[target["fields"]]
        cells = table.frame[column].dropna()
        for row in cells.index[~cells.isin(there)]:
            wanted = f"a {target['fields']} of {target['resource']}"
            yield _at(name, table, row, column, key, wanted)


def _frictionless_problems(folder: Path) -> Iterator[Problem]:
    """Yield what the reference implementation of the Data Package standard finds."""
    try:
        import frictionless
    except ImportError as error:
        raise DataError(
            "the full check needs frictionless: pip install 'bridgebook[book]'"
        ) from error
    try:
        report = frictionless.Package(str(folder / PACKAGE_FILE)).validate()
    except frictionless.FrictionlessException as error:
        yield Problem(PACKAGE_FILE, "a valid Data Package", str(error))
        return
    for broken in report.errors:
        yield Problem(PACKAGE_FILE, "a valid Data Package", broken.message)
    for task in report.tasks:
        for broken in task.errors:
            columns = getattr(broken, "field_names", None) or [getattr(broken, "field_name", None)]
            yield Problem(
                task.name,
                f"what the schema asks for: {broken.note}",
                broken.title,
                getattr(broken, "row_number", None),
                ", ".join(columns) if all(columns) else None,
            )


# --- rules that span columns, rows or tables ------------------------------------------------


def _at(
    name: str, table: _Table, row: Any, column: str, key: str, expected: str, found: Any = None
) -> Problem:
    """Make the problem for one cell; ``found`` defaults to its value."""
    frame = table.frame
    value = frame.loc[row, column] if found is None else found
    return Problem(name, expected, str(value), table.lines[row], column, str(frame.loc[row, key]))


_BITS = {"fp16_tflops": 16, "fp8_tflops": 8, "fp4_tflops": 4, "int8_tops": 8}
"""Formats that published TPP figures are made from; trackers leave FP6 out."""

_RATIOS = [
    ("tf32_tflops", "fp16_tflops", 0.2, 0.6),
    ("fp8_tflops", "fp16_tflops", 0.9, 5.0),
    ("fp4_tflops", "fp8_tflops", 0.9, 4.0),
    ("fp6_tflops", "fp8_tflops", 0.9, 4.0),
]
"""Plausible range of the rate in one format over the rate in another."""


def _chip_rules(table: _Table, resources: dict[str, Any]) -> Iterator[Problem]:
    """Throughput, density, areas and dates of a chip must fit together."""
    chips = table.frame
    excused = resources["chips"].get("bridgebook:tppExceptions", {})

    def wrong(mask: pd.Series, column: str, expected: str) -> Iterator[Problem]:
        for row in chips.index[mask.fillna(False).to_numpy(dtype=bool)]:
            yield _at("chips", table, row, column, "chip", expected)

    best = (chips[list(_BITS)] * pd.Series(_BITS)).max(axis=1)
    ratio = chips["tpp_published"] / best
    far = ~ratio.between(0.75, 1.3) & ratio.notna() & ~chips["chip"].isin(list(excused))
    yield from wrong(far, "tpp_published", "about the best dense rate times its bits")
    for upper, lower, least, most in _RATIOS:
        ratio = chips[upper] / chips[lower]
        wanted = f"{least} to {most} times {lower}"
        yield from wrong(~ratio.between(least, most) & ratio.notna(), upper, wanted)
    ratio = chips["pd_published"] / (chips["tpp_published"] / chips["die_area_mm2"])
    off = ~ratio.between(0.8, 1.25) & ratio.notna()
    yield from wrong(off, "pd_published", "about tpp_published / die_area_mm2")
    has_area = chips["die_area_mm2"].notna()
    mixed = has_area != chips["die_area_estimated"].notna()
    yield from wrong(mixed, "die_area_estimated", "a value exactly where die_area_mm2 has one")
    has_rate = chips[["fp64_tflops", "tf32_tflops", "fp6_tflops", *_BITS]].notna().any(axis=1)
    mixed = has_rate != chips["throughput_derived"].notna()
    yield from wrong(mixed, "throughput_derived", "a value exactly where a peak is known")
    unsourced = chips["source"].isna() & (chips["verified"] != "no")
    yield from wrong(unsourced, "source", "a key, unless verified is no")
    future = chips["release_date"] > pd.Timestamp(resources["chips"][AS_OF])
    early = future & (chips["release_status"] == "released")
    yield from wrong(early, "release_status", "planned, for a date after the as-of date")


_UNITS = {
    "interconnect_plus_io_gb_s": "GB/s",
    "memory_bw_gb_s": "GB/s",
    "memory_bw_plus_io_gb_s": "GB/s",
    "bits_x_tops": "TOPS x bits",
    "tpp": "TPP",
    "performance_density": "TPP per mm2",
    "memory_bandwidth_density": "GB/s per mm2",
    "entities_added": "entities",
    "training_operations": "operations",
    "transistors_bn": "billion transistors",
    "revenue_share_pct": "percent",
    "ownership_by_listed_pct": "percent",
}

_SHARED = ["rule_short", "announced_date", "effective_date", "end_date", "fr_document"]
"""Columns that describe the rule, not the test: equal in all rows of a rule."""


def _rule_rules(table: _Table, resources: dict[str, Any]) -> Iterator[Problem]:
    """Want complete tests, open bands, dates in order, rows of a rule in agreement."""
    rules = table.frame

    def wrong(row: Any, column: str, expected: str) -> Problem:
        return _at("control_rules", table, row, column, "test_id", expected)

    for row, test in rules.iterrows():
        filled = {c: pd.notna(test[c]) for c in ("metric", "operator", "threshold", "unit")}
        if test["kind"] in ("test", "exemption"):
            filled["group"] = pd.notna(test["group"])
            needed = all(filled.values())
        else:
            needed = len(set(filled.values())) == 1
        if not needed:
            empty = next(column for column, full in filled.items() if not full)
            yield wrong(row, empty, "a test with metric, operator, threshold, unit and group")
        if filled["metric"] and test["unit"] != _UNITS[test["metric"]]:
            yield wrong(row, "unit", f"{_UNITS[test['metric']]}, the unit of {test['metric']}")
        if test["effective_date"] < test["announced_date"]:
            yield wrong(row, "effective_date", f"not before {test['announced_date']:%Y-%m-%d}")
        if test["end_date"] <= test["effective_date"]:
            yield wrong(row, "end_date", f"after {test['effective_date']:%Y-%m-%d}")
    for _, rows in rules.groupby("rule_id", sort=False):
        for column in _SHARED:
            cells = rows[column].astype("string").fillna("blank")
            usual = cells.mode().iloc[0]
            for row in cells.index[cells != usual]:
                yield wrong(row, column, f"{usual}, as in the other rows of this rule")
    bands = rules.dropna(subset=["metric", "group"])
    for _, band in bands.groupby(["rule_id", "group", "metric"], observed=True):
        low = band.loc[band["operator"].isin([">", ">="]), "threshold"]
        high = band.loc[band["operator"].isin(["<", "<="]), "threshold"]
        if len(low) and len(high) and low.max() >= high.min():
            yield wrong(high.idxmin(), "threshold", f"more than {low.max():g}, the lower edge")


def _timeline_rules(
    timeline: _Table, rules: _Table, resources: dict[str, Any]
) -> Iterator[Problem]:
    """Events stand in order; those of a rule carry one of its dates."""
    frame = timeline.frame
    dates = rules.frame.groupby("rule_id")[["announced_date", "effective_date", "end_date"]].first()
    as_of = pd.Timestamp(resources["control_timeline"][AS_OF])
    previous = frame["date"].cummax().shift()

    def wrong(row: Any, expected: str) -> Problem:
        return _at("control_timeline", timeline, row, "date", "event_id", expected)

    for row, event in frame.iterrows():
        if event["date"] < previous[row]:
            yield wrong(row, f"a date not before the row above, {previous[row]:%Y-%m-%d}")
        if event["date"] > as_of:
            yield wrong(row, f"a date up to {as_of:%Y-%m-%d}")
        if pd.notna(event["rule_id"]) and event["rule_id"] in dates.index:
            known = [f"{day:%Y-%m-%d}" for day in dates.loc[event["rule_id"]].dropna()]
            if f"{event['date']:%Y-%m-%d}" not in known:
                yield wrong(row, f"a date of {event['rule_id']} in control_rules: {_list(known)}")


def _industry_rules(table: _Table, resources: dict[str, Any]) -> Iterator[Problem]:
    """Want a range that encloses its value."""
    frame = table.frame
    for row, figure in frame.iterrows():
        for column, sign in (("low_rmb_bn", 1), ("high_rmb_bn", -1)):
            if sign * figure[column] > sign * figure["value_rmb_bn"]:
                wanted = f"a range around {figure['value_rmb_bn']:g}"
                yield _at("core_ai_industry", table, row, column, "figure_id", wanted)


_OUTCOME = ["outcome_by", "outcome_operator", "outcome_value", "outcome_unit", "outcome_date"]
_OUTCOME += ["outcome_date_precision", "outcome_measure", "comparability", "outcome_source"]

_TARGET_CELLS = {"qualitative": [], "by_date": ["target_date"]}
"""Columns that hold the target, by wording; numbers for all other wordings."""


def _target_rules(plans: _Table, industry: _Table, resources: dict[str, Any]) -> Iterator[Problem]:
    """Targets and outcomes are complete; core-industry outcomes equal that table's figures."""
    frame = plans.frame
    figures = industry.frame.set_index("figure_id")

    def wrong(row: Any, column: str, expected: str) -> Problem:
        return _at("plan_targets", plans, row, column, "target_id", expected)

    cells = ["target_low", "target_value", "target_unit", "target_date"]
    for row, target in frame.iterrows():
        wording = target["target_operator"]
        needed = _TARGET_CELLS.get(wording, ["target_value", "target_unit"])
        needed = ["target_low", *needed] if wording == "range" else needed
        for column in cells:
            if (column in needed) != pd.notna(target[column]):
                state = "a value" if column in needed else "a blank"
                yield wrong(row, column, f"{state} where target_operator is {wording}")
        if wording == "range" and not target["target_low"] < target["target_value"]:
            yield wrong(row, "target_low", "less than target_value")
        given = frame.loc[row, _OUTCOME].notna()
        if given.any() and not given.all():
            yield wrong(row, given.index[~given][0], "a complete outcome or none")
        figure = target["outcome_figure_id"]
        if pd.isna(figure):
            if target["indicator"] == "core AI industry size" and given.any():
                yield wrong(row, "outcome_figure_id", "the row of core_ai_industry")
        elif figure in figures.index:
            stated = figures.loc[figure, "value_rmb_bn"]
            if target["outcome_value"] != stated:
                yield wrong(row, "outcome_value", f"{stated:g}, as in core_ai_industry {figure}")
            if abs(target["outcome_date"].year - figures.loc[figure, "year"]) > 1:
                year = figures.loc[figure, "year"]
                yield wrong(row, "outcome_date", f"a date within a year of {year}")


def _revenue_rules(table: _Table, resources: dict[str, Any]) -> Iterator[Problem]:
    """Shares, names and sums of the revenue table agree."""
    frame = table.frame

    def wrong(row: Any, column: str, expected: str) -> Problem:
        return _at("nvidia_china_revenue", table, row, column, "period_id", expected)

    share = 100 * frame["china_hk_revenue_usd_m"] / frame["total_revenue_usd_m"]
    ends: dict[str, pd.Timestamp] = {}
    totals: dict[str, int] = {}
    for row, period in frame.iterrows():
        if abs(share[row] - period["china_share_pct"]) > 0.06:
            yield wrong(row, "china_share_pct", f"{share[row]:.1f}, from the two revenues")
        name = period["fiscal_period"]
        if period["period_id"] != f"{name}-{period['basis']}":
            yield wrong(row, "period_id", f"{name}-{period['basis']}")
        quarter = f"Q{period['fiscal_quarter']}" if pd.notna(period["fiscal_quarter"]) else name[6:]
        if name != f"FY{period['fiscal_year']}{quarter}":
            yield wrong(row, "fiscal_period", f"FY{period['fiscal_year']}{quarter}")
        kind = {"": "year", "H": "half", "Q": "quarter"}[name[6:7]]
        if period["period_type"] != kind:
            yield wrong(row, "period_type", kind)
        if period["period_end"] != ends.setdefault(name, period["period_end"]):
            yield wrong(row, "period_end", f"{ends[name]:%Y-%m-%d}, as on the other basis")
        if period["total_revenue_usd_m"] != totals.setdefault(name, period["total_revenue_usd_m"]):
            yield wrong(row, "total_revenue_usd_m", f"{totals[name]}, as on the other basis")
    for (_, year), rows in frame.groupby(["basis", "fiscal_year"], observed=True):
        whole = rows[rows["period_type"] == "year"]
        parts = rows[rows["period_type"] != "year"]
        for column in ("china_hk_revenue_usd_m", "total_revenue_usd_m"):
            if len(whole) and len(parts) and whole[column].iloc[0] != parts[column].sum():
                wanted = f"{parts[column].sum()}, the sum of the parts of fiscal {year}"
                yield wrong(whole.index[0], column, wanted)
    dated = frame.drop_duplicates("fiscal_period").sort_values("fiscal_period")
    quarters = dated[dated["period_type"] == "quarter"]
    for row in quarters.index[quarters["period_end"].diff() <= pd.Timedelta(0)]:
        yield wrong(row, "period_end", "a date after the quarter before")


_RULES: list[tuple[tuple[str, ...], Callable[..., Iterator[Problem]]]] = [
    (("chips",), _chip_rules),
    (("control_rules",), _rule_rules),
    (("control_timeline", "control_rules"), _timeline_rules),
    (("core_ai_industry",), _industry_rules),
    (("plan_targets", "core_ai_industry"), _target_rules),
    (("nvidia_china_revenue",), _revenue_rules),
]
"""Tables that a rule looks at, and the rule."""


# --- commands -------------------------------------------------------------------------------


def refresh_hashes(folder: str | Path | None = None) -> list[str]:
    """Write size, checksum and number of rows of every table into the descriptor.

    Nothing else in ``datapackage.json`` changes. The file is replaced in one step.

    Parameters
    ----------
    folder
        Data folder; by default :func:`data_dir`.

    Returns
    -------
    list of str
        Names of the tables whose entry changed.

    Raises
    ------
    DataError
        If a table is missing or breaks its schema: a checksum must not bless a broken file.

    """
    place = Path(folder).resolve() if folder is not None else data_dir()
    _package.cache_clear()
    package = copy.deepcopy(_package(place))
    changed = []
    for resource in package["resources"]:
        table, problems = _parse(place, resource)
        if table is None:
            raise DataError(f"{problems[0]}. {PACKAGE_FILE} was not changed.", problems)
        size, digest = _fingerprint((place / resource["path"]).read_bytes())
        facts = {"bytes": size, "hash": digest, ROWS: len(table.frame)}
        if any(resource.get(name) != fact for name, fact in facts.items()):
            resource.update(facts)
            changed.append(resource["name"])
    if changed:
        target = place / PACKAGE_FILE
        draft = target.with_name(f".{PACKAGE_FILE}.{os.getpid()}")
        draft.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(target)
        _package.cache_clear()
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (0 all is well, 1 problems, 2 cannot check)."""
    parser = argparse.ArgumentParser(prog="python -m bridgebook.catalog", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", nargs="?", help="data folder (default: the book's)")
    parser.add_argument("--update-hashes", action="store_true", help="rewrite sizes and checksums")
    options = parser.parse_args(arguments)
    folder = Path(options.folder) if options.folder else data_dir()
    try:
        if options.update_hashes:
            changed = refresh_hashes(folder)
            print(f"{PACKAGE_FILE}: {_list(changed) if changed else 'nothing'} updated")
        problems = check(folder)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems in {folder}")
        return 1
    counts = [f"{name} {facts[ROWS]}" for name, facts in _resources(folder.resolve()).items()]
    print(f"{folder}: all tables pass ({', '.join(counts)} rows)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
