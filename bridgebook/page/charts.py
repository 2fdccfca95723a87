"""House style of the book's charts: one look, one colour per country, one way to show a figure.

A chart must make sense when the image is shared on its own: a title that states the finding, a
subtitle with measure and unit, direct labels, and a footer with source and date. Figures are
5.2 inches wide because most readers use a phone.
"""

from __future__ import annotations

import base64
import gzip
import io
import os
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
from matplotlib import font_manager

from bridgebook.page.onpage import LIVE_VARIABLE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE_FOLDER = Path(__file__).parent / "style"
WIDTH = 5.2
"""Width of every figure in inches."""

INK, MUTED, FAINT, GRID, PAPER = "#1b1f24", "#57606a", "#8c959f", "#d8dee4", "#ffffff"
AREA, AREA_LIGHT = "#e1e6eb", "#f1f4f6"
"""Tints for regions behind the marks, e.g. what a rule catches and what it half catches."""

DARK = {
    INK: "#e6edf3",
    MUTED: "#a5b0bb",
    FAINT: "#768390",
    GRID: "#343b44",
    PAPER: "#14181d",
    AREA: "#20272e",
    AREA_LIGHT: "#1a2026",
}
"""The same inks on dark pages, where ``book.css`` sets them; data colours stay (both tested)."""

ROLES = {
    "ink": INK,
    "muted": MUTED,
    "faint": FAINT,
    "grid": GRID,
    "paper": PAPER,
    "area": AREA,
    "area-light": AREA_LIGHT,
}
"""Names of the same colours in ``book.css``, for drawings inside the page."""

_TABLES: WeakKeyDictionary[Figure, tuple[str, ...]] = WeakKeyDictionary()
"""Tables passed to :func:`finish`, for the links below the figure on its page."""

COLOUR = {
    "CHN": "#D55E00",
    "USA": "#0072B2",
    "EUU": "#009E73",
    "JPN": "#B25B8E",
    "NLD": "#8c6d1f",
    "other": "#768390",
    # firms: shades of their country
    "NVIDIA": "#0072B2",
    "AMD": "#3d8fc4",
    "Intel": "#2f7d9c",
    "Huawei": "#D55E00",
    "Z.ai": "#c2410c",
    "Moonshot": "#e0701f",
    "DeepSeek": "#b5482a",
    "Alibaba": "#a8622f",
    "Baidu": "#cf5c4a",
    "OpenAI": "#3a78c2",
    "Anthropic": "#256f8f",
    "Google": "#5a8fd6",
    "Meta": "#4a6fb5",
    "xAI": "#4b8fb5",
}
"""One colour per country (ISO 3166 alpha-3) and firm, the same in every chapter (Okabe-Ito)."""

PALE = {"CHN": "#eba97f", "USA": "#86b8d9", "other": "#9fb1bf", "mark": "#9aa4ae"}
"""Paler versions: an earlier state, a part of a whole, a mark that recedes."""

STEPS = {
    "CHN": ("#fbe6d8", "#f4be97", "#e68f55", "#c25a12", "#7d3300"),
    "groups": ("#ded6ec", "#ae9bd0", "#7d63b0", "#4a2f7f"),
}
"""Ordered colours, pale to dark: nearness to China, and groups of countries."""

MARKER = {"CHN": "s", "USA": "o", "EUU": "^", "JPN": "D", "NLD": "v", "other": "o"}
"""Shapes repeat the colours' meaning, for readers who cannot distinguish the colours."""

FIGURE_MIME = "application/vnd.bridgebook.figure+json"
BOLD = ["Inter SemiBold", "DejaVu Sans"]
MAX_VECTOR_BYTES = 300_000


def use_style() -> None:
    """Load the house fonts and style sheet into matplotlib; safe to call again."""
    known = {Path(entry.fname).name for entry in font_manager.fontManager.ttflist}
    for font in sorted(STYLE_FOLDER.glob("*.ttf")):
        if font.name not in known:
            font_manager.fontManager.addfont(str(font))
    plt.style.use(STYLE_FOLDER / "house.mplstyle")


def figure(height: float = 3.5, **subplots: Any) -> tuple[Figure, Any]:
    """Start a figure in house style.

    Parameters
    ----------
    height
        Height in inches; the width is fixed at :data:`WIDTH`.
    subplots
        Passed to :func:`matplotlib.pyplot.subplots`, e.g. ``nrows=2, sharex=True``.

    Returns
    -------
    The figure, and one Axes or an array of Axes as ``subplots`` returns them.
    """
    use_style()
    return plt.subplots(figsize=(WIDTH, height), layout="constrained", **subplots)


