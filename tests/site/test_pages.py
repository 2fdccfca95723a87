"""Every page in a real browser: clean, private, light, accessible, readable on a phone."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from looks import (
    ACTIONS,
    LOOKS,
    MOVE_ALL,
    OPEN_ALL,
    PHONE,
    TO_THE_END,
    TRY_EVERY_ANSWER,
    VIEWS,
    Opened,
    look_at,
    settle,
)

from bookpress.build import RECORD, is_current

ROOT = Path(__file__).resolve().parents[2]


def test_site_is_built_from_the_current_sources(site: Path) -> None:
    """Tests of a stale build say nothing about the current sources."""
    assert is_current(ROOT, site), "the sources or the site have changed since: run `make book`"


def test_a_changed_source_and_a_modified_site_are_detected(site: Path, tmp_path: Path) -> None:
    assert not is_current(tmp_path, site), "other sources"
    copy = tmp_path / "html"
    copy.mkdir()
    shutil.copy2(site.parent / RECORD, tmp_path / RECORD)
    assert not is_current(ROOT, copy), "a site without its files"


# --- every look at every page -------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_page_passes_every_look(studied_page: str, view: str, visit: Any, axe: Any) -> None:
    """One opening for each page and view; every look that fails is named with what it found.

    The looks are in looks.py: clean, accessible as loaded and with everything opened, light, an
    outline, no scrolling sideways, paper, the keyboard, drawings on both grounds, downloads.
    """
    found = look_at(studied_page, VIEWS[view], visit, axe)
    assert not found, "\n".join(found)


def test_the_looks_have_something_to_see(pages: dict[str, Any]) -> None:
    """A look that passes where there is nothing of its kind needs pages where there is."""
    for query in (
        "//figure//svg",
        "//figure[contains(@class, 'book-figure')]//a[@download]",
        "//article//pre",
        "//article//details",
        "//section[contains(@class, 'quiz')]",
        "//*[contains(@class, 'book-frames')]",
    ):
        assert sum(bool(page.tree.xpath(query)) for page in pages.values()) > 5, query


def test_the_views_take_every_look() -> None:
    taken = {step for view in VIEWS.values() for step in view.steps}
    assert taken == set(LOOKS) | set(ACTIONS)


WIDE_PRE = '<pre tabindex="-1" style="overflow: auto; width: 90px">one_long_word()</pre>'
WIDE = f"<article>{WIDE_PRE}</article>"
IN_A_FIGURE = (
    '<figure class="book-figure" id="fig-a" style="--figure-paper: #fff">'
    '<svg viewBox="0 0 9 9">{}</svg></figure>'
)
BAD = [
    ("loads clean", "<script>console.warn('careful')</script>", "careful"),
    ("loads clean", "<script>document.title = ''</script>", "no title"),
    ("colour scheme", "<p>It has none.</p>", "where light is wanted"),
    ("axe", '<img src="data:,">', "image-alt"),
    ("axe, opened and moved", '<details open><img src="data:,"></details>', "image-alt"),
    ("axe, colours", '<p style="color: #bbb; background: #fff">pale</p>', "color-contrast"),
    ("weight", "<p>light</p>", "nothing is measured"),
    ("weight", f"<!--{'x' * 900_000}-->", "bytes raw"),
    ("weight", f"<!--{secrets.token_hex(400_000)}-->", "bytes gzipped"),
    ("everything is open", "<details><summary>x</summary>y</details>", "<details>"),
    ("no scrolling sideways", '<p style="width: 2000px">wide</p>', "2000px"),
    ("paper", f'<div class="bd-article">{WIDE}</div>', "one_long_word"),
    (
        "paper",
        '<div class="bd-article"><details class="hide"><summary>x</summary></details></div>',
        "<details",
    ),
    ("outline", "<main><h2>x</h2><h1>y</h1></main>", "at the top"),
    ("outline", "<main><h1>x</h1><h1>y</h1></main>", "2 first-level"),
    ("outline", "<main><h1>x</h1><h3>y</h3></main>", "jumped"),
    ("outline", "<main><h1>x</h1><h2></h2>.</main>", "empty"),
    (
        "words in drawings",
        IN_A_FIGURE.format('<text fill="#eee">pale</text>' * 6),
        "pale rgb(238, 238, 238)",
    ),
    ("words in drawings", IN_A_FIGURE.format("<text>x</text>"), "nothing is read"),
    (
        "switch of colours",
        '<button class="theme-switch-button" onclick="const d = document.documentElement.dataset;'
        " d.theme = d.theme === 'light' ? 'dark' : 'light'\">x</button>"
        + IN_A_FIGURE.format('<text fill="#000">x</text>'),
        "on both grounds",
    ),
    (
        "switch of colours",
        '<button class="theme-switch-button">x</button>' + IN_A_FIGURE.format("<text>x</text>"),
        "the switch leads to",
    ),
    ("skip link", '<a href="#x">first</a>', "the first stop is"),
    (
        "skip link",
        '<a href="#main-content">Skip to main content</a><a href="#x">menu</a>'
        '<main><a id="main-content">text</a></main>',
        "does not lead",
    ),
    ("walk by Tab", '<article><h1>x</h1><a href="#" style="outline: none">y</a></article>', "seen"),
    ("wide code by keys", WIDE, "one_long_word"),
    ("wide code by keys, smaller window", WIDE, "one_long_word"),
    ("downloads", '<figure class="book-figure" id="fig-a"></figure>', "offers []"),
    (
        "downloads",
        '<figure class="book-figure" id="fig-a"><p class="book-links">'
        '<a href="data:text/csv,a" download="fig-b.csv">x</a></p></figure>',
        "fig-a gives fig-b.csv",
    ),
    (
        "downloads",
        '<figure class="book-figure" id="fig-a"><p class="book-links">'
        '<a href="data:text/csv,a" download="fig-a.csv">x</a></p></figure>',
        "no plotted row",
    ),
]
"""Looks, each with what it must not let pass and a word of what it then says."""


def bad_page(folder: Path, inner: str) -> str:
    """Write a page with something wrong in it; its name."""
    (folder / "bad.html").write_text(
        f'<!doctype html><html lang="en"><title>bad</title><link rel="icon" href="data:,">{inner}',
        "utf-8",
    )
    return "bad.html"


@pytest.mark.parametrize(
    ("look", "inner", "word"), BAD, ids=[f"{look}: {word}" for look, _, word in BAD]
)
def test_the_look_sees(
    look: str, inner: str, word: str, visit: Any, axe: Any, serve: Any, tmp_path: Path
) -> None:
    """Control: each look finds what it is for, and names itself."""
    visit.address = serve(tmp_path)
    opened = Opened(visit(bad_page(tmp_path, inner)), "bad.html", 1280, "light", visit, axe)
    opened.look(look)
    visit.take_problems()  # expected here
    assert any(line.startswith(f"{look}: ") and word in line for line in opened.found), opened.found


def test_every_look_is_seen_to_fail() -> None:
    assert {look for look, _, _ in BAD} == set(LOOKS)


@pytest.mark.parametrize("view", VIEWS)
def test_all_that_fails_is_named(
    view: str, visit: Any, axe: Any, serve: Any, tmp_path: Path
) -> None:
    """Control: one page with several faults; a view reports them all, not only the first."""
    inner = (
        "<script>console.warn('careful')</script><main><h2>x</h2>"
        '<img src="data:,"><p style="color: #bbb; background: #fff; width: 2000px">pale</p></main>'
    )
    wanted = {
        "light-1280": {"loads clean", "axe", "skip link", "outline", "weight", "walk by Tab"},
        "light-360": {"colour scheme", "no scrolling sideways", "axe"},
        "dark-1280": {"colour scheme", "axe, colours"},
    }
    visit.address = serve(tmp_path)
    found = look_at(bad_page(tmp_path, inner), VIEWS[view], visit, axe)
    visit.take_problems()
    named = {name for name in LOOKS if any(line.startswith(f"{name}: ") for line in found)}
    assert wanted[view] <= named


def test_a_look_that_breaks_off_has_found_something(visit: Any, axe: Any) -> None:
    opened = Opened(visit("about:blank"), "blank", 1280, "light", visit, axe)
    opened.page.close()
    opened.look("outline")
    assert opened.found[0].startswith("outline: broke off")


# --- clean --------------------------------------------------------------------------------


def test_a_dirty_page_is_seen(visit: Any, serve: Any, tmp_path: Path) -> None:
    """The watch itself: each kind of problem is noticed."""
    (tmp_path / "bad.html").write_text(
        '<!doctype html><title>bad</title><link rel="icon" href="data:,">'
        '<img src="missing.png" alt=""><img src="http://foreign.example/a.png" alt="">'
        "<script>console.warn('careful'); setTimeout(() => { throw Error('uncaught') })</script>",
        "utf-8",
    )
    visit.address = serve(tmp_path)
    visit("bad.html").wait_for_timeout(200)
    seen = "\n".join(visit.problems())
    visit._watches.clear()  # expected here
    for word in ("careful", "uncaught", "status 404", "http://foreign.example/a.png"):
        assert word in seen


def test_redirect_leads_to_a_page(pages: dict[str, Any], site: Path) -> None:
    redirects = [page for page in pages.values() if page.redirects]
    assert [page.name for page in redirects] == ["index.html"]
    for page in redirects:
        content = page.tree.xpath("//meta[@http-equiv='refresh']/@content")[0]
        target = content.split("url=")[1]
        assert (site / Path(page.name).parent / target).is_file(), f"{page.name} leads nowhere"


# --- private ------------------------------------------------------------------------------

LOADING = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "input": ("src",),
    "form": ("action",),
    "image": ("href", "{http://www.w3.org/1999/xlink}href"),
    "use": ("href", "{http://www.w3.org/1999/xlink}href"),
}
HARMLESS_RELS = {"canonical", "license", "author", "next", "prev", "index", "search"}
FOREIGN = re.compile(r"^\s*(?:https?:|wss?:)?//", re.IGNORECASE)
CSS_LOADS = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])\s*((?:https?:)?//[^"')\s]+)""", re.I)
JS_LOADS = re.compile(
    r"""(?:\bimport\s*\(?|\bfrom|importScripts\(|fetch\(|WebSocket\(|EventSource\(|sendBeacon\("""
    r"""|\.open\(\s*["'][A-Z]+["']\s*,|\.(?:src|href)\s*=(?!=))\s*["'`]((?:https?:|wss?:)?//[^"'`]+)""",
)


