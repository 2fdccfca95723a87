"""Figures of the built book: named, described, legible on both grounds, and downloadable."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import nbformat
import pytest
from downloads import CHECKS, SVG
from lxml import etree

from bookpress.site import execute
from bridgebook.page import charts

ROOT = Path(__file__).resolve().parents[2]
MAX_WIDTH = 700
HREFS = ("href", "{http://www.w3.org/1999/xlink}href")


@dataclass(frozen=True)
class Figure:
    """A figure of a page: the page's name, the figure's ``id``, its element."""

    page: str
    ident: str
    element: Any

    @property
    def picture(self) -> Any:
        """The element that shows the picture: ``<svg>`` inside the page, or ``<img>``."""
        found = self.element.xpath(
            ".//*[contains(@class, 'book-image')]/descendant-or-self::*[self::svg or self::img]"
        )
        return found[0] if len(found) == 1 else None

    @property
    def alt(self) -> str:
        """What a screen reader says."""
        name = "alt" if self.picture.tag == "img" else "aria-label"
        return str(self.picture.get(name, ""))

    @property
    def caption(self) -> str:
        spans = self.element.xpath(".//figcaption//span[@class='caption-text']")
        return " ".join(spans[0].text_content().split()) if spans else ""

    @property
    def links(self) -> dict[str, str]:
        """Downloads by file ending."""
        addresses = self.element.xpath(".//p[contains(@class, 'book-links')]//a/@href")
        return {Path(urlsplit(a).path).suffix[1:]: a for a in addresses}

    def file(self, site: Path, address: str) -> Path:
        return site / urlsplit(urljoin(f"http://x/{self.page}", address)).path.lstrip("/")


def figures_of(page: Any) -> Iterator[Figure]:
    for element in page.tree.xpath("//figure[contains(@class, 'book-figure')]"):
        yield Figure(page.name, element.get("id", ""), element)


@pytest.fixture
def find(pages: dict[str, Any]) -> Any:
    """Look a figure up by ``page#id``."""

    def one(name: str) -> Figure:
        page, _, ident = name.partition("#")
        assert page in pages, f"{name}: run `make book`; a book without figures proves nothing"
        return next(f for f in figures_of(pages[page]) if f.ident == ident)

    return one


# --- what a figure says -------------------------------------------------------------------


def test_figure_has_a_name_and_a_caption(figure_name: str, find: Any) -> None:
    figure = find(figure_name)
    assert re.fullmatch(r"fig-[a-z0-9-]+", figure.ident)
    assert figure.element.xpath(".//figcaption//span[@class='caption-number']")
    assert len(figure.caption.split()) >= 6, (
        f"caption too short to say what to see: {figure.caption}"
    )
    assert "{" not in figure.caption, f"unresolved role in the caption: {figure.caption}"


def alt_problems(alt: str, caption: str, address: str) -> list[str]:
    """Problems of an alt text."""
    problems = []
    if len(alt.split()) < 8:
        problems.append("fewer than eight words")
    if " ".join(alt.split()).rstrip(".").lower() == caption.rstrip(".").lower():
        problems.append("repeats the caption")
    if Path(urlsplit(address).path).stem in alt or re.search(r"\.(png|svg|jpe?g)\b", alt):
        problems.append("is a file name")
    if re.search(r"\bnan\b|<NA>|\{[a-z_]+", alt):
        problems.append("holds a missing value or an unfilled place")
    return problems


@pytest.mark.parametrize(
    ("alt", "word"),
    [
        ("A chart of chips", "fewer"),
        ("the caption of this figure is said again here", "caption"),
        ("Here you can see fig-map as it was drawn by us", "file name"),
        ("Eight words are here and the ninth is nan today", "missing"),
    ],
)
def test_the_alt_check_sees(alt: str, word: str) -> None:
    caption = "The caption of this figure is said again here."
    assert word in "; ".join(alt_problems(alt, caption, "figures/fig-map.svg"))


def test_picture_has_an_alt_text(picture_name: str, find: Any) -> None:
    figure = find(picture_name)
    assert figure.picture is not None, "a figure shows one picture"
    if figure.picture.tag == "svg":
        assert figure.picture.get("role") == "img"
    problems = alt_problems(figure.alt, figure.caption, f"{figure.ident}.svg")
    assert not problems, f"{picture_name}: alt {problems}: {figure.alt!r}"