def finish(
    fig: Figure, title: str, subtitle: str = "", source: str | Iterable[str] = (), note: str = ""
) -> None:
    """Write the finding above a figure and the source below it, and make room for both.

    Parameters
    ----------
    fig
        A figure made by :func:`figure`.
    title
        The finding, as a sentence; numbers in it are computed.
    subtitle
        Measure, unit, what a mark is.
    source
        Names of tables of the data room (their sources and as-of date are looked up), or
        a sentence of your own.
    note
        A caveat that has to travel with the picture.
    """
    _TABLES[fig] = () if isinstance(source, str) else tuple(source)
    head: list[tuple[str, float, str, list[str] | None]]
    head = [(line, 13.0, INK, BOLD) for line in textwrap.wrap(title, 48)]
    head += [(line, 10.8, MUTED, None) for line in textwrap.wrap(subtitle, 66)]
    foot_text = source if isinstance(source, str) else source_line(_TABLES[fig])
    foot = textwrap.wrap(note, 80)
    foot += textwrap.wrap(f"Source: {foot_text}", 80) if foot_text else []
    height = float(fig.get_size_inches()[1])
    y = 1.0 - 0.04 / height
    for line, size, colour, family in head:
        text = fig.text(0.008, y, line, size=size, color=colour, va="top", ha="left")
        if family:
            text.set_fontfamily(family)
        y -= size * 1.32 / 72 / height
    bottom = 0.03 / height
    for line in reversed(foot):
        fig.text(0.008, bottom, line, size=9, color=MUTED, va="bottom", ha="left")
        bottom += 9 * 1.35 / 72 / height
    gap = 0.09 / height
    engine = fig.get_layout_engine()
    if engine is None:
        raise ValueError("finish() needs a figure made by bridgebook.figure()")
    engine.set(rect=(0.0, bottom + gap, 1.0, y - gap - bottom - gap))  # type: ignore[call-arg]


def tables_of(fig: Figure) -> tuple[str, ...]:
    """Tables of the data room that :func:`finish` named as a figure's source."""
    return _TABLES.get(fig, ())


def source_line(names: Iterable[str]) -> str:
    """Sources and as-of date of tables, from the data room's own descriptions.

    Parameters
    ----------
    names
        Table names, e.g. ``["chips", "control_rules"]``.
    """
    from bridgebook import catalog

    described = [catalog.describe(name) for name in names]
    titles = [str(source["title"]) for entry in described for source in entry["sources"]]
    named = list(dict.fromkeys(titles))
    if not named:
        return ""
    more = f" and {len(named) - 3} more in the data" if len(named) > 3 else ""
    as_of = max(str(entry["bridgebook:asOf"]) for entry in described)
    return f"{'; '.join(named[:3])}{more}. As of {as_of}."


def spread(positions: Iterable[float], gap: float) -> list[float]:
    """Move label positions apart until neighbours are at least ``gap`` away, keeping their order.

    Parameters
    ----------
    positions
        Wanted positions, in any order, in data units.
    gap
        Smallest distance between two labels, same unit.

    Returns
    -------
    New positions in the order of the input; the mean displacement of a crowded run is zero.
    """
    wanted = list(positions)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    # Pool neighbours that overlap and centre each pool on its members (isotonic regression).
    pools: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        total, count = wanted[index] - rank * gap, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            last_total, last_count = pools.pop()
            total, count = total + last_total, count + last_count
        pools.append((total, count))
    placed = [total / count for total, count in pools for _ in range(count)]
    result = [0.0] * len(wanted)
    for rank, index in enumerate(order):
        result[index] = placed[rank] + rank * gap
    return result


def log_axis(axis: Any, ticks: Iterable[float], unit: str = "") -> None:
    """Make an axis logarithmic, with plain numbers at the ticks instead of powers.

    Parameters
    ----------
    axis
        ``ax.xaxis`` or ``ax.yaxis``.
    ticks
        Values to label, in data units.
    unit
        Written after the last label.
    """
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    values = list(ticks)
    name = axis.axis_name
    getattr(axis.axes, f"set_{name}scale")("log")
    labels = [f"{value:,.10g}" for value in values]
    if unit:
        labels[-1] += f" {unit}"
    axis.set_major_locator(FixedLocator(values))
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(NullLocator())


