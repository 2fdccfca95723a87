"""Which pages have to be read or written again: by what files hold, never by their times.

Sphinx reads a page again if its file is newer than the last reading, and writes only pages that it
has read. Copies, archives and version control set times of their own, and a page shows titles,
numbers and meanings that other pages define. So contents are compared, and when something that
pages show of each other has changed, all are written.
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
    """Pages whose file, or a file they depend on, holds something else than when they were read."""
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
    """Remember what the files of every page hold, now that it is known what each depends on.

    Returns
    -------
    All pages if something has changed that pages show of each other, else none.
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
    """Checksum of contents list, titles, labels, numbers and meanings."""
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
