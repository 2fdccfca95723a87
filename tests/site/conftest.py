"""Which pages, figures and frames there are: one test case for each."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from bookpress.site.built import own_pages
from bookpress.site.catalogue import PAGES as TABLE_PAGES

# Their assertions say as much as those of tests.
pytest.register_assert_rewrite("downloads")

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("BOOK_SITE") or ROOT / "_build" / "html").resolve()


@dataclass(frozen=True)
class Built:
    """One page of the site: its address below the site's root, and its parsed HTML."""

    name: str
    tree: Any

    @property
    def redirects(self) -> bool:
        """Whether it only leads to another page."""
        return bool(self.tree.xpath("//meta[@http-equiv='refresh']"))


@cache
def built_pages() -> tuple[Built, ...]:
    """All pages of the book, the theme's and JupyterLite's own excepted."""
    # As bytes: the pages declare their encoding, as browsers read it.
    return tuple(
        Built(path.relative_to(SITE).as_posix(), html.fromstring(path.read_bytes()))
        for path in own_pages(SITE)
    )


def shown_pages() -> list[str]:
    """Pages that a reader sees."""
    return [page.name for page in built_pages() if not page.redirects]


@cache
def studied_pages() -> list[str]:
    """Pages for the slow tests: every page but those of tables, and of these the extreme ones.

    One template makes a page for each of the tables. Of these the slow tests take the pages that
    have most of something: of one kind of element, of text, of letters in one word.
    """

    def counts(page: Built) -> Counter[str]:
        elements = page.tree.xpath("//article//*[not(ancestor::svg)]")
        text = page.tree.xpath("string(//article)")
        return Counter(str(element.tag) for element in elements) | Counter(
            {"#text": len(text), "#word": max(map(len, text.split()))}
        )

    extreme = with_most(counts, (page for page in built_pages() if of_a_table(page.name)))
    return [name for name in shown_pages() if not of_a_table(name) or name in extreme]


def of_a_table(name: str) -> bool:
    """Whether a page is one of those that one template makes for the tables."""
    return name.startswith(f"{TABLE_PAGES}/")


def with_most(counts: Callable[[Built], Counter[str]], pages: Iterable[Built]) -> set[str]:
    """Names of the pages that have most of some kind of thing."""
    most: dict[str, tuple[int, str]] = {}
    for page in pages:
        for kind, count in counts(page).items():
            most[kind] = max(most.get(kind, (0, "")), (count, page.name))
    return {name for _, name in most.values()}


def figure_names(kind: str) -> list[str]:
    """``page#fig-…`` of every figure: ``"picture"``, ``"frames"`` or ``"any"``."""
    inside = {
        "picture": "[.//*[contains(@class, 'book-image')]]",
        "frames": "[.//*[contains(@class, 'book-frames')]]",
        "any": "",
    }
    query = f"//figure[contains(@class, 'book-figure')]{inside[kind]}"
    return [
        f"{page.name}#{figure.get('id', '')}"
        for page in built_pages()
        for figure in page.tree.xpath(query)
    ]


def pages_with(query: str) -> list[str]:
    """Pages on which an XPath finds something."""
    return [page.name for page in built_pages() if not page.redirects and page.tree.xpath(query)]


@cache
def sampled_quizzes() -> list[str]:
    """Pages with the most questions of some type: one template makes the quizzes of all pages."""
    types = "//form[contains(@class, 'quiz-question')]/@data-type"
    return sorted(with_most(lambda page: Counter(page.tree.xpath(types)), built_pages()))


CASES = {
    "page_name": shown_pages,
    "studied_page": studied_pages,
    "figure_name": lambda: figure_names("any"),
    "picture_name": lambda: figure_names("picture"),
    "frames_name": lambda: figure_names("frames"),
    "quiz_page": lambda: pages_with("//section[contains(@class, 'quiz')]"),
    "sampled_quiz": sampled_quizzes,
    "figure_page": lambda: pages_with("//figure[contains(@class, 'book-figure')]"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One case for each; where there is none, one case that fails rather than no case at all."""
    for argument, cases in CASES.items():
        if argument in metafunc.fixturenames:
            found = cases()
            metafunc.parametrize(
                argument, found or [f"no-{argument}-in-the-site"], ids=found or ["none"]
            )


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, Built]:
    """Every page of the site by name, redirects included."""
    return {page.name: page for page in built_pages()}