def to_svg(fig: Figure) -> str:
    """Draw a figure as SVG: scalable, without an XML preamble, the same bytes for the same data."""
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None})
    text = buffer.getvalue()
    return re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.DOTALL)


def to_inline_svg(fig: Figure, alt: str) -> str:
    """Draw a figure as SVG for embedding in a page, with the page's typeface and colours.

    Parameters
    ----------
    fig
        A figure in house style.
    alt
        What it shows, for readers who cannot see it.

    Returns
    -------
    One ``<svg role="img">`` element. Text stays text; ink colours are style sheet variables.
    """
    with plt.rc_context({"svg.fonttype": "none"}):
        svg = to_svg(fig)
    for role, colour in ROLES.items():
        svg = re.sub(re.escape(colour), f"var(--figure-{role})", svg, flags=re.IGNORECASE)
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    # A style element would apply to the whole page; book.css has the same rules for figures.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"/>\s*', "", svg)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(r' transform="rotate\(-?0(?: [^"]*)?\)"', "", svg)
    svg = re.sub(r"<[^>]*>", _one_decimal, svg)
    svg = re.sub(r'(?<= d=")[^"]*', _tight, svg)
    svg = re.sub(r"(<use [^>]*?); stroke-linejoin: miter", r"\1", svg)
    svg = re.sub(r"font:[^;\"]*?(\d+(?:\.\d+)?)px[^;\"]*", _page_font, svg)
    svg = re.sub(r"\s*\n\s*", " ", svg)
    svg = re.sub(r"> +<", "><", svg)
    svg = re.sub(r'(?:<use [^>]* style="[^"]*"/>){3,}', _alike, svg)
    head = f'<svg \\1 role="img" aria-label="{_attribute(alt)}">'
    return re.sub(r'<svg\b[^>]*?(viewBox="[^"]*")[^>]*>', head, svg, count=1)


def _one_decimal(tag: re.Match[str]) -> str:
    """Shorten coordinates; numbers in the figure's text are left alone."""
    shorter = re.sub(r"(\d+\.\d)\d+", r"\1", tag[0])
    return re.sub(r"(?<=\d)\.0(?!\d)", "", shorter) if " d=" in shorter else shorter


def _alike(marks: re.Match[str]) -> str:
    """Move the style of a run of marks to a group, if they all share it."""
    styles = set(re.findall(r' style="([^"]*)"', marks[0]))
    if len(styles) > 1:
        return marks[0]
    return f'<g style="{styles.pop()}">' + re.sub(r' style="[^"]*"', "", marks[0]) + "</g>"


def _tight(path: re.Match[str]) -> str:
    """Drop the spaces in a path that its commands make redundant."""
    return re.sub(r"\s*([MLHVCQAZz])\s*", r"\1", path[0]).strip()


def _page_font(match: re.Match[str]) -> str:
    """Keep the size and weight of a text but use the page's typeface."""
    weight = ";font-weight:600" if "SemiBold" in match[0] else ""
    return f"font-size:{match[1]}px{weight}"


def _attribute(text: str) -> str:
    """Escape a text for an attribute inside a regular expression's replacement."""
    from html import escape

    return escape(text, quote=True).replace("\\", r"\\")


