"""Terms on the pages: linked where a chapter first uses one, explained there, and in the index."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docutils.nodes import make_id

from bookpress.site import terms

ROOT = Path(__file__).resolve().parents[2]
PAGE = "chapters/strategy/plans-and-targets.html"
TERM = "a.reference[href*='#term-']"
CITATION = "a.reference[href*='bibliography.html#']"
NOTE = "#book-note"

# Running text of a page: not code, headings, tables, captions, formulas, the quiz.
RUNNING = (
    "//article//text()[ancestor::p or ancestor::li or ancestor::dd]"
    "[not(ancestor::pre or ancestor::code or ancestor::table or ancestor::figure or ancestor::math"
    " or ancestor::script or ancestor::button or ancestor::*[contains(@class, 'quiz')]"
    " or ancestor::*[contains(@class, 'title')] or ancestor::*[contains(@class, 'output')]"
    " or ancestor::*[contains(@class, 'sphinx-bs')] or ancestor::nav)]"
)


def plain_terms() -> list[str]:
    """Terms to look for in running text."""
    return [
        term for term in terms.known_terms(ROOT) if "(" not in term and term not in terms.EVERYDAY
    ]


def outside_the_reference(pages: dict[str, Any]) -> list[Any]:
    return [
        page
        for name, page in pages.items()
        if name.startswith("chapters/") and not name.startswith(terms.EXPLAINED)
    ]


def test_first_uses_are_links(pages: dict[str, Any]) -> None:
    """An independent search: the first occurrence of a term in running text is in a link."""
    vocabulary = {
        term: re.compile(rf"(?<![\w-]){term.replace(' ', chr(92) + 's+')}(?![\w-])")
        for term in plain_terms()
    }
    problems, uses = [], 0
    for page in outside_the_reference(pages):
        waiting = dict(vocabulary)
        for text in page.tree.xpath(RUNNING):
            links = text.getparent().xpath("ancestor-or-self::a/@href") if text.is_text else []
            if links:
                label = links[0].partition("#term-")[2].casefold()
                linked = [term for term in waiting if make_id(term) == make_id(label)]
                uses += len(linked)
                for term in linked:
                    del waiting[term]
                continue
            # Names of authors in "Epoch AI [2026]" belong to the citation.
            words = re.sub(r"[^.;]*\s\[$", "", text)
            for term in [term for term, pattern in waiting.items() if pattern.search(words)]:
                del waiting[term]
                problems.append(f"{page.name}: {term!r} in {' '.join(text.split())[:80]!r}")
    assert uses > 80
    assert problems == []


def test_every_link_to_a_term_says_what_it_means(pages: dict[str, Any]) -> None:
    links = [
        (page.name, link)
        for page in outside_the_reference(pages)
        for link in page.tree.xpath("//article//a[contains(@href, '#term-')]")
    ]
    assert len(links) > 100
    short = [
        f"{name}: {link.text_content()}" for name, link in links if len(link.get("title", "")) < 30
    ]
    assert short == []
    assert [name for name, link in links if "[]" in link.get("title")] == []


def test_every_term_is_in_the_index_and_is_used(pages: dict[str, Any]) -> None:
    index = pages[f"{terms.INDEX}.html"].tree
    entries = {
        item.text_content().strip(): item.getnext().xpath(".//a/@href")
        for item in index.xpath("//dl[contains(@class, 'book-index')]/dt")
    }
    assert set(terms.known_terms(ROOT)) <= set(entries)
    assert [term for term, places in entries.items() if not places] == []


# --- in the browser -----------------------------------------------------------------------


def note_of(page: Any) -> Any:
    return page.locator(f"{NOTE}:popover-open")


@pytest.mark.parametrize("kind", [TERM, CITATION])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_note_opens_on_hover_and_closes(
    kind: str, scheme: str, visit: Any, axe: Callable[..., list[str]]
) -> None:
    page = visit(PAGE, scheme=scheme)
    link = page.locator(kind).first
    meaning = link.get_attribute("data-note")
    assert link.get_attribute("title") is None
    link.hover()
    note_of(page).wait_for()
    assert meaning.split(". ")[0] in note_of(page).inner_text()
    assert link.get_attribute("aria-describedby") == "book-note"
    assert axe(page, "wcag2aa") == []
    note_of(page).hover()  # it can be reached and read
    page.wait_for_timeout(400)
    assert note_of(page).count() == 1
    page.keyboard.press("Escape")
    note_of(page).wait_for(state="detached")
    assert link.get_attribute("aria-describedby") is None


def test_a_note_follows_the_keyboard(visit: Any) -> None:
    page = visit(PAGE)
    link = page.locator(TERM).first
    # One stop before the link, then Tab to it, as a reader comes.
    link.evaluate(
        "e => { const b = document.createElement('button'); b.textContent = 'x'; e.before(b);"
        " b.focus(); }"
    )
    page.keyboard.press("Tab")
    note_of(page).wait_for()
    page.keyboard.press("Tab")
    assert note_of(page).count() == 0 or link.get_attribute("aria-describedby") is None
    page.keyboard.press("Shift+Tab")
    note_of(page).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**#term-*")


@pytest.mark.parametrize(
    ("kind", "place"), [(TERM, "**#term-*"), (CITATION, "**/bibliography.html#*")]
)
def test_a_first_tap_opens_the_note_which_links_to_the_page(
    kind: str, place: str, visit: Any
) -> None:
    """Of terms and of sources: the first tap shows the note, which leads on."""
    page = visit(PAGE, width=360, has_touch=True)
    link = page.locator(kind).nth(1)
    meaning = link.get_attribute("data-note")
    link.tap()
    note_of(page).wait_for()
    assert page.url.endswith(PAGE), "the first tap left the page"
    assert meaning.split(". ")[0] in note_of(page).inner_text()
    box = note_of(page).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    page.locator("article h1").first.tap()
    assert note_of(page).count() == 0
    link.tap()
    note_of(page).locator(".book-note-more").tap()
    page.wait_for_url(place)


def test_without_script_the_meaning_is_the_links_title(visit: Any) -> None:
    page = visit(PAGE, java_script_enabled=False)
    link = page.locator(TERM).first
    assert len(link.get_attribute("title")) > 30
    link.click()
    page.wait_for_url("**#term-*")
