"""Interactive frames: stored frames follow controls without a kernel, a library or a mouse.

What is stored, and what the page holds of it, is read from the files. A browser opens each set of
frames once to move every control, once from a folder and once without scripts.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from storedframes import StoredBox, as_parsed, problems_of

VISIBLE_LOAD = re.compile(r"\.frames\.js(\?|$)")

STATE = """box => ({
  controls: [...box.querySelectorAll('[data-control]')].map(c => ({
    name: c.dataset.control,
    kind: c.tagName === 'SELECT' ? 'choice' : 'slider',
    steps: c.tagName === 'SELECT' ? c.options.length : Number(c.max) + 1,
    position: c.tagName === 'SELECT' ? c.selectedIndex : Number(c.value),
    words: c.tagName === 'SELECT' ? [...c.options].map(o => o.text) : JSON.parse(c.dataset.words),
    text: c.getAttribute('aria-valuetext'),
    shown: c.parentElement.querySelector('output')?.textContent ?? null,
    label: c.labels[0]?.innerText.trim() ?? '',
  })),
  panels: [...box.querySelectorAll('.book-panel')].map(p => p.innerHTML),
})"""
AS_BROWSER = """frames => frames.map(frame => {
  const holder = document.createElement('div'); holder.innerHTML = frame; return holder.innerHTML;
})"""


class Box:
    """A set of frames in an open page, and what it should show."""

    def __init__(self, page: Any, stored: StoredBox) -> None:
        self.page = page
        self.ident = stored.ident
        self.panels = stored.panels
        self.box = page.locator(f"figure#{self.ident} .book-frames")

    def state(self) -> Any:
        return self.box.evaluate(STATE)

    def control(self, name: str) -> Any:
        return self.box.locator(f"[data-control='{name}']")

    def expected(self, state: Any) -> list[str]:
        """The stored frame of each panel for the positions that the controls have.

        Frames are in row-major order of the panel's controls.
        """
        controls = {control["name"]: control for control in state["controls"]}
        frames = []
        for panel in self.panels:
            index = 0
            for name in panel["controls"]:
                index = index * controls[name]["steps"] + controls[name]["position"]
            frames.append(panel["frames"][index])
        return list(self.page.evaluate(AS_BROWSER, frames))

    def wait_for_frames(self) -> None:
        self.page.wait_for_function("name => window.bookFrames?.[name]", arg=self.ident)
        self.page.evaluate("() => new Promise(done => setTimeout(done, 20))")

    def assert_follows(self) -> Any:
        """Panels, spoken value and shown value agree with the positions of the controls."""
        state = self.state()
        assert state["panels"] == self.expected(state)
        for control in state["controls"]:
            if control["kind"] == "slider":
                word = control["words"][control["position"]]
                assert control["text"] == word, f"aria-valuetext of {control['name']}"
                assert control["shown"] == word, f"value shown next to {control['name']}"
        return state


@pytest.fixture
def stored(frames_name: str, pages: dict[str, Any], site: Path) -> StoredBox:
    """One set of frames, as the files of the site hold it."""
    name, _, ident = frames_name.partition("#")
    assert ident, "run `make book`; no page of the book has frames"
    return StoredBox.read(name, ident, pages[name].tree, site)


def forward(control: dict[str, Any]) -> str:
    """The key that moves a control one step on."""
    return "ArrowRight" if control["kind"] == "slider" else "ArrowDown"


# --- in the files -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def known_colours(site: Path) -> set[str]:
    """Names of colours that the style sheet of the pages gives to drawings, in the dark too."""
    text = (site / "_static" / "book.css").read_text("utf-8")
    schemes = []
    for scheme in ("light", "dark"):
        blocks = re.findall(rf'data-theme="?{scheme}"?\][^{{]*\{{[^}}]*\}}', text)
        schemes.append(set(re.findall(r"(--figure-[a-z-]+)\s*:", "".join(blocks))))
    assert schemes[0] == schemes[1] != set()
    return schemes[0]


def test_stored_frames_are_whole(stored: StoredBox, known_colours: set[str]) -> None:
    """Panels name their controls; the default state is the stored one; changes are announced.

    Ink inside drawings is a variable of the page, so dark pages stay legible. Each kind of problem
    is named as test_the_reading_sees_a_fault lists them.
    """
    found = problems_of(stored, known_colours)
    assert not found, "\n".join(found)


CONTROL = (
    '<div><label for="c">Step</label><output for="c">one</output><input type="range" id="c"'
    ' data-control="c" min="0" max="1" value="0" aria-valuetext="one"'
    ' data-words=\'["one", "two"]\'></div>'
)
DRAWN = '<svg role="img" aria-label="A line"><path fill="var(--figure-ink)"></path></svg>'
PANEL = f'<div class="book-panel" data-controls="c">{DRAWN}</div>'
WHOLE = f'<div class="book-frames">{CONTROL}{PANEL}</div>'
FRAMES = (DRAWN, DRAWN.replace("line", "curve"))
TEXT = '<div class="book-panel" data-controls="c" aria-live="polite">one</div>'
TEXTS = ("one", "two")

FAULTS = {
    "no label": (WHOLE.replace(">Step<", "> <"), FRAMES, "no label"),
    "one step": (
        WHOLE.replace('max="1"', 'max="0"').replace(', "two"', "").replace(", &quot;two&quot;", ""),
        FRAMES[:1],
        "cannot be moved",
    ),
    "control of nothing": (
        WHOLE.replace(PANEL, CONTROL.replace('l="c"', 'l="d"') + PANEL),
        FRAMES,
        "follow",
    ),
    "no panel": (WHOLE.replace(PANEL, ""), FRAMES, "panels"),
    "a state too few": (WHOLE, FRAMES[:1], "lacks states"),
    "another default": (WHOLE, FRAMES[::-1], "is not the stored one"),
    "another word": (WHOLE.replace('text="one"', 'text="two"'), FRAMES, "is spoken as"),
    "another value": (WHOLE.replace(">one<", ">two<"), FRAMES, "shows"),
    "not announced": (
        WHOLE.replace(PANEL, TEXT.replace(' aria-live="polite"', "")),
        TEXTS,
        "not announced",
    ),
    "no role": (WHOLE, (DRAWN, DRAWN.replace('role="img" ', "")), "no image"),
    "no words": (WHOLE, (DRAWN, DRAWN.replace("aria-label", "data-label")), "no image"),
    "fixed ink": (WHOLE, (DRAWN, DRAWN.replace("var(--figure-ink)", "#1B1F24")), "fixed ink"),
    "unknown colour": (WHOLE, (DRAWN, DRAWN.replace("figure-ink", "figure-inc")), "--figure-inc"),
}
"""Each way in which stored frames can be wrong, and a word of what is then said."""


def box_of(text: str, frames: tuple[str, ...]) -> StoredBox:
    panel = {"controls": ["c"], "frames": list(frames)}
    return StoredBox("fig-a", html.fragment_fromstring(text), [panel])


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_detects_a_fault(fault: str) -> None:
    """Control: each kind of problem in the files is found."""
    text, frames, words = FAULTS[fault]
    assert words in "\n".join(problems_of(box_of(text, frames), {"--figure-ink"}))


@pytest.mark.parametrize(("text", "frames"), [(WHOLE, FRAMES), (WHOLE.replace(PANEL, TEXT), TEXTS)])
def test_the_reading_lets_good_frames_pass(text: str, frames: tuple[str, ...]) -> None:
    assert problems_of(box_of(text, frames), {"--figure-ink"}) == []


def test_quotes_and_entities_make_no_difference() -> None:
    assert as_parsed("<p class='a'>1 &lt; 2 &#215; 3</p>") == as_parsed(
        '<p class="a">1 &lt; 2 × 3</p>'
    )
    assert as_parsed("<p>1</p>") != as_parsed("<p>2</p>")


# --- in the browser -----------------------------------------------------------------------


def test_keyboard_moves_every_control(frames_name: str, stored: StoredBox, visit: Any) -> None:
    """One reader, one opening: reads past the frames, tabs through them, moves all, comes back.

    The stored frames load at the first touch and once. The panels follow at every step.
    """
    box = Box(visit(frames_name.partition("#")[0]), stored)
    assert read_past(box, visit) == 0, "the frames loaded untouched"
    assert tab_through(box) == [control["name"] for control in box.state()["controls"]]
    start = box.state()
    for control in start["controls"]:
        move(box, control)
    assert box.state()["panels"] == start["panels"], "the way back leads elsewhere"
    assert loads(visit) == 1, "the frames load once, then they are kept"
    come_back(box, visit.address)
    box.assert_follows()


def loads(visit: Any) -> int:
    """How often stored frames were loaded."""
    return sum(bool(VISIBLE_LOAD.search(response.url)) for response in visit.responses())


def read_past(box: Box, visit: Any) -> int:
    """Scroll over the frames without touching them; how many were loaded."""
    box.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    box.page.wait_for_load_state("networkidle")
    box.box.scroll_into_view_if_needed()
    box.page.wait_for_timeout(100)
    assert visit.responses(), "no request was seen"
    return loads(visit)


def tab_through(box: Box) -> list[str]:
    """Press Tab from the title until the focus has left the frames; the stops."""
    box.box.locator(".book-frames-title").evaluate("e => { e.tabIndex = -1; e.focus(); }")
    stops: list[str] = []
    while len(stops) < len(box.state()["controls"]) + 3:
        box.page.keyboard.press("Tab")
        inside = box.page.evaluate(
            "name => document.activeElement.closest('.book-frames')?.dataset.name === name"
            " ? document.activeElement.dataset.control ?? 'other' : null",
            box.ident,
        )
        if inside is None:
            return stops
        stops.append(inside)
    return [*stops, "Tab does not leave the frames"]


def move(box: Box, control: dict[str, Any]) -> None:
    """Move a control through all its steps and back to where it was, by arrow keys."""
    name, key = control["name"], forward(control)
    box.control(name).focus()
    box.page.keyboard.press("Home")
    box.page.keyboard.press(key)
    box.wait_for_frames()
    seen = []
    for step in range(1, control["steps"]):
        state = box.assert_follows()
        now = next(c for c in state["controls"] if c["name"] == name)
        assert now["position"] == step, f"{name} did not move"
        seen.append(state["panels"])
        box.page.keyboard.press(key)
    assert len(seen) == control["steps"] - 1
    box.page.keyboard.press("Home")
    seen.append(box.state()["panels"])
    assert any(panels != seen[0] for panels in seen), f"{name} changes nothing"
    for _ in range(control["position"]):
        box.page.keyboard.press(key)


def come_back(box: Box, address: str) -> None:
    """Move all, leave the page and return: browsers bring moved controls back."""
    for control in box.state()["controls"]:
        box.control(control["name"]).focus()
        box.page.keyboard.press("End")
    box.page.goto(f"{address}/chapters/index.html", wait_until="load")
    box.page.go_back(wait_until="load")
    box.page.wait_for_load_state("networkidle")
    box.page.evaluate("() => new Promise(done => setTimeout(done, 50))")


def test_works_from_a_folder(frames_name: str, stored: StoredBox, visit: Any, site: Path) -> None:
    """Opened by double click, without a server."""
    box = Box(visit((site / frames_name.partition("#")[0]).as_uri()), stored)
    for control in box.state()["controls"]:
        box.control(control["name"]).focus()
        box.page.keyboard.press(forward(control))
    box.wait_for_frames()
    assert any(c["position"] for c in box.state()["controls"])
    box.assert_follows()


def test_default_state_is_shown_without_javascript(
    frames_name: str, stored: StoredBox, visit: Any
) -> None:
    page = visit(frames_name.partition("#")[0], java_script_enabled=False)
    panels = page.locator(f"figure#{stored.ident} .book-panel").all()
    assert len(panels) == len(stored.panels)
    for panel in panels:
        assert panel.is_visible()
        drawing = panel.locator("svg")
        assert panel.inner_text().strip() or drawing.get_attribute("aria-label").strip()
        if drawing.count():
            size = drawing.bounding_box()
            assert size["width"] > 200 and size["height"] > 60
