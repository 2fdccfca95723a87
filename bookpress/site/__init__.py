"""How chapters become pages: execution, figures, frames, quiz, and a self-contained site.

Each module below is one step and registers itself; ``_config.yml`` names only this package.
Chapters cannot import it: they see the package ``bridgebook`` only.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool | int]:
    """Register every step with Sphinx."""
    from bookpress.site import (
        bibliography,
        catalogue,
        chapter,
        execute,
        header,
        icons,
        live,
        markup,
        maths,
        notebooks,
        offline,
        outdated,
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
        live,
        header,
        offline,
        icons,
        styles,
        sharing,
        search,
        outdated,
    )
    for module in steps:
        module.setup(app)
    return {
        "env_version": _version_of_the_code(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }


def _version_of_the_code() -> int:
    """Number that changes with this package, so that pages built by older code are rebuilt.

    Style sheets, scripts and templates count too: Sphinx copies them only when it writes a page,
    and every page contains the checksum of each. The edition counts as well: notebooks print it.
    """
    digest = hashlib.sha256(metadata.version("bridgebook").encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    return int(digest.hexdigest()[:8], 16)
