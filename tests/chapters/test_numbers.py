"""Numbers that sentences quote, compared with recorded ones.

A changed table or rule moves numbers on pages. That may be right, but it must be seen: the
recorded file is reviewed as a diff. To update the record:
``python tests/chapters/test_numbers.py --update``
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDED = Path(__file__).with_name("recorded")
EXECUTED = ROOT / "_build" / "executed" / "chapters"
UPDATE = "python tests/chapters/test_numbers.py --update"


def glued(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Names and texts that a chapter gave to ``bb.glue`` when it ran."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            label = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if label:
                (text,) = output["data"].values()
                found[label] = str(ast.literal_eval(text))
    return found


def chapters() -> list[str]:
    """Chapters that declare themselves notebooks, as ``part/chapter``."""
    sources = sorted((ROOT / "chapters").rglob("*.md"))
    return [
        path.relative_to(ROOT / "chapters").with_suffix("").as_posix()
        for path in sources
        if "file_format: mystnb" in path.read_text("utf-8").split("\n---", 1)[0]
    ]


def recorded_file(chapter: str) -> Path:
    """Where a chapter's numbers are recorded."""
    return RECORDED / f"{chapter}.json"


def moved(chapter: str, notebook: nbformat.NotebookNode) -> list[str]:
    """Numbers of a run that differ from the recorded ones, in lines."""
    now, before = glued(notebook), json.loads(recorded_file(chapter).read_text("utf-8"))
    return [
        f"{name}: recorded {before.get(name, 'nothing')!r}, now {now.get(name, 'nothing')!r}"
        for name in sorted(now.keys() | before.keys())
        if now.get(name) != before.get(name)
    ]


@pytest.mark.parametrize("chapter", chapters())
def test_quoted_numbers_are_the_recorded_ones(chapter: str) -> None:
    executed = EXECUTED / f"{chapter}.ipynb"
    assert executed.exists(), f"{chapter} has not run: make book"
    record = recorded_file(chapter)
    assert record.exists(), f"no recorded numbers for {chapter}: {UPDATE}"
    found = moved(chapter, nbformat.read(executed, 4))
    assert not found, f"{chapter}: numbers moved; if that is right, {UPDATE}\n" + "\n".join(found)


def test_no_record_without_a_chapter() -> None:
    known = {recorded_file(chapter).name for chapter in chapters()}
    stray = sorted(path.name for path in RECORDED.glob("*.json") if path.name not in known)
    assert not stray, f"recorded numbers of chapters that no longer exist: {stray}"


def update() -> None:
    """Record the numbers of the last build."""
    RECORDED.mkdir(exist_ok=True)
    for chapter in chapters():
        text = json.dumps(
            glued(nbformat.read(EXECUTED / f"{chapter}.ipynb", 4)), indent=1, ensure_ascii=False
        )
        fresh = recorded_file(chapter).with_suffix(".new")
        fresh.write_text(text + "\n", "utf-8")
        fresh.replace(recorded_file(chapter))


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit(f"usage: {UPDATE}")
    update()
