"""House style of charts: labels that do not overlap, reproducible drawings, alt text."""

from __future__ import annotations

import base64
import hashlib
import itertools
import math
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

mpl.use("Agg")

import matplotlib.pyplot as plt

from bridgebook.page import charts

ALT = "A line that rises from one to three, drawn for a test only."
ROWS = pd.DataFrame({"year": [1, 2, 3], "value": [1.0, 2.0, 3.0]}, index=[7, 8, 9])


def drawn() -> Any:
    """A small finished figure."""
    fig, ax = charts.figure(2)
    ax.plot([1, 2, 3], [1, 2, 3], color=charts.COLOUR["CHN"])
    ax.fill_between([1, 2], 0, 1, color=charts.AREA)
    ax.text(1, 1, "a mark", color=charts.INK)
    charts.finish(fig, "It rises from 1 to 3", "Value per year", source="a test")
    return fig


@pytest.fixture(autouse=True)
def close_figures() -> Any:
    yield
    plt.close("all")


# --- labels -------------------------------------------------------------------------------

POSITIONS = st.lists(
    st.floats(min_value=-1e6, max_value=1e6, allow_nan=False), min_size=1, max_size=30
)
GAPS = st.floats(min_value=1e-3, max_value=1e3)


@given(positions=POSITIONS, gap=GAPS)
def test_spread_keeps_order_gap_and_mean(positions: list[float], gap: float) -> None:
    placed = charts.spread(positions, gap)
    slack = 1e-7 * (1 + max(map(abs, positions)) + gap * len(positions))
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    for lower, upper in itertools.pairwise(order):
        assert placed[upper] - placed[lower] >= gap - slack
    assert math.fsum(placed) == pytest.approx(math.fsum(positions), abs=slack * len(positions))


@given(steps=st.lists(st.floats(min_value=1.0, max_value=50), min_size=1, max_size=20))
def test_spread_leaves_what_is_apart(steps: list[float]) -> None:
    positions = [sum(steps[: i + 1]) for i in range(len(steps))]
    assert charts.spread(positions, 0.999) == pytest.approx(positions)


@given(
    positions=st.lists(st.integers(min_value=-1000, max_value=1000), min_size=1, max_size=30),
    gap=GAPS,
    shift=st.integers(min_value=-100, max_value=100),
)
def test_spread_moves_with_its_input(positions: list[int], gap: float, shift: int) -> None:
    moved = charts.spread([position + shift for position in positions], gap)
    wanted = [place + shift for place in charts.spread(positions, gap)]
    assert moved == pytest.approx(wanted, abs=1e-6 * (1 + gap))


def test_spread_by_hand() -> None:
    assert charts.spread([0, 0], 2) == [-1, 1]
    assert charts.spread([5, 0, 0.5], 1) == [5, -0.25, 0.75]
    assert charts.spread([], 1) == []


# --- drawings -----------------------------------------------------------------------------


def test_same_data_same_bytes() -> None:
    assert charts.to_svg(drawn()) == charts.to_svg(drawn())
    assert charts.to_png(drawn()) == charts.to_png(drawn())
    assert charts.to_inline_svg(drawn(), ALT) == charts.to_inline_svg(drawn(), ALT)


DRAW_AND_HASH = """
import hashlib, matplotlib; matplotlib.use("Agg")
from bridgebook.page import charts
fig, ax = charts.figure(2)
ax.scatter([1, 2], [1, 2]); ax.fill_between([1, 2], 0, 1)
charts.finish(fig, "Title", "Subtitle", source="a test")
print(hashlib.sha256((charts.to_svg(fig) + charts.to_inline_svg(fig, "x")).encode()).hexdigest())
"""


