"""Every chapter runs to its end in the browser's Python, and says there what the page says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from chapters.test_numbers import ROOT, moved

from bookpress.site.lite import FOLDER, PYTHON

RUNNER = Path(__file__).with_name("run_notebook.js").read_text("utf-8").split("\n", 2)[2]
# The fixture `site` is not at hand when tests are collected; `conftest` may be another folder's.
FILES = Path(os.environ.get("BOOK_SITE") or ROOT / "_build" / "html") / FOLDER / "files"
NAMES = sorted(path.relative_to(FILES).as_posix() for path in FILES.rglob("*.ipynb"))


def run(visit: Any, server: str, name: str, sources: list[str]) -> list[list[dict[str, Any]]]:
    """Run cells in a Python of their own, on the chapter's page; gives their outputs."""
    page = visit(f"chapters/{chapter_of(name)}.html")
    where = {"folder": f"{server}/{FOLDER}/{PYTHON}/", "sources": sources}
    found: list[list[dict[str, Any]]] = page.evaluate(RUNNER, where)
    return found


def chapter_of(name: str) -> str:
    """The chapter of a notebook, whose name ends in a checksum."""
    return name.rsplit("-", 1)[0]


@pytest.mark.parametrize("name", NAMES or ["no-notebook-in-the-site"])
def test_numbers_are_those_of_the_page(visit: Any, server: str, name: str) -> None:
    """Texts are compared, so equal means equal in every digit that a sentence quotes."""
    notebook = nbformat.read(FILES / name, 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = run(visit, server, name, [cell.source for cell in code])
    for cell, made in zip(code, outputs, strict=True):
        cell.outputs = [nbformat.from_dict(output) for output in made]
    assert not moved(chapter_of(name), notebook)


@pytest.mark.parametrize("cell", ["1 / 0", "import requests"])
def test_what_fails_is_seen(visit: Any, server: str, cell: str) -> None:
    with pytest.raises(Exception, match=r"the cell that begins"):
        run(visit, server, NAMES[0], ["1 + 1", cell])
