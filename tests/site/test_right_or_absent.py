"""A build is complete or absent: failures stay failures, and everything built is up to date.

The books here have a few pages of text and no code, so that a build takes a second or two.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import html
from test_freshness import files_below

from bookpress.build import STAGE

ROOT = Path(__file__).resolve().parents[2]
FAVICON = "bookpress/site/static/favicon.svg"
INDEX = "# First page\n\nWords.\n"
PAGE = "# {title}\n\n{words}\n\nSee [the first page](index.md).\n"
BROKEN = "{{cite:p}}`nobody1999`\n\n"
EXAMPLES = int(os.environ.get("BUILD_SEQUENCES", "3"))
"""Sequences of edits that hypothesis draws."""


@dataclass
class TextBook:
    """A small book without code, and what its pages say."""

    root: Path
    titles: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Lay out the repository; tables that nothing reads are linked, not copied."""
        (self.root / FAVICON).parent.mkdir(parents=True)
        for name in ("_config.yml", "requirements.lock", FAVICON):
            shutil.copy2(ROOT / name, self.root / name)
        (self.root / "data").symlink_to(ROOT / "data")
        (self.root / "chapters").mkdir()
        (self.root / "chapters" / "index.md").write_text(INDEX, "utf-8")
        (self.root / ".cache").symlink_to(ROOT / ".cache")
        self.write_contents()

    def path(self, name: str) -> Path:
        return self.root / "chapters" / f"{name}.md"

    def site(self, out: str = "_build") -> Path:
        return self.root / out / "html"

    def write(self, name: str, title: str | None = None, words: str | None = None) -> None:
        """Write one page; a new one enters the contents."""
        new = name not in self.titles
        self.titles[name] = title or self.titles.get(name, name)
        self.words[name] = words or self.words.get(name, "Some words.")
        text = PAGE.format(title=self.titles[name], words=self.words[name])
        self.path(name).write_text(text + BROKEN.format() * (name in self.broken), "utf-8")
        if new:
            self.write_contents()

    def remove(self, name: str) -> None:
        self.path(name).unlink()
        self.broken.discard(name)
        del self.titles[name], self.words[name]
        self.write_contents()

    def write_contents(self) -> None:
        pages = "".join(f"  - file: chapters/{name}\n" for name in self.titles)
        contents = f"chapters:\n{pages}" if pages else ""
        (self.root / "_toc.yml").write_text(
            f"format: jb-book\nroot: chapters/index\n{contents}", "utf-8"
        )

    def build(self, out: str = "_build") -> int:
        """Build in a process of its own; the exit status."""
        folder = self.root / out
        checked = ROOT / "_build" / "data-checked"
        if checked.exists() and not (folder / checked.name).exists():
            folder.mkdir(exist_ok=True)
            shutil.copy2(checked, folder / checked.name)
        return builder().build(self.root, self.site(out))

    @property
    def printed(self) -> str:
        """What the last build printed."""
        return (self.root / "printed").read_text("utf-8")

    def page(self, name: str) -> html.HtmlElement:
        return html.fromstring((self.site() / "chapters" / f"{name}.html").read_bytes())


