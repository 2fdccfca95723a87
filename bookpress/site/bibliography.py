"""Fast citations: register plugins once, and format entries once per bibliography file.

pybtex looks its plugins up among all installed packages at every citation, of which the catalogue
alone has about 500, and the bibliography extension formats all entries again in each build.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pybtex.plugin import find_plugin, register_plugin

from bookpress.files import sha256
from bookpress.site.memory import recall, remember

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

PER_CITATION = (("pybtex.backends", "docutils"), ("pybtex.backends", "plaintext"))
STYLES = "pybtex.style.formatting"
FORMATTED = "formatted citations"

Formatted = dict[tuple[str, str], Any]


def remembering(style: Any, memory: Formatted) -> Any:
    """A formatting style that formats each entry under each label once."""

    class Remembering(style):  # type: ignore[misc]  # pybtex has no types
        def format_entry(self, label: str, entry: Any, bib_data: Any = None) -> Any:
            """Format an entry, or return the cached result."""
            known = (label, str(entry.key))
            if known not in memory:
                memory[known] = super().format_entry(label, entry, bib_data)
            return memory[known]

    return Remembering


def prepare(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Reuse the formatted entries of an earlier build if the bibliography files are unchanged."""
    state = "".join(sha256(Path(app.srcdir, n).read_bytes()) for n in app.config.bibtex_bibfiles)
    kept: tuple[str, Formatted] = recall(env, FORMATTED) or ("", {})
    memory = kept[1] if kept[0] == state else {}
    remember(env, FORMATTED, (state, memory))
    name = app.config.bibtex_default_style
    # The original style, even if an earlier build in this process registered ours over it.
    style = find_plugin(STYLES, name)
    plain = style.__mro__[1] if style.__name__ == "Remembering" else style
    register_plugin(STYLES, name, remembering(plain, memory), force=True)
    return []


def setup(app: Sphinx) -> None:
    """Register the pybtex plugins that every citation looks up."""
    for group, name in PER_CITATION:
        register_plugin(group, name, find_plugin(group, name), force=True)
    app.connect("env-get-outdated", prepare)
