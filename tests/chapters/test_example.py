"""The example of the author's guide: put where the guide says, it keeps the contract and runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import contract
import pytest

from bridgebook import exercises

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "example"
PLACES = {
    "how-much-memory.md": "chapters/export-controls/how-much-memory.md",
    "claims.py": "bridgebook/claims/export_controls/how_much_memory.py",
    "exercises.py": "bridgebook/exercises/export_controls/how_much_memory.py",
    "questions.yml": "teaching/questions/export-controls/how-much-memory.yml",
}
PROGRAM = """
import json, sys
from pathlib import Path

sys.path.insert(0, "tests/chapters")
import contract
from bookpress.site import execute
from bookpress.teach.questions import load_bank
from bridgebook.exercises import exercises, check
from bridgebook.verdicts import verdict

name = "export-controls/how-much-memory"
path = Path(f"chapters/{name}.md").resolve()
chapter = contract.Chapter(name, path.read_text("utf-8"))
broken = {rule.__name__: list(rule(chapter)) for rule in contract.RULES}
load_bank(contract.BANKS / f"{name}.yml", name, chapter.declared["objectives"])
run = execute.run_chapter(execute.Chapter(f"chapters/{name}", path, chapter.text), "key")
own = {key: task for key, task in exercises().items() if key.startswith("how-much-memory-")}
print(json.dumps({
    "broken": {rule: lines for rule, lines in broken.items() if lines},
    "files": sorted(run.files),
    "outcome": verdict("as-much-memory").outcome,
    "right": [check(key, task.truth()).kind for key, task in own.items()],
    "slips": {key: [check(key, s.wrong()).kind for s in task.slips] for key, task in own.items()},
    "names": {key: [s.name for s in task.slips] for key, task in own.items()},
}))
"""


def run_in(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, with its packages and its data."""
    settings = {"PYTHONPATH": str(copy), "BRIDGEBOOK_DATA": str(copy / "data")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copy, env=os.environ | settings, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with the example in it."""
    copy = tmp_path_factory.mktemp("example")
    for name in ("bridgebook", "bookpress", "chapters", "data", "teaching", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "recorded")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("pyproject.toml", "_config.yml", "_toc.yml", "requirements.lock"):
        shutil.copy2(ROOT / name, copy / name)
    for name, place in PLACES.items():
        shutil.copy2(EXAMPLE / name, copy / place)
    with (copy / "data" / "claims.yml").open("a", encoding="utf-8") as ledger:
        ledger.write((EXAMPLE / "claim.yml").read_text("utf-8"))
    return copy


@pytest.fixture(scope="module")
def found(copy: Path) -> dict[str, Any]:
    """What the contract and a run say about the example."""
    run = run_in(copy, "-c", PROGRAM)
    assert run.returncode == 0, run.stderr[-3000:]
    return dict(json.loads(run.stdout.splitlines()[-1]))


def test_the_example_breaks_one_rule_the_length(found: dict[str, Any]) -> None:
    """Its paragraphs say what belongs there; a real chapter has more of them."""
    assert set(found["broken"]) == {"length_is_right"}


def test_the_example_runs_on_the_table_that_it_declares(found: dict[str, Any]) -> None:
    assert "chips.csv" in found["files"]
    assert found["outcome"] == "partly supported"


def test_the_example_passes_the_tests_of_all_exercises_and_figures(copy: Path) -> None:
    tests = ("tests/package/test_exercises.py", "tests/chapters/test_contract.py")
    chosen = "(test_exercises and how-much-memory) or figure_names_are_unique"
    run = run_in(copy, "-m", "pytest", "-q", *tests, "-k", chosen)
    assert run.returncode == 0, run.stdout[-3000:]


def test_its_answers_are_right_and_its_slips_are_named(found: dict[str, Any]) -> None:
    assert found["right"] == ["right"] * 4
    assert found["slips"] == found["names"]


def test_the_guide_names_every_rule_and_its_limits() -> None:
    guide = (ROOT / "docs" / "authors-guide.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE)
    assert listed[: len(contract.RULES)] == [rule.__name__ for rule in contract.RULES]
    assert f"{contract.MIN_WORDS:,} to {contract.MAX_WORDS:,} words" in guide
    for heading in contract.CLOSING:
        assert f"*{heading}*" in guide
    assert all(verb in guide for verb in contract.UNTESTABLE_VERBS)
    assert all(f"`{kind}`" in guide for kind in exercises.KINDS)
