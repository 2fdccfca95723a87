"""Small fixes to generated HTML, for screen-reader and keyboard users."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


REPEATED = re.compile(r'\bid="(exercise-content|solution-content)"')


def repair(body: str) -> str:
    """Fix accessibility errors that extensions leave in a page's body.

    Parameters
    ----------
    body
        HTML of the page's content.

    Returns
    -------
    The HTML with visible text as accessible names (WCAG 2.5.3), unique ids, and lists whose
    children are list items.
    """
    body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    numbers = itertools.count(1)
    body = REPEATED.sub(lambda match: f'id="{match[1]}-{next(numbers)}"', body)
    # docutils marks citations as a list, but its children are not all list items.
    return body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')


def repair_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Fix the body of every page before the template is applied."""
    if "body" in context:
        context["body"] = repair(context["body"])


def setup(app: Sphinx) -> None:
    """Fix pages as they are written."""
    app.connect("html-page-context", repair_page)
