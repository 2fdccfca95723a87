"""Build tables from upstream files, show what changes, and write all of it or nothing."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bookpress import checks
from bookpress.checks.run import facts_of, fingerprint
from bookpress.descriptors import refuse_assembled, with_facts, with_refreshes
from bookpress.refresh import report, upstream
from bookpress.refresh.builders import BUILDERS, Inputs, in_order, with_dependents
from bookpress.refresh.upstream import RefreshError, Store
from bridgebook import catalog
from bridgebook.catalog import DataError
from bridgebook.descriptors import WHOLE_FILE

TOLERANCE = 0.01
"""Numbers that move by up to one percent are counted, not listed."""


def refresh(
    tables: Sequence[str],
    store: Store,
    folder: Path,
    chapters: Path,
    write: bool = True,
    tolerance: float = TOLERANCE,
    say: Callable[[str], Any] = print,
) -> bool:
    """Rebuild tables and those computed from them.

    Parameters
    ----------
    tables
        Names; empty for all tables that have a builder.
    store
        Where upstream files come from.
    folder
        The data folder.
    chapters
        Folder of the chapters, to name those that use a changed table.
    write
        False only reports.
    tolerance
        Relative change up to which a moved number is counted but not listed.
    say
        Receives the lines of the summary.

    Returns
    -------
    bool
        Whether anything differs from the committed tables.

    Raises
    ------
    RefreshError
        If a name is unknown, a file is not available, or a built table breaks the rules of the data
        room. Nothing has been written then.

    """
    catalog.forget()
    refuse_assembled(folder)
    package = catalog.package(folder)
    inputs = Inputs(store, upstream.listed(package))
    chosen = in_order(with_dependents(_known(tables)))
    changes: dict[str, report.Change] = {}
    contents: dict[str, bytes] = {}
    before: dict[str, pd.DataFrame] = {}
    after: dict[str, pd.DataFrame] = {}
    resources = {resource["name"]: resource for resource in package["resources"]}
    for name in chosen:
        resource = resources.get(name)
        if resource is None:
            raise RefreshError(f"{name} has a builder but no descriptor, {name}.yml")
        content = to_csv(resource, BUILDERS[name].build(inputs))
        after[name] = _typed(resource, content)
        inputs.built[name] = after[name]
        before[name] = _committed(name, after[name], say)
        change = report.compare(
            name, before[name], after[name], resource["schema"]["primaryKey"], tolerance
        )
        path = folder / resource["path"]
        same = path.is_file() and content == path.read_bytes()
        if not same:
            changes[name], contents[name] = change, content
        for line in change.lines():
            say(line)
        if not same and not change:
            say("  the same values, written differently")
    moved_files = _moved_files(inputs)
    for path in moved_files:
        say(f"{path}: not the recorded file; its checksum and address will be replaced")
    for line in _touched(changes, before, after, chapters):
        say(line)
    if write and (contents or moved_files):
        files = {resources[name]["path"]: content for name, content in contents.items()}
        for name, content in contents.items():
            file, facts = f"{name}.yml", facts_of(content, len(after[name]))
            files[file] = with_facts(file, (folder / file).read_bytes(), facts)
        hashes = {path: inputs.hashes[path] for path in moved_files}
        records = _records(resources, changes, contents)
        if hashes or records:
            whole = (folder / WHOLE_FILE).read_bytes()
            files[WHOLE_FILE] = with_refreshes(whole, hashes, records)
        _write(folder, files)
        say(f"written: {', '.join(contents) or 'checksums only'}")
    return bool(contents or moved_files)


def _committed(name: str, built: pd.DataFrame, say: Callable[[str], Any]) -> pd.DataFrame:
    """Rows of the committed table; none if it is new or broken, which building it fixes."""
    try:
        return catalog.load(name)
    except DataError as error:
        say(f"{name}: no table to compare with, so all rows count as added ({error})")
        return built.iloc[:0]


def _known(tables: Iterable[str]) -> list[str]:
    chosen = list(tables) or list(BUILDERS)
    for name in chosen:
        if name not in BUILDERS:
            near = difflib.get_close_matches(name, BUILDERS, n=3, cutoff=0.4)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise RefreshError(
                f"no builder for {name!r}.{hint} Built by code: {', '.join(sorted(BUILDERS))}. "
                "All other tables are made by hand: edit the file, then run "
                "`python -m bookpress.checks --update-hashes`."
            )
    return chosen


def to_csv(resource: dict[str, Any], frame: pd.DataFrame) -> bytes:
    """Write rows in the one way tables are written: same values, same bytes.

    Parameters
    ----------
    resource
        Descriptor of the table; gives the columns, their order and types.
    frame
        Rows with at least these columns.

    Raises
    ------
    RefreshError
        If a column is missing.

    """
    fields = resource["schema"]["fields"]
    missing = [field["name"] for field in fields if field["name"] not in frame.columns]
    if missing:
        raise RefreshError(f"{resource['name']}: the builder made no column {missing[0]!r}")
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([field["name"] for field in fields])
    columns = [[_cell(field["type"], v) for v in frame[field["name"]]] for field in fields]
    writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue().encode()


def _cell(kind: str, value: Any) -> str:
    if pd.isna(value):
        return ""
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "integer":
        return str(int(value))
    if kind == "number":
        return repr(float(value)).removesuffix(".0")
    if kind == "date":
        return str(value)[:10]
    return str(value)


def _typed(resource: dict[str, Any], content: bytes) -> pd.DataFrame:
    """Parse what was written under the table's contract, as a reader would."""
    table, problems = catalog.parse_content(resource, content)
    if table is None:
        shown = "\n  ".join(str(problem) for problem in problems[:5])
        more = f"\n  and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise RefreshError(f"{resource['name']} as built breaks its contract:\n  {shown}{more}")
    return table.frame


