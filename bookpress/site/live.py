"""Live: a button that makes a page's code editable and runs it there, in the site's Python.

This module adds the build-time parts of a page: the button, names for quoted numbers, and the
editor. The rest is ``static/live.js`` and ``static/live-worker.js`` in the browser, and
:mod:`bridgebook.page.live`, which runs the cells. See docs/decisions/0010-live-pages.md.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from myst_nb.ext.glue.roles import PasteTextRole
from sphinx.errors import ExtensionError

from bookpress.files import FetchError, NpmPackage, write_if_changed

if TYPE_CHECKING:
    from sphinx.application import Sphinx

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("live.js", "live-worker.js", "live.css")
EDITOR = NpmPackage(
    "codemirror",
    "5.65.20",
    "8b974b0c3c7090509b863bcbda93634a1b288e82f75c7c83c2c1afd63a844d4a"
    "16fa5ce904a2aa353516810c1500e6b4b549b80707a44f8e79ba369f8bca5ac8",
)
EDITOR_FILES = (
    "lib/codemirror.js",
    "lib/codemirror.css",
    "mode/python/python.js",
    "addon/edit/matchbrackets.js",
    "LICENSE",
)
EDITOR_FOLDER = Path("_static", "vendor", "codemirror")


class NamedNumber(PasteTextRole):  # type: ignore[misc]
    """``{glue:text}`` that keeps its name on the page, so that a reader's run can update it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Paste as myst-nb does and add the name as a class."""
        made, messages = super().run()
        for node in made:
            if isinstance(node, nodes.inline):
                node["classes"].append(f"glue-{self.text.split(':')[0]}")
        return made, messages


def version() -> str:
    """Checksum of the scripts, so that browsers never combine a cached script with a new page."""
    digest = hashlib.sha256()
    for name in SCRIPTS:
        digest.update((STATIC / name).read_bytes())
    return digest.hexdigest()[:8]


def button(app: Sphinx, page: str, context: dict[str, Any]) -> dict[str, Any]:
    """Make the button that makes the code of a page editable."""
    return {
        "type": "javascript",
        "javascript": f"bookLive(this, '{version()}')",
        "text": "Live",
        "icon": "fas fa-bolt",
        "tooltip": "Change and run the code on this page",
        "label": "live",
    }


def write_editor(app: Sphinx, exception: Exception | None) -> None:
    """Copy the editor into the finished site."""
    if exception or app.builder.name != "html":
        return
    cache = Path(app.srcdir) / ".cache" / "npm"
    try:
        files = EDITOR.read(EDITOR_FILES, cache)
    except FetchError as error:
        raise ExtensionError(
            f"The pages are built, but the editor of live cells is not: {error}"
        ) from None
    for name, data in files.items():
        path = Path(app.outdir) / EDITOR_FOLDER / name.rsplit("/", 1)[-1]
        write_if_changed(path, data)


def setup(app: Sphinx) -> None:
    """Register the role and the editor."""
    app.add_role_to_domain("glue", "text", NamedNumber(), override=True)
    app.connect("build-finished", write_editor)
