"""The data catalogue: each table has a page that says what it is, and leads to its origin."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from bookpress.site import catalogue
from bookpress.sources import front_matter
from bridgebook import catalog, descriptors

ROOT = Path(__file__).resolve().parents[2]
OVERVIEW = f"{catalogue.PAGES}.html"
BIBLIOGRAPHY = "chapters/reference/bibliography.html"
TABLES = catalog.tables()


def page_name(table: str) -> str:
    return f"{catalogue.page_of(table)}.html"


QUOTES = str.maketrans("‘’“”", "''\"\"")


def plain(text: str) -> str:
    """One line with straight quotation marks; Sphinx sets them as a typesetter would."""
    return " ".join(text.translate(QUOTES).split())


def words(element: Any) -> str:
    return plain(element.text_content())


def section(page: Any, name: str) -> Any:
    (found,) = page.tree.xpath(f"//section[@id='{name}']")
    return found


def targets(element: Any, page: str) -> set[str]:
    """Pages of the site that an element links to."""
    folder = PurePosixPath(page).parent
    found = set()
    for address in element.xpath(".//a/@href"):
        file = address.partition("#")[0]
        if file and "://" not in file:
            path = (ROOT / folder / file).resolve()
            found.add(path.relative_to(ROOT).as_posix())
    return found


def rows_of(table: str) -> list[dict[str, str]]:
    path = catalog.data_dir() / catalog.describe(table)["path"]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_overview_leads_to_every_table(pages: dict[str, Any]) -> None:
    (article,) = pages[OVERVIEW].tree.xpath("//article")
    linked = targets(article, OVERVIEW)
    assert {page_name(table) for table in TABLES} <= linked
    assert f"{catalogue.SITE_FOLDER}/{catalogue.ARCHIVE}" in linked


@pytest.mark.parametrize("table", TABLES)
def test_page_states_the_contract(table: str, pages: dict[str, Any]) -> None:
    """What a row is, each column with its unit, what is missing, licence, date, citation."""
    page, entry = pages[page_name(table)], catalog.describe(table)
    text = words(page.tree.xpath("//article")[0])
    facts = [entry["title"], entry["description"], entry["bridgebook:rowIs"], entry[catalog.AS_OF]]
    facts += [f"{entry[catalog.ROWS]:,} rows", *(item["title"] for item in entry["licenses"])]
    assert [fact for fact in facts if plain(fact) not in text] == []

    columns = section(page, "columns").xpath(".//dl/div")
    assert [words(column.xpath(".//code")[0]) for column in columns] == [
        field["name"] for field in entry["schema"]["fields"]
    ]
    for field, column in zip(entry["schema"]["fields"], columns, strict=True):
        assert field.get("unit", "") in words(column)
        assert plain(field["description"]) in words(column)
    gaps = [words(item) for item in section(page, "known-gaps").xpath(".//li")]
    assert gaps == [plain(gap) for gap in entry["bridgebook:knownGaps"]]
    assert f"bridgeorbarrier_{table}" in words(section(page, "how-to-cite"))


@pytest.mark.parametrize("table", TABLES)
def test_page_leads_to_every_source(table: str, pages: dict[str, Any]) -> None:
    """The keys of the rows and of the descriptor, each with its place in the bibliography."""
    page, entry = pages[page_name(table)], catalog.describe(table)
    keys = {source["key"] for source in entry["sources"]}
    for row in rows_of(table):
        for column, cell in row.items():
            if column == "source" or column.endswith("_source"):
                keys |= {key for key in cell.split(";") if key}
    origin = section(page, "where-it-comes-from")
    anchors = {
        address.partition("#")[2]
        for address in origin.xpath(".//a/@href")
        if address.split("#")[0].endswith("bibliography.html")
    }
    assert len(anchors) == len(keys)
    assert anchors <= set(pages[BIBLIOGRAPHY].tree.xpath("//@id"))
    files = [words(item) for item in origin.xpath(".//li")]
    missing = [
        path
        for path in entry.get("bridgebook:builtFrom", [])
        if not any(path in text for text in files)
    ]
    assert not missing, f"{table}: does not name the files it is built from: {missing}"


@pytest.mark.parametrize("table", TABLES)
def test_page_names_the_chapters_that_use_the_table(table: str, pages: dict[str, Any]) -> None:
    users = {
        path.relative_to(ROOT).with_suffix(".html").as_posix()
        for path in (ROOT / "chapters").rglob("*.md")
        if table in front_matter(path.read_text("utf-8")).get("tables", [])
    }
    linked = targets(section(pages[page_name(table)], "who-uses-it"), page_name(table))
    ledger = {target for target in linked if target.endswith("the-article.html")}
    assert linked - ledger == users - ledger
    for user in users:
        assert page_name(table) in targets(pages[user].tree, user), f"{user}: no link back"


CHAPTER_PAGES = {
    path.relative_to(ROOT).with_suffix(".html").as_posix()
    for path in (ROOT / "chapters").glob("*/*.md")
}
ON_MANY_TABLES = {
    "chapters/verdict/scorecard.html": CHAPTER_PAGES,
    "chapters/reference/timeline.html": set(),
}
"""The scorecard rests on all tables, through the chapters that it links; the timeline on five."""


def test_figures_lead_to_their_tables(pages: dict[str, Any], figure_page: str) -> None:
    """From a number in a picture to the sources of the table: two clicks.

    On two pages figures rest on more tables than a caption can name; their text leads on.
    """
    page = pages[figure_page]
    if figure_page in ON_MANY_TABLES:
        anywhere = targets(page.tree, figure_page)
        leads = anywhere & ({page_name(table) for table in TABLES} | ON_MANY_TABLES[figure_page])
        assert len(leads) > 3, f"{figure_page}: its text leads to no tables or chapters"
        return
    declared = front_matter((ROOT / figure_page).with_suffix(".md").read_text("utf-8"))
    links = page.tree.xpath("//*[contains(@class, 'book-tables')]")
    assert links, f"{figure_page}: no figure names its tables"
    linked = set().union(*(targets(link, figure_page) for link in links))
    known = {page_name(table) for table in declared.get("tables", TABLES)}
    assert linked <= known, f"{figure_page}: figures name tables that the chapter does not declare"


def test_downloads_are_the_data(site: Path) -> None:
    """Each table, the contract and the references as they are, and all of them in one file."""
    folder, data = site / catalogue.SITE_FOLDER, catalog.data_dir()
    names = {catalog.describe(table)["path"] for table in TABLES}
    package = descriptors.as_json(catalog.package(data)).encode()
    names |= {catalog.PACKAGE_FILE, "references.bib"}
    assert {path.name for path in folder.iterdir()} == names | {catalogue.ARCHIVE}
    with zipfile.ZipFile(folder / catalogue.ARCHIVE) as archive:
        packed = {PurePosixPath(name).name: archive.read(name) for name in archive.namelist()}
    assert packed.keys() == names
    for name in names:
        content = package if name == catalog.PACKAGE_FILE else (data / name).read_bytes()
        assert (folder / name).read_bytes() == content, name
        assert packed[name] == content, name