def _moved_files(inputs: Inputs) -> list[str]:
    """Upstream files that differ from the recorded ones."""
    return [path for path, hash in inputs.hashes.items() if inputs.upstream[path].hash != hash]


def _touched(
    changes: dict[str, report.Change],
    before: dict[str, pd.DataFrame],
    after: dict[str, pd.DataFrame],
    chapters: Path,
) -> Iterable[str]:
    """Say which chapters and verdicts read a changed table."""
    if not changes:
        return
    using = report.chapters_using(changes, chapters)
    yield f"chapters that use them: {', '.join(using) or 'none'}"
    verdicts = list(report.verdicts_using(before, {name: after[name] for name in changes}))
    yield f"verdicts that read them: {len(verdicts) or 'none'}"
    yield from (f"  {line}" for line in verdicts)


def _records(
    resources: dict[str, dict[str, Any]],
    changes: dict[str, report.Change],
    contents: dict[str, bytes],
) -> list[dict[str, Any]]:
    """One entry for each table that says something new; a lost one that was rebuilt does not."""
    return [
        {
            "date": dt.date.today().isoformat(),
            "table": name,
            "rowsBefore": change.rows_before,
            "rowsAfter": change.rows_after,
            "added": len(change.added),
            "removed": len(change.removed),
            "valuesMoved": len(change.moved) + change.within,
        }
        for name, change in changes.items()
        if change and fingerprint(contents[name])[1] != resources[name]["hash"]
    ]


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Check the whole folder as it would be, then replace the files, each in one step."""
    with tempfile.TemporaryDirectory(prefix=".refresh-", dir=folder.parent) as scratch:
        trial = Path(scratch) / folder.name
        shutil.copytree(folder, trial)
        for name, content in files.items():
            (trial / name).write_bytes(content)
        try:
            problems = checks.check(trial)
        except DataError as error:
            raise RefreshError(str(error)) from None
        if problems:
            shown = "\n  ".join(str(problem) for problem in problems[:10])
            raise RefreshError(
                f"the new tables do not pass the checks ({len(problems)} problems), nothing was "
                f"written:\n  {shown}"
            )
        for name in files:
            (trial / name).replace(folder / name)
    catalog.forget()
