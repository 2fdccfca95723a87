"""The catalogue's steps before and between builds, and its coverage chart."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from bookpress.site import catalogue, coverage
from bridgebook import catalog, descriptors


@pytest.fixture
def book(tmp_path: Path) -> Any:
    """A source folder with a catalogue."""
    (tmp_path / "chapters" / "reference").mkdir(parents=True)
    (tmp_path / f"{catalogue.PAGES}.md").write_text("# Data\n", "utf-8")
    return SimpleNamespace(srcdir=str(tmp_path))


def stubs(book: Any) -> dict[str, int]:
    folder = Path(book.srcdir, catalogue.PAGES)
    return {path.stem: path.stat().st_mtime_ns for path in folder.glob("*.md")}


def write(book: Any) -> None:
    catalogue.write_stubs(book, None)  # type: ignore[arg-type]


def test_every_table_gets_a_page_once(book: Any) -> None:
    write(book)
    first = stubs(book)
    assert sorted(first) == catalog.tables()
    write(book)
    assert stubs(book) == first, "unchanged but rewritten: all pages would be rebuilt"


def test_page_of_a_vanished_table_goes(book: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write(book)
    rest = {"chips": catalog.describe("chips")}
    monkeypatch.setattr(catalogue, "_resources", lambda: rest)
    write(book)
    assert list(stubs(book)) == ["chips"]


def test_changed_title_changes_the_page(book: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write(book)
    entry = catalog.describe("chips") | {"title": "Accelerators", "description": 'The "chips".'}
    monkeypatch.setattr(catalogue, "_resources", lambda: {"chips": entry})
    write(book)
    text = (Path(book.srcdir, catalogue.PAGES) / "chips.md").read_text("utf-8")
    assert "# Accelerators\n" in text
    assert "description: \"The 'chips'.\"" in text


def test_book_without_a_catalogue_gets_none(tmp_path: Path) -> None:
    write(SimpleNamespace(srcdir=str(tmp_path)))
    assert list(tmp_path.iterdir()) == []


def test_table_pages_follow_the_chapters_that_use_them(tmp_path: Path) -> None:
    chapter = tmp_path / "a.md"
    pages = {"a", *(catalogue.page_of(table) for table in ("chips", "releases", "robots"))}

    def where(page: str) -> str:
        return str(tmp_path / f"{page}.md")

    env: Any = SimpleNamespace(found_docs=pages, doc2path=where)
    for page in pages:
        path = Path(where(page))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# Page\n", "utf-8")

    def outdated(tables: str) -> list[str]:
        chapter.write_text(f"---\nbridgebook:\n  tables: [{tables}]\n---\n", "utf-8")
        return catalogue.pages_with_other_chapters(None, env, set(), set(), set())  # type: ignore[arg-type]

    def named(*tables: str) -> list[str]:
        return [catalogue.page_of(table) for table in tables]

    assert outdated("chips, releases") == named("chips", "releases")
    assert outdated("chips, releases") == []
    assert outdated("chips, robots") == named("releases", "robots")
    assert outdated("") == named("chips", "robots")

    def with_new(*added: str) -> list[str]:
        return catalogue.pages_with_other_chapters(None, env, set(added), set(), set())  # type: ignore[arg-type]

    assert with_new(*named("robots")) == []
    pages.add(catalogue.PAGES)
    Path(where(catalogue.PAGES)).write_text("# Data\n", "utf-8")
    assert with_new(*named("robots")) == [catalogue.PAGES], "the overview lists a new table"
    assert with_new(catalogue.PAGES, *named("robots")) == with_new("a") == []


def test_the_package_is_assembled_for_the_site(book: Any, tmp_path: Path) -> None:
    """In the folder of downloads and in the archive; what else lay there goes."""
    folder = tmp_path / "site" / catalogue.SITE_FOLDER
    folder.mkdir(parents=True)
    (folder / "old.csv").write_text("a\n", "utf-8")
    book.outdir, book.builder = str(tmp_path / "site"), SimpleNamespace(format="html")
    catalogue.write_files(book, None)
    data = catalog.data_dir()
    package = descriptors.as_json(catalog.package(data)).encode()
    assert (folder / catalog.PACKAGE_FILE).read_bytes() == package
    names = {*(f"{name}.csv" for name in catalog.tables()), catalog.PACKAGE_FILE, "references.bib"}
    assert {path.name for path in folder.iterdir()} == names | {catalogue.ARCHIVE}
    with zipfile.ZipFile(folder / catalogue.ARCHIVE) as archive:
        packed = {Path(name).name: archive.read(name) for name in archive.namelist()}
    assert packed == {name: (folder / name).read_bytes() for name in names}


# --- the coverage chart ------------------------------------------------------------------------


def drawn(column: str, values: pd.Series) -> tuple[list[float], str]:
    """Lengths of the bars, and the sentence for those who do not see them."""
    resource = catalog.describe("chips") | {coverage.COVERAGE: column}
    fig, alt = coverage.coverage_figure(resource, values.to_frame(column))
    ax = fig.axes[0]
    upright = column.endswith("year")
    lengths = [bar.get_height() if upright else bar.get_width() for bar in ax.patches]
    plt.close(fig)
    return lengths, alt


@settings(max_examples=25)  # each example is drawn
@given(st.lists(st.integers(1990, 2026), min_size=1, max_size=60))
def test_bars_by_year_count_every_row(years: list[int]) -> None:
    lengths, alt = drawn("year", pd.Series(years, dtype="Int64"))
    assert len(lengths) == len(set(years))
    assert sum(lengths) == len(years)
    assert f"the {len(years)} rows" in alt


@settings(max_examples=25)  # each example is drawn
@given(st.lists(st.sampled_from([f"kind {n}" for n in range(30)]), min_size=1, max_size=90))
def test_bars_by_category_count_every_row(kinds: list[str]) -> None:
    """Also when there are more categories than bars."""
    lengths, _ = drawn("kind", pd.Series(kinds, dtype="string"))
    assert len(lengths) == min(len(set(kinds)), coverage.BARS)
    assert sum(lengths) == len(kinds)


def test_rows_without_a_year_are_told() -> None:
    resource = catalog.describe("chips")
    frame = pd.DataFrame({"release_date": pd.to_datetime(["2020-01-01", None, None])})
    fig, _ = coverage.coverage_figure(resource, frame)
    assert "2 without one" in " ".join(text.get_text() for text in fig.texts)
    plt.close(fig)


def test_every_table_names_a_column_to_count() -> None:
    for table in catalog.tables():
        entry = catalog.describe(table)
        columns = [field["name"] for field in entry["schema"]["fields"]]
        assert entry[coverage.COVERAGE] in columns, table


def test_refreshes_are_listed_newest_first() -> None:
    old = {
        "date": "2026-12-01",
        "table": "robots",
        "rowsBefore": 1077,
        "rowsAfter": 1080,
        "added": 4,
        "removed": 1,
        "valuesMoved": 2,
    }
    page = html.fromstring(catalogue.refreshes_html([old, old | {"date": "2027-01-15"}]))
    rows = [
        [cell.text_content() for cell in row.xpath("./th | ./td")] for row in page.xpath(".//tr")
    ]
    assert [row[0] for row in rows[1:]] == ["2027-01-15", "2026-12-01"]
    assert rows[1][1:] == ["robots", "1,077 → 1,080", "4", "1", "2"]
    assert page.xpath("string(.//th[@scope='row']/a/@href)") == "data/robots.html"
    assert "<table" not in catalogue.refreshes_html([])
