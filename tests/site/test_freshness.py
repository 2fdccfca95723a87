"""No stale output survives a change, and no invalid book is built: shown on a small book.

The book has one short chapter, the real package, and of the real tables those that it or a test
needs: checking all of them costs more than building the book. `bridgebook build` runs in a copy, so
that a test may change anything.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lxml import html

from bridgebook.verdicts import rules

ROOT = Path(__file__).resolve().parents[2]
CHIP, COLUMN = "NVIDIA A100 SXM4 80GB", "memory_bw_gb_s"

TOC = "format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/part/short\n"
INDEX = "# A small book\n\nIt has one chapter.\n"
CHAPTER = """\
---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---

# How fast is the memory?

```{code-cell} ipython3
import bridgebook as bb

chips = bb.load("chips").set_index("chip")
speed = chips.loc["NVIDIA A100 SXM4 80GB", "memory_bw_gb_s"]
bb.glue(speed=speed)
```

The memory moves {glue:text}`speed` GB/s {cite:p}`fr2022_21658`. {numref}`fig-speed` shows it.

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-speed
    caption: "The speed of the memory of one chip, in gigabytes per second."
---
fig, ax = bb.figure(2)
ax.barh(["A100"], [speed])
bb.finish(fig, f"The memory moves {speed:,.0f} GB/s", source=["chips"])
shown = chips.loc[["NVIDIA A100 SXM4 80GB"], ["memory_bw_gb_s"]].reset_index()
bb.show(fig, data=shown, alt=f"One bar that ends at {speed:,.0f} gigabytes per second.")
```

```{bibliography}
```
"""


@dataclass
class Book:
    """A copy of the repository with a small book in it."""

    root: Path

    @property
    def chapter(self) -> Path:
        return self.root / "chapters" / "part" / "short.md"

    @property
    def record(self) -> Path:
        return self.root / "_build" / "executed" / "chapters" / "part" / "short.json"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy, with the copy's package and data."""
        environment = {n: v for n, v in os.environ.items() if not n.startswith("BRIDGEBOOK_")}
        environment |= {
            "PYTHONPATH": str(self.root),
            "BRIDGEBOOK_DATA": str(self.root / "data"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def build(self, *options: str) -> tuple[int, str]:
        """Build the pages; exit status and everything printed."""
        root = str(self.root)
        done = self.run("-m", "bookpress.cli", "--root", root, "build", "--pages-only", *options)
        return done.returncode, done.stdout + done.stderr

    def page(self, out: str = "_build/html") -> str:
        return (self.root / out / "chapters" / "part" / "short.html").read_text("utf-8")

    def edit(self, old: str, new: str) -> None:
        text = self.chapter.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in the chapter"
        self.chapter.write_text(text.replace(old, new), "utf-8")

    def set_cell(
        self, value: str, table: str = "chips", row: str = CHIP, column: str = COLUMN
    ) -> tuple[str, int]:
        """Write a value into one cell of a table; the old value, and the line."""
        path = self.root / "data" / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        place = rows[0].index(column)
        line = next(i for i, cells in enumerate(rows) if row in cells)
        old, rows[line][place] = rows[line][place], value
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        return old, line + 1

    def update_hashes(self) -> None:
        done = self.run("-m", "bookpress.checks", "--update-hashes")
        assert done.returncode == 0, done.stdout + done.stderr


TABLES = {"chips", "control_rules", "control_timeline", "countries"}
"""The chapter's table, and others that tests change or delete."""


def small_book(folder: Path) -> Book:
    """Copy what a build needs and put one chapter in the place of all others; with all tables."""
    book = Book(folder)
    ignore = shutil.ignore_patterns("__pycache__", "_data")
    for name in ("bridgebook", "bookpress", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    checked = ROOT / "_build" / "data-checked"
    if checked.exists():  # spares a check of the same files by the same code
        (folder / "_build").mkdir()
        shutil.copy2(checked, folder / "_build")
    # What was fetched or packed before, by checksum, is not fetched and packed for each copy.
    (ROOT / ".cache").mkdir(exist_ok=True)
    (folder / ".cache").symlink_to(ROOT / ".cache")
    for name in (
        "_config.yml",
        "requirements.lock",
        "pyproject.toml",
        "hatch_build.py",
        "README.md",
    ):
        shutil.copy2(ROOT / name, folder / name)
    book.chapter.parent.mkdir(parents=True)
    book.chapter.write_text(CHAPTER, "utf-8")
    (folder / "chapters" / "index.md").write_text(INDEX, "utf-8")
    (folder / "_toc.yml").write_text(TOC, "utf-8")
    return book


def keep_tables(book: Book, names: set[str]) -> None:
    """Leave some tables and their descriptors in the data folder."""
    folder = book.root / "data"
    assert all((folder / f"{name}.csv").is_file() for name in names)
    for path in folder.glob("*.csv"):
        if path.stem not in names:
            path.unlink()
            path.with_suffix(".yml").unlink()


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """With all tables, which passed their checks when the real book was built."""
    return small_book(tmp_path)


@pytest.fixture
def lean_book(book: Book) -> Book:
    """With few tables, for tests that change one: their builds check all that there are."""
    keep_tables(book, TABLES)
    return book


# --- fresh --------------------------------------------------------------------------------


def files_below(folder: Path) -> dict[str, Any]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".buildinfo"
    }


def test_changed_cell_changes_the_page(lean_book: Book) -> None:
    """One value of one table: sentence, picture, alternative text and download follow.

    One test, because each step needs the build of the step before.
    """
    book = lean_book
    done = book.run("-c", "import bridgebook; print(bridgebook.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(book.root), "the copy uses another package"
    status, printed = book.build()
    assert status == 0, printed
    record, page = book.record.stat().st_mtime_ns, book.page()

    status, printed = book.build()
    assert status == 0, printed
    assert book.record.stat().st_mtime_ns == record, "unchanged, and the chapter ran again"
    assert book.page() == page, "unchanged, and the page differs"

    old, _ = book.set_cell("2222")
    before, after = f"{float(old):,.0f}", "2,222"
    assert f"ends at {before} gigabytes" in page and after not in page
    book.update_hashes()
    status, printed = book.build()
    assert status == 0, printed
    assert book.record.stat().st_mtime_ns > record, "changed, and the chapter did not run again"
    assert "chips.csv" in json.loads(book.record.read_text("utf-8"))["files"]
    page = book.page()
    assert f"ends at {after} gigabytes" in page and before not in page
    figures = book.root / "_build" / "html" / "figures" / "chapters" / "part" / "short"
    assert "2222" in (figures / "fig-speed.csv").read_text("utf-8")

    checked = book.root / "_clean" / "data-checked"
    checked.parent.mkdir()
    shutil.copy2(book.root / "_build" / "data-checked", checked)  # the same data, checked just now
    status, printed = book.build("--out", str(book.root / "_clean" / "html"))
    assert status == 0, printed
    grown = files_below(book.root / "_build" / "html")
    clean = files_below(book.root / "_clean" / "html")
    assert sorted(grown) == sorted(clean), "built in steps, the site has other files"
    different = [name for name in clean if grown[name] != clean[name]]
    assert not different, f"built in steps, these differ from a clean build: {different}"


# --- the key of a run ---------------------------------------------------------------------


SCORES = """\
---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---

# How does the article fare?

```{code-cell} ipython3
from bridgebook.methods import scoring
from bridgebook.verdicts import decide_all

