"""The book's own search, typed into the real search box."""

from __future__ import annotations

from typing import Any

import pytest

CHAPTER = "chapters/export-controls/the-rule-as-code.html"
RESULT = "#search-results ul.search li a"


def search(page: Any, words: str) -> list[str]:
    """Type into the search box of a page, as a reader does; addresses of the results."""
    page.locator("button.search-button__button:visible").first.click()
    page.locator("#search-input").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?**")
    return results(page)


def results(page: Any) -> list[str]:
    """Addresses that a search has found, once it has ended."""
    # The heading changes when the search has ended, whatever it found.
    page.locator("#search-results p.search-summary").filter(has_text="Search").wait_for()
    page.wait_for_function(
        "() => /finished|did not match/.test(document.querySelector('#search-results').innerText)"
    )
    links = page.locator(RESULT).all()
    return [link.get_attribute("href").split("?")[0].split("#")[0] for link in links]


@pytest.mark.parametrize("words", ["H20", "performance density", "A800"])
@pytest.mark.parametrize("width", [1280, 360])
def test_search_finds_the_chapter(words: str, width: int, visit: Any) -> None:
    page = visit("chapters/index.html", width=width)
    found = search(page, words)
    assert CHAPTER in found, f"{words!r} leads to {found}"
    page.locator(f"{RESULT}[href^='{CHAPTER}']").first.click()
    page.wait_for_url(f"**/{CHAPTER}**")
    assert words.lower() in page.locator("article").inner_text().lower()


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("智谱", "chapters/strategy/money-and-the-state.html"),
        ("月之暗面", "chapters/strategy/money-and-the-state.html"),
        # Parts of longer names, as typed by a reader who half remembers one.
        ("人工智能", "chapters/un-diplomacy/reading-the-texts.html"),
        ("数据", "chapters/reference/glossary.html"),
        ("Zhipu", "chapters/reference/people-and-organisations.html"),
        ("SMIC", "chapters/export-controls/lists-and-countermoves.html"),
        ("co-sponsor", "chapters/reference/glossary.html"),
    ],
)
def test_search_finds_names(words: str, place: str, visit: Any) -> None:
    found = search(visit("chapters/index.html"), words)
    assert place in found, f"{words!r} leads to {found}"


def parts(name: str) -> list[str]:
    """Every part of a name of two letters or more."""
    return [name[i:j] for i in range(len(name)) for j in range(i + 2, len(name) + 1)]


@pytest.mark.parametrize("name", ["月之暗面", "国家数据局"])
def test_search_finds_chinese_names_by_any_part(name: str, visit: Any) -> None:
    """Any part of a name finds it; one page, the address of each search typed in."""
    place = "chapters/reference/people-and-organisations.html"
    page = visit("search.html")
    missed = []
    for part in parts(name):
        page.goto(f"{visit.address}/search.html?q={part}", wait_until="load")
        if place not in results(page):
            missed.append(part)
    assert not missed, f"{missed} do not lead to {name}"


def test_search_says_when_it_finds_nothing(visit: Any) -> None:
    page = visit("chapters/index.html")
    assert search(page, "zzyzx-quagga") == []
    assert "did not match" in page.locator("#search-results").inner_text()
