"""Run every check over a data folder, and keep the descriptor's checksums."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bookpress.checks import controls, diplomacy, general, models, strategy  # noqa: F401
from bookpress.checks.rules import RULES
from bookpress.descriptors import Facts, refuse_assembled, with_facts
from bookpress.files import digest_of_files, source_files, write_if_changed
from bridgebook import catalog, descriptors, ledger
from bridgebook.catalog import (
    AS_OF,
    ROWS,
    DataError,
    Problem,
    Table,
    encoding_problem,
    listing,
    quote,
)
from bridgebook.descriptors import REFERENCES_FILE

MAX_FOLDER_BYTES = 6_000_000
FACTS = (
    *("title", "description", "licenses", "sources", "schema", AS_OF),
    *(f"bridgebook:{fact}" for fact in ("rowIs", "theme", "coverage", "kind", "knownGaps")),
)
"""What every table's descriptor says, for its page in the catalogue and for those who reuse it."""

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
        If the package ``frictionless`` is not installed (it is in the group ``book``).

    """
    place = Path(folder).resolve() if folder is not None else catalog.data_dir()
    catalog.forget()  # files may have changed since they were last read
    try:
        names, package = descriptors.names(place), dict(catalog.whole(place))
    except DataError as error:
        return list(error.problems)

    resources, problems = _described(place, names)
    parsed: dict[str, Table] = {}
    incomplete: set[str] = set()
    for name, resource in resources.items():
        table, found = _parse(place, resource)
        problems += found
        if table is not None:
            parsed[name] = table
            problems += _count_problems(resource, table)
        problems += _file_problems(place, resource)
        gaps = list(_missing_facts(resource))
        problems += gaps
        if gaps:
            incomplete.add(name)
    problems += _folder_problems(place, names)
    problems += _claim_problems(place)
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
        # A rule that reads descriptors needs complete ones; what they lack is named above.
        readable = parsed.keys() - incomplete if wants_resources else parsed.keys()
        if readable >= set(needed):
            extra: dict[str, Any] = {"resources": resources} if wants_resources else {}
            problems += function(*(parsed[name] for name in needed), **extra)
    if second_opinion and len(resources) == len(names):
        # On whatever passed so far: what is wrong already is named better above.
        faulty = {problem.table for problem in problems}
        package["resources"] = [*resources.values()]
        found = list(_frictionless_problems(place, package))
        problems += [problem for problem in found if problem.table not in faulty]
    return problems


def check_if_changed(memory: Path) -> list[Problem]:
    """Check the data folder unless the same files passed the same checks before.

    Parameters
    ----------
    memory
        File that keeps the checksum of what passed last; written only after a clean check.
    """
    state = state_of(catalog.data_dir())
    if memory.is_file() and memory.read_text("utf-8") == state:
        return []
    problems = check()
    if not problems:
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(state, "utf-8")
    return problems


def state_of(folder: Path) -> str:
    """Return one checksum of all that can change what the checks of a folder find.

    Parameters
    ----------
    folder
        A data folder: its tables, descriptors and support files count.

    """
    tables = digest_of_files(source_files(folder), folder)
    code = [digest_of_files(files, root) for root, files in code_of_checks().items()]
    return fingerprint("\n".join([tables, *code]).encode())[1]


def code_of_checks() -> dict[Path, list[Path]]:
    """Return the files that the checks are made of, by the folder of their package."""
    makers, readers = Path(__file__).parents[1], Path(catalog.__file__).parent
    return {
        makers: [*source_files(makers / "checks"), makers / "descriptors.py", makers / "files.py"],
        readers: [*source_files(readers / "methods"), *readers.glob("*.py")],
    }


def _described(
    folder: Path, names: Sequence[str]
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Return the readable descriptors by table, and what is wrong with the others."""
    resources: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            resources[name] = descriptors.resource(folder, name)
        except DataError as error:
            problems += error.problems
    return resources, problems


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
        expected = f"at most {MAX_TABLE_BYTES} bytes, or a {SIZE_REASON} in {resource['name']}.yml"
        yield Problem(resource["name"], expected, f"{size} bytes")


def _missing_facts(resource: dict[str, Any]) -> Iterator[Problem]:
    """Yield what a descriptor has to say about its table and leaves out or empty."""
    for fact in FACTS:
        if not resource.get(fact):
            expected = f"`{fact}:` in {resource['name']}.yml; similar tables show what it holds"
            yield Problem(resource["name"], expected, "nothing")