scoring.Listing(decide_all())
```
"""
FLIPS = {
    "state-plans-and-invests": ("100", "state_capital", "guidance-funds-ai", "amount"),
    "three-part-strategy": (
        "research;governance;diplomacy",
        "policy_timeline",
        "ngaidp-2017",
        "themes",
    ),
    "kimi-k2-costs-less": (
        "14",
        "prices",
        "moonshotai-kimi-k2-0711-preview-1",
        "output_usd_per_mtok",
    ),
}
"""Claims, and for each a cell whose change decides it otherwise."""


def scores(page: str) -> dict[str, str]:
    """Verdict in words by claim, from the list on a page."""
    found = re.findall(r"<strong>([^<]+)\.</strong>\s*<a[^>]*#verdict-([\w-]+)", page)
    return {claim: words for words, claim in found}


def test_scorecard_follows_three_tables(book: Book) -> None:
    """One cell of each of three tables changes; the page says otherwise of just those claims."""
    book.chapter.write_text(SCORES, "utf-8")
    status, printed = book.build()
    assert status == 0, printed
    before = scores(book.page())
    assert len(before) == len(rules())
    for change in FLIPS.values():
        book.set_cell(*change)
    book.update_hashes()
    status, printed = book.build()
    assert status == 0, printed
    after = scores(book.page())
    assert {claim for claim in before if before[claim] != after[claim]} == set(FLIPS)


@pytest.fixture
def stored(book: Book, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Store a run of the small book's chapter, and check whether it would be reused."""
    from bookpress.site import execute

    monkeypatch.setenv("BRIDGEBOOK_DATA", str(book.root / "data"))
    monkeypatch.setattr(execute, "PACKAGE", book.root / "bridgebook")
    folder, lock = book.root / "_build" / "executed", book.root / "requirements.lock"

    def chapter() -> execute.Chapter:
        text = book.chapter.read_text("utf-8")
        return execute.Chapter("chapters/part/short", book.chapter, text)

    def code() -> str:
        return execute.code_fingerprint(lock)

    files = execute.file_digests(["chips.csv"])
    ran = nbformat.writes(chapter().notebook()).encode()
    run = execute.Execution(chapter(), chapter().key(code()), ran, files)
    execute.store(run, code(), folder)

    def usable() -> bool:
        return execute.cached(chapter(), code(), folder) is not None

    assert usable()
    return usable


def append(path: Path, text: str = "\n# changed\n") -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "requirements.lock",
        "bridgebook/page/charts.py",
        "bridgebook/methods/controls.py",
        "bridgebook/page/style/house.mplstyle",
        "data/chips.csv",
    ],
)
def test_run_is_not_used_again_after_a_change(
    name: str, stored: Callable[[], bool], book: Book
) -> None:
    append(book.root / name)
    assert not stored()


def test_run_is_not_used_again_after_a_change_of_code(
    stored: Callable[[], bool], book: Book
) -> None:
    book.edit("bb.figure(2)", "bb.figure(2.5)")
    assert not stored()


def test_run_is_not_used_again_after_a_change_of_a_description(
    stored: Callable[[], bool], book: Book
) -> None:
    """The descriptor of a table decides types and the source line inside figures."""
    path = book.root / "data" / "chips.yml"
    title = "title: Machine Learning Hardware database"
    text = path.read_text("utf-8")
    assert title in text
    path.write_text(text.replace(title, f"{title}, revised"), "utf-8")
    assert not stored()


def test_run_takes_new_prose_and_captions(stored: Callable[[], bool], book: Book) -> None:
    """Words cost no run; they come from the present text."""
    book.edit("of one chip, in gigabytes", "of a single chip, in gigabytes")
    assert stored()


@pytest.mark.parametrize(
    "name", ["data/control_rules.csv", "data/control_rules.yml", "bookpress/site/pages.py"]
)
def test_run_is_used_again_where_nothing_it_needs_changed(
    name: str, stored: Callable[[], bool], book: Book
) -> None:
    append(book.root / name)
    assert stored()


@pytest.mark.parametrize("damage", ["vanished table", "half a record", "no notebook"])
def test_damaged_run_is_not_used(damage: str, stored: Callable[[], bool], book: Book) -> None:
    if damage == "vanished table":
        (book.root / "data" / "chips.csv").unlink()
    elif damage == "half a record":
        book.record.write_text(book.record.read_text("utf-8")[:40], "utf-8")
    else:
        book.record.with_suffix(".ipynb").unlink()
    assert not stored()


# --- loud ---------------------------------------------------------------------------------


def assert_refused(book: Book, *words: str) -> None:
    """The build fails and its message names the cause."""
    status, printed = book.build()
    assert status != 0, f"built in spite of it:\n{printed[-2000:]}"
    missing = [word for word in words if word not in printed]
    assert not missing, f"the message does not name {missing}:\n{printed[-2000:]}"
    assert "The book is in" not in printed


def test_deleted_table_stops_the_build(lean_book: Book) -> None:
    (lean_book.root / "data" / "control_timeline.csv").unlink()
    assert_refused(lean_book, "control_timeline")


def test_corrupt_cell_stops_the_build(lean_book: Book) -> None:
    """Even with updated checksums, the schema catches it."""
    _, line = lean_book.set_cell("very fast")
    lean_book.run("-m", "bookpress.checks", "--update-hashes")
    assert_refused(lean_book, "chips", COLUMN, "very fast", str(line))


def test_changed_cell_without_checksum_stops_the_build(lean_book: Book) -> None:
    """A table changes on purpose or not at all."""
    lean_book.set_cell("2222")
    assert_refused(lean_book, "chips", "--update-hashes")


def test_failing_cell_stops_the_build(book: Book) -> None:
    book.edit("bb.glue(speed=speed)", "bb.glue(speed=speed)\nspeed / no_such_name")
    lines = book.chapter.read_text("utf-8").splitlines()
    # Counted from 1: the first line inside the cell's fence.
    line = lines.index("import bridgebook as bb") + 1
    assert_refused(book, f"short.md:{line}:", "NameError", "no_such_name")


def test_missing_number_stops_the_build(book: Book) -> None:
    """A sentence never says nan."""
    book.edit("bb.glue(speed=speed)", "bb.glue(speed=speed, gap=float('nan'))")
    assert_refused(book, "short.md", "gap", "missing")


def test_warning_in_a_cell_stops_the_build(book: Book) -> None:
    book.edit("bb.glue(speed=speed)", "import warnings\nwarnings.warn('odd')\nbb.glue(speed=speed)")
    assert_refused(book, "short", "stderr", "odd")


def test_figure_without_caption_stops_the_build(book: Book) -> None:
    book.edit('    caption: "The speed of the memory of one chip, in gigabytes per second."\n', "")
    assert_refused(book, "short", "caption")


def test_figure_without_alt_stops_the_build(book: Book) -> None:
    text = book.chapter.read_text("utf-8")
    start = text.index("alt=f")
    book.edit(text[start : text.index("\n", start)], 'alt="A bar.")')
    assert_refused(book, "short.md", "alt text", "8 words")


def test_undefined_citation_stops_the_build(book: Book) -> None:
    book.edit("fr2022_21658", "nobody1999")
    assert_refused(book, "short", "nobody1999")


def test_undefined_number_stops_the_build(book: Book) -> None:
    book.edit("{glue:text}`speed`", "{glue:text}`speeed`")
    assert_refused(book, "short", "speeed")


def test_undefined_reference_stops_the_build(book: Book) -> None:
    book.edit("{numref}`fig-speed`", "{numref}`fig-sped`")
    assert_refused(book, "short", "fig-sped")


def test_unknown_table_stops_the_build(book: Book) -> None:
    book.edit('bb.load("chips")', 'bb.load("chip")')
    assert_refused(book, "short.md", "chip", "chips")


# --- the stock command --------------------------------------------------------------------


def test_jupyter_books_own_command_makes_the_book(book: Book) -> None:
    """`jupyter-book build .` in the installed environment: chapters run, figures are there."""
    done = book.run("-c", "from jupyter_book.cli.main import main; main()", "build", ".")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    page = html.fromstring((book.root / "_build/html/chapters/part/short.html").read_bytes())
    (figure,) = page.xpath("//figure[contains(@class, 'book-figure')]")
    assert figure.xpath(".//svg") and figure.xpath("string(.//figcaption)")
    speed = page.xpath("string(//span[contains(@class, 'glue-speed')])")
    assert float(speed.replace(",", "")) > 0