def test_alt_texts_are_unique(pages: dict[str, Any]) -> None:
    for page in pages.values():
        texts = Counter(f.alt for f in figures_of(page) if f.picture is not None)
        assert [text for text, count in texts.items() if count > 1] == [], page.name


def test_every_picture_of_a_page_is_a_figure(pages: dict[str, Any]) -> None:
    """No bare picture bypasses the rules above."""
    loose = "//article//img[not(ancestor::figure[contains(@class, 'book-figure')])]"
    for page in pages.values():
        for image in page.tree.xpath(loose):
            problems = alt_problems(image.get("alt", ""), "", image.get("src", ""))
            assert not problems, f"{page.name}: {image.get('src')}: alt {problems}"


# --- both grounds -------------------------------------------------------------------------


def test_picture_fits(picture_name: str, find: Any) -> None:
    """Readable on a phone without zooming: not drawn for a wide screen."""
    picture = find(picture_name).picture
    if picture.tag == "img":
        width = float(picture.get("width"))
        assert "book-card" in picture.get("class"), "ink of a PNG needs its light ground"
    else:
        width = float(picture.get("viewbox").split()[2]) * 96 / 72
    assert width <= MAX_WIDTH, f"{width} px wide"


def svg_problems(root: Any, text: str) -> list[str]:
    """What a drawing must not hold: rasters, scripts, anything from elsewhere."""
    tags = {etree.QName(node).localname for node in root.iter() if isinstance(node.tag, str)}
    links = [node.get(name) for node in root.iter() for name in HREFS if node.get(name)]
    return [
        *sorted(tags & {"image", "foreignObject", "script"}),
        *(link for link in links if not link.startswith("#")),
        *re.findall(r"@import|url\((?!['\"]?#)[^)]*\)", text),
    ]


def test_svg_is_self_contained(picture_name: str, find: Any, site: Path) -> None:
    figure = find(picture_name)
    path = figure.file(site, figure.links["svg"])
    root = etree.parse(str(path)).getroot()
    assert root.tag == f"{SVG}svg" and root.get("viewBox")
    assert svg_problems(root, path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "inner",
    [
        '<image href="#a"/>',
        "<script/>",
        '<use href="https://a.example/x.svg#a"/>',
        '<rect style="fill: url(x.svg#a)"/>',
    ],
)
def test_the_svg_check_sees(inner: str) -> None:
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    assert svg_problems(etree.fromstring(text), text)


def test_shared_svg_keeps_its_letters(picture_name: str, find: Any, site: Path) -> None:
    """In the downloaded drawing text is outlines: it looks the same without our fonts."""
    figure = find(picture_name)
    root = etree.parse(str(figure.file(site, figure.links["svg"]))).getroot()
    assert root.findall(f".//{SVG}text") == []


def test_drawings_use_the_colours_of_the_page(picture_name: str, find: Any) -> None:
    """No ink of the light page is fixed in a drawing; data colours are."""
    picture = find(picture_name).picture
    if picture.tag == "svg":
        text = etree.tostring(picture, encoding="unicode").lower()
        # The fallback inside var(…) applies only where no style sheet defines the name.
        text, variables = re.sub(r"var\([^()]*\)", "", text), re.findall(r"var\([^()]*\)", text)
        fixed = [role for role, ink in charts.ROLES.items() if ink.lower() in text]
        assert fixed == []
        assert any(name.startswith("var(--figure-ink") for name in variables)


# --- downloads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "data"),
    [
        ("png", b"GIF89a"),
        ("svg", b"<html/>"),
        ("csv", b"a,b\n"),
        ("csv", b",a\n0,1\n"),
        ("py", b"%matplotlib inline\nimport bridgebook\n"),
        ("py", b"import bridgebook as\n"),
    ],
)
def test_the_download_checks_see(end: str, data: bytes) -> None:
    with pytest.raises((AssertionError, SyntaxError, etree.XMLSyntaxError)):
        CHECKS[end](data)


