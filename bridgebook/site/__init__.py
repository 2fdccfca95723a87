"""How chapters become pages: execution, figures, frames, quiz, and a site that asks nobody else.

Each module below is one step and registers itself; ``_config.yml`` names only this package.
Nothing in here is imported by chapters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every step with Sphinx."""
    from bridgebook.site import chapter, execute, icons, markup, maths, offline, pages, quiz, styles

    for module in (execute, pages, chapter, markup, maths, quiz, offline, icons, styles):
        module.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
