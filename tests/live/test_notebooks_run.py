"""Every chapter runs to its end in the browser's Python and gives the page's numbers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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


Run = Callable[[list[str]], list[list[dict[str, Any]]]]
LIGHT_PAGE = "404.html"


@pytest.fixture(scope="session")
def opener(lasting_visit: Any) -> Any:
    """A page with a Python: pages that it opens share its process, and so its compiled code."""
    page = lasting_visit(LIGHT_PAGE)
    page.evaluate(RUNNER, {"folder": python_of(lasting_visit.address), "sources": ["1 + 1"]})
    return page


def python_of(address: str) -> str:
    """Address of the site's own Pyodide."""
    return f"{address}/{FOLDER}/{PYTHON}/"


@pytest.fixture
def run(lasting_visit: Any, opener: Any) -> Iterator[Run]:
    """Run cells in a page and a Python of their own; gives their outputs."""

    def run_cells(sources: list[str]) -> list[list[dict[str, Any]]]:
        with opener.context.expect_page() as opened:
            opener.evaluate("url => { window.open(url) }", f"{lasting_visit.address}/{LIGHT_PAGE}")
        page = opened.value
        try:
            page.wait_for_load_state()
            where = {"folder": python_of(lasting_visit.address), "sources": sources}
            found: list[list[dict[str, Any]]] = page.evaluate(RUNNER, where)
            return found
        finally:
            page.close()

    yield run_cells
    problems = lasting_visit.take_problems()
    assert not problems, "the browser reports:\n" + "\n".join(problems)


def chapter_of(name: str) -> str:
    """The chapter of a notebook, whose name ends in a checksum."""
    return name.rsplit("-", 1)[0]


@pytest.mark.parametrize("name", NAMES or ["no-notebook-in-the-site"])
def test_numbers_are_those_of_the_page(run: Run, name: str) -> None:
    """Texts are compared, so equal means equal in every digit that a sentence quotes."""
    notebook = nbformat.read(FILES / name, 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = run([cell.source for cell in code])
    for cell, made in zip(code, outputs, strict=True):
        cell.outputs = [nbformat.from_dict(output) for output in made]
    assert not moved(chapter_of(name), notebook)


@pytest.mark.parametrize("cell", ["1 / 0", "import requests"])
def test_what_fails_is_seen(run: Run, cell: str) -> None:
    with pytest.raises(Exception, match=r"the cell that begins"):
        run(["1 + 1", cell])


def test_each_run_has_a_python_of_its_own(run: Run) -> None:
    """Control: what one run leaves behind, another does not find."""
    run(["import builtins; builtins.left_behind = 1"])
    with pytest.raises(Exception, match="left_behind"):
        run(["left_behind"])


def test_other_hosts_are_seen(run: Run, lasting_visit: Any) -> None:
    """Control: a run that makes a third-party request is reported."""
    run(["import js; _ = js.eval(\"new Image().src = 'http://foreign.example/a.png'\")"])
    assert "foreign.example" in "\n".join(lasting_visit.take_problems())
