"""Plain English: listed words fail the tests in code and documentation, and warn in prose.

The list is ``tests/wording.txt``. Texts of other people (data rows, the bibliography, licences) and
generated files are not searched.
"""

from __future__ import annotations

import re
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDING = ROOT / "tests" / "wording.txt"

PROSE = ("chapters/*.md", "teaching/questions/*.yml", "data/*.yml", "data/*.json", "CHANGELOG.md")
"""Texts for readers; ``*`` matches slashes too. They only warn."""

SEARCHED = {".py", ".js", ".mjs", ".css", ".html", ".toml", ".yml", ".yaml", ".md", ".mplstyle"}
"""Endings of code, configuration and documentation."""

ALSO_SEARCHED = (
    "Makefile",
    ".ci/run",
    ".gitattributes",
    ".editorconfig",
    ".devcontainer/Dockerfile",
    "teaching/questions/question-bank.schema.json",
)


@dataclass(frozen=True)
class Entry:
    """A listed word: its pattern, and what to write instead."""

    pattern: re.Pattern[str]
    instead: str


@dataclass(frozen=True)
class Hit:
    """A listed word in a file; ``line`` counts from 1."""

    file: str
    line: int
    word: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: “{self.word}”; write instead: {self.instead}"


def read_list(text: str) -> list[Entry]:
    """Parse the word list.

    Raises
    ------
    ValueError
        If a line has no tab with a replacement after it; names the line.
    """
    entries = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, tab, instead = line.partition("\t")
        if not tab or not instead.strip():
            raise ValueError(f"wording.txt:{number}: expected a pattern, a tab, a replacement")
        entries.append(Entry(re.compile(pattern, re.IGNORECASE), instead.strip()))
    return entries


def hits(file: str, text: str, entries: list[Entry]) -> Iterator[Hit]:
    """Find listed words in a text, in order; ``snake_case`` names are read as words."""
    for number, line in enumerate(text.splitlines(), start=1):
        spaced = line.replace("_", " ")
        for entry in entries:
            for match in entry.pattern.finditer(spaced):
                yield Hit(file, number, line[slice(*match.span())], entry.instead)


def is_prose(file: str) -> bool:
    """Whether a file holds text for readers, in which listed words only warn."""
    return any(re.fullmatch(glob.replace(".", r"\.").replace("*", ".*"), file) for glob in PROSE)


def is_searched(file: str) -> bool:
    """Whether listed words are looked for in a file at all."""
    if is_prose(file) or file in ALSO_SEARCHED:
        return True
    return PurePosixPath(file).suffix in SEARCHED and not file.startswith("data/")


def search(root: Path, files: list[str], entries: list[Entry]) -> tuple[list[Hit], list[str]]:
    """Search files below a folder.

    Returns
    -------
    tuple
        Hits in code and documentation, which fail; and a line for each file of prose with hits.
    """
    failing: list[Hit] = []
    notes: list[str] = []
    for file in filter(is_searched, files):
        found = list(hits(file, (root / file).read_text("utf-8"), entries))
        if not is_prose(file):
            failing += found
        elif found:
            words = ", ".join(f"{hit.word} (line {hit.line})" for hit in found)
            notes.append(f"{file}: {len(found)} × listed words: {words}")
    return failing, notes


def files_of_the_repository() -> list[str]:
    """Files under version control and new ones, deleted and ignored ones left out."""
    call = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(file for file in set(listed.splitlines()) if (ROOT / file).is_file())


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return read_list(WORDING.read_text("utf-8"))


def test_code_and_documentation_use_none_of_the_listed_words(entries: list[Entry]) -> None:
    failing, notes = search(ROOT, files_of_the_repository(), entries)
    for note in notes:
        warnings.warn(note, stacklevel=1)
    assert not failing, "\n".join(map(str, failing))


# --- controls: the search finds what it is for -----------------------------------------------

PLANTED = {
    "me" + "nded": "def f():\n    '''The table is {}.'''\n",
    "an" + "ew": "# first line\nx = 1  # drawn {} each time\n",
    "dear" + "er": 'text = (\n    "a {} chip"\n)\n',
    "lost" + "_readers": "a = 1\nb = 2\ndef test_{}_find_back(): ...\n",
}


@pytest.mark.parametrize(("word", "template"), PLANTED.items())
@pytest.mark.parametrize("file", ["bridgebook/x.py", "docs/x.md", "bookpress/site/static/x.js"])
def test_a_planted_word_is_found_with_its_line(
    word: str, template: str, file: str, tmp_path: Path, entries: list[Entry]
) -> None:
    text = template.format(word)
    place = tmp_path / file
    place.parent.mkdir(parents=True)
    place.write_text(text, "utf-8")
    (hit,), notes = search(tmp_path, [file], entries)
    assert (hit.file, hit.word) == (file, word)
    assert word in text.splitlines()[hit.line - 1]
    assert str(hit).startswith(f"{file}:{hit.line}: “{word}”; write instead: ") and hit.instead
    assert not notes


@pytest.mark.parametrize(
    "file",
    ["chapters/part/x.md", "teaching/questions/part/x.yml", "data/claims.yml", "CHANGELOG.md"],
)
def test_prose_only_warns_in_one_line_for_each_file(
    file: str, tmp_path: Path, entries: list[Entry]
) -> None:
    place = tmp_path / file
    place.parent.mkdir(parents=True, exist_ok=True)
    word = "an" + "ew"
    place.write_text(f"One.\nTwo {word}.\nThree {word}.\n", "utf-8")
    failing, notes = search(tmp_path, [file], entries)
    assert not failing
    assert notes == [f"{file}: 2 × listed words: {word} (line 2), {word} (line 3)"]


def test_rows_of_tables_and_generated_files_are_not_searched() -> None:
    for file in ("data/chips.csv", "data/references.bib", "requirements.lock", "docs/a.svg"):
        assert not is_searched(file), file
    for file in ("Makefile", ".ci/run", "README.md", "pyproject.toml", "tests/conftest.py"):
        assert is_searched(file) and not is_prose(file), file


def test_a_line_of_the_list_without_a_replacement_is_refused() -> None:
    with pytest.raises(ValueError, match=r"wording.txt:2: expected a pattern, a tab"):
        read_list("# a comment\nword\n")
