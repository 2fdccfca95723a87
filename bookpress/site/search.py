"""Search index: English words by their stem, Chinese names by any substring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sphinx.search.en import SearchEnglish

if TYPE_CHECKING:
    from sphinx.application import Sphinx

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


def setup(app: Sphinx) -> None:
    """Make the search index handle English with Chinese names."""
    app.add_search_language(EnglishWithChinese)
