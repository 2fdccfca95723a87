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
        for cell in table.iterfind("./thead//th"):
            _as_header(cell, "col")
        for cell in table.iterfind("./tbody//th"):
            _as_header(cell, "row")
    body = "".join(etree.tostring(child, encoding="unicode", method="html") for child in root)
    return f'<div class="book-scroll" role="region" tabindex="0" aria-label="{label}">{body}</div>'


def _as_header(cell: etree._Element, scope: str) -> None:
    if "".join(cell.itertext()).strip():
        cell.set("scope", scope)
    else:
        cell.tag = "td"
