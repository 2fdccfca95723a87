"""Something to move: stored frames follow controls without a kernel, a library or a mouse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

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

    def __init__(self, page: Any, ident: str, site: Path, name: str) -> None:
        self.page = page
        self.box = page.locator(f"figure#{ident} .book-frames")
        self.ident = ident
        source = urljoin(f"http://x/{name}", self.box.get_attribute("data-source"))
        script = (site / urlsplit(source).path.lstrip("/")).read_text("utf-8")
        self.panels = json.loads(script[script.index("]=") + 2 :].rstrip().rstrip(";"))
        for panel in self.panels:
            # Stored as pieces that frames share, and the numbers of each frame's pieces.
            pieces = panel["pieces"]
            panel["frames"] = ["".join(pieces[n] for n in frame) for frame in panel["frames"]]

    def state(self) -> Any:
        return self.box.evaluate(STATE)

    def control(self, name: str) -> Any:
        return self.box.locator(f"[data-control='{name}']")

    def expected(self, state: Any) -> list[str]:
        """The stored frame of each panel for the positions that the controls have.

        The first control of a panel turns slowest.
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

    def assert_follows(self) -> None:
        """Panels, spoken value and shown value agree with the positions of the controls."""
        state = self.state()
        assert state["panels"] == self.expected(state)
        for control in state["controls"]:
            if control["kind"] == "slider":
                word = control["words"][control["position"]]
                assert control["text"] == word, f"aria-valuetext of {control['name']}"
                assert control["shown"] == word, f"value shown beside {control['name']}"


def opened(frames_name: str, visit: Any, site: Path, **options: Any) -> Box:
    name, _, ident = frames_name.partition("#")
    assert ident, "run `make book`; no page of the book has frames"
    return Box(visit(name, **options), ident, site, name)


def test_keyboard_moves_every_control(frames_name: str, visit: Any, site: Path) -> None:
    """ArrowRight moves a slider, ArrowDown a list; the panels follow at every step."""
    box = opened(frames_name, visit, site)
    start = box.state()
    for control in start["controls"]:
        assert control["steps"] > 1, f"{control['name']} cannot be moved"
        element = box.control(control["name"])
        element.focus()
        slider = control["kind"] == "slider"
        box.page.keyboard.press("Home")
        box.page.keyboard.press("ArrowRight" if slider else "ArrowDown")
        box.wait_for_frames()
        seen = []
        for step in range(1, control["steps"]):
            now = next(c for c in box.state()["controls"] if c["name"] == control["name"])
            assert now["position"] == step, f"{control['name']} did not move"
            box.assert_follows()
            seen.append(box.state()["panels"])
            box.page.keyboard.press("ArrowRight" if slider else "ArrowDown")
        assert len(seen) == control["steps"] - 1
        box.page.keyboard.press("Home")
        seen.append(box.state()["panels"])
        assert any(panels != seen[0] for panels in seen), f"{control['name']} changes nothing"
        for _ in range(control["position"]):
            box.page.keyboard.press("ArrowRight" if slider else "ArrowDown")
    assert box.state()["panels"] == start["panels"], "the way back leads elsewhere"


def test_panels_name_their_controls(frames_name: str, visit: Any, site: Path) -> None:
    box = opened(frames_name, visit, site)
    state = box.state()
    names = [control["name"] for control in state["controls"]]
    followed = {name for panel in box.panels for name in panel["controls"]}
    assert followed == set(names)
    assert all(control["label"] for control in state["controls"])
    assert len(state["panels"]) == len(box.panels)
    for panel in box.panels:
        steps = 1
        for name in panel["controls"]:
            steps *= next(c["steps"] for c in state["controls"] if c["name"] == name)
        assert len(panel["frames"]) == steps, f"a panel of {panel['controls']} lacks states"


def test_frames_load_on_first_touch_only(frames_name: str, visit: Any, site: Path) -> None:
    asked: list[str] = []
    box = opened(frames_name, visit, site)
    box.page.on("request", lambda request: asked.append(request.url))
    box.page.reload(wait_until="load")
    box.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    box.page.wait_for_load_state("networkidle")
    box.box.scroll_into_view_if_needed()
    box.page.wait_for_timeout(100)
    assert asked and not [url for url in asked if VISIBLE_LOAD.search(url)], "loaded untouched"
    first = box.state()["controls"][0]
    box.control(first["name"]).focus()
    box.page.keyboard.press("ArrowRight" if first["kind"] == "slider" else "ArrowDown")
    box.wait_for_frames()
    box.page.keyboard.press("ArrowLeft" if first["kind"] == "slider" else "ArrowUp")
    box.page.wait_for_timeout(50)
    assert len([url for url in asked if VISIBLE_LOAD.search(url)]) == 1, "loaded once, then kept"


