"""Live, as a reader uses it: press it, run, edit, move, answer, fail, stop, leave, come back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CHAPTERS = (
    "export-controls/the-rule-as-code",
    "open-models/how-good",
    "un-diplomacy/two-resolutions",
)
MILLISECONDS = 60_000


class LivePage:
    """A chapter's page on which Live was pressed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(MILLISECONDS)
        page.locator("button.btn-live").click()
        self.status = page.get_by_role("region", name="Live Python").get_by_role("status")
        self.wait("Python is ready")

    def wait(self, words: str) -> None:
        """Wait until the status says so."""
        self.page.wait_for_function(
            """words => RegExp(words).test(
                document.querySelector('.live-status')?.textContent ?? '')""",
            arg=words,
        )

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def cell(self, text: str) -> int:
        """Number of the first cell whose code holds a text."""
        return int(
            self.page.evaluate(
                """text => [...document.querySelectorAll(".live-editor .CodeMirror")]
                   .findIndex((editor) => editor.CodeMirror.getValue().includes(text))""",
                text,
            )
            + 1
        )

    def element(self, number: int) -> Locator:
        return self.page.locator("div.cell:has(.live-editor)").nth(number - 1)

    def rewrite(self, number: int, code: str) -> None:
        """Type other code over a cell's, as one who selects it all does."""
        cell = self.element(number)
        if not cell.locator(".live-editor").is_visible():
            cell.locator("summary").click()
        cell.locator(".CodeMirror-lines").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)

    def code(self, number: int) -> str:
        return str(
            self.page.evaluate(
                "i => document.querySelectorAll('.CodeMirror')[i].CodeMirror.getValue()",
                number - 1,
            )
        )

    def run(self, number: int, until: str = r"has run|have run") -> None:
        self.press(f"Run cell {number}")
        self.wait(until)


@pytest.fixture
def live(visit: Any) -> Callable[[str], LivePage]:
    return lambda chapter: LivePage(visit(f"chapters/{chapter}.html"))


def errors(page: Page) -> list[str]:
    return [found.inner_text() for found in page.locator(".output.traceback").all()]


def stored(page: Page) -> str:
    """The article, whatever is folded open and, being folded, cannot be scrolled."""
    html = page.locator(".bd-article").inner_html()
    return re.sub(r' open=""| tabindex="[-\d]+"', "", html)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_reader_makes_a_chapter_live(visit: Any, chapter: str) -> None:
    page = visit(f"chapters/{chapter}.html")
    before = stored(page)
    reader = LivePage(page)
    numbers = page.locator(".bd-article .pasted-text").all_inner_texts()
    figures = page.locator("figure.book-figure .book-image")
    first = figures.first.inner_html()
    reader.press("Run all")
    reader.wait(r"\d+ cells have run")
    assert not errors(page)
    assert page.locator(".bd-article .pasted-text").all_inner_texts() == numbers
    assert figures.first.locator("svg, img").count() == 1  # where the static one was

    # Change a figure: its cell redraws it in the same place.
    number = reader.cell("bb.figure(")
    drawn = figures.first.inner_html()
    reader.rewrite(number, re.sub(r"bb\.figure\([\d.]+", "bb.figure(7.77", reader.code(number)))
    reader.run(number)
    assert figures.first.inner_html() != drawn
    assert not errors(page)

    # Answer an exercise, wrongly.
    exercise = f'bb.check("{chapter.split("/")[1]}-1"'
    number = reader.cell(exercise)
    reader.rewrite(number, f"answer = 12345\n{exercise}, answer)")
    reader.run(number)
    assert reader.element(number).locator(".answer-check").inner_text()[:1] in "✗△"

    # Move a control: Python draws what the stored frames showed.
    box = page.locator(".book-frames[data-live]").first
    panel = box.locator(".book-panel").first
    old = panel.inner_html()
    control = box.locator("input[type=range], select").first
    control.press("ArrowDown" if control.evaluate("c => c.tagName") == "SELECT" else "ArrowRight")
    page.wait_for_function(
        "old => document.querySelector('.book-frames .book-panel').innerHTML !== old", arg=old
    )

    # Leaving brings the page back.
    reader.press("Leave")
    assert stored(page) == before
    assert first == figures.first.inner_html()


