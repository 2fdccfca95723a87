"""Slow lanes, each run only if something that it depends on changed since it last passed here.

    python tests/lanes.py                  # every lane
    python tests/lanes.py firefox pyodide  # some
    CI_FULL=1 python tests/lanes.py        # whatever passed before

A lane's state is a checksum of all files in its paths, of Python, and of the browser. It is
kept in ``.cache/lanes``, or in the folder that BRIDGEBOOK_LANES names, which clones may share, and
written only after the lane has passed. For a skipped lane, one line is printed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = Path(os.environ.get("BOOK_SITE") or ROOT / "_build" / "html")

BOOK = (
    *("chapters", "data", "teaching/questions", "_config.yml", "_toc.yml"),
    *("bridgebook", "bookpress", "pyproject.toml", "requirements.lock", "tests/lanes.py"),
)
"""What every page and every notebook is made from."""

NUMBERS = ("tests/chapters/test_numbers.py", "tests/chapters/recorded")
"""The recorded numbers, and how they are compared."""

PYODIDE = SITE / "lite" / "static" / "pyodide"
RAW = ROOT.parent / "shared" / "data" / "raw"
"""Files of the makers of derived tables, where the machine has them."""

PYTEST = ("-m", "pytest", "-n", "auto")


@dataclass(frozen=True)
class Lane:
    """What to run with this Python, and what its outcome depends on."""

    command: tuple[str, ...]
    paths: tuple[str, ...]
    """Files and folders below the repository."""

    built: tuple[Path, ...] = ()
    """Folders of the built site."""

    programs: tuple[str, ...] = ()
    """Names under which a program may be found, whose version counts."""

    days: int | None = None
    """How long a pass counts, where a package index decides too."""


LANES = {
    "firefox": Lane(
        command=(*PYTEST, "tests/live/test_firefox.py"),
        paths=(*BOOK, "tests/conftest.py", "tests/live/test_firefox.py"),
        built=(PYODIDE,),
        programs=("firefox-esr", "firefox"),
    ),
    "pyodide": Lane(
        command=(*PYTEST, "tests/live/test_notebooks_run.py"),
        paths=(
            *BOOK,
            *NUMBERS,
            *("tests/conftest.py", "tests/live/test_notebooks_run.py"),
            "tests/live/run_notebook.js",
        ),
        built=(PYODIDE,),
        programs=("chromium", "chromium-browser", "google-chrome"),
    ),
    "newest": Lane(
        command=("tests/newest_lane.py",),
        paths=(*BOOK, *NUMBERS, "tests/newest_lane.py"),
        days=7,
    ),
    "refresh": Lane(
        command=("-m", "bookpress.cli", "refresh", "--from", str(RAW), "--check"),
        paths=("data", "bridgebook", "bookpress", "requirements.lock"),
        built=(RAW,),
    ),
}


# --- state --------------------------------------------------------------------------------


def files_of(path: Path) -> Iterator[tuple[str, Path]]:
    """Every file at or below a path, by its relative name; Python's caches are left out."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in found:
        if file.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(file.parts):
            yield file.relative_to(path).as_posix(), file


def state_of(places: dict[str, Path], *facts: str) -> str:
    """Checksum of facts, and of names and contents of files; the same in every folder."""
    digest = hashlib.sha256(json.dumps([*facts, sorted(places)]).encode())
    for name, place in sorted(places.items()):
        for inner, file in files_of(place):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(json.dumps([name, inner, content]).encode())
    return digest.hexdigest()


def version_of(names: tuple[str, ...]) -> str:
    """Version output of the first of these programs that exists; empty if there is none."""
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        return ""
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()


def state_of_lane(lane: Lane) -> str:
    """State of everything that a lane depends on."""
    places = {name: ROOT / name for name in lane.paths}
    places |= {f"built {folder.name}": folder for folder in lane.built}
    return state_of(places, sys.version, version_of(lane.programs), *lane.command)


def memory(name: str) -> Path:
    """File that records when a lane passed, and on which state."""
    return Path(os.environ.get("BRIDGEBOOK_LANES") or ROOT / ".cache" / "lanes") / name


def passed(name: str, state: str) -> None:
    """Record that a lane has passed on a state."""
    path = memory(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"state": state, "passed": date.today().isoformat()}), "utf-8")


def unchanged(name: str, state: str, days: int | None = None) -> date | None:
    """Day on which a lane passed on this very state, if it did and that counts still."""
    try:
        kept = json.loads(memory(name).read_text("utf-8"))
        day = date.fromisoformat(kept["passed"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    old = days is not None and date.today() - day >= timedelta(days=days)
    return None if old or kept.get("state") != state else day


# --- running ------------------------------------------------------------------------------


def in_full() -> bool:
    """Whether every lane runs, whatever passed before."""
    return os.environ.get("CI_FULL", "0") not in {"", "0"}


def run(name: str, lane: Lane) -> bool:
    """Run a lane unless it passed on the same state; whether all is well."""
    state = state_of_lane(lane)
    day = None if in_full() else unchanged(name, state, lane.days)
    if day:
        print(
            f"lane {name}: unchanged since it passed on {day}, not run (CI_FULL=1 runs it)",
            flush=True,
        )
        return True
    print(f"lane {name}: runs", flush=True)
    start = time.monotonic()
    good = subprocess.run([sys.executable, *lane.command], cwd=ROOT, check=False).returncode == 0
    if good:
        passed(name, state)
    outcome = "passed" if good else "failed"
    print(f"lane {name}: {outcome} after {time.monotonic() - start:.0f} s", flush=True)
    return good


def main(arguments: list[str] | None = None) -> int:
    """Run some lanes, or all; a lane that fails does not keep the next from running."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lanes", nargs="*", choices=[[], *LANES], help="by default all")
    chosen = parser.parse_args(arguments).lanes or list(LANES)
    outcomes = [run(name, LANES[name]) for name in chosen]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
