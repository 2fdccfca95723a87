"""Descriptors of tables: one YAML file beside each CSV file, or one JSON file for all of them.

The repository keeps ``<table>.yml`` beside ``<table>.csv``, and ``package.yml`` for what concerns
all tables. The site and the wheel carry ``datapackage.json`` instead, which :func:`as_json` makes
of them: the Frictionless Data Package that other tools read. A folder has one or the other.

Only the standard library and ruamel.yaml are needed, because the wheel is built with this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from bridgebook.problems import DataError, Problem, encoding_problem, listing, quote

PACKAGE_FILE = "datapackage.json"
"""The assembled package: descriptors of all tables in one file."""
WHOLE_FILE = "package.yml"
"""What concerns all tables: name, licences, upstream files, refreshes."""
REFERENCES_FILE = "references.bib"
SUPPORT_FILES = (WHOLE_FILE, REFERENCES_FILE, "claims.yml")
"""Files of the data folder that are neither tables nor descriptors of one."""
TYPES = ("number", "integer", "date", "boolean", "string")
"""Types of columns that are read."""

Descriptor = dict[str, Any]
Judged = tuple[Descriptor, tuple[Problem, ...]]
"""What a file says, and what is wrong with it."""
Fault = tuple[tuple[str | int, ...], str, Any]
"""Where a descriptor is wrong (keys and positions from the top), what is expected, and found."""


# --- what a folder has ----------------------------------------------------------------------


def is_assembled(folder: Path) -> bool:
    """Whether a data folder holds one descriptor of all tables.

    Parameters
    ----------
    folder
        A data folder.

    Raises
    ------
    DataError
        If it holds both kinds of descriptors, of which one would be out of date, or neither.

    """
    together, apart = (folder / PACKAGE_FILE).is_file(), (folder / WHOLE_FILE).is_file()
    if together and apart:
        problem = Problem(PACKAGE_FILE, "no such file beside package.yml", "both")
        raise DataError(
            f"{folder} has both {PACKAGE_FILE} and {WHOLE_FILE}, and only one can be up to date. "
            f"Delete {folder / PACKAGE_FILE}: it is made of the YAML files when the book is built.",
            [problem],
        )
    if not together and not apart:
        raise DataError(
            f"{PACKAGE_FILE} is missing in {folder}, and so is {WHOLE_FILE}. "
            "Set BRIDGEBOOK_DATA to a data folder of the book, or unset it.",
            [Problem(WHOLE_FILE, f"the file in {folder}", "no such file")],
        )
    return together


def names(folder: Path) -> list[str]:
    """Return the names of all tables, in alphabetical order, without reading YAML files.

    Parameters
    ----------
    folder
        A data folder.

    Raises
    ------
    DataError
        If there are no descriptors, or if the one of all tables is not readable.

    """
    if is_assembled(folder):
        return sorted(_tables(folder))
    return sorted(path.stem for path in _visible(folder, "*.yml") if path.name not in SUPPORT_FILES)


def file_of(folder: Path, name: str) -> str:
    """Return the name of the file that describes a table."""
    return PACKAGE_FILE if is_assembled(folder) else f"{name}.yml"


def other_files(folder: Path) -> list[Path]:
    """Return the files of a folder that do not describe tables: CSV files and support files."""
    described = {f"{name}.yml" for name in names(folder)} | {PACKAGE_FILE, WHOLE_FILE}
    return [path for path in _visible(folder, "*") if path.name not in described]


def _visible(folder: Path, pattern: str) -> list[Path]:
    found = (path for path in folder.glob(pattern) if path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))


# --- reading --------------------------------------------------------------------------------


def resource(folder: Path, name: str) -> Descriptor:
    """Return the descriptor of one table; only its file is read. It is shared: do not change it.

    Parameters
    ----------
    folder
        A data folder.
    name
        Name of a table of :func:`names`.

    Raises
    ------
    DataError
        If the file is missing, not readable, or lacks what reading the table needs; names file,
        line and key.

    """
    if is_assembled(folder):
        return _tables(folder)[name]
    return _read(folder, f"{name}.yml", _table)


def whole(folder: Path) -> Descriptor:
    """Return what concerns all tables, without the tables. It is shared: do not change it.

    Raises
    ------
    DataError
        If the file is missing or not readable; names file, line and key.

    """
    if is_assembled(folder):
        package = _read(folder, PACKAGE_FILE, _assembled)
        return {key: value for key, value in package.items() if key != "resources"}
    return _read(folder, WHOLE_FILE, _whole)


def package(folder: Path) -> Descriptor:
    """Return the Data Package: what concerns all tables, then their descriptors by name.

    Raises
    ------
    DataError
        If a file is missing or not readable; names file, line and key.

    """
    if is_assembled(folder):
        return _read(folder, PACKAGE_FILE, _assembled)
    return {**whole(folder), "resources": [resource(folder, name) for name in names(folder)]}


def as_json(package: Descriptor) -> str:
    """Write a package in the one way that it is written: same values, same bytes."""
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def parse(file: str, content: bytes) -> Descriptor:
    """Read a mapping from YAML; dates stay text, as in JSON.

    Parameters
    ----------
    file
        Name of the file, for messages.
    content
        Its bytes.

    Raises
    ------
    DataError
        If it is not UTF-8, not YAML, or not a mapping; its problem names the line.

    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        found = _reader().load(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _error(encoding_problem(file, content, error)) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        reason = ", ".join(part for part in (error.problem, error.context) if part)
        reason = reason.removeprefix("found ")
        raise _error(Problem(file, "readable YAML", reason, line)) from None
    except YAMLError as error:
        raise _error(Problem(file, "readable YAML", str(error))) from None
    if not isinstance(found, dict):
        raise _error(Problem(file, "keys with values", _kind(found), 1))
    return found


def _error(problem: Problem) -> DataError:
    return DataError(f"{problem}.", [problem])


def _reader() -> Any:
    """Return a YAML reader: in C where that is installed, about six times as fast."""
    from ruamel.yaml import YAML

    reader = YAML(typ="safe")
    reader.Constructor = _constructor()
    return reader


@cache
def _constructor() -> type[Any]:
    from ruamel.yaml.constructor import SafeConstructor

    class Constructor(SafeConstructor):
        """Reads dates as text."""

    Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)
    return Constructor


