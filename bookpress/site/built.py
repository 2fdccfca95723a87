"""Which HTML files of a built site are pages of the book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

NOT_PAGES = {"_static", "lite"}
"""Folders whose HTML belongs to the theme or to JupyterLite."""

NOT_FOUND = "404.html"
"""The 404 page: self-contained, and not a page of the book."""


def own_pages(site: Path) -> Iterator[Path]:
    """Yield the pages of the book in a built site, in order."""
    for path in sorted(site.rglob("*.html")):
        if path.relative_to(site).parts[0] not in NOT_PAGES | {NOT_FOUND}:
            yield path
