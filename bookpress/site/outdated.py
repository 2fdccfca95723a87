"""Which pages must be read or written again, decided by file contents and never by mtime.

Sphinx reads a page again if its file is newer than the last read, and writes only pages that it
has read. But copies, archives and version control change modification times, and a page shows
titles, numbers and definitions from other pages. So contents are compared, and when any shared
content has changed, all pages are written.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookpress.files import sha256
from bookpress.site.memory import recall, remember
from bookpress.site.terms import MEANINGS

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

CONTENTS = "contents of files"
SHARED = "what pages show of each other"


def changed_by_content(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages whose source, or a file they depend on, has changed since they were read."""
    seen: dict[str, str] = {}

    def digest(path: Path) -> str:
        name = str(path)
        if name not in seen:
            seen[name] = sha256(path.read_bytes()) if path.is_file() else ""
        return seen[name]

    now = {
        page: _combined(
            digest(path)
            for path in [
                Path(env.doc2path(page)),
                *(Path(env.srcdir, name) for name in sorted(env.dependencies.get(page, ()))),
            ]
        )
        for page in env.found_docs
    }
    before: dict[str, str] = recall(env, CONTENTS) or {}
    return [page for page in sorted(now) if page not in added and before.get(page) != now[page]]


def keep_contents(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Record the checksums of every page's files, once its dependencies are known.

    Returns
    -------
    All pages if content shared between pages has changed, else none.
    """
    digests = {
        name: sha256(Path(name).read_bytes())
        for name in {
            *(str(env.doc2path(page)) for page in env.found_docs),
            *(
                str(Path(env.srcdir, name))
                for page in env.found_docs
                for name in env.dependencies.get(page, ())
            ),
        }
        if Path(name).is_file()
    }
    remember(
        env,
        CONTENTS,
        {
            page: _combined(
                digests.get(str(path), "")
                for path in [
                    env.doc2path(page),
                    *(Path(env.srcdir, name) for name in sorted(env.dependencies.get(page, ()))),
                ]
            )
            for page in env.found_docs
        },
    )
    shared = _shared(app, env)
    return sorted(env.found_docs) if remember(env, SHARED, shared) != shared else []


def _combined(digests: Any) -> str:
    return hashlib.sha256("\0".join(digests).encode()).hexdigest()


def _shared(app: Sphinx, env: BuildEnvironment) -> str:
    """Checksum of the table of contents, titles, labels, numbers and definitions."""
    standard = env.domaindata["std"]
    facts = (
        sorted((page, title.astext()) for page, title in env.titles.items()),
        sorted((page, list(inside)) for page, inside in env.toctree_includes.items()),
        sorted(standard["labels"].items()),
        sorted(standard["anonlabels"].items()),
        sorted((repr(key), value) for key, value in standard["objects"].items()),
        sorted((page, sorted(kinds.items())) for page, kinds in env.toc_fignumbers.items()),
        sorted((page, sorted(own.items())) for page, own in env.toc_secnumbers.items()),
        sorted((recall(env, MEANINGS) or {}).items()),
        [sha256(Path(app.srcdir, name).read_bytes()) for name in app.config.bibtex_bibfiles],
    )
    return sha256(repr(facts).encode())


def setup(app: Sphinx) -> None:
    """Compare before Sphinx reads, and again when it has read, after the terms are known."""
    app.connect("env-get-outdated", changed_by_content)
    app.connect("env-updated", keep_contents, priority=900)