def test_same_bytes_in_another_process() -> None:
    """Otherwise every build would change every picture."""
    hashes = {
        subprocess.run(
            [sys.executable, "-c", DRAW_AND_HASH],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1


def test_shared_svg_stands_alone() -> None:
    svg = charts.to_svg(drawn())
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("viewBox")
    assert "<metadata" not in svg and "var(--" not in svg
    assert root.findall(".//{http://www.w3.org/2000/svg}text") == []  # letters are outlines


def test_inline_svg_takes_the_colours_of_the_page() -> None:
    svg = charts.to_inline_svg(drawn(), ALT)
    lower = re.sub(r"var\([^()]*\)", "", svg).lower()
    for role, colour in charts.ROLES.items():
        assert colour.lower() not in lower, role
    for role in ("ink", "muted", "paper", "area", "grid"):
        assert f"var(--figure-{role}" in svg
    assert charts.COLOUR["CHN"].lower() in lower  # data colours stay
    assert "<style" not in svg  # it would apply to the whole page
    assert "It rises from 1 to 3" in svg  # text stays text: it can be searched and zoomed
    assert "font-family" not in svg and "Inter" not in svg


def test_inline_svg_is_smaller_and_keeps_its_shape() -> None:
    fig = drawn()
    svg, full = charts.to_inline_svg(fig, ALT), charts.to_svg(fig)
    assert len(svg) < len(full) / 2
    boxes = [re.search(r'viewBox="([^"]+)"', text) for text in (svg, full)]
    assert boxes[0] and boxes[1] and boxes[0][1] == boxes[1][1]
    assert "rotate(-0" not in svg, "turns by nothing are left out"
    assert not re.search(r"<g[^>]*/>", svg), "and so are empty groups"


def test_inline_svg_keeps_real_turns() -> None:
    fig, ax = charts.figure(2)
    ax.text(0.5, 0.5, "upwards", rotation=90)
    charts.finish(fig, "T")
    assert "rotate(-90" in charts.to_inline_svg(fig, ALT)


@pytest.mark.parametrize(
    "alt",
    [
        'Quotes " and <tags> & ampersands',
        r"a backslash \1 and \g<0> in a pattern",
        "digits 3.14159 and 1,234.5678 stay",
        "中国的芯片",
    ],
)
def test_inline_svg_names_itself(alt: str) -> None:
    # Inside a page, hence read as a browser reads HTML.
    root = html.fragment_fromstring(charts.to_inline_svg(drawn(), alt))
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == alt


def test_numbers_in_words_of_a_drawing_stay_exact() -> None:
    """Coordinates are shortened, words are not."""
    fig, ax = charts.figure(2)
    ax.text(0.123456, 0.5, "density 2.9134")
    assert "density 2.9134" in charts.to_inline_svg(fig, ALT)


# --- style --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "subtitle"),
    [
        ("Short", ""),
        (
            "Of 99 chips the rule leaves 38 free, and new ones crowd under its lines since then",
            "Total processing performance against performance density, log axes, known values only",
        ),
    ],
)
def test_finish_cuts_nothing_off(title: str, subtitle: str) -> None:
    """Head and foot lie inside the figure and do not overlap the axes or each other."""
    fig, ax = charts.figure(3.5)
    ax.plot([1, 2], [1, 2])
    source = "A source with a long name; another source with a long name; a third one. As of today."
    charts.finish(fig, title, subtitle, source=source, note="A note that has to travel along. " * 4)
    fig.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in fig.texts), key=lambda box: -box.y0)
    for box in boxes:
        assert box.x0 >= 0 and box.x1 <= fig.bbox.x1 and box.y0 >= 0 and box.y1 <= fig.bbox.y1
    for upper, lower in itertools.pairwise(boxes):
        assert lower.y1 <= upper.y0 + 2, "two lines overlap"
    axes = ax.get_tightbbox()
    middle = (axes.y0 + axes.y1) / 2
    assert all(box.y0 >= axes.y1 - 1 for box in boxes if box.y0 > middle)
    assert all(box.y1 <= axes.y0 + 1 for box in boxes if box.y0 < middle)


def test_finish_wants_a_figure_of_ours() -> None:
    fig, _ = plt.subplots()
    with pytest.raises(ValueError, match=r"bridgebook\.figure"):
        charts.finish(fig, "Title")


