"""Run every check over a data folder, and keep the descriptor's checksums."""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bookpress.checks import controls, diplomacy, general, models, strategy  # noqa: F401
from bookpress.checks.rules import RULES
from bridgebook import catalog
from bridgebook.catalog import (
    PACKAGE_FILE,
    ROWS,
    DataError,
    Problem,
    Table,
    encoding_problem,
    listing,
    quote,
)

REFERENCES_FILE = "references.bib"
SUPPORT_FILES = {PACKAGE_FILE, REFERENCES_FILE, "claims.yml"}
"""Files of the data folder that are not tables."""

MAX_FOLDER_BYTES = 6_000_000
MAX_TABLE_BYTES = 500_000
SIZE_REASON = "bridgebook:sizeReason"
"""Where the descriptor of a table above :data:`MAX_TABLE_BYTES` says why it is that large."""


def check(folder: str | Path | None = None, second_opinion: bool = True) -> list[Problem]:
    """Check every table, the descriptor, the references and what tables say about one another.

    Parameters
    ----------
    folder
        Data folder; by default :func:`bridgebook.catalog.data_dir`.
    second_opinion
        Whether frictionless, the reference implementation of the standard, looks at it as well.

    Returns
    -------
    list of Problem
        Empty if all is well.

    Raises
    ------
    DataError
        If the package ``frictionless`` is not installed (it is part of the ``book`` extra).

    """
    place = Path(folder).resolve() if folder is not None else catalog.data_dir()
    catalog.forget()  # files may have changed since they were last read
    try:
        resources = catalog.resources(place)
    except DataError as error:
        return [Problem(PACKAGE_FILE, "a readable descriptor", str(error))]

    problems: list[Problem] = []
    parsed: dict[str, Table] = {}
    for name, resource in resources.items():
        table, found = _parse(place, resource)
        problems += found
        if table is not None:
            parsed[name] = table
            problems += _count_problems(resource, table)
        problems += _file_problems(place, resource)
    problems += _folder_problems(place, resources)
    entries, found = references(place)
    problems += found
    if entries:
        for name, table in parsed.items():
            problems += _citation_problems(resources[name], table, entries)
    for name, table in parsed.items():
        problems += _foreign_key_problems(resources[name], table, parsed)
        problems += general.in_order(table)
        problems += general.sourced(table)
        if "countries" in parsed:
            problems += general.known_codes(table, parsed["countries"])
    for needed, function, wants_resources in RULES:
        if all(name in parsed for name in needed):
            extra: dict[str, Any] = {"resources": resources} if wants_resources else {}
            problems += function(*(parsed[name] for name in needed), **extra)
    if second_opinion:
        # On whatever passed so far: what is wrong already is named better above.
        faulty = {problem.table for problem in problems}
        problems += [p for p in _frictionless_problems(place) if p.table not in faulty]
    return problems


def check_if_changed(memory: Path) -> list[Problem]:
    """Check the data folder unless the same files passed the same checks before.

    Parameters
    ----------
    memory
        File that keeps the checksum of what passed last; written only after a clean check.
    """
    state = _state_of(catalog.data_dir(), Path(__file__).parent, Path(catalog.__file__))
    if memory.is_file() and memory.read_text("utf-8") == state:
        return []
    problems = check()
    if not problems:
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(state, "utf-8")
    return problems


