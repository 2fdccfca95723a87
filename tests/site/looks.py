"""Checks of an open page: each takes a page in its current state and returns lines of problems.

Opening a page costs more than most looks, so one opening serves them all. A view is a width, a
colour scheme and the steps taken in one opening: actions of a reader, and between them looks. All
looks of a view run, and each says its name before what it finds.
"""

from __future__ import annotations

import gzip
import itertools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import playwright.sync_api
from downloads import CHECKS
from tabwalk import walk

from bookpress.site.catalogue import PAGES as TABLE_PAGES
from bridgebook.page import charts

PHONE, DESKTOP = 360, 1280
RAW_BUDGET, PACKED_BUDGET = 900_000, 300_000
PACKED_ALREADY = (".woff2", ".png", ".jpg", ".webp")

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
LET_GO = "() => document.activeElement?.blur()"


def settle(page: Any) -> None:
    """Wait until running requests, scripts and animations have finished."""
    page.wait_for_load_state("networkidle")
    page.evaluate(REST)


@dataclass
class Opened:
    """An open page, and what the looks have found on it."""

    page: Any
    name: str
    width: int
    scheme: str
    visit: Any
    axe: Callable[..., list[str]]
    found: list[str] = field(default_factory=list)

    def act(self, script: str) -> None:
        """Do what a reader would do, and let it come to rest."""
        self.page.evaluate(script)
        settle(self.page)

    def look(self, name: str) -> None:
        """Run one look; a look that breaks off has found something too."""
        try:
            lines = LOOKS[name](self)
        except (AssertionError, playwright.sync_api.Error) as error:
            lines = [f"broke off: {error}"]
        self.found += [f"{name}: {line}" for line in lines]


Look = Callable[[Opened], list[str]]
LOOKS: dict[str, Look] = {}


def look(name: str) -> Callable[[Look], Look]:
    """Register a look under the name used in its findings."""

    def register(function: Look) -> Look:
        LOOKS[name] = function
        return function

    return register


# --- clean, light, accessible -------------------------------------------------------------


@look("loads clean")
def loads_clean(o: Opened) -> list[str]:
    """No console error or warning, no uncaught error, no failed or foreign request; a title."""
    found: list[str] = o.visit.take_problems()
    return found if o.page.title().strip() else [*found, "no title"]


@look("colour scheme")
def colour_scheme(o: Opened) -> list[str]:
    """The page follows what the reader's system wants."""
    theme = o.page.evaluate("document.documentElement.dataset.theme")
    return [] if theme == o.scheme else [f"{theme} where {o.scheme} is wanted"]


@look("axe")
def axe_finds_nothing(o: Opened) -> list[str]:
    """Axe-core finds nothing serious or critical on the page in its current state."""
    return o.axe(o.page)


@look("axe, opened and moved")
def axe_finds_nothing_opened(o: Opened) -> list[str]:
    """The same once more, where there was something to open, to move or to answer."""
    opens = o.page.locator("details, .toggle, .toggle-hidden, .book-frames").count() > 0
    return o.axe(o.page) if opens else []


@look("axe, colours")
def axe_finds_no_pale_text(o: Opened) -> list[str]:
    """Only the rules that depend on colours; the others do not change with the scheme."""
    return o.axe(o.page, "cat.color")


def weight(bodies: dict[str, bytes]) -> tuple[int, int]:
    """Raw and gzipped size of what was loaded; what is packed already counts as it is."""
    packed = sum(
        len(body)
        if urlsplit(address).path.endswith(PACKED_ALREADY)
        else len(gzip.compress(body, 6))
        for address, body in bodies.items()
    )
    return sum(map(len, bodies.values())), packed


@look("weight")
def is_light(o: Opened) -> list[str]:
    """Everything that the browser has loaded.

    The dark page is the same page: colours are variables of one style sheet.
    """
    bodies = {response.url: response.body() for response in o.visit.responses()}
    raw, packed = weight(bodies)
    heaviest = sorted(bodies, key=lambda url: len(bodies[url]), reverse=True)[:6]
    detail = "; ".join(f"{urlsplit(url).path} {len(bodies[url])}" for url in heaviest)
    return [
        *(["hardly anything was loaded: nothing is measured"] if len(bodies) <= 5 else []),
        *([f"{raw} bytes raw: {detail}"] if raw > RAW_BUDGET else []),
        *([f"{packed} bytes gzipped: {detail}"] if packed > PACKED_BUDGET else []),
    ]


# --- readable -----------------------------------------------------------------------------

STILL_CLOSED = """() => [...document.querySelectorAll('details:not([open]), .toggle-hidden')]
  .map(e => e.outerHTML.slice(0, 120))"""


@look("everything is open")
def everything_is_open(o: Opened) -> list[str]:
    """Nothing stays closed that a reader, or a look at the opened page, should see."""
    return list(o.page.evaluate(STILL_CLOSED))


TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && e.checkVisibility())
  .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""


@look("no scrolling sideways")
def shows_the_whole_width(o: Opened) -> list[str]:
    """Nothing is wider than the window."""
    width = o.page.evaluate("document.documentElement.scrollWidth")
    if width <= o.width:
        return []
    return [f"{width} px wide because of {o.page.evaluate(TOO_WIDE)}"]


ON_PAPER = 718
"""Width of an A4 page between the browser's margins, in CSS pixels."""
CUT_OFF = """() => [...document.querySelectorAll('.bd-article *')]
  .filter(e => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && e.checkVisibility()
    && getComputedStyle(e).overflowX !== 'visible')
  .map(e => e.outerHTML.slice(0, 120))"""
FOR_FINGERS = """() => [...document.querySelectorAll(
    '.bd-article :is(details.hide:not([open]), .toggle-button, .book-frames-controls)')]
  .filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 120))"""


@look("paper")
def paper_shows_everything(o: Opened) -> list[str]:
    """Printed on A4, no line of code and no table is cut off, and nothing waits for a click."""
    size = o.page.viewport_size
    o.page.set_viewport_size({"width": ON_PAPER, "height": 900})
    o.page.emulate_media(media="print")
    found = o.page.evaluate(CUT_OFF) + o.page.evaluate(FOR_FINGERS)
    o.page.emulate_media(media="screen")
    o.page.set_viewport_size(size)
    return list(found)


HEADINGS = """() => [...document.querySelectorAll('main :is(h1, h2, h3, h4, h5, h6)')]
  .filter(h => h.checkVisibility()).map(h => [Number(h.tagName[1]), h.innerText.trim()])"""


@look("outline")
def headings_make_an_outline(o: Opened) -> list[str]:
    """One first-level heading, which comes first; no level is jumped over; none is empty."""
    headings = o.page.evaluate(HEADINGS)
    levels = [level for level, _ in headings]
    jumps = [b for a, b in itertools.pairwise(headings) if b[0] > a[0] + 1]
    return [
        *([f"not one first-level heading at the top: {headings}"] if levels[:1] != [1] else []),
        *([f"{levels.count(1)} first-level headings"] if levels.count(1) > 1 else []),
        *([f"a level is jumped over before {jumps}"] if jumps else []),
        *([f"an empty heading: {headings}"] if not all(text for _, text in headings) else []),
    ]


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


def data_colours() -> list[str]:
    """Colours of countries and firms, as ``r,g,b``."""
    return [
        ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
        for colour in charts.COLOUR.values()
    ]


DRAWINGS = "figure.book-figure svg"


@look("words in drawings")
def words_in_drawings_can_be_read(o: Opened) -> list[str]:
    """Axe does not look into drawings. Words in ink contrast at least 4.5:1 with the ground.

    Words in a data colour reach 3:1: no colour reaches 4.5:1 on both grounds.
    """
    if not o.page.locator(DRAWINGS).count():
        return []
    few = o.page.locator(f"{DRAWINGS} text").count() <= 5
    pale = o.page.evaluate(PALE, data_colours())
    return ["hardly a word in the drawings: nothing is read", *pale] if few else list(pale)


INK = """() => [document.documentElement.dataset.theme,
  getComputedStyle(document.querySelector('figure.book-figure svg text')).fill]"""


@look("switch of colours")
def ink_follows_the_switch(o: Opened) -> list[str]:
    """The reader's own choice of light or dark changes the drawings, not only the page."""
    if not o.page.locator(DRAWINGS).count():
        return []
    ink: dict[str, str] = {}
    for _ in range(3):
        o.page.locator("button.theme-switch-button").click()
        theme, fill = o.page.evaluate(INK)
        ink[theme] = fill
    if set(ink) != {"light", "dark"}:
        return [f"the switch leads to {sorted(ink)}"]
    return [] if ink["light"] != ink["dark"] else [f"ink is {ink['light']} on both grounds"]


# --- by keys ------------------------------------------------------------------------------


@look("skip link")
def skip_link_skips(o: Opened) -> list[str]:
    """The first stop of a page leads past the navigation."""
    o.page.keyboard.press("Tab")
    first = o.page.evaluate("[document.activeElement.innerText, document.activeElement.hash]")
    if first != ["Skip to main content", "#main-content"]:
        return [f"the first stop is {first}"]
    o.page.keyboard.press("Enter")
    o.page.keyboard.press("Tab")
    inside = o.page.evaluate("document.activeElement.closest('main') !== null")
    o.page.evaluate(LET_GO)
    return [] if inside else ["it does not lead into the text"]


@look("walk by Tab")
def tab_walks_through_the_article(o: Opened) -> list[str]:
    """No keyboard trap; each stop has a name and a visible focus."""
    _, problems = walk(o.page)
    o.page.evaluate(LET_GO)
    return list(dict.fromkeys(problems))


