"""Figures of the built book: named, described, legible on both grounds, and downloadable."""

from __future__ import annotations

import csv
import io
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

import pytest
from lxml import etree

from bridgebook.page import charts

MAX_WIDTH = 700
PNG = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
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
    """What is wrong with an alternative text."""
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
    """Nothing slips past the rules above as a bare picture."""
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


# Ground and colours of the drawings as the browser computes them. Names of marks and axes are
# text; data colours of marks are tested in test_contrast.
PALE = """data => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05); };
  const out = [];
  for (const svg of document.querySelectorAll('figure.book-figure svg')) {
    const probe = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    probe.style.fill = 'var(--figure-paper)';
    svg.append(probe);
    const ground = channels(getComputedStyle(probe).fill);
    probe.remove();
    for (const text of svg.querySelectorAll('text')) {
      const fill = getComputedStyle(text).fill;
      const found = ratio(channels(fill), ground);
      const least = data.includes(channels(fill).slice(0, 3).join()) ? 3 : 4.5;
      if (found < least) out.push(`${svg.closest('figure').id}: ${text.textContent.trim()}`
        + ` ${fill} on rgb(${ground}) is ${found.toFixed(2)}:1`);
    }
  }
  return out;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_in_drawings_can_be_read(drawing_page: str, scheme: str, visit: Any) -> None:
    """Axe does not look into drawings. Words in ink contrast at least 4.5:1 with the ground.

    Words in a data colour reach 3:1: no colour reaches 4.5:1 on both grounds.
    """
    page = visit(drawing_page, scheme=scheme)
    assert page.locator("figure.book-figure svg text").count() > 5
    data = [
        ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
        for colour in charts.COLOUR.values()
    ]
    assert page.evaluate(PALE, data) == []


def test_ink_follows_the_switch(drawing_page: str, visit: Any) -> None:
    """The reader's own choice of light or dark changes the drawings, not only the page."""
    page = visit(drawing_page, scheme="light")
    button = page.locator("button.theme-switch-button")
    ink: dict[str, str] = {}
    for _ in range(3):
        button.click()
        theme = page.evaluate("document.documentElement.dataset.theme")
        ink[theme] = page.evaluate(
            "getComputedStyle(document.querySelector('figure.book-figure svg text')).fill"
        )
    assert set(ink) == {"light", "dark"}
    assert ink["light"] != ink["dark"]


def test_drawings_use_the_colours_of_the_page(picture_name: str, find: Any) -> None:
    """No ink of the light page is fixed in a drawing; data colours are."""
    picture = find(picture_name).picture
    if picture.tag == "svg":
        text = etree.tostring(picture, encoding="unicode").lower()
        # What stands inside var(…) counts only where no style sheet knows the name.
        text, variables = re.sub(r"var\([^()]*\)", "", text), re.findall(r"var\([^()]*\)", text)
        fixed = [role for role, ink in charts.ROLES.items() if ink.lower() in text]
        assert fixed == []
        assert any(name.startswith("var(--figure-ink") for name in variables)


# --- downloads ----------------------------------------------------------------------------


def check_png(data: bytes) -> None:
    assert data.startswith(PNG) and data.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")
    width = int.from_bytes(data[16:20], "big")
    assert 800 <= width <= 1600, f"{width} px: a shared picture must be sharp and not huge"


def check_svg(data: bytes) -> None:
    assert etree.fromstring(data).tag == f"{SVG}svg"


def check_csv(data: bytes) -> None:
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8")))
    assert rows, "no plotted row"
    unnamed = [name for name in header if not name.strip() or re.match(r"Unnamed|index$", name)]
    assert not unnamed, f"an index became a column: {header}"
    assert len(set(header)) == len(header)
    assert all(len(row) == len(header) for row in rows)
    assert any(cell for row in rows for cell in row)


def check_py(data: bytes) -> None:
    text = data.decode("utf-8")
    compile(text, "download.py", "exec")
    assert "import bridgebook" in text
    assert not re.search(r"^\s*[%!]", text, re.MULTILINE), "notebook magic outside a notebook"


CHECKS = {"png": check_png, "svg": check_svg, "csv": check_csv, "py": check_py}


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


def test_downloads_download(figure_page: str, visit: Any, tmp_path: Path) -> None:
    """Every link below every figure of the page, by a click."""
    page = visit(figure_page)
    for box in page.locator("figure.book-figure").all():
        ident = box.get_attribute("id")
        frames = box.locator(".book-frames").count()
        got = set()
        for link in box.locator("p.book-links a[download]").all():
            # Chromium swallows the eleventh download of a page within a second.
            page.wait_for_timeout(110)
            with page.expect_download() as waiting:
                link.click(timeout=5_000)
            name = waiting.value.suggested_filename
            waiting.value.save_as(tmp_path / name)
            stem, end = name.rsplit(".", 1)
            assert stem == ident
            CHECKS[end]((tmp_path / name).read_bytes())
            got.add(end)
        assert got == ({"py"} if frames else set(CHECKS)), f"{ident} offers {sorted(got)}"


def test_code_runs_from_an_empty_folder(
    figure_page: str, pages: dict[str, Any], site: Path, tmp_path: Path
) -> None:
    """The code of each figure, far from the repository, with nothing but the package.

    A figure's code is that of the page up to its cell: where one script begins with another,
    running the longer runs the shorter.
    """
    assert figure_page in pages, "run `make book`"
    figures = list(figures_of(pages[figure_page]))
    scripts = {f.ident: f.file(site, f.links["py"]).read_text("utf-8") for f in figures}
    drawn = {f.ident: f.picture is not None for f in figures}
    longest = {
        ident: text
        for ident, text in scripts.items()
        if not any(
            other != ident and longer != text and longer.startswith(text.rstrip("\n"))
            for other, longer in scripts.items()
        )
    }
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BRIDGEBOOK_", "PYTHONPATH", "MPL"))
    }
    for ident, text in longest.items():
        script = tmp_path / f"{ident}.py"
        script.write_text(text, "utf-8")
        folder = tmp_path / f"empty-{ident}"
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, str(script)],
            cwd=folder,
            env=environment | {"MPLBACKEND": "Agg"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{ident}.py: {done.stderr[-1500:]}"
        assert "Warning" not in done.stderr, f"{ident}.py: {done.stderr[-1500:]}"
        within = [name for name, other in scripts.items() if text.startswith(other.rstrip("\n"))]
        wanted = sum(drawn[name] for name in within)
        # Outside a notebook IPython's display() prints the figure's representation.
        assert done.stdout.count("Figure(") >= wanted, f"{ident}.py draws less than the page"
        assert not list(folder.iterdir()), "a script leaves files behind"
