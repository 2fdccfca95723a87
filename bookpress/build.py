"""Build the site: all of it is right and new, or the last good one stays.

Chapters and pages are made in a folder beside the site, from a copy of the last good build, and the
two change places only when everything has succeeded. What a failed build leaves behind is never
used again: Sphinx, for one, keeps its notes before it reports a warning, and a second try would
pass with the doubtful page in place.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from bookpress import sources
from bookpress.files import digest_of_files, sha256, source_files, write_atomically

REDIRECT = """\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bridge or Barrier?</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={target}"><link rel="canonical" href="{target}"></head>
<body><main><h1>Bridge or Barrier?</h1>
<p><a href="{target}">Open the book</a></p></main></body></html>
"""

NEEDED = ("_config.yml", "_toc.yml", "chapters", "data")
SETTINGS = ("BOOK_URL", "BRIDGEBOOK_PYODIDE_WHEELS", "BRIDGEBOOK_PYODIDE_CARRIER")
STAGE = ".next"
"""Folder beside the site in which the next one is made."""
DOCTREES = ".doctrees"
RECORD = "built.json"
"""Says beside the site from what it was made, and which files it had then."""


class BusyError(Exception):
    """Another build works on the same site."""


def build(
    source: Path, out: Path, fresh: bool = False, jobs: int = 1, pages_only: bool = False
) -> int:
    """Check the data, run the chapters, write the pages; anything doubtful stops it.

    Parameters
    ----------
    source
        The repository: ``_config.yml``, ``_toc.yml``, ``chapters``, ``data``.
    out
        Where the site goes, e.g. ``_build/html``.
    fresh
        Forget earlier runs and pages.
    jobs
        Sphinx processes; chapters always run on all cores.
    pages_only
        Leave out Python for the browser, for a quick look; the Run buttons lead nowhere then.

    Returns
    -------
    0, or 1 with the cause printed; the site of the last good build stays as it was then.
    """
    missing = [name for name in NEEDED if not (source / name).exists()]
    if missing:
        print(f"bridgebook build: {source} lacks {', '.join(missing)}: run it from the repository")
        return 1
    if fresh and out.parent.exists():
        shutil.rmtree(out.parent)
    os.environ.setdefault("BRIDGEBOOK_DATA", str(source / "data"))
    started = time.perf_counter()
    try:
        with _lock(out.parent):
            return _build(source, out, jobs, pages_only, started)
    except BusyError as busy:
        print(f"bridgebook build: {busy}")
        return 1


def _build(source: Path, out: Path, jobs: int, pages_only: bool, started: float) -> int:
    _sweep(source, out.parent)
    key = _inputs(source, pages_only)
    record = _record(out)
    if record.get("inputs") == key:
        print(f"Nothing has changed since the book in {out}/index.html was built.")
        return 0
    print("Checking the data ...", flush=True)
    problems = _data_problems(out.parent)
    if problems:
        print("The data did not pass their checks (make data-check):")
        print("\n".join(f"  {problem}" for problem in problems))
        return 1
    stage = out.parent / STAGE
    stage.mkdir(parents=True)
    if record:  # else nobody knows what the files of the site are
        _copy_last_build(out, stage)
    site = stage / out.name
    print("Running chapters that need it, and writing pages ...", flush=True)
    if _sphinx(source, site, out.parent, jobs):
        shutil.rmtree(stage)
        print("\nThe book was NOT built: see the messages above; warnings count as errors.")
        if out.exists():
            print(f"The last good build is still in {out}.")
        return 1
    _write_redirect(source, site)
    if not pages_only:
        print("Adding Python for the browser ...", flush=True)
    if not pages_only and not _add_python(source, site):
        # The pages are right; only Python for the browser is missing or old.
        _swap(stage, out)
        _write_record(out, "pages without Python for the browser")
        return 1
    _swap(stage, out)
    _write_record(out, key)
    print(f"\nThe book is in {out}/index.html ({time.perf_counter() - started:.1f} s)")
    print("Look at it with `make serve`.")
    return 0


# --- one build at a time, on clean ground -------------------------------------------------


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Keep a second build of the same site out."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"another build is at work in {folder}: wait until it has finished"
            ) from None
        yield


def _sweep(source: Path, folder: Path) -> None:
    """Remove what an interrupted build or refresh has left behind."""
    for left in [folder / STAGE, *source.glob(".refresh-*"), *source.glob("data/.refresh-*")]:
        shutil.rmtree(left, ignore_errors=True)
    for left in [*folder.rglob(".new-*"), *folder.rglob(".lite-*")]:
        shutil.rmtree(left) if left.is_dir() else left.unlink()


# --- is there anything to do? -------------------------------------------------------------


def _inputs(source: Path, pages_only: bool) -> str:
    """Checksum of everything that can change the site."""
    made = source / sources.TABLE_PAGES
    files = [
        path
        for name in sources.INPUTS
        for path in _files_at(source / name)
        if made not in path.parents
    ]
    facts = [
        digest_of_files(files, source),
        platform.python_version(),
        metadata.version("bridgebook"),
        *(os.environ.get(name, "") for name in SETTINGS),
        "pages only" if pages_only else "",
    ]
    return sha256("\0".join(facts).encode())


def _files_at(place: Path) -> list[Path]:
    return source_files(place) if place.is_dir() else [place] if place.is_file() else []


def _files_of(site: Path) -> list[tuple[str, int, int]]:
    """Name, size and time of change of every file of a site."""
    found = []
    for path in sorted(site.rglob("*")):
        if path.is_file():
            facts = path.stat()
            found.append((path.relative_to(site).as_posix(), facts.st_size, facts.st_mtime_ns))
    return found


def is_current(source: Path, out: Path) -> bool:
    """Whether a site, with Python for the browser or without, is what its sources say today."""
    return _record(out).get("inputs") in {_inputs(source, False), _inputs(source, True)}


def _record(out: Path) -> dict[str, str]:
    """What the site was made from and a checksum of its files, if that is known and still true."""
    try:
        record = dict(json.loads((out.parent / RECORD).read_text("utf-8")))
    except (OSError, ValueError):
        return {}
    return record if record.get("site") == _state_of(out) else {}


def _state_of(site: Path) -> str:
    return sha256(json.dumps(_files_of(site)).encode())


def _write_record(out: Path, key: str) -> None:
    record = {"inputs": key, "site": _state_of(out)}
    write_atomically(out.parent / RECORD, json.dumps(record).encode())


def _data_problems(folder: Path) -> list[str]:
    from bookpress import checks

    return [str(problem) for problem in checks.check_if_changed(folder / "data-checked")]


# --- the stage ----------------------------------------------------------------------------


def _copy_last_build(out: Path, stage: Path) -> None:
    """Begin where the last good build ended, site and Sphinx's notes alike."""
    for name in (out.name, DOCTREES):
        if (out.parent / name).is_dir():
            shutil.copytree(out.parent / name, stage / name)
    # Pages name the checksum of each style sheet that is there when they are written: start alike.
    shutil.rmtree(stage / out.name / "_static", ignore_errors=True)


