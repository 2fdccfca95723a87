"""Downloadable notebooks: all there, readable without the book, the same code as the chapter.

That they run anywhere, and give the book's numbers, is shown by ``make test-newest``.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT, Built

from bookpress.site import execute, lite
from bookpress.site.notebooks import ARCHIVE, FOLDER

CHAPTERS = sorted(
    path.relative_to(ROOT / "chapters").with_suffix("").as_posix()
    for path in (ROOT / "chapters").rglob("*.md")
    if execute.is_notebook(path.read_text("utf-8"))
)

FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LEFT_OVER = re.compile(
    r"\{[a-z]+(:[a-z]+)*\}`|^(```|:::+)\{|:::|^\(.+\)=$|<script|\bnan\b", re.MULTILINE
)


def notebook(site: Path, chapter: str) -> Any:
    path = site / FOLDER / f"{chapter}.ipynb"
    assert path.is_file(), f"{chapter} has no notebook"
    found = nbformat.read(path, 4)
    nbformat.validate(found)
    return found


def text_of(found: Any) -> str:
    return "\n\n".join(cell.source for cell in found.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_code_is_that_of_the_chapter(chapter: str, site: Path) -> None:
    source = (ROOT / "chapters" / f"{chapter}.md").read_text("utf-8")
    wanted = [cell.source for cell in execute.code_cells(execute.parse(source))]
    first, *found = [cell.source for cell in execute.code_cells(notebook(site, chapter))]
    assert "%pip install" in first
    assert found == wanted


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_of_myst_is_left(chapter: str, site: Path) -> None:
    text = FENCED.sub("", text_of(notebook(site, chapter)))
    assert not (found := LEFT_OVER.search(text)), text[found.start() - 80 : found.end() + 80]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_headings_and_figures_are_those_of_the_page(
    chapter: str, site: Path, pages: dict[str, Built]
) -> None:
    tree = pages[f"chapters/{chapter}.html"].tree
    text = FENCED.sub("", text_of(notebook(site, chapter)))
    figures = tree.xpath("//article//figcaption//span[@class='caption-number']")
    numbers = [" ".join(figure.text_content().split()) for figure in figures]
    assert re.findall(r"^\*\*(Figure [\d.]+)\.\*\* ", text, re.MULTILINE) == numbers
    shown = [bare(heading.text_content()) for heading in tree.xpath("//article//h1|//article//h2")]
    found = [bare(line) for line in re.findall(r"^##? (.+)$", text, re.MULTILINE)]
    assert [line for line in found if line != "Sources"] == shown


def bare(text: str) -> str:
    """Words of a heading, without signs of Markdown and of the page."""
    return " ".join(re.sub(r"[*`#]", "", text).split())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_paragraphs_are_those_of_the_page(
    chapter: str, site: Path, pages: dict[str, Built]
) -> None:
    """Quoted numbers and citations included: the first words of each paragraph of the page."""
    text = bare(re.sub(r"\]\([^)]*\)|[\[\]>\\]", " ", text_of(notebook(site, chapter))))
    tree = pages[f"chapters/{chapter}.html"].tree
    here = "[not(ancestor::figure or ancestor::*[contains(@class, 'cell')] or .//math)]"
    paragraphs = tree.xpath(f"//article//section/p{here}")
    assert paragraphs
    for paragraph in paragraphs:
        words = bare(re.sub(r"[\[\]]", " ", paragraph.text_content()))
        assert words[:120] in text, words


def test_zip_holds_all(site: Path) -> None:
    with zipfile.ZipFile(site / FOLDER / ARCHIVE) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [f"{chapter}.ipynb" for chapter in CHAPTERS]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_page_offers_its_notebook(chapter: str, site: Path, pages: dict[str, Built]) -> None:
    page = pages[f"chapters/{chapter}.html"]
    (link,) = page.tree.xpath(
        "//header//a[contains(@href, '.ipynb')] | //a[contains(@class, 'btn-download-notebook')]"
    )
    target = (site / page.name).parent / link.get("href")
    assert target.resolve() == (site / FOLDER / f"{chapter}.ipynb").resolve()


def test_cited_works_are_listed(site: Path) -> None:
    text = text_of(notebook(site, "export-controls/the-rule-as-code"))
    listed = text.split("## Sources", 1)[1]
    assert "CSET" in listed or "Feldgoise" in listed
    assert len(re.findall(r"^- ", listed, re.MULTILINE)) >= 10


def test_every_button_leads_to_a_notebook(site: Path, pages: dict[str, Any]) -> None:
    found = {
        name: address.split("?path=")[1]
        for name, page in pages.items()
        for address in page.tree.xpath("//a[contains(@class, 'btn-run-in-browser')]/@href")
    }
    files = site / lite.FOLDER / "files"
    there = {path.relative_to(files).as_posix() for path in files.rglob("*.ipynb")}
    assert there == set(found.values())
    assert len(found) == len(there)
