"""Buttons in the header of a page; one function adds them, in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bookpress.site import lite, live, notebooks

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

BUTTONS = (live.button, lite.button, notebooks.button)
"""Functions that make the buttons of a page with code, from left to right."""


def add_buttons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add the buttons of a page that has a notebook."""
    if doctree is None or not notebooks.path_of(app, page).exists():
        return
    context["header_buttons"] += [make(app, page, context) for make in BUTTONS]


def setup(app: Sphinx) -> None:
    """Add the buttons before the theme draws the header."""
    app.connect("html-page-context", add_buttons, priority=900)
