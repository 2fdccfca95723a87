"""Every page in a real browser: clean, private, light, accessible, readable on a phone."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
PHONE, DESKTOP = 360, 1280
RAW_BUDGET, PACKED_BUDGET = 900_000, 300_000
PACKED_ALREADY = (".woff2", ".png", ".jpg", ".webp")
SOURCES = ("_config.yml", "_toc.yml", "requirements.lock", "chapters", "data", "teaching/questions")

REST = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 60)));
  await frame();
  // What fades in is pale on its way.
  const finite = a => Number.isFinite(a.effect?.getComputedTiming().endTime ?? NaN);
  await Promise.allSettled(document.getAnimations().filter(finite).map(a => a.finished));
  await frame();
}"""
TO_THE_END = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 700) window.scrollTo(0, y);
  for (const picture of document.images) {
    if (!picture.checkVisibility()) continue;
    picture.scrollIntoView();
    // Lazy pictures load when they come into view; a broken one must show up as such.
    if (!picture.complete) await new Promise(done => picture.onload = picture.onerror = done);
    if (!picture.naturalWidth) console.error(`no picture: ${picture.currentSrc}`);
  }
}"""
OPEN_ALL = """() => {
  document.querySelectorAll('details:not([open]) > summary').forEach(s => s.click());
  document.querySelectorAll('button.toggle-button').forEach(b => {
    if (b.closest('.toggle, .admonition')?.classList.contains('toggle-hidden')) b.click();
  });
}"""
STILL_CLOSED = """() => [...document.querySelectorAll('details:not([open]), .toggle-hidden')]
  .map(e => e.outerHTML.slice(0, 120))"""
TRY_EVERY_ANSWER = """() => document.querySelectorAll('form.quiz-question').forEach(form => {
  const field = form.querySelector('input');
  if (field.type === 'text') field.value = '1'; else field.checked = true;
  form.requestSubmit();
})"""
MOVE_ALL = """async () => {
  for (const control of document.querySelectorAll('.book-frames [data-control]')) {
    if (control.tagName === 'SELECT')
      control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
    else control.value = control.value === control.max ? control.min : control.max;
    control.dispatchEvent(new Event('input', {bubbles: true}));
  }
  const names = [...document.querySelectorAll('.book-frames')].map(box => box.dataset.name);
  for (let i = 0; i < 200 && !names.every(n => window.bookFrames?.[n]); i++)
    await new Promise(done => setTimeout(done, 25));
  if (!names.every(n => window.bookFrames?.[n])) console.error('the stored frames did not load');
}"""


def settle(page: Any) -> None:
    """Let requests, scripts and animations that have begun come to their end."""
    page.wait_for_load_state("networkidle")
    page.evaluate(REST)


def test_site_is_as_new_as_its_sources(site: Path) -> None:
    """Tests of an old book prove nothing about the present one."""
    built = (site / "index.html").stat().st_mtime
    named = [ROOT / name for name in SOURCES]
    package = [path for path in (ROOT / "bridgebook").rglob("*") if "__pycache__" not in path.parts]
    files = [*named, *package, *(path for folder in named for path in folder.rglob("*"))]
    newer = [path for path in files if path.is_file() and path.stat().st_mtime > built]
    assert not newer, "run `make book`: newer than the built book are " + ", ".join(
        path.relative_to(ROOT).as_posix() for path in newer[:8]
    )


# --- clean --------------------------------------------------------------------------------


def test_page_loads_clean(page_name: str, visit: Any) -> None:
    """No console error or warning, no uncaught error, no failed or foreign request."""
    page = visit(page_name)
    page.evaluate(TO_THE_END)
    settle(page)
    assert page.title().strip()
    assert visit.problems() == []


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

    JupyterLite's scripts name addresses that it never asks: tests/live watches its requests.
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


# Chromium asks its maker what the fields of a form may mean, whatever the page says.
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


def test_net_log_shows_no_other_host(
    launch: Any, server: str, pages: dict[str, Any], tmp_path: Path
) -> None:
    """The browser's own log over all pages, read to the end, with everything opened and moved."""
    log = tmp_path / "net.json"
    browser = launch(f"--log-net-log={log}", NO_FORM_SERVICE)
    page = browser.new_page()
    for name in pages:
        page.goto(f"{server}/{name}", wait_until="load")
        page.wait_for_load_state("networkidle")
        for action in (OPEN_ALL, MOVE_ALL, TRY_EVERY_ANSWER, TO_THE_END):
            page.evaluate(action)
        settle(page)
    browser.close()
    seen = read_net_log(log)
    missing = [name for name in pages if f"{server}/{name}" not in addresses(seen)]
    assert not missing, f"the log does not hold {missing}"
    assert asked_of_others(seen) == {}


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


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", DESKTOP), ("light", PHONE), ("dark", DESKTOP)]
)
def test_axe_finds_nothing(
    studied_page: str, scheme: str, width: int, visit: Any, axe: Any
) -> None:
    """As loaded, and again with everything opened, moved and answered.

    On a phone with everything open only: what is closed there is part of what is open. In the dark
    only what depends on colours, at the width that shows the side bars too: colours do not change
    with the width.
    """
    page = visit(studied_page, width=width, scheme=scheme)
    settle(page)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    tags = ["cat.color"] if scheme == "dark" else []
    opens = page.locator("details, .toggle-hidden, .book-frames").count() > 0
    found = [] if opens and (tags or width == PHONE) else axe(page, *tags)
    if opens:
        for action in (OPEN_ALL, MOVE_ALL, TRY_EVERY_ANSWER):
            page.evaluate(action)
        settle(page)
        assert page.evaluate(STILL_CLOSED) == []
        found += [f"after opening and moving: {line}" for line in axe(page, *tags)]
    assert not found, "\n".join(found)


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

TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && e.checkVisibility())
  .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""


def test_phone_shows_the_whole_width(studied_page: str, visit: Any) -> None:
    """At 360 px nothing makes the page scroll sideways, opened boxes included."""
    page = visit(studied_page, width=PHONE)
    settle(page)
    for action in ("() => {}", OPEN_ALL, MOVE_ALL, TRY_EVERY_ANSWER):
        page.evaluate(action)
        settle(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE, f"{width} px wide because of {page.evaluate(TOO_WIDE)}"


ON_PAPER = 718
"""Width of an A4 page between the browser's margins, in CSS pixels."""
CUT_OFF = """() => [...document.querySelectorAll('.bd-article *')]
  .filter(e => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && e.checkVisibility()
    && getComputedStyle(e).overflowX !== 'visible')
  .map(e => e.outerHTML.slice(0, 120))"""
FOR_FINGERS = """() => [...document.querySelectorAll(
    '.bd-article :is(details.hide:not([open]), .toggle-button, .book-frames-controls)')]
  .filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 120))"""


def test_paper_shows_everything_and_no_buttons(prose_page: str, visit: Any) -> None:
    """Printed on A4, no line of code and no table is cut off, and nothing waits for a click.

    Pages of single tables are left out: the previews of some are wider than paper.
    """
    page = visit(prose_page, width=ON_PAPER)
    page.emulate_media(media="print")
    assert page.evaluate(CUT_OFF) + page.evaluate(FOR_FINGERS) == []


HEADINGS = """() => [...document.querySelectorAll('main :is(h1, h2, h3, h4, h5, h6)')]
  .filter(h => h.checkVisibility()).map(h => [Number(h.tagName[1]), h.innerText.trim()])"""


def test_headings_make_an_outline(studied_page: str, visit: Any) -> None:
    """One first-level heading, which comes first; no level is jumped over; none is empty."""
    page = visit(studied_page)
    page.evaluate(OPEN_ALL)
    headings = page.evaluate(HEADINGS)
    levels = [level for level, _ in headings]
    assert levels.count(1) == 1 and levels[0] == 1, headings
    jumps = [b for a, b in itertools.pairwise(headings) if b[0] > a[0] + 1]
    assert not jumps, f"a level is jumped over before {jumps}"
    assert all(text for _, text in headings), headings


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


# --- light --------------------------------------------------------------------------------


def weight(bodies: dict[str, bytes]) -> tuple[int, int]:
    """Raw and gzipped size of what was loaded; what is packed already counts as it is."""
    packed = sum(
        len(body)
        if urlsplit(address).path.endswith(PACKED_ALREADY)
        else len(gzip.compress(body, 6))
        for address, body in bodies.items()
    )
    return sum(map(len, bodies.values())), packed


def test_page_is_light(studied_page: str, visit: Any) -> None:
    """Everything the browser loads, read to the end, with every frame control moved.

    The dark page is the same page: colours are variables of one style sheet.
    """
    responses: list[Any] = []
    page = visit("about:blank")
    page.on("response", lambda response: responses.append(response))
    page.goto(f"{visit.address}/{studied_page}", wait_until="load")
    page.evaluate(MOVE_ALL)
    page.evaluate(TO_THE_END)
    settle(page)
    bodies = {response.url: response.body() for response in responses}
    raw, packed = weight(bodies)
    heaviest = sorted(bodies, key=lambda url: len(bodies[url]), reverse=True)[:6]
    detail = "; ".join(f"{urlsplit(url).path} {len(bodies[url])}" for url in heaviest)
    assert len(bodies) > 5, "hardly anything was loaded: nothing is measured"
    assert raw <= RAW_BUDGET, f"{raw} bytes raw: {detail}"
    assert packed <= PACKED_BUDGET, f"{packed} bytes gzipped: {detail}"
