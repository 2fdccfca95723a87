"""HTML for tables, figures and controls on the book's pages.

Used by the build and by Python on the page, where only the standard library and the browser's
packages are available, so that a reader's own results look like the book's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from xml.etree import ElementTree

LIVE_VARIABLE = "BRIDGEBOOK_LIVE"
"""Set in the environment of Python on the page."""


def readable_table(text: str, label: str) -> str:
    """Turn pandas' HTML into a table that scrolls on phones and works with screen readers.

    Parameters
    ----------
    text
        What ``DataFrame._repr_html_`` wrote.
    label
        Name of the scrolling region.

    Returns
    -------
    HTML with header scopes, an empty corner as a plain cell, no plain row numbers and no inline
    style sheet, in a focusable region so that keyboard users can scroll it.

    Raises
    ------
    ValueError
        If the text is not well formed, as it is when cells hold HTML of their own.
    """
    plain = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    try:
        root = ElementTree.fromstring(f"<div>{plain}</div>")
    except ElementTree.ParseError as error:
        raise ValueError(f"table {label!r} is not well-formed HTML: {error}") from None
    for table in root.iter("table"):
        table.attrib.pop("border", None)
        table.set("class", "dataframe book-table")
        _merge_index_names(table)
        _drop_row_numbers(table)
        for cell in table.iterfind("./thead//th"):
            _as_header(cell, "col")
        for cell in table.iterfind("./tbody//th"):
            _as_header(cell, "row")
    body = "".join(ElementTree.tostring(child, encoding="unicode", method="html") for child in root)
    name = escape(label, quote=True)
    return f'<div class="book-scroll" role="region" tabindex="0" aria-label="{name}">{body}</div>'


def _merge_index_names(table: ElementTree.Element) -> None:
    """Move the index names, which pandas writes in a separate row, into the header row."""
    head = table.find("./thead")
    rows = [] if head is None else head.findall("tr")
    if head is None or len(rows) != 2:
        return
    upper, lower = (row.findall("th") for row in rows)
    pairs = list(zip(upper, lower, strict=False))
    if len(upper) != len(lower) or any(_text(top) and _text(name) for top, name in pairs):
        return
    for top, name in pairs:
        top.text = _text(top) or _text(name)
    head.remove(rows[1])


def _drop_row_numbers(table: ElementTree.Element) -> None:
    """Remove an unnamed index that only numbers the rows from zero."""
    rows = table.findall("./tbody/tr")
    heads = table.findall("./thead/tr")
    names = [_text(row[0]) if len(row) and row[0].tag == "th" else "" for row in rows]
    if any(_text(row[0]) for row in heads if len(row)) or names != list(map(str, range(len(rows)))):
        return
    for row in (*heads, *rows):
        if len(row) > 1:
            row.remove(row[0])


def _text(cell: ElementTree.Element) -> str:
    return "".join(cell.itertext()).strip()


def _as_header(cell: ElementTree.Element, scope: str) -> None:
    if _text(cell):
        cell.set("scope", scope)
    else:
        cell.tag = "td"


def with_own_ids(svg: str, name: str) -> str:
    """Prefix the ids in an SVG with a name.

    matplotlib derives ids of marks and clips from their content, so two figures on a page may share
    them.
    """
    return re.sub(r'(\bid="|#)([a-z][0-9a-f]{10})\b', rf"\1{name}-\2", svg)


def frames_box(
    name: str,
    title: str,
    controls: Sequence[Mapping[str, Any]],
    panels: Sequence[tuple[Sequence[str], str]],
    **data: str,
) -> str:
    """Write native controls and one state of each panel; the page's script changes the states.

    Parameters
    ----------
    name
        Prefix of the ids; unique on the page.
    title
        Names the whole.
    controls
        ``name``, ``label``, ``kind``, ``words`` and ``start`` of each.
    panels
        For each panel the names of the controls it follows, and its HTML.
    data
        Further ``data-…`` attributes, from which the script knows where to load states.
    """
    inputs = "".join(_control(name, control) for control in controls)
    attributes = "".join(
        f' data-{key}="{escape(value, quote=True)}"' for key, value in data.items()
    )
    return (
        f'<div class="book-frames" role="group" aria-label="{escape(title, quote=True)}"'
        f' data-name="{name}"{attributes}>'
        f'<p class="book-frames-title">{escape(title)}</p>'
        f'<div class="book-frames-controls">{inputs}</div>'
        f'<div class="book-frames-panels">{"".join(_panel(*panel) for panel in panels)}</div></div>'
    )


def _control(name: str, control: Mapping[str, Any]) -> str:
    ident, start = f"{name}-{control['name']}", control["start"]
    words = [escape(word) for word in control["words"]]
    shared = f'id="{ident}" data-control="{control["name"]}"'
    label = f'<label for="{ident}">{escape(control["label"])}</label>'
    if control["kind"] == "choice":
        options = "".join(
            f"<option{' selected' if i == start else ''}>{word}</option>"
            for i, word in enumerate(words)
        )
        return f"<div>{label}<select {shared}>{options}</select></div>"
    return (
        f'<div>{label}<output for="{ident}">{words[start]}</output>'
        f'<input type="range" {shared} min="0" max="{len(words) - 1}" step="1" value="{start}"'
        f' aria-valuetext="{words[start]}"'
        f" data-words='{escape(json.dumps(control['words'], ensure_ascii=False))}'></div>"
    )


def _panel(controls: Sequence[str], html: str) -> str:
    live = "" if "<svg" in html else ' aria-live="polite"'
    return f'<div class="book-panel" data-controls="{" ".join(controls)}"{live}>{html}</div>'
