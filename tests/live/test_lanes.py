"""Slow lanes are skipped only where nothing changed, and never silently."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lanes
import pytest

COUNT = "import pathlib; p = pathlib.Path('ran'); p.write_text(f'{p.read_text()}x')"
FAIL = "import pathlib, sys; sys.exit(pathlib.Path('fails').exists())"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one chapter, one table and a file that counts runs."""
    folder = tmp_path / "clone"
    (folder / "chapters" / "part").mkdir(parents=True)
    (folder / "chapters" / "part" / "one.md").write_text("one", "utf-8")
    (folder / "table.csv").write_text("a\n1\n", "utf-8")
    (folder / "ran").write_text("", "utf-8")
    monkeypatch.setattr(lanes, "ROOT", folder)
    for name in ("CI_FULL", "BRIDGEBOOK_LANES"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def lane() -> lanes.Lane:
    return lanes.Lane(("-c", f"{COUNT}; {FAIL}"), ("chapters", "table.csv", "absent.md"))


@pytest.fixture
def runs(root: Path, lane: lanes.Lane, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Call for the lane, and tell how often it has run since the call before."""
    monkeypatch.setattr(lanes, "LANES", {"slow": lane})

    def call() -> int:
        before = len((root / "ran").read_text("utf-8"))
        status = lanes.main(["slow"])
        assert status == int((root / "fails").exists() and len((root / "ran").read_text()) > before)
        return len((root / "ran").read_text("utf-8")) - before

    return call


def test_a_lane_that_passed_is_not_run_and_says_so(runs: Any, capfd: Any) -> None:
    assert runs() == 1
    assert runs() == 0
    said = capfd.readouterr().out.splitlines()
    assert said[-1] == (
        f"lane slow: unchanged since it passed on {date.today()}, not run (CI_FULL=1 runs it)"
    )


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file": lambda root: (root / "table.csv").write_text("a\n2\n", "utf-8"),
    "a file in a folder": lambda root: (root / "chapters/part/one.md").write_text("One", "utf-8"),
    "one more file": lambda root: (root / "chapters/two.md").write_text("", "utf-8"),
    "one file less": lambda root: (root / "chapters/part/one.md").unlink(),
    "a name": lambda root: (root / "chapters/part/one.md").rename(root / "chapters/part/two.md"),
    "a folder": lambda root: (root / "chapters/part").rename(root / "chapters/place"),
    "what was absent": lambda root: (root / "absent.md").write_text("", "utf-8"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_the_lane_run(change: str, root: Path, runs: Any) -> None:
    """Control: whatever changed, the lane runs, and then counts as passed."""
    assert (runs(), runs()) == (1, 0)
    CHANGES[change](root)
    assert (runs(), runs()) == (1, 0)


def test_what_does_not_count_makes_no_difference(root: Path, runs: Any) -> None:
    assert runs() == 1
    (root / "README.md").write_text("x", "utf-8")
    (root / "chapters" / "__pycache__").mkdir()
    (root / "chapters" / "__pycache__" / "x.pyc").write_text("x", "utf-8")
    (root / "table.csv").touch()
    assert runs() == 0


def test_a_lane_that_failed_runs_again(root: Path, runs: Any) -> None:
    (root / "fails").touch()
    assert (runs(), runs()) == (1, 1)
    (root / "fails").unlink()
    assert (runs(), runs()) == (1, 0)


def test_a_failure_does_not_keep_the_next_lane_from_running(
    root: Path, lane: lanes.Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "LANES", {"one": lane, "two": lane})
    (root / "fails").touch()
    assert lanes.main([]) == 1
    assert (root / "ran").read_text("utf-8") == "xx"


def test_in_full_everything_runs(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs() == 1
    monkeypatch.setenv("CI_FULL", "1")
    assert runs() == 1
    monkeypatch.setenv("CI_FULL", "0")
    assert runs() == 0


def test_clones_in_other_folders_share_what_passed(
    root: Path, runs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGEBOOK_LANES", str(tmp_path / "kept"))
    assert runs() == 1
    other = tmp_path / "other"
    shutil.copytree(root, other)
    monkeypatch.setattr(lanes, "ROOT", other)
    lanes.main(["slow"])
    assert (other / "ran").read_text("utf-8") == "x"
    assert not (root / ".cache").exists()


def test_a_pass_of_long_ago_does_not_count_where_others_change(
    root: Path, lane: lanes.Lane
) -> None:
    state = lanes.state_of_lane(lane)
    lanes.passed("slow", state)
    week_ago = (date.today() - timedelta(days=7)).isoformat()
    assert lanes.unchanged("slow", state, days=7) == date.today()
    lanes.memory("slow").write_text(json.dumps({"state": state, "passed": week_ago}), "utf-8")
    assert lanes.unchanged("slow", state, days=7) is None
    assert lanes.unchanged("slow", state)


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"passed": "soon"}', '{"passed": "2026-01-01"}'])
def test_a_damaged_memory_counts_for_nothing(kept: str, root: Path, lane: lanes.Lane) -> None:
    lanes.memory("slow").parent.mkdir(parents=True)
    lanes.memory("slow").write_text(kept, "utf-8")
    assert lanes.unchanged("slow", lanes.state_of_lane(lane)) is None


def test_versions_of_programs_count(root: Path, lane: lanes.Lane) -> None:
    other = lanes.Lane(lane.command, lane.paths, programs=("no-such-program", "python3"))
    assert lanes.version_of(other.programs).startswith("Python 3")
    assert lanes.state_of_lane(other) != lanes.state_of_lane(lane)


@pytest.mark.parametrize("name", lanes.LANES)
def test_lanes_depend_on_what_they_run(name: str) -> None:
    """On the test itself too; and no path is misspelt, the two packages' names apart."""
    lane = lanes.LANES[name]
    runs = {word for word in lane.command if word.endswith(".py")}
    module = "bookpress" if "bookpress.cli" in lane.command else None
    assert runs | {module} - {None} and runs <= set(lane.paths)
    assert module is None or module in lane.paths
    missing = {path for path in lane.paths if not (lanes.ROOT / path).exists()}
    assert missing <= {"bridgebook", "bookpress"}
    assert len(missing) < 2


@pytest.mark.parametrize("name", ["firefox", "pyodide"])
def test_lanes_depend_on_the_assembled_python(name: str, site: Path) -> None:
    from bookpress.site.lite import FOLDER, PYTHON

    assert lanes.LANES[name].built == (lanes.SITE / FOLDER / PYTHON,)
    assert (site / FOLDER / PYTHON / "pyodide.mjs").is_file()
