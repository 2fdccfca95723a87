"""Small repairs of generated HTML: tables that scroll and name their headers."""

from __future__ import annotations

from lxml import etree, html


def readable_table(text: str, label: str) -> str:
    """Turn pandas' HTML into a table that phones can scroll and screen readers can follow.

    Parameters
    ----------
    text
        What ``DataFrame._repr_html_`` wrote.
    label
        Name of the scrolling region.

    Returns
    -------
    HTML with header scopes, an empty corner as a plain cell, no inline style sheet, inside a
    focusable region, since keyboard users have to be able to scroll it.
    """
    root = html.fragment_fromstring(text, create_parent="div")
    for style in root.findall(".//style"):
        parent = style.getparent()
        if parent is not None:
            parent.remove(style)
    for table in root.iter("table"):
        table.attrib.pop("border", None)
        table.set("class", "dataframe book-table")
        _merge_index_names(table)
        for cell in table.iterfind("./thead//th"):
            _as_header(cell, "col")
        for cell in table.iterfind("./tbody//th"):
            _as_header(cell, "row")
    body = "".join(etree.tostring(child, encoding="unicode", method="html") for child in root)
    return f'<div class="book-scroll" role="region" tabindex="0" aria-label="{label}">{body}</div>'


def _merge_index_names(table: etree._Element) -> None:
    """Put the index names, which pandas writes in a row of their own, into the header row."""
    rows = table.findall("./thead/tr")
    if len(rows) != 2:
        return
    upper, lower = (row.findall("th") for row in rows)
    pairs = list(zip(upper, lower, strict=False))
    if len(upper) != len(lower) or any(_text(top) and _text(name) for top, name in pairs):
        return
    for top, name in pairs:
        top.text = _text(top) or _text(name)
    rows[0].getparent().remove(rows[1])  # type: ignore[union-attr]


def _text(cell: etree._Element) -> str:
    return "".join(cell.itertext()).strip()


def _as_header(cell: etree._Element, scope: str) -> None:
    if _text(cell):
        cell.set("scope", scope)
    else:
        cell.tag = "td"
