"""`make bench` runs: on a small book, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_freshness import small_book

from bookpress import cli

SECONDS = re.compile(r"\d+\.\d s$")
BUILDS = (
    "clean build",
    "build with nothing changed",
    "rebuild after a word in part/short.md",
    "rebuild after a cell in part/short.md",
    "the limit: cell times",
)


def test_bench_measures_builds_tables_answers_and_pages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BRIDGEBOOK_DATA", raising=False)
    book = small_book(tmp_path / "book")
    assert cli.main(["--root", str(book.root), "bench", "--quick"]) == 0
    printed = capsys.readouterr().out
    rows = [line.strip() for line in printed.splitlines()]
    for name in BUILDS:
        (row,) = [row for row in rows if row.startswith(name)]
        assert SECONDS.search(row), row
    for start in ("the reader's wheel", "all tables", "all exercises", "chapters/part/short.html"):
        assert [row for row in rows if row.startswith(start)], f"no row {start}:\n{printed}"
    assert not (book.root / "_build" / "html").exists(), "the book's own build was touched"