def _tables(folder: Path) -> dict[str, Descriptor]:
    """Return the descriptors in an assembled package by table."""
    return {entry["name"]: entry for entry in _read(folder, PACKAGE_FILE, _assembled)["resources"]}


# The same bytes are judged once per process; a change of a file is seen at once.


def _read(folder: Path, file: str, judge: Callable[[str, bytes], Judged]) -> Descriptor:
    """Read a file of descriptors, or raise what is wrong with it and say what to do."""
    path = folder / file
    try:
        found, problems = judge(file, path.read_bytes())
    except FileNotFoundError:
        problem = Problem(file, f"the file in {folder}", "no such file")
        raise DataError(f"{problem}. Write {path}.", [problem]) from None
    if problems:
        more = f" ({len(problems) - 1} more in this file)" if len(problems) > 1 else ""
        advice = f"Get {folder} again" if file == PACKAGE_FILE else f"Correct {path}"
        raise DataError(f"{problems[0]}{more}. {advice}.", problems)
    return found


@lru_cache(maxsize=512)
def _table(file: str, content: bytes) -> Judged:
    """Judge the descriptor of one table."""
    try:
        found = parse(file, content)
    except DataError as error:
        return {}, error.problems
    stem = Path(file).stem
    names = {"name": (stem, "the name of the file"), "path": (f"{stem}.csv", "the table beside it")}
    faults: list[Fault] = [
        ((key,), f"{wanted}, {why}", found.get(key))
        for key, (wanted, why) in names.items()
        if found.get(key) != wanted
    ]
    return found, _located(file, content, faults or list(faults_of(found)))


@lru_cache(maxsize=16)
def _whole(file: str, content: bytes) -> Judged:
    """Judge what concerns all tables."""
    try:
        found = parse(file, content)
    except DataError as error:
        return {}, error.problems
    faults: list[Fault] = [
        ((key,), "text", found.get(key))
        for key in ("name", "title", "version")
        if not isinstance(found.get(key), str)
    ]
    if "resources" in found:
        faults.append((("resources",), "no such key: each table has a file", "one"))
    return found, _located(file, content, faults)


@lru_cache(maxsize=16)
def _assembled(file: str, content: bytes) -> Judged:
    """Judge the package of all tables."""
    try:
        package = json.loads(content)
    except UnicodeDecodeError as error:
        return {}, (encoding_problem(file, content, error),)
    except json.JSONDecodeError as error:
        return {}, (Problem(file, "readable JSON", error.msg, error.lineno),)
    tables = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(tables, list):
        return {}, (Problem(file, "a list of tables", _kind(tables), key="resources"),)
    problems = tuple(
        Problem(file, expected, _kind(found), key=_spelt(("resources", number, *keys)))
        for number, table in enumerate(tables)
        for keys, expected, found in faults_of(table)
    )
    return package, problems


