"""Self-contained site: its own assets, and no third-party requests.

Jupyter Book 1 always loads sphinx-thebe, which writes an unpkg.com URL into every page, and the
theme loads a 1.49 MB Font Awesome script. This module removes both.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

HERE = Path(__file__).parent
UNWANTED = ("unpkg.com", "sphinx-thebe", "thebe", "cdn.", "googleapis")


def add_folders(app: Sphinx, config: Config) -> None:
    """Give the package's templates and static files precedence over the theme's."""
    config.templates_path.insert(0, str(HERE / "templates"))
    # Jupyter Book loads every script of a configured static folder on every page, so ours is added
    # afterwards and its files are listed one by one.
    config.html_static_path.append(str(HERE / "static"))


def drop_foreign(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Remove scripts and style sheets that load, or could load, from another host."""
    for kind in ("script_files", "css_files"):
        files = context.get(kind)
        if files is not None:
            # In place: the theme keeps a reference to this very list.
            files[:] = [entry for entry in files if not _unwanted(entry)]


def _unwanted(entry: Any) -> bool:
    attributes = getattr(entry, "attributes", {}) or {}
    text = f"{getattr(entry, 'filename', entry)} {attributes.get('body', '')}"
    return any(word in text for word in UNWANTED)


def setup(app: Sphinx) -> None:
    """Register the site's own assets and the filter."""
    app.connect("config-inited", add_folders)
    app.add_css_file("book.css")
    app.add_js_file("book.js", loading_method="defer")
    app.connect("html-page-context", drop_foreign, priority=900)
