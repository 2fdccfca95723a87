"""Search index: English words by their stem, Chinese names by any substring."""

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
"""Longest indexed substring, in characters; a longer run is indexed as a whole as well."""


class EnglishWithChinese(SearchEnglish):
    """Sphinx's English, plus all substrings of runs of Chinese, which has no spaces."""

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
    """Make an incremental build's search index equal that of a full build.

    Sphinx reuses the words of pages that it does not write, but not their index entries, and keeps
    words that no page contains any more. Runs when the pages are written and the last build's index
    is still in place.
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
    """Index entries of the last build by page: entry, anchor, and ``main`` or empty."""
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
    """Index English with Chinese names, and make incremental builds give the same index."""
    app.add_search_language(EnglishWithChinese)
    app.connect("html-collect-pages", complete)