def foreign_in_html(tree: Any) -> Iterator[str]:
    """Addresses on other hosts that a page would load by itself, or send a form to."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        for attribute in LOADING.get(element.tag, ()):
            for part in element.get(attribute, "").split(","):
                if FOREIGN.match(part):
                    yield f"<{element.tag} {attribute}> {part.strip()}"
        rels = set(element.get("rel", "").split())
        if (
            element.tag == "link"
            and rels - HARMLESS_RELS
            and FOREIGN.match(element.get("href", ""))
        ):
            yield f"<link rel={element.get('rel')}> {element.get('href')}"
        if element.tag == "script" and element.text:
            yield from (f"<script> {found}" for found in JS_LOADS.findall(element.text))
        styles = (element.text or "") if element.tag == "style" else element.get("style", "")
        yield from (f"style: {found}" for found in CSS_LOADS.findall(styles))


def test_pages_name_no_other_host(pages: dict[str, Any]) -> None:
    found = [
        f"{page.name}: {text}" for page in pages.values() for text in foreign_in_html(page.tree)
    ]
    assert not found, "\n".join(found)


def test_scripts_and_styles_name_no_other_host(pages: dict[str, Any], site: Path) -> None:
    """Every script and style sheet of the book, loaded or not.

    JupyterLite's scripts contain URLs that it never requests: tests/live watches its requests.
    """
    found = []
    for path in sorted(site.rglob("*")):
        if path.is_relative_to(site / "lite"):
            continue
        pattern = {".css": CSS_LOADS, ".js": JS_LOADS, ".mjs": JS_LOADS}.get(path.suffix)
        if pattern:
            found += [f"{path.relative_to(site)}: {x}" for x in pattern.findall(path.read_text())]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://a.example/x.js"></script>',
        '<script>import("https://a.example/x.js")</script>',
        '<script>s.src = "//a.example/x.js"</script>',
        '<link rel="stylesheet" href="//a.example/x.css">',
        '<link rel="preconnect" href="https://a.example">',
        '<style>@import "https://a.example/x.css";</style>',
        '<p style="background: url(https://a.example/x.png)">',
        '<img src="x.png" srcset="x.png 1x, https://a.example/x.png 2x">',
        '<form action="https://a.example/"></form>',
    ],
)
def test_the_scan_sees(text: str) -> None:
    from lxml import html

    assert list(foreign_in_html(html.document_fromstring(f"<html><body>{text}</body></html>")))


# Chromium queries Google about the meaning of form fields, whatever the page says.
NO_FORM_SERVICE = "--disable-features=AutofillServerCommunication"
OWNED_BY = ("initiator", "network_isolation_key", "network_anonymization_key", "group_id")


def read_net_log(path: Path) -> dict[str, Any]:
    """Read a net log, also one that the browser did not end properly."""
    text = path.read_text("utf-8", errors="replace")
    try:
        return dict(json.loads(text))
    except json.JSONDecodeError:
        lines = text.rstrip().rstrip(",").splitlines()
        for end in (len(lines), len(lines) - 1):
            try:
                return dict(json.loads("\n".join(lines[:end]).rstrip().rstrip(",") + "]}"))
            except json.JSONDecodeError:
                continue
    raise AssertionError(f"{path} is no net log: {text[:200]!r}")


def asked_of_others(log: dict[str, Any], host: str = "127.0.0.1") -> Counter[str]:
    """Other hosts that a page of ``host`` asked, or only looked up or connected to.

    The browser also talks to its maker (updates, account); such events carry no page in their
    isolation key and no page as initiator.
    """
    asked: Counter[str] = Counter()
    for event in log["events"]:
        values = event.get("params") or {}
        if not any(host in str(values.get(name, "")) for name in OWNED_BY):
            continue
        target = str(values.get("url") or values.get("host") or values.get("group_id") or "")
        target = target.split(" ")[0]
        address = target[target.index("//") :] if "//" in target else f"//{target}"
        name = urlsplit(address).hostname
        if name and name != host:
            asked[target] += 1
    return asked


def addresses(log: dict[str, Any]) -> set[str]:
    return {str((event.get("params") or {}).get("url", "")) for event in log["events"]}


PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_net_log_shows_no_other_host(
    part: int, launch: Any, visit: Any, pages: dict[str, Any], tmp_path: Path
) -> None:
    """The browser's own log over all pages, read to the end, with everything opened and moved.

    The same opening shows that each page is clean: no console error or warning, no uncaught error,
    no failed or foreign request.
    """
    names, server = list(pages)[part::PARTS], visit.address
    log = tmp_path / "net.json"
    browser = launch(f"--log-net-log={log}", NO_FORM_SERVICE)
    context = browser.new_context()
    watch = visit.watch(context)
    page = context.new_page()
    # A page that only leads to another is left before a browser knows its icon.
    unclean = [
        f"{name}: {line}"
        for name in names
        for line in read_through(page, server, name, watch)
        if not pages[name].redirects
    ]
    browser.close()
    assert not unclean, "\n".join(unclean)
    seen = read_net_log(log)
    missing = [name for name in names if f"{server}/{name}" not in addresses(seen)]
    assert not missing, f"the log does not hold {missing}"
    assert asked_of_others(seen) == {}


def read_through(page: Any, address: str, name: str, watch: Any) -> list[str]:
    """Open a page, read it to its end, open and move everything; what goes wrong meanwhile."""
    page.goto(f"{address}/{name}", wait_until="load")
    page.wait_for_load_state("networkidle")
    for action in (OPEN_ALL, MOVE_ALL, TRY_EVERY_ANSWER, TO_THE_END):
        page.evaluate(action)
    settle(page)
    return watch.take() if page.title().strip() else [*watch.take(), "no title"]


def test_reading_through_sees_a_dirty_page(visit: Any, serve: Any, tmp_path: Path) -> None:
    """Control: a problem of one page is reported for that page only."""
    bad_page(tmp_path, "<script>console.warn('careful')</script>")
    (tmp_path / "good.html").write_text(
        '<!doctype html><title>good</title><link rel="icon" href="data:,">', "utf-8"
    )
    address = visit.address = serve(tmp_path)
    context = visit.browser.new_context()
    watch = visit.watch(context)
    page = context.new_page()
    assert "careful" in str(read_through(page, address, "bad.html", watch))
    assert read_through(page, address, "good.html", watch) == []
    context.close()


def test_net_log_would_show_another_host(launch: Any, serve: Any, tmp_path: Path) -> None:
    """Control: each way to reach another host leaves its trace.

    Mere hints (preconnect, dns-prefetch) are switched off with the browser's own background
    traffic; the scan of the pages above finds them.
    """
    ways = {
        "image": '<img src="http://image.example/a.png" alt="">',
        "style": '<link rel="stylesheet" href="https://style.example/a.css">',
        "beacon": "<script>navigator.sendBeacon('https://beacon.example/b')</script>",
        "socket": "<script>try { new WebSocket('wss://socket.example/') } catch {}</script>",
        "frame": '<iframe src="https://frame.example/"></iframe>',
        "fetch": "<script>fetch('https://fetch.example/').catch(() => {})</script>",
    }
    for name, text in ways.items():
        (tmp_path / f"{name}.html").write_text(f"<!doctype html><title>x</title>{text}", "utf-8")
    address = serve(tmp_path)
    log = tmp_path / "net.json"
    browser = launch(f"--log-net-log={log}", NO_FORM_SERVICE)
    for name in ways:
        page = browser.new_page()
        page.goto(f"{address}/{name}.html", wait_until="load")
        page.wait_for_timeout(150)
        page.close()
    browser.close()
    seen = " ".join(asked_of_others(read_net_log(log)))
    assert [name for name in ways if f"{name}.example" not in seen] == []


# --- accessible ---------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_menus_and_results(
    scheme: str, visit: Any, axe: Any, pages: dict[str, Any]
) -> None:
    """The navigation as a phone opens it, the search box, and a page of results."""
    name = max(pages, key=lambda name: len(pages[name].tree.text_content()))
    page = visit(name, width=PHONE, scheme=scheme)
    page.locator("button.primary-toggle:visible").first.click()
    page.wait_for_timeout(350)
    found = [f"navigation: {line}" for line in axe(page)]
    page = visit(name, width=PHONE, scheme=scheme)
    page.locator("button.search-button__button:visible").first.click()
    page.locator("#search-input").wait_for(state="visible")
    found += [f"search box: {line}" for line in axe(page)]
    page = visit("search.html?q=export", width=PHONE, scheme=scheme)
    page.locator("#search-results li").first.wait_for()
    found += [f"results: {line}" for line in axe(page)]
    assert not found, "\n".join(found)


def test_axe_would_find(visit: Any, axe: Any, serve: Any, tmp_path: Path) -> None:
    """Control: an image without a text and a pale line of text are found."""
    (tmp_path / "bad.html").write_text(
        '<!doctype html><html lang="en"><title>bad</title><link rel="icon" href="data:,"><main>'
        '<h1>bad</h1><img src="data:,"><p style="color: #bbb; background: #fff">pale</p></main>',
        "utf-8",
    )
    visit.address = serve(tmp_path)
    page = visit("bad.html")
    found = "\n".join(axe(page))
    assert "image-alt" in found and "color-contrast" in found
    colours = "\n".join(axe(page, "cat.color"))
    assert "image-alt" not in colours and "color-contrast" in colours


# --- readable -----------------------------------------------------------------------------


def test_page_says_what_it_is(page_name: str, pages: dict[str, Any]) -> None:
    tree = pages[page_name].tree
    assert tree.get("lang") == "en"
    assert tree.xpath("string(//title)").strip()
    assert tree.xpath("count(//head/title)") == 1


def test_titles_are_unique(pages: dict[str, Any]) -> None:
    shown = [page for page in pages.values() if not page.redirects]
    titles = Counter(page.tree.xpath("string(//title)").strip() for page in shown)
    assert [title for title, count in titles.items() if count > 1] == []


def test_chapters_describe_themselves(pages: dict[str, Any]) -> None:
    """Search engines and link previews show the description; each chapter has its own."""
    described: Counter[str] = Counter()
    for page in pages.values():
        if page.name.startswith("chapters/"):
            found = page.tree.xpath("//meta[@name='description']/@content")
            assert len(found) == 1, (
                f"{page.name}: {len(found)} descriptions; front matter needs one: "
                "myst: {html_meta: {description: …}}"
            )
            assert 40 <= len(found[0]) <= 200, (
                f"{page.name}: {len(found[0])} characters: {found[0]}"
            )
            described[found[0]] += 1
    assert described, "no chapter in the site"
    assert [text for text, count in described.items() if count > 1] == []
