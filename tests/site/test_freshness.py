"""The machine itself, on a book of one page: nothing stale is shown, nothing broken is built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PAGE = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---

# How large is one chip?

```{code-cell} ipython3
import bridgebook as bb

chips = bb.load("chips").set_index("chip")
area = chips["die_area_mm2"]["NVIDIA H20 SXM5 96GB"]
bb.glue(area=area)
```

It has {glue:text}`area` square millimetres, see {numref}`fig-area`.

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-area
    caption: "One bar."
---
fig, ax = bb.figure(2)
ax.bar(["H20"], [area])
bb.finish(fig, f"The chip has {area:.0f} square millimetres", "Area", source=["chips"])
bb.show(fig, data=chips.loc[["NVIDIA H20 SXM5 96GB"], ["die_area_mm2"]],
        alt=f"A single bar that shows an area of {area:.0f} square millimetres.")
```
"""

MORE = """
```{code-cell} ipython3
%s
```
"""


class MiniBook:
    """A copy of the machine with one chapter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bridgebook", "data"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        for name in ("_config.yml", "requirements.lock"):
            shutil.copy2(ROOT / name, folder / name)
        (folder / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\n")
        self.source = folder / "chapters" / "index.md"
        self.source.parent.mkdir()
        self.source.write_text(PAGE, "utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PYTHONPATH": str(self.folder),
            "BRIDGEBOOK_DATA": str(self.folder / "data"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def build(self) -> str:
        """Build, expect success, return the page."""
        done = self.run("bridgebook.cli", "--root", str(self.folder), "build")
        assert done.returncode == 0, done.stdout + done.stderr
        return (self.folder / "_build" / "html" / "chapters" / "index.html").read_text("utf-8")

    def fail(self) -> str:
        """Build, expect failure, return everything it said."""
        done = self.run("bridgebook.cli", "--root", str(self.folder), "build")
        said = done.stdout + done.stderr
        assert done.returncode != 0, f"the build should have failed\n{said}"
        assert "NOT built" in said or "did not pass" in said
        return said

    def edit_table(self, old: str, new: str) -> None:
        table = self.folder / "data" / "chips.csv"
        text = table.read_text("utf-8")
        assert text.count(old) == 1
        table.write_text(text.replace(old, new), "utf-8")

    def accept_table(self) -> None:
        done = self.run("bridgebook.catalog", "--update-hashes")
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def record(self) -> Path:
        return self.folder / "_build" / "executed" / "chapters" / "index.json"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mini book that has been built once; tests work on copies of it."""
    book = MiniBook(tmp_path_factory.mktemp("mini") / "book")
    assert "814 square millimetres" in book.build()
    return book.folder


@pytest.fixture
def book(original: Path, tmp_path: Path) -> MiniBook:
    copy = MiniBook.__new__(MiniBook)
    copy.folder = tmp_path / "book"
    shutil.copytree(original, copy.folder)
    copy.source = copy.folder / "chapters" / "index.md"
    return copy


H20 = "NVIDIA H20 SXM5 96GB,NVIDIA,USA,datacenter,true,true,2023-11-09,day,released,TSMC 4N,814,"


def test_a_changed_value_changes_sentence_figure_and_download(book: MiniBook) -> None:
    ran = book.record.stat().st_mtime_ns
    book.edit_table(H20, H20.replace(",814,", ",815,"))
    book.accept_table()
    page = book.build()
    assert book.record.stat().st_mtime_ns != ran
    assert "814" not in page
    assert "815 square millimetres" in page  # in the figure's title and alt text
    assert '<span class="pasted-text">815</span>' in page
    csv = book.folder / "_build" / "html" / "figures" / "chapters" / "index" / "fig-area.csv"
    assert "815" in csv.read_text()


def test_a_change_of_prose_or_of_another_table_runs_nothing(book: MiniBook) -> None:
    ran = book.record.stat().st_mtime_ns
    book.source.write_text(PAGE.replace("It has", "This chip has"), "utf-8")
    other = book.folder / "data" / "core_ai_industry.csv"
    other.write_text(other.read_text("utf-8").replace("2022-caict", "2022-caict", 1), "utf-8")
    page = book.build()
    assert "This chip has" in page
    assert book.record.stat().st_mtime_ns == ran


def test_a_change_of_code_or_package_runs_again(book: MiniBook) -> None:
    ran = book.record.stat().st_mtime_ns
    book.source.write_text(PAGE.replace('ax.bar(["H20"]', 'ax.bar(["NVIDIA H20"]'), "utf-8")
    assert "NVIDIA H20" in book.build()
    again = book.record.stat().st_mtime_ns
    assert again != ran
    module = book.folder / "bridgebook" / "numbers.py"
    module.write_text(module.read_text("utf-8") + "\n# changed\n", "utf-8")
    book.build()
    assert book.record.stat().st_mtime_ns != again


def test_a_new_caption_reaches_the_page_without_a_run(book: MiniBook) -> None:
    ran = book.record.stat().st_mtime_ns
    book.source.write_text(PAGE.replace("One bar.", "A bar of one chip."), "utf-8")
    assert "A bar of one chip." in book.build()
    assert book.record.stat().st_mtime_ns == ran


def test_a_deleted_table_stops_the_build(book: MiniBook) -> None:
    (book.folder / "data" / "chips.csv").unlink()
    assert "chips" in book.fail()


def test_a_corrupt_cell_stops_the_build(book: MiniBook) -> None:
    book.edit_table(H20, H20.replace(",814,", ",large,"))
    said = book.fail()
    assert "die_area_mm2" in said
    assert "large" in said


@pytest.mark.parametrize(
    ("addition", "causes"),
    [
        (MORE % "1 / 0", ["chapters/index.md:", "1 / 0", "ZeroDivisionError"]),
        (MORE % 'bb.load("chip")', ["UnknownTableError", "chips"]),
        (MORE % "import warnings; warnings.warn('old habit')", ["stderr", "old habit"]),
        ("\nSee {cite:p}`no_such_key`.\n", ["no_such_key"]),
        ("\nSee {numref}`fig-missing`.\n", ["fig-missing"]),
        ("\nSee {glue:text}`no_such_number`.\n", ["no_such_number"]),
        ("\nSee {term}`no such term`.\n", ["no such term"]),
        (
            MORE % 'fig, ax = bb.figure(2)\nbb.show(fig, data=chips, alt="a b c d e f g h i")',
            ["mystnb.figure", "caption"],
        ),
        (
            MORE % 'fig, ax = bb.figure(2)\nbb.show(fig, data=chips, alt="too short")',
            ["alt text", "8 words"],
        ),
    ],
)
def test_a_broken_chapter_stops_the_build(book: MiniBook, addition: str, causes: list[str]) -> None:
    book.source.write_text(PAGE + addition, "utf-8")
    said = book.fail()
    for cause in causes:
        assert cause in said