def to_png(fig: Figure) -> bytes:
    """Draw a figure as PNG at 200 dots per inch."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def show(fig: Figure, data: pd.DataFrame, alt: str) -> None:
    """Show a finished figure once, with the rows it plots and its alt text.

    Parameters
    ----------
    fig
        A figure made by :func:`figure`.
    data
        The plotted rows, one per mark or point; becomes the CSV download below the figure.
    alt
        What the picture shows, at least eight words; computed numbers welcome.

    Raises
    ------
    ValueError
        If ``alt`` is too short to help, or ``data`` has no rows.
    """
    from IPython.display import display

    if len(alt.split()) < 8:
        raise ValueError(f"show(): alt text needs at least 8 words, got {alt!r}")
    if data.empty:
        raise ValueError("show(): data has no rows; pass the rows that the figure plots")
    if os.environ.get("BRIDGEBOOK_BUILD"):
        bundle = {FIGURE_MIME: _for_the_page(fig, data, alt), "text/plain": alt}
        display(bundle, raw=True)
    elif os.environ.get(LIVE_VARIABLE):
        live = {"html": _live_picture(fig, alt), "csv": _csv(data)}
        display({FIGURE_MIME: live, "text/plain": alt}, raw=True)
    else:
        display(fig)
    plt.close(fig)


def _for_the_page(fig: Figure, data: pd.DataFrame, alt: str) -> dict[str, Any]:
    """Everything that the page needs for a figure: both formats, the rows, and which to embed."""
    inline, png = to_inline_svg(fig, alt), to_png(fig)
    vector = len(gzip.compress(inline.encode())) <= len(png) and len(inline) <= MAX_VECTOR_BYTES
    width, height = (float(side) for side in fig.get_size_inches())
    return {
        "alt": alt,
        "tables": tables_of(fig),
        "inline": inline if vector else "",
        "svg": to_svg(fig),
        "png": base64.b64encode(png).decode(),
        "csv": _csv(data),
        "width": round(width * 96),
        "height": round(height * 96),
    }


def _live_picture(fig: Figure, alt: str) -> str:
    """The figure for a live page: SVG in the page's colours, or PNG if that is too large."""
    inline = to_inline_svg(fig, alt)
    if len(inline) <= MAX_VECTOR_BYTES:
        return inline
    picture = base64.b64encode(to_png(fig)).decode()
    return (
        f'<img class="book-card dark-light" alt="{_attribute(alt)}" '
        f'src="data:image/png;base64,{picture}">'
    )


def _csv(data: pd.DataFrame) -> str:
    """The rows as CSV, as in the download."""
    return str(data.to_csv(index=False, lineterminator="\n"))


def dots(ax: Axes, x: pd.Series, y: pd.Series, country: str, hollow: pd.Series) -> None:
    """Draw one mark per row in the country's colour and shape; doubtful rows hollow.

    Parameters
    ----------
    ax
        Where.
    x, y
        Positions in data units, one per row.
    country
        ISO 3166 alpha-3 code of the rows.
    hollow
        Which rows are estimates or lack a source; same index.
    """
    colour, marker = COLOUR.get(country, COLOUR["other"]), MARKER.get(country, MARKER["other"])
    empty = hollow.fillna(True).to_numpy(dtype=bool)
    # Doubtful marks go below the others: where two coincide, the documented one is seen.
    for rows, fill, level in ((empty, PAPER, 2.5), (~empty, colour, 3.0)):
        ax.scatter(
            x[rows], y[rows], s=34, marker=marker, c=fill, edgecolors=colour, lw=1, zorder=level
        )


def name(
    ax: Axes,
    text: str,
    at: Iterable[Any],
    offset: tuple[float, float],
    ha: str = "left",
    pointer: bool = False,
) -> None:
    """Write the name of a mark next to it.

    Parameters
    ----------
    ax, text
        Where and what.
    at
        Position of the mark, two values in data units (numbers or dates).
    offset
        From the mark to the text, in points.
    ha
        ``"left"`` if the text begins at the offset, ``"right"`` if it ends there.
    pointer
        Draw a thin line from the text to its mark.
    """
    x, y = at
    line = {"arrowstyle": "-", "color": FAINT, "lw": 0.8, "shrinkA": 1, "shrinkB": 3}
    ax.annotate(
        text,
        (x, y),
        xytext=offset,
        textcoords="offset points",
        ha=ha,
        va="center" if pointer else "baseline",
        size=10.3,
        color=INK,
        arrowprops=line if pointer else None,
    )


def mark_line(ax: Axes, value: float, label: str, axis: str = "y", **text: Any) -> None:
    """Draw a threshold line with its label.

    Parameters
    ----------
    ax, value, label
        Where, at which value in data units, and what the line is called.
    axis
        ``"y"`` for a horizontal line, ``"x"`` for a vertical one.
    """
    dashed: dict[str, Any] = {"color": INK, "linewidth": 1, "linestyle": (0, (4, 3)), "zorder": 1}
    if axis == "y":
        ax.axhline(value, **dashed)
        place: dict[str, Any] = {"x": 0.995, "y": value, "ha": "right", "va": "bottom"}
        place["transform"] = ax.get_yaxis_transform()
    else:
        ax.axvline(value, **dashed)
        place = {"x": value, "y": 0.99, "ha": "left", "va": "top"}
        place["transform"] = ax.get_xaxis_transform()
    words: dict[str, Any] = {"s": label, "color": INK, "size": 10.3, **place, **text}
    ax.text(**words)
