"""Small repairs of generated HTML, for readers who listen or use a keyboard."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from lxml import etree, html

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


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


REPEATED = re.compile(r'\bid="(exercise-content|solution-content)"')


def repair(body: str) -> str:
    """Mend what extensions get wrong in a page's body.

    Parameters
    ----------
    body
        HTML of the page's content.

    Returns
    -------
    The same with visible words as names (WCAG 2.5.3), each id once, and lists whose children are
    list items.
    """
    body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    numbers = itertools.count(1)
    body = REPEATED.sub(lambda match: f'id="{match[1]}-{next(numbers)}"', body)
    # docutils calls citations a list but writes links beside its items.
    return body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')


def repair_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Repair the body of every page before the template frames it."""
    if "body" in context:
        context["body"] = repair(context["body"])


def setup(app: Sphinx) -> None:
    """Repair pages as they are written."""
    app.connect("html-page-context", repair_page)
