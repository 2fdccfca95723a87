"""The reader's wheel: only what a reader runs, and all of it, from an empty folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bookpress.site.wheel import own_wheel

ROOT = Path(__file__).resolve().parents[2]

WALK = """
import sys
import bridgebook as bb
from bridgebook import exercises, ledger, verdicts

assert bb.__file__.startswith(sys.argv[1]), bb.__file__
for name in bb.tables():
    assert len(bb.load(name)), name
for name in bb.__all__:
    assert getattr(bb, name) is not None, name
outcomes = {claim: bb.verdict(claim).outcome for claim in ledger.ledger()}
assert len(outcomes) == len(verdicts.rules())
for name, task in exercises.exercises().items():
    assert bb.check(name, task.truth()), name
fig, ax = bb.figure(2)
ax.plot([1, 2])
bb.finish(fig, "A title", "What is measured, unit", source="a test")
makers = [name for name in sys.modules if name.split(".")[0] in ("bookpress", "sphinx", "docutils")]
assert not makers, makers
print(len(outcomes), "verdicts")
"""


@pytest.fixture(scope="module")
def wheel() -> Path:
    return own_wheel(ROOT)


def test_holds_the_readers_package_and_no_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bridgebook"}
    assert not [name for name in names if name.endswith("entry_points.txt")], "no command"
    assert "bridgebook/_data/datapackage.json" in names
    tables = {name for name in names if name.startswith("bridgebook/_data/")}
    assert {f"bridgebook/_data/{path.name}" for path in (ROOT / "data").glob("*.csv")} <= tables


def test_a_reader_walks_through_it_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """Every table, verdict, exercise and chart, with nothing of the repository on the path."""
    home = tmp_path / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home)
    empty = tmp_path / "empty"
    empty.mkdir()
    script = f"import sys; sys.path[:] = [p for p in sys.path if p != {str(ROOT)!r}]\n"
    script += f"sys.path.insert(0, {str(home)!r})\n{WALK}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)],
        cwd=empty,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.endswith("verdicts\n")
    assert list(empty.iterdir()) == []