def _state_of(*places: Path) -> str:
    """Checksum of files and of all files directly in folders."""
    digest = hashlib.sha256()
    for place in places:
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        for path in (file for file in files if file.is_file()):
            digest.update(f"{path.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _parse(folder: Path, resource: dict[str, Any]) -> tuple[Table | None, list[Problem]]:
    """Parse a table; the same bytes under the same contract are parsed once per process."""
    path = folder / resource["path"]
    if not path.is_file():
        return catalog.parse(folder, resource)
    return _parsed_content(json.dumps(resource), path.read_bytes())


@lru_cache(maxsize=256)
def _parsed_content(resource: str, content: bytes) -> tuple[Table | None, list[Problem]]:
    return catalog.parse_content(json.loads(resource), content)


# --- one table, its file and its sources -------------------------------------------------------


def _count_problems(resource: dict[str, Any], table: Table) -> Iterator[Problem]:
    """Yield a wrong number of rows: a table that lost its tail is still a valid CSV file."""
    if resource.get(ROWS) != len(table.frame):
        yield Problem(resource["name"], f"{resource.get(ROWS)} rows", f"{len(table.frame)} rows")


def fingerprint(content: bytes) -> tuple[int, str]:
    """Return size and checksum as the descriptor writes them."""
    return len(content), f"sha256:{hashlib.sha256(content).hexdigest()}"


def _file_problems(folder: Path, resource: dict[str, Any]) -> Iterator[Problem]:
    """Yield a file unlike the size and checksum in the descriptor, or large without a reason."""
    path = folder / resource["path"]
    if not path.is_file():
        return
    size, digest = fingerprint(path.read_bytes())
    if (resource.get("bytes"), resource.get("hash")) != (size, digest):
        yield Problem(
            resource["name"],
            f"{resource.get('bytes')} bytes with {str(resource.get('hash'))[:19]}... "
            "(if the change is wanted: python -m bookpress.checks --update-hashes)",
            f"{size} bytes with {digest[:19]}...",
        )
    if size > MAX_TABLE_BYTES and not resource.get(SIZE_REASON):
        expected = f"at most {MAX_TABLE_BYTES} bytes, or a {SIZE_REASON} in {PACKAGE_FILE}"
        yield Problem(resource["name"], expected, f"{size} bytes")


def _folder_problems(folder: Path, resources: dict[str, Any]) -> Iterator[Problem]:
    """Yield files that no descriptor mentions, and a folder that has grown too large."""
    described = {resource["path"] for resource in resources.values()} | SUPPORT_FILES
    total = 0
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        total += path.stat().st_size
        if path.name not in described:
            yield Problem(path.name, f"an entry in {PACKAGE_FILE} for each file", "none")
    if total > MAX_FOLDER_BYTES:
        yield Problem(str(folder), f"at most {MAX_FOLDER_BYTES} bytes in all", f"{total} bytes")


def references(folder: Path) -> tuple[set[str], list[Problem]]:
    """Return the keys of references.bib and what is wrong with its entries."""
    path = folder / REFERENCES_FILE
    if not path.is_file():
        return set(), [Problem(REFERENCES_FILE, f"the file in {folder}", "no such file")]
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return set(), [encoding_problem(REFERENCES_FILE, content, error)]
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
        if not re.search(r"^\s*title\s*=\s*\{\{", body, re.MULTILINE):
            wanted = "a title in double braces, so that names keep their capitals"
            problems.append(Problem(REFERENCES_FILE, wanted, "none", line, None, key))
    return keys, problems


def source_columns(frame: Any) -> list[str]:
    """Columns of a table that hold keys of references.bib."""
    return [column for column in frame.columns if re.fullmatch(r"source|\w+_source", column)]


def _citation_problems(
    resource: dict[str, Any], table: Table, entries: set[str]
) -> Iterator[Problem]:
    """Yield source keys that references.bib lacks, in cells and in the descriptor."""
    for column in source_columns(table.frame):
        for row, cell in table.frame[column].dropna().items():
            for source in cell.split(";"):
                if source not in entries:
                    expected = f"a key of {REFERENCES_FILE}"
                    yield table.problem(row, column, expected, quote(source))
    for source in resource.get("sources", []):
        if source.get("key") not in entries:
            expected = f"for each source a key of {REFERENCES_FILE} in {PACKAGE_FILE}"
            yield Problem(table.name, expected, str(source.get("key") or source))


def _foreign_key_problems(
    resource: dict[str, Any], table: Table, parsed: dict[str, Table]
) -> Iterator[Problem]:
    """Yield cells that point to a row which another table does not have."""
    for foreign in resource["schema"].get("foreignKeys", []):
        column, target = foreign["fields"], foreign["reference"]
        if target["resource"] not in parsed:
            continue
        there = parsed[target["resource"]].frame[target["fields"]]
        cells = table.frame[column].dropna().astype(str)
        for row in cells.index[~cells.isin(there.astype(str))]:
            yield table.problem(row, column, f"a {target['fields']} of {target['resource']}")


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


# --- commands -------------------------------------------------------------------------------


def update_hashes(folder: str | Path | None = None) -> list[str]:
    """Write size, checksum and number of rows of every table into the descriptor.

    Nothing else in ``datapackage.json`` changes. The file is replaced in one step.

    Parameters
    ----------
    folder
        Data folder; by default :func:`bridgebook.catalog.data_dir`.

    Returns
    -------
    list of str
        Names of the tables whose entry changed.

    Raises
    ------
    DataError
        If a table is missing or breaks its schema: a checksum must not bless a broken file.

    """
    place = Path(folder).resolve() if folder is not None else catalog.data_dir()
    catalog.forget()
    package = copy.deepcopy(catalog.package(place))
    changed = []
    for resource in package["resources"]:
        table, problems = catalog.parse(place, resource)
        if table is None:
            raise DataError(f"{problems[0]}. {PACKAGE_FILE} was not changed.", problems)
        size, digest = fingerprint((place / resource["path"]).read_bytes())
        facts = {"bytes": size, "hash": digest, ROWS: len(table.frame)}
        if any(resource.get(name) != fact for name, fact in facts.items()):
            resource.update(facts)
            changed.append(resource["name"])
    if changed:
        write_package(place, package)
    return changed


def write_package(folder: Path, package: dict[str, Any]) -> None:
    """Replace the descriptor of a folder in one step."""
    target = folder / PACKAGE_FILE
    draft = target.with_name(f".{PACKAGE_FILE}.{os.getpid()}")
    draft.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(target)
    catalog.forget()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (0 all is well, 1 problems, 2 cannot check)."""
    parser = argparse.ArgumentParser(
        prog="python -m bookpress.checks",
        description="Check every table of the data folder and what tables say about one another.",
    )
    parser.add_argument("folder", nargs="?", help="data folder (default: the book's)")
    parser.add_argument("--update-hashes", action="store_true", help="rewrite sizes and checksums")
    options = parser.parse_args(arguments)
    folder = Path(options.folder).resolve() if options.folder else catalog.data_dir()
    try:
        if options.update_hashes:
            changed = update_hashes(folder)
            print(f"{PACKAGE_FILE}: {listing(changed) if changed else 'nothing'} updated")
        problems = check(folder)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems in {folder}")
        return 1
    resources = catalog.resources(folder)
    for name, facts in resources.items():
        print(f"  {name:<26} {facts[ROWS]:>6,} rows  {facts['bytes'] / 1000:>7,.1f} kB")
    total = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    print(f"{folder}: all {len(resources)} tables pass; {total / 1e6:.2f} MB with descriptor")
    return 0