OUT_OF_REACH = """() => [...document.querySelectorAll('article pre, article [tabindex="-1"]')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1
    && e.getAttribute('tabindex') === '-1' && !e.querySelector('a, button, input, [tabindex="0"]'))
  .map(e => `${e.scrollWidth} px in ${e.clientWidth}: ${e.innerText.slice(0, 60)}`)"""


@look("wide code by keys")
def wide_code_can_be_scrolled(o: Opened) -> list[str]:
    """Also inside boxes that were closed while the page loaded."""
    o.page.wait_for_timeout(200)
    return list(o.page.evaluate(OUT_OF_REACH))


@look("wide code by keys, smaller window")
def wide_code_can_be_scrolled_in_less(o: Opened) -> list[str]:
    """And after the window shrinks."""
    o.page.set_viewport_size({"width": o.width - 40, "height": 700})
    o.page.wait_for_timeout(500)
    return list(o.page.evaluate(OUT_OF_REACH))


# --- downloads ----------------------------------------------------------------------------


@look("downloads")
def downloads_download(o: Opened) -> list[str]:
    """Every link below every figure of the page, by a click."""
    with tempfile.TemporaryDirectory() as folder:
        boxes = o.page.locator("figure.book-figure").all()
        return [line for box in boxes for line in _downloads_of(o.page, box, Path(folder))]


def _downloads_of(page: Any, box: Any, folder: Path) -> Iterator[str]:
    ident = box.get_attribute("id")
    got = set()
    for link in box.locator("p.book-links a[download]").all():
        # Chromium swallows the eleventh download of a page within a second.
        page.wait_for_timeout(110)
        with page.expect_download(timeout=5_000) as waiting:
            link.click(timeout=5_000)
        name = waiting.value.suggested_filename
        waiting.value.save_as(folder / name)
        stem, end = name.rsplit(".", 1)
        if stem != ident:
            yield f"{ident} gives {name}"
        try:
            CHECKS[end]((folder / name).read_bytes())
        except (AssertionError, SyntaxError, ValueError) as error:
            yield f"{name}: {error}"
        got.add(end)
    wanted = {"py"} if box.locator(".book-frames").count() else set(CHECKS)
    if got != wanted:
        yield f"{ident} offers {sorted(got)}"


# --- views --------------------------------------------------------------------------------

READ, MOVE, OPEN, ANSWER = "read to the end", "move", "open", "answer"
ACTIONS = {READ: TO_THE_END, MOVE: MOVE_ALL, OPEN: OPEN_ALL, ANSWER: TRY_EVERY_ANSWER}


@dataclass(frozen=True)
class View:
    """Actions and looks in the order in which one opening takes them."""

    width: int
    scheme: str
    steps: tuple[str, ...]


NOT_OF_A_TABLE = {"paper"}
"""Pages of single tables are left out: the previews of some are wider than paper."""

SIDEWAYS = "no scrolling sideways"

# On a phone axe looks with everything open only: what is closed there is part of what is open. In
# the dark only at what depends on colours, at the width that shows the side bars too: colours do
# not change with the width.
VIEWS = {
    "light-1280": View(
        DESKTOP,
        "light",
        (
            *(READ, "loads clean", "colour scheme", "axe", "skip link", "paper"),
            *(MOVE, READ, "weight"),
            *(OPEN, "everything is open", "outline", "wide code by keys", "words in drawings"),
            *("walk by Tab", ANSWER, "axe, opened and moved", "everything is open"),
            *("switch of colours", "wide code by keys, smaller window", "downloads"),
        ),
    ),
    "light-360": View(
        PHONE,
        "light",
        (
            *("colour scheme", SIDEWAYS, OPEN, SIDEWAYS, "wide code by keys"),
            *(MOVE, SIDEWAYS, ANSWER, SIDEWAYS, "everything is open", "axe"),
            *("wide code by keys, smaller window",),
        ),
    ),
    "dark-1280": View(
        DESKTOP,
        "dark",
        (
            *("colour scheme", OPEN, "words in drawings", "walk by Tab"),
            *(MOVE, ANSWER, "everything is open", "axe, colours"),
        ),
    ),
}


def look_at(name: str, view: View, visit: Any, axe: Callable[..., list[str]]) -> list[str]:
    """Open a page once and take all steps of a view; what the looks find, each with its name."""
    page = visit(name, width=view.width, scheme=view.scheme)
    settle(page)
    opened = Opened(page, name, view.width, view.scheme, visit, axe)
    from_a_table = name.startswith(f"{TABLE_PAGES}/")
    for step in view.steps:
        if step in ACTIONS:
            opened.act(ACTIONS[step])
        elif not (from_a_table and step in NOT_OF_A_TABLE):
            opened.look(step)
    return opened.found