def test_default_state_stands_without_javascript(frames_name: str, visit: Any, site: Path) -> None:
    box = opened(frames_name, visit, site, java_script_enabled=False)
    page = box.page
    panels = page.locator(f"figure#{box.ident} .book-panel").all()
    assert len(panels) == len(box.panels)
    for panel in panels:
        assert panel.is_visible()
        drawing = panel.locator("svg")
        assert panel.inner_text().strip() or drawing.get_attribute("aria-label").strip()
        if drawing.count():
            size = drawing.bounding_box()
            assert size["width"] > 200 and size["height"] > 60


def test_default_state_is_the_stored_one(frames_name: str, visit: Any, site: Path) -> None:
    """What stands in the page equals what the script would show for the same positions."""
    box = opened(frames_name, visit, site)
    state = box.state()
    assert state["panels"] == box.expected(state)


def test_tab_reaches_every_control_and_leaves(frames_name: str, visit: Any, site: Path) -> None:
    box = opened(frames_name, visit, site)
    page = box.page
    title = box.box.locator(".book-frames-title")
    title.evaluate("e => { e.tabIndex = -1; e.focus(); }")
    wanted = [control["name"] for control in box.state()["controls"]]
    got = []
    for _ in range(len(wanted) + 3):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "name => document.activeElement.closest('.book-frames')?.dataset.name === name"
            " ? document.activeElement.dataset.control ?? 'other' : null",
            box.ident,
        )
        if inside is None:
            break
        got.append(inside)
    else:
        pytest.fail(f"Tab does not leave the frames: {got}")
    assert got == wanted


def test_works_from_a_folder(frames_name: str, visit: Any, site: Path) -> None:
    """Opened by double click, without a server."""
    name, _, ident = frames_name.partition("#")
    page = visit((site / name).as_uri())
    box = Box(page, ident, site, name)
    for control in box.state()["controls"]:
        box.control(control["name"]).focus()
        page.keyboard.press("ArrowRight" if control["kind"] == "slider" else "ArrowDown")
    box.wait_for_frames()
    state = box.state()
    assert any(c["position"] for c in state["controls"])
    box.assert_follows()


def test_a_restored_control_shows_its_state(frames_name: str, visit: Any, site: Path) -> None:
    """Browsers bring moved controls back after leaving and returning; the panels must agree."""
    box = opened(frames_name, visit, site)
    page = box.page
    for control in box.state()["controls"]:
        box.control(control["name"]).focus()
        page.keyboard.press("End")
    box.wait_for_frames()
    page.goto(f"{visit.address}/chapters/index.html", wait_until="load")
    page.go_back(wait_until="load")
    page.wait_for_load_state("networkidle")
    page.evaluate("() => new Promise(done => setTimeout(done, 50))")
    box.assert_follows()


def test_drawings_follow_the_page_colours(frames_name: str, visit: Any, site: Path) -> None:
    """Ink inside drawings is a variable of the page, so dark pages stay legible."""
    box = opened(frames_name, visit, site, scheme="dark")
    drawings = [frame for panel in box.panels for frame in panel["frames"] if "<svg" in frame]
    for drawing in drawings:
        assert 'role="img"' in drawing and 'aria-label="' in drawing
        fixed = re.sub(r"var\([^()]*\)", "", drawing.lower())
        assert "#1b1f24" not in fixed and "#ffffff" not in fixed
    for svg in box.box.locator(".book-panel svg").all():
        unknown = svg.evaluate(
            """svg => [...new Set(svg.outerHTML.match(/--figure-[a-z-]+/g) ?? [])]
            .filter(name => !getComputedStyle(svg).getPropertyValue(name).trim())"""
        )
        assert unknown == [], "the style sheet does not know these colours"


def test_what_changes_is_announced(frames_name: str, visit: Any, site: Path) -> None:
    """A screen reader hears the panels of text change; drawings carry a new label."""
    box = opened(frames_name, visit, site)
    for panel in box.box.locator(".book-panel").all():
        drawn = panel.locator("svg").count()
        assert drawn or panel.get_attribute("aria-live") == "polite"
