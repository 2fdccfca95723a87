"""A set of frames as the files of the site hold it: the controls in the page, the stored states."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

LIGHT_INK, LIGHT_PAPER = "#1b1f24", "#ffffff"


@dataclass(frozen=True)
class Control:
    """A slider or a list, as in the page before it is moved."""

    element: Any
    box: Any

    @property
    def name(self) -> str:
        return str(self.element.get("data-control"))

    @property
    def words(self) -> list[str]:
        """What each position means; a list shows its own."""
        if self.element.tag == "select":
            return [option.text_content() for option in self.element.iter("option")]
        return list(json.loads(self.element.get("data-words")))

    @property
    def steps(self) -> int:
        if self.element.tag == "select":
            return len(self.words)
        return int(self.element.get("max")) + 1

    @property
    def position(self) -> int:
        if self.element.tag == "select":
            chosen = [option.get("selected") is not None for option in self.element.iter("option")]
            return chosen.index(True) if any(chosen) else 0
        return int(self.element.get("value"))

    def text_of(self, tag: str) -> str:
        """Text of the label, or of the output, that belongs to the control."""
        found = self.box.xpath(f".//{tag}[@for=$name]", name=self.element.get("id"))
        return " ".join(found[0].text_content().split()) if found else ""

    def problems(self) -> Iterator[str]:
        """What is wrong with it."""
        if not self.text_of("label"):
            yield f"{self.name} has no label"
        if self.steps < 2 or len(self.words) != self.steps:
            yield f"{self.name} cannot be moved: {self.steps} steps, {len(self.words)} words"
        elif self.element.tag != "select":
            word = self.words[self.position]
            if self.element.get("aria-valuetext") != word:
                yield f"{self.name} at {word} is spoken as {self.element.get('aria-valuetext')}"
            if self.text_of("output") != " ".join(word.split()):
                yield f"{self.name} at {word} shows {self.text_of('output')}"


@dataclass
class StoredBox:
    """A set of frames: its name, its element in the page, and the states of its panels."""

    ident: str
    element: Any
    panels: list[dict[str, Any]]

    @classmethod
    def read(cls, page: str, ident: str, tree: Any, site: Path) -> StoredBox:
        """Find the frames in a page and read the script that it would load for them."""
        (box,) = tree.xpath(
            "//figure[@id=$name]//*[contains(@class, 'book-frames')][@data-source]", name=ident
        )
        source = urljoin(f"http://x/{page}", box.get("data-source"))
        script = (site / urlsplit(source).path.lstrip("/")).read_text("utf-8")
        panels = json.loads(script[script.index("]=") + 2 :].rstrip().rstrip(";"))
        for panel in panels:
            # Stored as pieces that frames share, and the numbers of each frame's pieces.
            pieces = panel["pieces"]
            panel["frames"] = ["".join(pieces[n] for n in frame) for frame in panel["frames"]]
        return cls(ident, box, panels)

    @property
    def controls(self) -> dict[str, Control]:
        """Controls by name."""
        found = [
            Control(element, self.element) for element in self.element.xpath(".//*[@data-control]")
        ]
        return {control.name: control for control in found}

    @property
    def shown(self) -> list[Any]:
        """Panels of the page."""
        return list(self.element.xpath(".//*[contains(@class, 'book-panel')][@data-controls]"))


def as_parsed(text: str) -> str:
    """The same HTML however it was written: quotes, entities, order of nothing else."""
    holder = html.fragment_fromstring(text, create_parent="div")
    return str(etree.tostring(holder, method="c14n", with_comments=False).decode())


def inside(element: Any) -> str:
    """Content of an element."""
    parts = [html.tostring(child, encoding="unicode") for child in element]
    return (element.text or "") + "".join(parts)


def problems_of(box: StoredBox, known_colours: set[str]) -> list[str]:
    """All problems of a set of frames, as lines."""
    return [
        *(line for control in box.controls.values() for line in control.problems()),
        *_wrong_panels(box),
        *_wrong_drawings(box, known_colours),
    ]


def _wrong_panels(box: StoredBox) -> Iterator[str]:
    controls, shown = box.controls, box.shown
    followed = {name for panel in box.panels for name in panel["controls"]}
    if followed != set(controls):
        yield f"panels follow {sorted(followed)}, the controls are {sorted(controls)}"
        return
    if len(shown) != len(box.panels):
        yield f"{len(shown)} panels in the page, {len(box.panels)} are stored"
        return
    for panel, element in zip(box.panels, shown, strict=True):
        index, steps = 0, 1
        for name in panel["controls"]:  # row-major order
            index = index * controls[name].steps + controls[name].position
            steps *= controls[name].steps
        if len(panel["frames"]) != steps:
            yield f"a panel of {panel['controls']} lacks states: {len(panel['frames'])} of {steps}"
        elif as_parsed(inside(element)) != as_parsed(panel["frames"][index]):
            yield f"the default of a panel of {panel['controls']} is not the stored one"
        if not element.xpath(".//svg") and element.get("aria-live") != "polite":
            yield f"a text that follows {panel['controls']} is not announced"


def _wrong_drawings(box: StoredBox, known_colours: set[str]) -> Iterator[str]:
    """A screen reader hears of drawings by their label, so each state has its own."""
    drawings = [f for panel in box.panels for f in panel["frames"] if "<svg" in f]
    for drawing in drawings:
        if 'role="img"' not in drawing or 'aria-label="' not in drawing:
            yield f"a drawing is no image with a label: {drawing[:80]}"
        fixed = re.sub(r"var\([^()]*\)", "", drawing.lower())
        if LIGHT_INK in fixed or LIGHT_PAPER in fixed:
            yield "a drawing has fixed ink of the light page"
    used = {name for drawing in drawings for name in re.findall(r"--figure-[a-z-]+", drawing)}
    if used - known_colours:
        yield f"the style sheet does not know {sorted(used - known_colours)}"