# --- what reading a table needs -------------------------------------------------------------


def faults_of(table: Any) -> Iterator[Fault]:
    """Yield what a descriptor lacks for its table to be read.

    Parameters
    ----------
    table
        The Frictionless descriptor of one table, as read.

    Yields
    ------
    Fault
        Keys and positions from the top, what is expected there, and what is found.

    """
    if not isinstance(table, dict):
        yield (), "keys with values", table
        return
    if not isinstance(table.get("name"), str):
        yield ("name",), "text", table.get("name")
    path = table.get("path")
    if not isinstance(path, str) or Path(path).name != path:
        yield ("path",), "a plain file name", path
    schema = table.get("schema")
    if not isinstance(schema, dict):
        yield ("schema",), "keys with values", schema
        return
    fields = schema.get("fields")
    if not isinstance(fields, list) or not fields:
        yield ("schema", "fields"), "a list of columns", fields
        return
    for number, field in enumerate(fields):
        for keys, expected, found in _faults_of_field(field):
            yield ("schema", "fields", number, *keys), expected, found
    columns = [field.get("name") for field in fields if isinstance(field, dict)]
    yield from _faults_of_keys(schema, columns)


def _faults_of_field(field: Any) -> Iterator[Fault]:
    if not isinstance(field, dict):
        yield (), "keys with values", field
        return
    if not isinstance(field.get("name"), str):
        yield ("name",), "text", field.get("name")
    if field.get("type") not in TYPES:
        yield ("type",), f"one of {listing(TYPES)}", field.get("type")
    rules = field.get("constraints", {})
    if not isinstance(rules, dict):
        yield ("constraints",), "keys with values", rules
        return
    allowed = rules.get("enum", [])
    if not isinstance(allowed, list):
        yield ("constraints", "enum"), "a list", allowed
        return
    for number, value in enumerate(allowed if field.get("type") == "string" else []):
        if not isinstance(value, str):
            yield ("constraints", "enum", number), "text (put it between quotes)", value


def _faults_of_keys(schema: Descriptor, columns: list[Any]) -> Iterator[Fault]:
    primary = schema.get("primaryKey")
    if not isinstance(primary, list) or not primary:
        yield ("schema", "primaryKey"), "a list of columns", primary
        primary = []
    for number, column in enumerate(primary):
        if column not in columns:
            yield ("schema", "primaryKey", number), f"a column: {listing(columns)}", column
    foreign = schema.get("foreignKeys", [])
    if not isinstance(foreign, list):
        yield ("schema", "foreignKeys"), "a list", foreign
        foreign = []
    for number, entry in enumerate(foreign):
        place = ("schema", "foreignKeys", number)
        if not isinstance(entry, dict) or entry.get("fields") not in columns:
            found = entry.get("fields") if isinstance(entry, dict) else entry
            yield (*place, "fields"), f"one column, as text: {listing(columns)}", found
            continue
        target = entry.get("reference")
        known = target if isinstance(target, dict) else {}
        for key in ("resource", "fields"):
            if not isinstance(known.get(key), str):
                yield (*place, "reference", key), "text", known.get(key)


def _located(file: str, content: bytes, faults: Sequence[Fault]) -> tuple[Problem, ...]:
    """Give each fault of a YAML file its line."""
    if not faults:
        return ()
    line = _lines(content)
    return tuple(
        Problem(file, expected, _kind(found), line(keys), key=_spelt(keys))
        for keys, expected, found in faults
    )


def _lines(content: bytes) -> Callable[[tuple[str | int, ...]], int]:
    """Return a function that finds the line of a key, or of the nearest one above it."""
    from ruamel.yaml import YAML

    top = YAML(typ="safe", pure=True).compose(content.decode("utf-8"))

    def line(keys: tuple[str | int, ...]) -> int:
        node, mark = top, top.start_mark
        for key in keys:
            inside: dict[str | int, tuple[Any, Any]] = (
                {number: (entry, entry) for number, entry in enumerate(node.value)}
                if isinstance(key, int)
                else {name.value: (name, value) for name, value in node.value}
            )
            if key not in inside:
                break
            mark, node = inside[key][0].start_mark, inside[key][1]
        return int(mark.line) + 1

    return line


def _spelt(keys: tuple[str | int, ...]) -> str:
    """Write keys as a path: ``schema.fields[2].type``."""
    words = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys]
    return "".join(words).removeprefix(".")


def _kind(found: Any) -> str:
    """Describe a value that was found in place of the expected one."""
    if found is None:
        return "nothing"
    return quote(found) if isinstance(found, str) else quote(json.dumps(found)).strip("'")
