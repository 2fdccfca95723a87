"""Search that finds Chinese names by any part of them, next to English words by their stem."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sphinx.search.en import SearchEnglish

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,}")
LONGEST = 12
"""Characters of the longest part that is found; the whole of a longer run is found as well."""


class EnglishWithChinese(SearchEnglish):
    """English as Sphinx has it; Chinese, which writes no spaces, by all parts of a run."""

    def split(self, input: str) -> list[str]:
        """Split text into words, and runs of Chinese characters also into their parts."""
        words = list(super().split(input))
        for run in CHINESE.findall(input):
            words += parts(run)
        return words


def parts(run: str) -> list[str]:
    """Every part of two or more characters, the run itself included."""
    lengths = range(2, min(len(run), LONGEST) + 1)
    found = [run[at : at + length] for length in lengths for at in range(len(run) - length + 1)]
    return found if len(run) <= LONGEST else [*found, run]


def complete(app: Sphinx) -> list[Any]:
    """Make the index of pages written in steps that of pages written at once.

    Sphinx takes over the words of pages that it does not write, but not their index entries, and
    keeps words that no page has any more. Runs when the pages are written and the last build's
    index is still in place.
    """
    index: Any = cast("StandaloneHTMLBuilder", app.builder).indexer
    entries = {
        page: {(entry.lower(), anchor, main) for entry, anchor, main in own}
        for page, own in index._index_entries.items()
    }
    for page, own in _last_entries(Path(app.outdir, "searchindex.js")).items():
        if page in app.env.found_docs and page not in entries:
            entries[page] = own
    index._index_entries = {page: sorted(entries[page]) for page in sorted(entries)}
    for words in (index._mapping, index._title_mapping):
        for word in [word for word, pages in words.items() if not pages]:
            del words[word]
    return []


def _last_entries(file: Path) -> dict[str, set[tuple[str, str, str]]]:
    """Index entries of the last build by page: entry, anchor, and ``main`` or nothing."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    if file.exists():
        text = file.read_text("utf-8")
        index = json.loads(text[text.index("(") + 1 : text.rindex(")")])
        for entry, places in index["indexentries"].items():
            for page, anchor, main in places:
                name = index["docnames"][page]
                found.setdefault(name, set()).add((entry, anchor, "main" if main else ""))
    return found


def setup(app: Sphinx) -> None:
    """Let the book's search index read English with Chinese names, and be the same each time."""
    app.add_search_language(EnglishWithChinese)
    app.connect("html-collect-pages", complete)
