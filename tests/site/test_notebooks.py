"""Downloadable notebooks: all there, readable without the book, the same code as the chapter.

That they run anywhere, and give the book's numbers, is shown by ``make test-newest``.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from bookpress.site import execute, lite
from bookpress.site.notebooks import ARCHIVE, FOLDER, setup_cell

ROOT = Path(__file__).resolve().parents[2]

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
    assert "import bridgebook" in first
    assert found == wanted


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_of_myst_is_left(chapter: str, site: Path) -> None:
    text = FENCED.sub("", text_of(notebook(site, chapter)))
    assert not (found := LEFT_OVER.search(text)), text[found.start() - 80 : found.end() + 80]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_headings_and_figures_are_those_of_the_page(
    chapter: str, site: Path, pages: dict[str, Any]
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
def test_paragraphs_are_those_of_the_page(chapter: str, site: Path, pages: dict[str, Any]) -> None:
    """Quoted numbers and citations included: the first words of each paragraph of the page."""
    text = bare(re.sub(r"\]\([^)]*\)|[\[\]>\\]", " ", text_of(notebook(site, chapter))))
    tree = pages[f"chapters/{chapter}.html"].tree
    here = "[not(ancestor::figure or ancestor::*[contains(@class, 'cell')] or .//math)]"
    paragraphs = tree.xpath(f"//article//section/p{here}")
    assert paragraphs
    for paragraph in paragraphs:
        words = bare(re.sub(r"[\[\]]", " ", paragraph.text_content()))
        assert words[:120] in text, words


def test_zip_holds_all_and_the_wheel(site: Path) -> None:
    (wheel,) = (site / FOLDER).glob("*.whl")
    with zipfile.ZipFile(site / FOLDER / ARCHIVE) as archive:
        assert archive.testzip() is None
        expected = [f"{chapter}.ipynb" for chapter in CHAPTERS]
        assert sorted(archive.namelist()) == sorted([*expected, wheel.name])
        assert archive.read(wheel.name) == wheel.read_bytes()


# --- where the package comes from ---------------------------------------------------------

INSTALL = re.compile(r"\bpip3? install\s+(?P<what>.*)")


def installs(text: str) -> list[str]:
    """What the code of a notebook or page gives to pip, options left out."""
    return [
        word
        for found in INSTALL.finditer(text)
        for word in found["what"].split()
        if not word.startswith("-")
    ]


def test_nothing_is_installed_by_a_bare_name(site: Path) -> None:
    """Our name is not registered in the package index, so anyone could register it."""
    found = [*(site / FOLDER).rglob("*.ipynb"), *(site / lite.FOLDER / "files").rglob("*.ipynb")]
    assert len(found) == 2 * len(CHAPTERS)
    for path in found:
        for cell in nbformat.read(path, 4).cells:
            named = [what for what in installs(cell.source) if "bridgebook" in what.lower()]
            assert not named, f"{path.name} installs {named}"
            assert not [what for what in installs(cell.source) if what != "{wheel}"], path.name


def test_an_install_by_name_would_be_found() -> None:
    assert installs("    %pip install --quiet bridgebook==0.6.1") == ["bridgebook==0.6.1"]
    assert installs("!pip3 install -U bridgebook numpy") == ["bridgebook", "numpy"]
    assert installs("    %pip install --quiet {wheel}") == ["{wheel}"]


class Notebook:
    """The first code cell of a notebook, run where our package is not installed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wheel = folder.parent / "made" / "bridgebook-1-py3-none-any.whl"
        self.wheel.parent.mkdir()
        self.wheel.write_bytes(b"the book's wheel")
        self.folder = folder
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setitem(sys.modules, "bridgebook", None)

    def run(self, site: str = "") -> list[str]:
        """Run the cell; what it gave to pip, and how."""
        asked: list[str] = []
        code = setup_cell(self.wheel, site).replace(
            "%pip install --quiet {wheel}", "asked.append(str(wheel))"
        )
        assert "asked.append" in code
        exec(code, {"asked": asked})
        return asked


@pytest.fixture
def notebook_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    return Notebook(tmp_path / "notebooks", monkeypatch)


@pytest.mark.parametrize("place", [".", ".."])
def test_a_wheel_in_the_folder_or_its_parent_is_installed(
    place: str, notebook_outside: Notebook
) -> None:
    shutil.copy(notebook_outside.wheel, notebook_outside.folder / place)
    (asked,) = notebook_outside.run()
    assert Path(asked).name == notebook_outside.wheel.name and Path(asked).is_file()


def test_an_installed_package_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outside = Notebook(tmp_path / "notebooks", monkeypatch)
    monkeypatch.setitem(sys.modules, "bridgebook", object())  # type: ignore[arg-type]
    assert outside.run() == []


def test_the_published_site_has_the_wheel(
    notebook_outside: Notebook, serve: Callable[[Path], str]
) -> None:
    site = notebook_outside.folder.parent / "site"
    (site / FOLDER).mkdir(parents=True)
    shutil.copy(notebook_outside.wheel, site / FOLDER)
    (asked,) = notebook_outside.run(f"{serve(site)}/")
    assert Path(asked).read_bytes() == notebook_outside.wheel.read_bytes()


def test_without_a_wheel_one_sentence_says_what_to_do(notebook_outside: Notebook) -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        notebook_outside.run()
    message = str(caught.value)
    assert notebook_outside.wheel.name in message and ARCHIVE in message
    assert message.count(". ") == 0 and message.endswith(".")


def test_another_wheel_is_refused(notebook_outside: Notebook) -> None:
    name = notebook_outside.wheel.name
    (notebook_outside.folder / name).write_bytes(b"another wheel")
    with pytest.raises(ModuleNotFoundError, match=r"is not the file .* delete it"):
        notebook_outside.run()


def test_every_notebook_names_the_wheel_of_the_site(site: Path) -> None:
    (wheel,) = (site / FOLDER).glob("*.whl")
    code = setup_cell(wheel, "")
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in code
    for chapter in CHAPTERS:
        assert execute.code_cells(notebook(site, chapter))[0].source == code


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_page_offers_its_notebook(chapter: str, site: Path, pages: dict[str, Any]) -> None:
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
