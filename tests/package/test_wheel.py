"""The reader's wheel: only what a reader runs, and all of it, from an empty folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from bookpress.site.wheel import own_wheel
from bridgebook import descriptors

ROOT = Path(__file__).resolve().parents[2]
HOME = "bridgebook/_data/"

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
    data = {name.removeprefix(HOME) for name in names if name.startswith(HOME)}
    tables = {path.name for path in (ROOT / "data").glob("*.csv")}
    assert data == tables | {"datapackage.json", "claims.yml", "references.bib"}


def test_the_tables_are_described_as_in_the_repository(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        package = archive.read(f"{HOME}datapackage.json").decode("utf-8")
        modes = {info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert package == descriptors.as_json(descriptors.package(ROOT / "data"))
    assert modes == {0o644}


def test_pip_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """`pip wheel .` and `pip install .` build what the site gives to the browser."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (other,) = tmp_path.glob("bridgebook-*.whl")
    assert contents(other) == contents(wheel)


def test_no_descriptor_is_left_beside_the_tables(wheel: Path) -> None:
    assert not (ROOT / "data" / "datapackage.json").exists()


def test_what_builds_the_wheel_is_declared() -> None:
    """An isolated build has these alone; the locked environment has them as well."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    names = [re.split("[<>=]", need)[0] for need in settings["build-system"]["requires"]]
    assert names == ["hatchling", "ruamel.yaml"]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert all(f"\n{name.replace('.', '-')}==" in lock for name in names)


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


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


def test_only_what_readers_run_makes_another_wheel(tmp_path: Path) -> None:
    """A change of what makes the book leaves the readers' wheel and its name as they are."""
    for name in ("bridgebook", "data"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, tmp_path / name)
    before = own_wheel(tmp_path).name
    (tmp_path / "bookpress" / "site").mkdir(parents=True)
    (tmp_path / "bookpress" / "site" / "pages.py").write_text("# changed", "utf-8")
    assert own_wheel(tmp_path).name == before
    path = tmp_path / "bridgebook" / "wording.py"
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    assert own_wheel(tmp_path).name != before