def _claim_problems(folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with the ledger of claims, as its reader says it."""
    path = folder / ledger.LEDGER
    if not path.is_file():
        yield Problem(ledger.LEDGER, f"the file in {folder}", "no such file")
        return
    try:
        ledger.parse(path.read_text("utf-8"))
    except (ledger.ClaimError, UnicodeDecodeError) as error:
        found = str(error).removeprefix(f"{ledger.LEDGER}: ")
        yield Problem(ledger.LEDGER, "entries as its head explains them", found)


def _folder_problems(folder: Path, names: Sequence[str]) -> Iterator[Problem]:
    """Yield files that no descriptor mentions, and a folder that has grown too large."""
    described = {f"{name}.csv" for name in names} | set(descriptors.SUPPORT_FILES)
    for path in descriptors.other_files(folder):
        if path.name not in described:
            file = descriptors.file_of(folder, path.stem)
            expected = f"a descriptor, {file}" if path.suffix == ".csv" else "CSV and YAML only"
            yield Problem(path.name, expected, "none" if path.suffix == ".csv" else "another file")
    total = sum(path.stat().st_size for path in folder.iterdir() if path.name[0] != ".")
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
            expected = f"for each source a key of {REFERENCES_FILE}, in {table.name}.yml"
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


def _frictionless_problems(folder: Path, package: dict[str, Any]) -> Iterator[Problem]:
    """Yield what the reference implementation of the Data Package standard finds."""
    try:
        import frictionless
    except ImportError as error:
        raise DataError(
            "the full check needs frictionless: run it in the environment that `make book` makes"
        ) from error
    try:
        # A copy: frictionless writes into what it is given.
        copied = json.loads(json.dumps(package))
        report = frictionless.Package.from_descriptor(copied, basepath=str(folder)).validate()
    except frictionless.FrictionlessException as error:
        yield Problem(descriptors.PACKAGE_FILE, "a valid Data Package", str(error))
        return
    for broken in report.errors:
        yield Problem(descriptors.PACKAGE_FILE, "a valid Data Package", broken.message)
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
    """Write size, checksum and number of rows of every table into its descriptor.

    Nothing else in a descriptor changes, to the byte; a current one is not touched. Each file is
    replaced in one step, and none if any table is wrong.

    Parameters
    ----------
    folder
        Data folder; by default :func:`bridgebook.catalog.data_dir`.

    Returns
    -------
    list of str
        Names of the tables whose descriptor changed.

    Raises
    ------
    DataError
        If a table is missing or breaks its schema: a checksum must not bless a broken file. Also
        if the folder has no descriptors in YAML, or one of them is not readable.

    """
    place = Path(folder).resolve() if folder is not None else catalog.data_dir()
    catalog.forget()
    refuse_assembled(place)
    changed: dict[str, bytes] = {}
    for name, resource in catalog.resources(place).items():
        table, problems = catalog.parse(place, resource)
        if table is None:
            raise DataError(f"{problems[0]}. No descriptor was changed.", problems)
        facts = facts_of((place / resource["path"]).read_bytes(), len(table.frame))
        if any(resource.get(key) != fact for key, fact in facts.items()):
            changed[name] = with_facts(f"{name}.yml", (place / f"{name}.yml").read_bytes(), facts)
    for name, content in changed.items():
        write_if_changed(place / f"{name}.yml", content)
    catalog.forget()
    return list(changed)


def facts_of(content: bytes, rows: int) -> Facts:
    """Return what a descriptor records of the present file of its table.

    Parameters
    ----------
    content
        Bytes of the file.
    rows
        Number of its rows, without the header.

    """
    size, digest = fingerprint(content)
    return {"bytes": size, "hash": digest, ROWS: rows}


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
            print(f"updated: {listing(f'{name}.yml' for name in changed)}")
        problems = check(folder)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'} in {folder}")
        return 1
    resources = catalog.resources(folder)
    for name, facts in resources.items():
        print(f"  {name:<26} {facts[ROWS]:>6,} rows  {facts['bytes'] / 1000:>7,.1f} kB")
    total = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    print(f"{folder}: all {len(resources)} tables pass; {total / 1e6:.2f} MB with descriptors")
    return 0
