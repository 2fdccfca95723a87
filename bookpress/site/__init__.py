"""How chapters become pages: execution, figures, frames, quiz, and a site that asks nobody else.

Each module below is one step and registers itself; ``_config.yml`` names only this package.
Nothing in here is imported by chapters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


NOT_PAGES = {"_static", "lite"}
"""Folders of the site whose HTML is the theme's and JupyterLite's own."""


LOST = "404.html"
"""What a server shows where there is no page; it stands alone and is no page of the book."""


def own_pages(site: Path) -> Iterator[Path]:
    """Yield the pages of the book in a built site, in order."""
    for path in sorted(site.rglob("*.html")):
        if path.relative_to(site).parts[0] not in NOT_PAGES | {LOST}:
            yield path


def setup(app: Sphinx) -> dict[str, bool | int]:
    """Register every step with Sphinx."""
    from bookpress.site import (
        bibliography,
        catalogue,
        chapter,
        execute,
        icons,
        lite,
        live,
        markup,
        maths,
        notebooks,
        offline,
        pages,
        quiz,
        search,
        sharing,
        styles,
        terms,
    )

    steps = (
        execute,
        pages,
        chapter,
        bibliography,
        catalogue,
        terms,
        markup,
        maths,
        quiz,
        notebooks,
        lite,
        live,
        offline,
        icons,
        styles,
        sharing,
        search,
    )
    for module in steps:
        module.setup(app)
    return {
        "env_version": _version_of_the_code(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }


def _version_of_the_code() -> int:
    """Number that changes with this package, so that pages made by older code are made again.

    Style sheets, scripts and templates count too: Sphinx copies them only when it writes a page,
    and every page names the checksum of each. So does the edition, which notebooks name.
    """
    digest = hashlib.sha256(metadata.version("bridgebook").encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    return int(digest.hexdigest()[:8], 16)