def test_source_line_names_sources_and_date() -> None:
    from bridgebook import catalog

    entry = catalog.describe("chips")
    line = charts.source_line(["chips"])
    assert line.startswith(entry["sources"][0]["title"])
    assert line.endswith(f"As of {entry['bridgebook:asOf']}.")
    # Two tables: every title once, the younger date.
    both = charts.source_line(["chips", "control_rules", "chips"])
    assert both.count(entry["sources"][0]["title"]) == 1


def test_figures_are_narrow_and_in_house_style() -> None:
    fig, axes = charts.figure(3, nrows=2, sharex=True)
    assert tuple(fig.get_size_inches()) == (charts.WIDTH, 3)
    assert axes.shape == (2,)
    assert axes[0].spines["top"].get_visible() is False
    assert mpl.rcParams["font.family"][0] == "Inter"


def test_use_style_can_be_called_again() -> None:
    from matplotlib import font_manager

    charts.use_style()
    fonts = len(font_manager.fontManager.ttflist)
    charts.use_style()
    assert len(font_manager.fontManager.ttflist) == fonts


def test_log_axis_says_plain_numbers() -> None:
    fig, ax = charts.figure(2)
    ax.plot([1, 1000], [1, 1000])
    charts.log_axis(ax.yaxis, [1, 1600, 1_000_000], "TPP")
    fig.canvas.draw()
    assert ax.get_yscale() == "log" and ax.get_xscale() == "linear"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1", "1,600", "1,000,000 TPP"]
    assert list(ax.yaxis.get_minorticklocs()) == []


def test_doubtful_rows_are_hollow() -> None:
    _, ax = charts.figure(2)
    x = pd.Series([1.0, 2.0, 3.0])
    hollow = pd.Series([True, False, pd.NA], dtype="boolean")
    charts.dots(ax, x, x, "CHN", hollow)
    chinese = charts.COLOUR["CHN"].lower()
    marks = {
        float(place[0]): (mpl.colors.to_hex(marks.get_facecolor()[0]), marks.get_zorder())
        for marks in ax.collections
        for place in marks.get_offsets()
    }
    # Not known to be sound counts as doubtful.
    assert {x: face for x, (face, _) in marks.items()} == {
        1.0: charts.PAPER,
        2.0: chinese,
        3.0: charts.PAPER,
    }
    assert marks[2.0][1] > marks[1.0][1], "a documented mark is not hidden by a doubtful one"
    edges = {mpl.colors.to_hex(e) for marks in ax.collections for e in marks.get_edgecolor()}
    assert edges == {chinese}


def test_unknown_country_recedes() -> None:
    _, ax = charts.figure(2)
    charts.dots(ax, pd.Series([1.0]), pd.Series([1.0]), "XYZ", pd.Series([False]))
    (marks,) = [marks for marks in ax.collections if len(marks.get_offsets())]
    assert mpl.colors.to_hex(marks.get_facecolor()[0]) == charts.COLOUR["other"].lower()


@pytest.mark.parametrize("axis", ["x", "y"])
def test_threshold_is_named_on_its_line(axis: str) -> None:
    _, ax = charts.figure(2)
    charts.mark_line(ax, 4800, "the line", axis=axis)
    line, text = ax.lines[0], ax.texts[0]
    values = line.get_xdata() if axis == "x" else line.get_ydata()
    assert set(values) == {4800}
    assert text.get_text() == "the line"
    assert (text.get_position()[0] if axis == "x" else text.get_position()[1]) == 4800