def _swap(stage: Path, out: Path) -> None:
    """Put the new site and the notes that belong to it in the place of the old ones."""
    (out.parent / RECORD).unlink(missing_ok=True)
    for name in (DOCTREES, out.name):
        old, current = stage / f"old-{name}", out.parent / name
        if current.exists():
            current.rename(old)
        (stage / name).rename(current)
    shutil.rmtree(stage)


# --- the steps ----------------------------------------------------------------------------


def _sphinx(source: Path, site: Path, state: Path, jobs: int) -> int:
    """Call Jupyter Book's own translation of ``_config.yml`` and Sphinx, warnings as errors."""
    from jupyter_book.sphinx import build_sphinx

    result = build_sphinx(
        str(source),
        str(site),
        path_config=str(source / "_config.yml"),
        noconfig=True,
        confoverrides={
            "external_toc_path": str(source / "_toc.yml"),
            "master_doc": sources.contents(source)["root"],
            "latex_individualpages": False,
            "bookpress_state": str(state),
        },
        builder="html",
        warningiserror=True,
        keep_going=True,
        quiet=True,
        jobs=jobs,
    )
    return int(result) if isinstance(result, int) else 1


def _add_python(source: Path, site: Path) -> bool:
    """Put Python for the browser beside the pages; False with the cause printed."""
    from sphinx.errors import ExtensionError

    from bookpress.site import lite

    try:
        lite.write(source, site, sources.config(source)["title"])
    except ExtensionError as error:
        print(f"\nThe pages are built, but Python for the browser is not: {error}")
        return False
    return True


def _write_redirect(source: Path, site: Path) -> None:
    """The site's root leads to the first page."""
    root = sources.contents(source)["root"]
    write_atomically(site / "index.html", REDIRECT.format(target=f"{root}.html").encode())
