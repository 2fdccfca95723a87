"""Regression tests of what works well: menus close, anchors hold, the back button goes back.

Elsewhere, test_terms_on_pages keeps notes that open at the first tap, test_search finds Chinese
names by any part, test_pages shows that there are no third-party requests and that nothing scrolls
sideways at 360 px, and tests/live that changed numbers are marked and edits survive a reload.
"""

from __future__ import annotations

from typing import Any

import pytest
from looks import settle

PAGE = "chapters/open-models/how-cheap.html"
FAR = "what-a-finished-task-costs"

IN_VIEW = """id => {
  const box = document.getElementById(id).getBoundingClientRect();
  const header = document.querySelector('.bd-header-article')?.getBoundingClientRect().bottom ?? 0;
  return box.top >= Math.min(header, 80) - 2 && box.top < innerHeight - 20;
}"""
"""Whether the beginning of an element can be seen, not hidden below the header."""


AT_REST = """() => new Promise(done => {
  const y = scrollY; setTimeout(() => done(scrollY === y), 200);
})"""


def come_to_rest(page: Any) -> None:
    """Let smooth scrolling begin and end."""
    page.wait_for_timeout(150)
    for _ in range(40):
        if page.evaluate(AT_REST):
            return
    pytest.fail("the page scrolls without end")


def top_of(page: Any, ident: str) -> float:
    """Pixels from the window's upper edge to the beginning of an element."""
    return float(
        page.evaluate("i => document.getElementById(i).getBoundingClientRect().top", ident)
    )


def assert_in_view(page: Any, ident: str) -> None:
    """An element can be seen once the page has come to rest."""
    come_to_rest(page)
    where = f"#{ident} is {top_of(page, ident):.0f} px below the window's upper edge"
    assert page.evaluate(IN_VIEW, ident), where


# --- menus --------------------------------------------------------------------------------

SIDE_BARS = {"primary": ".bd-sidebar-primary", "secondary": ".bd-sidebar-secondary"}


@pytest.mark.parametrize("which", SIDE_BARS)
def test_a_side_bar_opens_and_closes_on_a_phone(which: str, visit: Any) -> None:
    """A tap opens it, a tap outside it closes it, and the page is as before."""
    page = visit(PAGE, width=360, has_touch=True)
    bar = page.locator(SIDE_BARS[which])
    assert not is_on_screen(bar)
    page.locator(f"button.{which}-toggle:visible").first.tap()
    page.wait_for_timeout(500)
    assert is_on_screen(bar)
    page.touchscreen.tap(*outside(bar))
    page.wait_for_timeout(500)
    assert not is_on_screen(bar)
    page.locator("article h1").first.tap()


def is_on_screen(element: Any) -> bool:
    """Whether some of an element lies within the window and can be seen."""
    return bool(
        element.evaluate(
            """e => { const box = e.getBoundingClientRect();
            return e.checkVisibility({visibilityProperty: true}) && box.width > 0
              && box.right > 1 && box.left < innerWidth - 1; }"""
        )
    )


def outside(element: Any) -> tuple[float, float]:
    """A point of the window that an open side bar leaves free."""
    box = element.bounding_box()
    return (356 if box["x"] <= 4 else 4), 400


@pytest.mark.parametrize("width", [360, 1280])
def test_the_search_box_opens_and_closes(width: int, visit: Any) -> None:
    """Escape closes it, and so does a click outside it; the page can be read again."""
    page = visit(PAGE, width=width)
    field = page.locator("#search-input")
    for close in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.mouse.click(width / 2, 760),
    ):
        page.locator("button.search-button__button:visible").first.click()
        field.wait_for(state="visible")
        assert page.evaluate("document.activeElement.id") == "search-input"
        close()
        field.wait_for(state="hidden")
    page.locator("article h1").first.click()


# --- anchors ------------------------------------------------------------------------------


PLACES = [FAR, "fig-price-frontier", "fig-workload", "verdict"]


def test_contents_lead_to_headings_and_back(visit: Any) -> None:
    page = visit(PAGE)
    settle(page)
    link = page.locator(f".bd-sidebar-secondary a[href='#{FAR}']")
    link.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    link.click()
    page.wait_for_url(f"**/{PAGE}#{FAR}")
    assert_in_view(page, FAR)
    assert page.evaluate("scrollY") > place + 1000
    page.go_back()
    page.wait_for_url(f"**/{PAGE}")
    page.wait_for_function("y => Math.abs(scrollY - y) < 60", arg=place)


NEAR = 400
"""How far from its place a page may come to rest that was opened at an anchor.

Fonts and folded boxes arrive while the page scrolls there, and move what is above.
"""


@pytest.mark.parametrize("ident", PLACES)
def test_an_address_leads_near_its_place(ident: str, visit: Any) -> None:
    page = visit(f"{PAGE}#{ident}")
    settle(page)
    come_to_rest(page)
    assert page.evaluate("scrollY") > 1000
    assert abs(top_of(page, ident)) < NEAR


def test_anchors_lead_to_their_places_on_a_phone(visit: Any) -> None:
    """One after the other on an open page, as links between its parts do."""
    page = visit(PAGE, width=360)
    settle(page)
    for ident in PLACES:
        page.evaluate("id => { location.hash = id }", ident)
        assert_in_view(page, ident)


def test_back_returns_to_the_line_that_was_read(visit: Any) -> None:
    """From a citation to its source and back, as readers check a sentence."""
    page = visit(PAGE)
    settle(page)
    link = page.locator("article a.reference[href*='bibliography.html#']").nth(5)
    link.scroll_into_view_if_needed()
    settle(page)
    place = page.evaluate("scrollY")
    ident = link.get_attribute("href").partition("#")[2]
    link.click()
    page.wait_for_url(f"**/bibliography.html#{ident}")
    assert_in_view(page, ident)
    page.go_back()
    page.wait_for_url(f"**/{PAGE}")
    page.wait_for_function("y => Math.abs(scrollY - y) < 60", arg=place)


def test_the_address_of_a_figure_can_be_copied(visit: Any) -> None:
    """The sign next to a caption is a link to the figure."""
    page = visit(PAGE)
    page.locator("#fig-price-frontier").hover()
    page.locator("#fig-price-frontier a.headerlink").click()
    page.wait_for_url(f"**/{PAGE}#fig-price-frontier")
    assert_in_view(page, "fig-price-frontier")


def test_the_view_check_sees(visit: Any) -> None:
    """Control: what lies elsewhere on the page is not in view, above or below."""
    page = visit(PAGE)
    settle(page)
    jump = "([id, by]) => { document.getElementById(id).scrollIntoView({behavior: 'instant'});"
    jump += " window.scrollBy({top: by, behavior: 'instant'}) }"
    for by, seen in ((0, True), (300, False), (-1500, False)):
        page.evaluate(jump, [FAR, by])
        assert page.evaluate(IN_VIEW, FAR) == seen, by


def test_what_is_on_screen_is_recognised(visit: Any) -> None:
    """Control: a closed side bar, a heading far below and one that can be seen."""
    page = visit(PAGE, width=360)
    assert is_on_screen(page.locator("article h1").first)
    assert not is_on_screen(page.locator(SIDE_BARS["primary"]))
    page.locator("article h1").first.evaluate("e => { e.style.visibility = 'hidden' }")
    assert not is_on_screen(page.locator("article h1").first)
