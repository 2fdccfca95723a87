"""What a built site holds: which of its HTML files are pages of the book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

NOT_PAGES = {"_static", "lite"}
"""Folders of the site whose HTML is the theme's and JupyterLite's own."""

NOT_FOUND = "404.html"
"""What a server shows where there is no page; it stands alone and is no page of the book."""


def own_pages(site: Path) -> Iterator[Path]:
    """Yield the pages of the book in a built site, in order."""
    for path in sorted(site.rglob("*.html")):
        if path.relative_to(site).parts[0] not in NOT_PAGES | {NOT_FOUND}:
            yield path