SERVER = """
import os, sys
from pathlib import Path
from bookpress.build import build
from bookpress.watch import _import_builders

_import_builders()
for line in sys.stdin:
    root, site = map(Path, line.rstrip("\\n").split("\\t"))
    child = os.fork()
    if not child:
        status = 1
        try:
            os.environ["BRIDGEBOOK_DATA"] = str(root / "data")
            with (root / "printed").open("w", encoding="utf-8") as printed:
                sys.stdout = sys.stderr = printed
                status = build(root, site, pages_only=True)
        finally:
            os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Builder:
    """A process that has imported Sphinx and forks itself for every build.

    This process will not do: Sphinx and docutils keep what other tests have registered with them.
    """

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def build(self, root: Path, site: Path) -> int:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{root}\t{site}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@cache
def builder() -> Builder:
    """One for each worker of the tests; it ends with its standard input."""
    return Builder()


@pytest.fixture
def book(tmp_path: Path) -> TextBook:
    """Three pages, built."""
    made = TextBook(tmp_path)
    for name in ("one", "two", "three"):
        made.write(name)
    assert made.build() == 0, made.printed
    return made


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- refused is refused -------------------------------------------------------------------


def test_a_refused_build_stays_refused_and_leaves_the_last_good_site(book: TextBook) -> None:
    good = snapshot(book.site())
    book.broken.add("two")
    book.write("two", words="New words.")
    for _ in range(2):
        assert book.build() == 1
        assert "nobody1999" in book.printed and "last good build is still in" in book.printed
        assert snapshot(book.site()) == good
    book.broken.clear()
    book.write("two")
    assert book.build() == 0, book.printed
    assert "New words." in book.page("two").text_content()


def test_a_first_build_that_is_refused_leaves_no_site(tmp_path: Path) -> None:
    book = TextBook(tmp_path)
    book.broken.add("one")
    book.write("one")
    for _ in range(2):
        assert book.build() == 1
        assert not book.site().exists() and not (book.root / "_build" / STAGE).exists()


# --- pages know of each other -------------------------------------------------------------


def links(book: TextBook, name: str) -> set[str]:
    """Pages to which a page leads, in any way."""
    page = book.site() / "chapters" / f"{name}.html"
    addresses = html.fromstring(page.read_bytes()).xpath("//a/@href | //link[@rel]/@href")
    return {
        (page.parent / address.split("#")[0]).resolve().name
        for address in addresses
        if address.split("#")[0].endswith(".html") and ":" not in address
    }


def test_every_page_names_a_new_one_and_none_a_removed_one(book: TextBook) -> None:
    book.write("four", title="The fourth")
    assert book.build() == 0, book.printed
    for name in ("index", "one", "two", "three"):
        assert "four.html" in links(book, name), name
    book.remove("four")
    assert book.build() == 0, book.printed
    for name in ("index", "one", "two", "three"):
        assert "four.html" not in links(book, name), name
    assert not (book.site() / "chapters" / "four.html").exists()


def test_a_new_title_is_on_every_page(book: TextBook) -> None:
    book.write("two", title="A better title")
    assert book.build() == 0, book.printed
    for name in ("index", "one", "two", "three"):
        assert "A better title" in book.page(name).text_content(), name


def test_a_word_writes_its_own_page_only(book: TextBook) -> None:
    """Control of the test above: content that is not shared rebuilds no other page."""
    times = {
        name: (book.site() / "chapters" / f"{name}.html").stat().st_mtime_ns
        for name in ("one", "two", "three")
    }
    book.write("two", words="Other words.")
    assert book.build() == 0, book.printed
    now = {name: (book.site() / "chapters" / f"{name}.html").stat().st_mtime_ns for name in times}
    assert {name for name in times if now[name] != times[name]} == {"two"}


def test_prose_with_an_older_time_is_built(book: TextBook) -> None:
    """As `cp -p`, archives and version control leave it."""
    book.write("two", words="Words of last year.")
    os.utime(book.path("two"), (1.6e9, 1.6e9))
    assert book.build() == 0, book.printed
    assert "Words of last year." in book.page("two").text_content()


# --- nothing to do, not alone, not clean --------------------------------------------------


def test_nothing_changed_is_told_from_something_touched(book: TextBook) -> None:
    assert book.build() == 0 and "Nothing has changed" in book.printed
    page = book.site() / "chapters" / "one.html"
    good = page.read_bytes()
    page.write_text("spoilt", "utf-8")
    assert book.build() == 0 and "Nothing has changed" not in book.printed
    assert page.read_bytes() == good


def test_a_second_builder_is_kept_out(book: TextBook) -> None:
    with (book.root / "_build" / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert book.build() == 1
        assert "another build is at work" in book.printed
    assert book.build() == 0, book.printed


def test_what_was_left_behind_is_swept(book: TextBook) -> None:
    left = [
        book.site() / "_static" / ".new-x",
        book.root / "_build" / STAGE / "html" / "x.html",
        book.root / ".refresh-x" / "chips.csv",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left", "utf-8")
    book.write("one", words="Changed.")
    assert book.build() == 0, book.printed
    assert not [path for path in left if path.exists()]


# --- any sequence of edits ----------------------------------------------------------------

NAMES = st.sampled_from(["one", "two", "three"])
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["add", "rename", "remove", "edit", "break", "repair", "older"]), NAMES
    ),
    min_size=3,
    max_size=6,
)


def apply(book: TextBook, edit: str, name: str, number: int) -> None:
    """Make one edit; an edit of a page that does not exist adds it."""
    if edit == "remove" and name in book.titles:
        book.remove(name)
        return
    if edit == "break":
        book.broken.add(name)
    if edit == "repair":
        book.broken.discard(name)
    title = f"Title {number}" if edit == "rename" else None
    words = f"Words {number}." if edit in ("edit", "older") else None
    book.write(name, title, words)
    if edit == "older":
        os.utime(book.path(name), (1.6e9, 1.6e9))


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edits=EDITS)
def test_any_sequence_of_edits_ends_as_a_clean_build_does(
    edits: list[tuple[str, str]], folders: Path
) -> None:
    book = TextBook(Path(tempfile.mkdtemp(dir=folders)))
    book.write("one")
    assert book.build() == 0, book.printed
    for number, (edit, name) in enumerate(edits):
        before = snapshot(book.site())
        apply(book, edit, name, number)
        status = book.build()
        assert status == int(bool(book.broken)), book.printed
        if book.broken:
            assert snapshot(book.site()) == before, "a refused build touched the site"
    for name in list(book.broken):
        book.broken.discard(name)
        book.write(name)
    assert book.build() == 0, book.printed
    assert book.build("_clean") == 0, book.printed
    grown, clean = files_below(book.site()), files_below(book.site("_clean"))
    assert sorted(grown) == sorted(clean)
    assert [name for name in clean if grown[name] != clean[name]] == []