# --- show ---------------------------------------------------------------------------------


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The bundles passed to IPython."""
    import IPython.display

    seen: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", lambda thing, **_: seen.append(thing))
    return seen


def test_show_in_the_build_stores_everything_the_page_needs(
    displayed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGEBOOK_BUILD", "1")
    charts.show(drawn(), data=ROWS, alt=ALT)
    (bundle,) = displayed
    assert bundle["text/plain"] == ALT
    stored = bundle[charts.FIGURE_MIME]
    assert stored["alt"] == ALT
    assert stored["csv"] == "year,value\n1,1.0\n2,2.0\n3,3.0\n"  # no index column
    png = base64.b64decode(stored["png"])
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == round(charts.WIDTH * 200)
    assert (stored["width"], stored["height"]) == (round(charts.WIDTH * 96), 192)
    assert stored["inline"].startswith("<svg ") and stored["svg"].startswith("<svg ")


def test_show_outside_shows_the_figure(
    displayed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BRIDGEBOOK_BUILD", raising=False)
    fig = drawn()
    charts.show(fig, data=ROWS, alt=ALT)
    assert displayed == [fig]
    assert plt.get_fignums() == [], "a figure left open is shown a second time by Jupyter"


def test_many_marks_become_a_png(displayed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGEBOOK_BUILD", "1")
    fig, ax = charts.figure(2)
    values = [(i * 7919) % 10007 / 10007 for i in range(8000)]
    ax.scatter(values, [v * v for v in values], c=values, s=[1 + 9 * v for v in values])
    charts.show(fig, data=ROWS, alt=ALT)
    assert displayed[0][charts.FIGURE_MIME]["inline"] == ""


@pytest.mark.parametrize(
    ("data", "alt", "message"),
    [
        (ROWS, "Too short a text", "at least 8 words, got 'Too short a text'"),
        (ROWS, "", "at least 8 words"),
        (ROWS.head(0), ALT, "data has no rows"),
    ],
)
def test_show_refuses(data: pd.DataFrame, alt: str, message: str, displayed: list[Any]) -> None:
    with pytest.raises(ValueError, match=message):
        charts.show(drawn(), data=data, alt=alt)
    assert displayed == []


def test_fonts_travel_with_the_package() -> None:
    fonts = {path.name: path for path in charts.STYLE_FOLDER.glob("*.ttf")}
    assert set(fonts) == {"Inter-Regular.ttf", "Inter-SemiBold.ttf"}
    for path in fonts.values():
        assert len(hashlib.sha256(path.read_bytes()).hexdigest()) == 64
        assert path.stat().st_size < 100_000


# --- inline drawings are written shortly ----------------------------------------------------------


def inline_of(draw: Callable[[Any], Any]) -> str:
    fig, ax = charts.figure(2)
    draw(ax)
    svg = charts.to_inline_svg(fig, "A drawing that a test looks at closely.")
    plt.close(fig)
    return svg


def test_marks_that_look_alike_state_their_look_once() -> None:
    one = inline_of(lambda ax: ax.scatter(range(20), range(20), color="#123456"))
    assert one.count("<use ") >= 20 and one.count("#123456") <= 4
    many = inline_of(
        lambda ax: ax.scatter([1, 2, 3], [1, 2, 3], color=["#123456", "#654321", "#abcdef"])
    )
    assert {"#123456", "#654321", "#abcdef"} <= set(re.findall("#[0-9a-f]{6}", many))


def test_paths_keep_their_numbers_and_lose_their_spaces() -> None:
    svg = inline_of(lambda ax: ax.plot([0, 1, 2], [3, 1, 2]))
    paths = re.findall(r' d="([^"]*)"', svg)
    assert paths and not any(re.search(r"[A-Za-z] | [A-Za-z]|\d\.0(?!\d)", path) for path in paths)
    assert all(re.fullmatch(r"[MLHVCQAZz0-9 .-]+", path) for path in paths)
    assert "rotate(-0" not in svg and "rotate(0" not in svg
    turned = inline_of(lambda ax: ax.text(0.5, 0.5, "slanted", rotation=30))
    assert "rotate(-30" in turned


def test_identifiers_stay_recognisable_for_the_page() -> None:
    """The page prefixes them with the figure's name, so that ids of two figures cannot clash."""
    svg = inline_of(lambda ax: ax.scatter([1, 2, 3, 4], [1, 2, 3, 4]))
    used = set(re.findall(r'href="#([^"]*)"', svg))
    assert used and all(re.fullmatch(r"[a-z][0-9a-f]{10}", ident) for ident in used)
