"""Interactive frames: states in order, errors that name the mistake, widgets where Python runs."""

from __future__ import annotations

import itertools
import os
import re
from html.parser import HTMLParser
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

mpl.use("Agg")

import matplotlib.pyplot as plt

from bookpress.site.pages import default_frame, pack
from bridgebook.page import charts, interactive
from bridgebook.page.interactive import Control, frames

SIZE = Control("Size, mm", [1, 2, 3], 2)
NAME = Control("Name", {"one word": "a", "two words": "b"}, "b", "choice")


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Bundles that frames() hands to the page while the book is built."""
    import IPython.display

    seen: list[Any] = []
    monkeypatch.setenv("BRIDGEBOOK_BUILD", "1")
    monkeypatch.setattr(IPython.display, "display", lambda bundle, **_: seen.append(bundle))
    return seen


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIDGEBOOK_BUILD", raising=False)


@pytest.fixture(autouse=True)
def close_figures() -> Any:
    yield
    plt.close("all")


def text_of(size: int, name: str) -> str:
    return f"<p>{size} {name}</p>"


def size_only(size: int) -> str:
    return f"<p>{size}</p>"


def drawing(size: int) -> Any:
    fig, ax = charts.figure(2)
    ax.plot([0, size], [0, size], color=charts.COLOUR["USA"])
    ax.set_xlabel("a label")
    return fig, f'A line to {size} & "more" <than> nothing'


# --- controls -----------------------------------------------------------------------------


def test_control_knows_values_words_and_start() -> None:
    assert (SIZE.values, SIZE.words, SIZE.start) == ([1, 2, 3], ["1", "2", "3"], 1)
    assert (NAME.values, NAME.words, NAME.start) == (["a", "b"], ["one word", "two words"], 1)
    assert Control("x", [1600, 4800.5], 1600).words == ["1,600", "4,800.5"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Size", [1, 2], 3), r"control 'Size': default 3 is not one of \[1, 2\]"),
        (("Name", {"one word": "a"}, "one word", "choice"), "default 'one word' is not one of"),
        (("Size", [1, 2], 1, "knob"), "control 'Size': kind is 'slider' or 'choice'"),
    ],
)
def test_control_refuses(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Control(*arguments)


# --- states -------------------------------------------------------------------------------


def test_states_are_the_nested_product(stored: list[Any]) -> None:
    """Row-major order of the panel's own parameters."""
    frames([text_of, size_only], {"name": NAME, "size": SIZE}, "Title")
    bundle = stored[0][interactive.FRAMES_MIME]
    assert stored[0]["text/plain"] == bundle["title"] == "Title"
    assert [control["name"] for control in bundle["controls"]] == ["name", "size"]
    first, second = bundle["panels"]
    assert first["controls"] == ["size", "name"]
    assert first["frames"] == [
        f"<p>{size} {name}</p>" for size, name in itertools.product([1, 2, 3], ["a", "b"])
    ]
    assert second["frames"] == ["<p>1</p>", "<p>2</p>", "<p>3</p>"]


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=3),
    data=st.data(),
)
def test_default_state_is_the_one_on_the_page(sizes: list[int], data: Any) -> None:
    controls = [
        {
            "name": f"c{i}",
            "words": [str(n) for n in range(size)],
            "start": data.draw(st.integers(0, size - 1)),
        }
        for i, size in enumerate(sizes)
    ]
    names = [control["name"] for control in controls]
    states = list(itertools.product(*(range(size) for size in sizes)))
    panel = {"controls": names, "frames": [str(state) for state in states]}
    wanted = tuple(control["start"] for control in controls)
    assert default_frame(panel, controls) == str(wanted)


@given(st.lists(st.text(alphabet="<>ab c/é", max_size=40), min_size=1, max_size=8))
def test_packed_frames_come_back(texts: list[str]) -> None:
    """Pieces that frames share are stored once; joined, they give every frame again."""
    packed = pack({"controls": ["x"], "frames": texts})
    pieces = packed["pieces"]
    assert ["".join(pieces[number] for number in frame) for frame in packed["frames"]] == texts
    assert len(set(pieces)) == len(pieces)


def test_packing_stores_shared_pieces_once() -> None:
    drawings = [f"<svg><path d='{'M 1 1 ' * 50}'/><text>{n}</text></svg>" for n in range(8)]
    packed = pack({"controls": ["x"], "frames": drawings})
    assert sum(map(len, packed["pieces"])) < sum(map(len, drawings)) / 4


# --- mistakes -----------------------------------------------------------------------------


