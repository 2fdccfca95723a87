"""The Run button, as a reader uses it: open, run all, edit, move, answer, come back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bookpress.site.lite import FOLDER, PYTHON

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHAPTERS = (
    "export-controls/the-rule-as-code",
    "open-models/how-good",
    "un-diplomacy/two-resolutions",
)
MILLISECONDS = 120_000
PANEL = "jupyterapp.shell.currentWidget"
CALM = "is duplicated"  # two warnings of JupyterLite about its own menus


class Notebook:
    """A chapter that is open in JupyterLite."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(MILLISECONDS)
        page.wait_for_function(f"() => window.jupyterapp && {PANEL}?.content?.model?.cells?.length")
        self.ready()

    def ready(self) -> None:
        """Wait until the kernel has nothing to do."""
        kernel = f"{PANEL}.sessionContext.session?.kernel"
        self.page.wait_for_function(
            f"() => {kernel}?.status === 'idle' && !document.querySelector('.jp-Dialog')"
        )

    def cells(self) -> list[dict[str, Any]]:
        """Code cells with their outputs, as they would be saved."""
        found = self.page.evaluate(f"{PANEL}.content.model.toJSON().cells")
        return [cell for cell in found if cell["cell_type"] == "code"]

    def cell(self, text: str) -> dict[str, Any]:
        """The first code cell with a text in it."""
        return next(cell for cell in self.cells() if text in "".join(cell["source"]))

    def run_all(self) -> None:
        self.page.get_by_role("menuitem", name="Run", exact=True).first.click()
        self.page.locator('.lm-Menu-itemLabel:text-is("Run All Cells")').click()
        model = f"{PANEL}.content.model.toJSON().cells"
        self.page.wait_for_function(
            f"() => {model}.every(c => c.cell_type !== 'code' || c.execution_count)"
        )
        self.ready()

    def rewrite(self, old: str, new: str) -> dict[str, Any]:
        """Go to the cell with ``old``, type ``new`` over it and run it; gives the cell."""
        index = self.page.evaluate(
            f"text => {PANEL}.content.model.toJSON().cells.findIndex("
            "c => c.cell_type === 'code' && [].concat(c.source).join('').includes(text))",
            old,
        )
        assert index >= 0, f"no cell holds {old!r}"
        source = "".join(self.cell(old)["source"]).replace(old, new)
        self.page.evaluate(
            f"i => {{ {PANEL}.content.activeCellIndex = i; "
            f"return {PANEL}.content.scrollToItem(i); }}",
            index,
        )
        self.page.evaluate(f"{PANEL}.content.activeCell.inputHidden = false")
        self.page.locator(".jp-Notebook-cell.jp-mod-active .cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        count = f"{PANEL}.content.model.toJSON().cells[{index}].execution_count"
        self.page.wait_for_function(f"() => {count}")
        self.ready()
        return next(cell for cell in self.cells() if "".join(cell["source"]) == source)


def errors(cells: list[dict[str, Any]]) -> list[str]:
    return [
        f"{out['ename']}: {out['evalue']}"
        for cell in cells
        for out in cell["outputs"]
        if out["output_type"] == "error"
    ]


def picture(cell: dict[str, Any]) -> str:
    """The PNG of a cell; empty if it drew none."""
    return "".join(out.get("data", {}).get("image/png", "") for out in cell["outputs"])


def words(cell: dict[str, Any]) -> str:
    """Everything that a cell printed or showed as text."""
    return json.dumps(cell["outputs"])


@pytest.fixture
def open_chapter(visit: Any) -> Iterator[Callable[[str], Notebook]]:
    """Press Run on a chapter's page and wait for Python."""

    def press(chapter: str) -> Notebook:
        page = visit(f"chapters/{chapter}.html")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=re.compile("Run this chapter")).click()
        return Notebook(opened.value)

    yield press
    visit.overlook(CALM)


def test_python_comes_from_the_site(site: Path) -> None:
    """Where this setting is missing, JupyterLite silently falls back to another host."""
    text = (site / FOLDER / "jupyter-lite.json").read_text("utf-8")
    plugins = json.loads(text)["jupyter-config-data"]["litePluginSettings"]
    kernel = plugins["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["pyodideUrl"] == f"./{PYTHON}/pyodide.js"
    assert kernel["disablePyPIFallback"] is True
    assert (site / FOLDER / PYTHON / "pyodide.js").is_file()
    assert all(address.startswith("./") for address in kernel["pipliteUrls"])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_reader_runs_a_chapter(open_chapter: Callable[[str], Notebook], chapter: str) -> None:
    notebook = open_chapter(chapter)
    notebook.run_all()
    cells = notebook.cells()
    assert not errors(cells)
    assert sum(bool(picture(cell)) for cell in cells) >= 3

    # Change a figure.
    drawing = next(cell for cell in cells if picture(cell) and "bb.figure(" in str(cell["source"]))
    (call,) = set(re.findall(r"bb\.figure\([\d.]+", "".join(drawing["source"])))
    changed = notebook.rewrite(call, "bb.figure(7.77")
    assert not errors([changed])
    assert picture(changed)
    assert picture(changed) != picture(drawing)

    # Answer an exercise, wrongly.
    number = f'bb.check("{chapter.split("/")[1]}-1", answer)'
    before = words(notebook.cell(number))
    answered = notebook.rewrite(f"answer = ...\n{number}", f"answer = 12345\n{number}")
    assert not errors([answered])
    assert words(answered) != before

    # Move a control; its panel is redrawn.
    notebook.rewrite("bb.frames(", "bb.frames(  ")
    panels = (
        "[...document.querySelectorAll('.jp-Cell:has(.noUi-handle) .widget-output')]"
        ".map(panel => panel.innerHTML).join()"
    )
    notebook.page.wait_for_function(f"() => {panels}.length > 1000")
    notebook.ready()
    shown = notebook.page.evaluate(panels)
    slider = notebook.page.locator(".noUi-base").first
    slider.click(position={"x": 4, "y": slider.bounding_box()["height"] / 2})
    notebook.page.wait_for_function(f"old => {panels} !== old && {panels}.length > 1000", arg=shown)


def test_what_a_reader_wrote_survives(open_chapter: Callable[[str], Notebook]) -> None:
    notebook = open_chapter(CHAPTERS[0])
    first = "".join(notebook.cells()[0]["source"])
    notebook.rewrite(first, f"{first}\nmine = 1")
    notebook.page.keyboard.press("Control+s")
    notebook.page.wait_for_function(f"() => !{PANEL}.content.model.dirty")
    notebook.page.reload()
    assert "mine = 1" in "".join(Notebook(notebook.page).cells()[0]["source"])