def test_errors_are_shown_and_announced(live: Callable[[str], LivePage]) -> None:
    reader = live(CHAPTERS[0])
    reader.rewrite(1, "print('so far')\nmissing_name")
    reader.run(1, "NameError")
    assert "Cell 1 stopped: NameError: name 'missing_name'" in reader.status.inner_text()
    shown = reader.element(1).locator(".cell_output").inner_text()
    assert shown.index("so far") < shown.index("NameError")
    # A cell below needs this one, so it does not run on something else.
    reader.run(3, "Cell 1 stopped")
    reader.press("Reset cell 1")
    reader.run(3)
    assert not errors(reader.page)


def test_numbers_in_sentences_follow(live: Callable[[str], LivePage]) -> None:
    reader = live(CHAPTERS[0])
    number = reader.page.locator(".glue-n_chips").first
    assert number.inner_text() == "99"
    code = reader.code(1)
    reader.rewrite(1, code.replace('"chip", drop=False)', '"chip", drop=False).head(50)'))
    reader.run(2)
    assert number.inner_text() == "50"
    assert moved(reader.page, number), "the number moved and is not marked"
    still = reader.page.locator(".bd-article .pasted-text:not(.live-moved)")
    assert still.count() > 0, "numbers are marked that did not move"
    reader.press("Leave")
    assert number.inner_text() == "99"
    assert reader.page.locator(".live-moved").count() == 0


def moved(page: Page, number: Locator) -> bool:
    """Whether a number looks otherwise than it did before it moved."""
    line = "e => getComputedStyle(e).textDecorationStyle"
    marked = page.locator(".live-moved")
    return marked.count() > 0 and number.evaluate(line) == "dotted"


def test_an_endless_cell_can_be_stopped(live: Callable[[str], LivePage]) -> None:
    reader = live(CHAPTERS[0])
    reader.rewrite(1, "while True: pass")
    reader.run(1, "Running cell 1")
    reader.press("Stop")
    reader.wait("Stopped")
    reader.rewrite(1, "print(6 * 7)")
    reader.run(1)
    assert reader.element(1).locator(".cell_output").inner_text().strip() == "42"


def test_what_a_reader_wrote_survives_and_can_be_saved(live: Callable[[str], LivePage]) -> None:
    reader = live(CHAPTERS[0])
    reader.rewrite(1, "mine = 1")
    reader.page.reload()
    again = LivePage(reader.page)
    assert again.code(1) == "mine = 1"
    assert "1 cell holds what you wrote before" in again.status.inner_text()
    with reader.page.expect_download() as saved:
        again.press("Save code")
    assert saved.value.suggested_filename == "the-rule-as-code.py"
    assert "mine = 1" in saved.value.path().read_text("utf-8")
    again.press("Reset cell 1")
    assert "import bridgebook" in again.code(1)


def test_without_a_mouse(live: Callable[[str], LivePage]) -> None:
    """Tab moves on out of a cell, Shift+Enter runs it and goes to the next."""
    reader = live(CHAPTERS[0])
    page = reader.page
    page.get_by_role("textbox", name="Code of cell 1", exact=True).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "▶ Run"
    page.get_by_role("textbox", name="Code of cell 1", exact=True).focus()
    page.keyboard.press("Shift+Enter")
    reader.wait("has run|have run")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "Code of cell 2"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_live_page_is_accessible(
    visit: Any, axe: Callable[[Page], list[str]], width: int, scheme: str
) -> None:
    reader = LivePage(visit(f"chapters/{CHAPTERS[0]}.html", width=width, scheme=scheme))
    reader.run(2)
    assert axe(reader.page) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