@pytest.mark.parametrize("build", [True, False])
@pytest.mark.parametrize(
    ("panels", "controls", "message"),
    [
        (
            [text_of],
            {"size": SIZE},
            r"panel text_of asks for name; controls are size",
        ),
        (
            [size_only],
            {"size": SIZE, "name": NAME},
            r"no panel follows name",
        ),
    ],
)
def test_mismatched_controls_are_named(
    panels: Any, controls: Any, message: str, build: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the book is built, and where Python runs."""
    monkeypatch.setitem(os.environ, "BRIDGEBOOK_BUILD", "1" if build else "")
    with pytest.raises(ValueError, match=re.escape("frames(): ") + message):
        frames(panels, controls, "Title")


def test_too_many_states_are_refused_before_drawing(stored: list[Any]) -> None:
    many = list(range(21))
    calls: list[int] = []

    def panel(a: int, b: int) -> str:
        calls.append(1)
        return ""

    with pytest.raises(ValueError, match=r"panel panel has 441 states, more than 400"):
        frames([panel], {"a": Control("A", many, 0), "b": Control("B", many, 0)}, "Title")
    assert calls == [] and stored == []


# --- drawings -----------------------------------------------------------------------------


class Attributes(HTMLParser):
    """Attributes of the first element, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.first: dict[str, str | None] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.first = self.first or {"tag": tag, **dict(attrs)}


def test_a_figure_becomes_a_named_drawing(stored: list[Any]) -> None:
    frames([drawing], {"size": SIZE}, "Title")
    first, second, _ = stored[0][interactive.FRAMES_MIME]["panels"][0]["frames"]
    assert Attributes(first).first["role"] == "img"
    assert Attributes(first).first["aria-label"] == 'A line to 1 & "more" <than> nothing'
    assert first != second
    assert "var(--figure-paper)" in first
    assert charts.PAPER not in re.sub(r"var\([^()]*\)", "", first)
    assert charts.COLOUR["USA"].lower() in first.lower()
    assert plt.get_fignums() == [], "every state leaves a figure open"


# --- where Python runs --------------------------------------------------------------------


def test_widgets_are_shown_where_python_runs(
    live: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """No kernel here, and still no error: the same cell runs in a script."""
    import ipywidgets as widgets

    box = frames([text_of, drawing], {"size": SIZE, "name": NAME}, "A title")
    assert isinstance(box, widgets.VBox)
    heading, size, name, *outputs = box.children
    assert "A title" in heading.value
    assert isinstance(size, widgets.SelectionSlider) and isinstance(name, widgets.Dropdown)
    assert (size.value, size.label, size.description) == (2, "2", "Size, mm")
    assert (name.value, name.label) == ("b", "two words")
    assert [type(output) for output in outputs] == [widgets.Output] * 2
    assert "Traceback" not in capsys.readouterr().err


def test_moving_a_widget_draws_the_new_state(live: None, monkeypatch: pytest.MonkeyPatch) -> None:
    import IPython.display

    shown: list[str] = []
    monkeypatch.setattr(IPython.display, "display", lambda thing, **_: shown.append(thing.data))
    box = frames([text_of, size_only], {"size": SIZE, "name": NAME}, "Title")
    assert shown == ["<p>2 b</p>", "<p>2</p>"]
    size, name = box.children[1:3]
    shown.clear()
    name.value = "a"
    assert shown == ["<p>2 a</p>"], "only the panel that follows the control is redrawn"
    shown.clear()
    size.value = 3
    assert shown == ["<p>3 a</p>", "<p>3</p>"]


def test_a_drawing_shows_outside_the_book_too(live: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """JupyterLab has no style sheet of ours: each colour needs a value to fall back on.

    Without one a browser fills with black: a black picture.
    """
    import IPython.display

    shown: list[str] = []
    monkeypatch.setattr(IPython.display, "display", lambda thing, **_: shown.append(thing.data))
    frames([drawing], {"size": SIZE}, "Title")
    used = set(re.findall(r"var\([^()]*\)", shown[0]))
    known = {f"var(--figure-{role},{colour})" for role, colour in charts.ROLES.items()}
    assert used and used <= known, f"without a fallback or unknown: {used - known}"


def test_title_is_text_not_markup(live: None) -> None:
    box = frames([size_only], {"size": SIZE}, "a < b & c")
    assert "a &lt; b &amp; c" in box.children[0].value


def test_a_control_may_be_finer_where_python_runs(live: None) -> None:
    """The page stores few frames; a kernel can draw any state."""
    weight = Control("Weight", {"counts": 1, "left out": 0}, 1, "choice", live=range(11))
    assert weight.values == [1, 0], "the page has the coarse options"
    assert weight.finer().values == list(range(11)) and weight.finer().default == 1
    assert SIZE.finer() is SIZE
    shown = frames([size_only], {"size": weight}, "Weights")
    assert shown.children[1].value == 1
    assert len(shown.children[1].options) == 11


def test_the_default_is_one_of_the_finer_options() -> None:
    with pytest.raises(ValueError, match="default"):
        Control("Weight", [0, 1], 1, live=[0, 2, 4])