def cells_of(page: str) -> list[Any]:
    """Code cells of the chapter that a page is made from."""
    source = (ROOT / page).with_suffix(".md").read_text("utf-8")
    return list(execute.code_cells(execute.parse(source)))


def is_code_up_to(script: str, ident: str, cells: list[Any]) -> bool:
    """Whether a figure's script is the chapter's code from its start to the cell that shows it.

    The documented form: cells as they are, two empty lines between them, one end of line.
    """
    for number, cell in enumerate(cells, start=1):
        if cell.metadata.get("mystnb", {}).get("figure", {}).get("name") == ident:
            return script == "\n\n\n".join(cell.source for cell in cells[:number]) + "\n"
    return False


def test_offered_code_is_that_of_the_chapter(
    figure_page: str, pages: dict[str, Any], site: Path
) -> None:
    """What a build has run, and Pyodide and the newest lane run again, is what the page offers."""
    assert figure_page in pages, "run `make book`"
    cells = cells_of(figure_page)
    other = [
        figure.ident
        for figure in figures_of(pages[figure_page])
        if not is_code_up_to(
            figure.file(site, figure.links["py"]).read_text("utf-8"), figure.ident, cells
        )
    ]
    assert not other, f"{other}: the script is not the code of the chapter up to its cell"


def test_other_code_is_seen() -> None:
    """Control: a changed, a missing and an additional cell, and a figure that no cell shows."""
    name = {"mystnb": {"figure": {"name": "fig-a"}}}
    cells = [
        nbformat.v4.new_code_cell("a = 1"),
        nbformat.v4.new_code_cell("show(a)", metadata=name),
        nbformat.v4.new_code_cell("b = 2"),
    ]
    assert is_code_up_to("a = 1\n\n\nshow(a)\n", "fig-a", cells)
    assert not is_code_up_to("a = 2\n\n\nshow(a)\n", "fig-a", cells)
    assert not is_code_up_to("show(a)\n", "fig-a", cells)
    assert not is_code_up_to("a = 1\n\n\nshow(a)\n\n\nb = 2\n", "fig-a", cells)
    assert not is_code_up_to("a = 1\n\n\nshow(a)\n", "fig-b", cells)


def run_alone(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in an empty folder, with nothing but the installed package."""
    script, empty = folder / "script.py", folder / "empty"
    script.write_text(text, "utf-8")
    empty.mkdir()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BRIDGEBOOK_", "PYTHONPATH", "MPL"))
    }
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=empty,
        env=environment | {"MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not list(empty.iterdir()), "a script leaves files behind"
    return done


@pytest.mark.parametrize("which", [min, max], ids=["least code", "most code"])
def test_code_runs_from_an_empty_folder(
    which: Any, pages: dict[str, Any], site: Path, tmp_path: Path
) -> None:
    """The code of two pages, far from the repository, with nothing but the package.

    A figure's code is that of the page up to its cell, so the longest runs all others. Of the other
    pages test_offered_code_is_that_of_the_chapter shows that the code is what the build has run.
    """
    drawn, scripts = Counter[str](), {}
    for page in pages.values():
        for figure in figures_of(page):
            drawn[page.name] += figure.picture is not None
            text = figure.file(site, figure.links["py"]).read_text("utf-8")
            scripts[page.name] = max(scripts.get(page.name, ""), text, key=len)
    assert scripts, "run `make book`"
    page = which(scripts, key=lambda name: len(scripts[name]))
    done = run_alone(scripts[page], tmp_path)
    assert done.returncode == 0, f"{page}: {done.stderr[-1500:]}"
    assert "Warning" not in done.stderr, f"{page}: {done.stderr[-1500:]}"
    # Outside a notebook IPython's display() prints the figure's representation.
    assert done.stdout.count("Figure(") >= drawn[page], f"{page}: draws less than the page"


def test_code_that_needs_more_is_seen(tmp_path: Path) -> None:
    """Control: code that reads a file of the repository fails, and leftover files are detected."""
    assert run_alone("open('data/chips.csv')", tmp_path).returncode != 0
    (tmp_path / "empty").rmdir()
    with pytest.raises(AssertionError, match="leaves files"):
        run_alone("open('left', 'w')", tmp_path)
