"""Benchmark the build: build times, page weights, and how long the tables take to load.

Times depend on the machine and are printed, never asserted; tests check behaviour instead.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from bookpress import bench_live, sources

Row = tuple[str, str]


def report(root: Path, quick: bool = False) -> int:
    """Build a copy of the book in several ways and print one table.

    Parameters
    ----------
    root
        The repository. Its own ``_build`` is left alone.
    quick
        Leave out Python for the browser and the comparison with stock Jupyter Book.

    Returns
    -------
    0, or 1 if a build failed.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        copy = Path(scratch, "book")
        _copy_sources(root, copy)
        site = copy / "_build" / "html"
        try:
            rows = _own_builds(copy, "--pages-only" if quick else "")
            pages = _weights(site)
            if not quick:
                rows.append(("stock jupyter-book build, same sources", f"{_stock(copy):.1f} s"))
        except subprocess.CalledProcessError as error:
            print(f"bench: a build failed\n{error.stdout[-3000:]}{error.stderr[-3000:]}")
            return 1
        python = [] if quick else bench_live.rows(site)
        rows.append(("the reader's wheel", f"{_wheel(copy) / 1e6:.2f} MB"))
    _print("Building", rows)
    _print("Tables (rows, size, first load; slowest first)", _tables())
    _print("Feedback on an answer, tables loaded (slowest first)", _answers())
    if python:
        _print("Python in the browser (seconds after the click, medians)", python)
    _print("Page weights with everything the page loads (raw, gzipped)", pages)
    return 0


def _copy_sources(root: Path, copy: Path) -> None:
    copy.mkdir()
    # Reuse earlier downloads, above all Python for the browser.
    (root / ".cache").mkdir(exist_ok=True)
    (copy / ".cache").symlink_to(root / ".cache")
    for name in sources.INPUTS:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, copy / name)


def _wheel(copy: Path) -> int:
    """Bytes of the wheel that readers install."""
    from bookpress.site.wheel import own_wheel

    return own_wheel(copy).stat().st_size


def _run(copy: Path, *arguments: str) -> float:
    """Time a command in the copy, in seconds; it uses the copy's package, not the installed one."""
    environment = os.environ | {"PYTHONPATH": str(copy), "BRIDGEBOOK_DATA": str(copy / "data")}
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - started


def _own_builds(copy: Path, *options: str) -> list[Row]:
    command = ("-m", "bookpress.cli", "--root", str(copy), "build", *filter(None, options))
    clean = _run(copy, *command)
    cells = [
        seconds
        for record in (copy / "_build" / "executed").rglob("*.json")
        for seconds in json.loads(record.read_text("utf-8"))["cell_seconds"]
    ]
    unchanged = _run(copy, *command)
    chapter = max((copy / "chapters").rglob("*.md"), key=lambda path: path.stat().st_size)
    text = chapter.read_text("utf-8")
    chapter.write_text(text.rstrip() + "\n\nOne more sentence for the benchmark.\n", "utf-8")
    prose = _run(copy, *command)
    marked = re.sub(
        r"(```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|:[^\n]*\n)*)",
        r"\1_bench = 1\n",
        text,
        count=1,
        flags=re.DOTALL,
    )
    chapter.write_text(marked, "utf-8")
    code = _run(copy, *command)
    chapter.write_text(text, "utf-8")
    cores = os.cpu_count() or 1
    name = chapter.relative_to(copy / "chapters").as_posix()
    return [
        ("clean build", f"{clean:.1f} s"),
        ("build with nothing changed", f"{unchanged:.1f} s"),
        (f"rebuild after a word in {name}", f"{prose:.1f} s"),
        (f"rebuild after a cell in {name}", f"{code:.1f} s"),
        (f"the limit: cell times / {cores} cores", f"{sum(cells) / cores:.1f} s"),
    ]


def _stock(copy: Path) -> float:
    """Time plain Jupyter Book on the same sources; it executes the chapters one after another."""
    config = sources.config(copy)
    config["execute"]["execute_notebooks"] = "force"
    config["sphinx"]["extra_extensions"] = [
        name for name in config["sphinx"]["extra_extensions"] if name != "bookpress.site"
    ] + ["bookpress.site.quiz", "bookpress.site.catalogue"]
    for key in ("nb_custom_formats", "html_math_renderer"):
        del config["sphinx"]["config"][key]
    stock = copy / "_stock.yml"
    sources.write_yaml(stock, config)
    out = str(copy / "_stock")
    command = ("build", ".", "--config", str(stock), "--path-output", out, "--all", "-q")
    seconds = _run(copy, "-c", "from jupyter_book.cli.main import main; main()", *command)
    pages = list(Path(out).rglob("the-rule-as-code.html"))
    if not pages or "The claim" not in pages[0].read_text("utf-8"):
        raise RuntimeError(f"bench: stock jupyter-book wrote no executed chapter below {out}")
    return seconds


def _tables() -> list[Row]:
    """Size of each table, and the time of its first load into a typed frame."""
    from bridgebook import catalog

    timed = []
    for name in catalog.tables():
        catalog.forget()
        started = time.perf_counter()
        frame = catalog.load(name)
        seconds = time.perf_counter() - started
        size = catalog.describe(name)["bytes"]
        timed.append((seconds, size, name, f"{len(frame):,} rows, {size / 1000:,.0f} kB"))
    total = sum(size for _, size, *_ in timed)
    rows = [("all tables", f"{len(timed)} tables, {total / 1e6:.2f} MB")]
    for seconds, _, name, size in sorted(timed, reverse=True):
        rows.append((name, f"{size}, {seconds * 1000:.0f} ms"))
    return rows


def _answers() -> list[Row]:
    """Time ``check`` on a wrong answer, the slowest case: it computes every slip."""
    from bridgebook.exercises import check, exercises

    timed = []
    for name in exercises():
        check(name, 123.456)
        begin = time.perf_counter()
        check(name, 123.456)
        timed.append((time.perf_counter() - begin, name))
    slowest = sorted(timed, reverse=True)
    total = sum(seconds for seconds, _ in timed)
    rows = [("all exercises", f"{len(timed)} exercises, {total:.1f} s")]
    return rows + [(name, f"{seconds * 1000:.0f} ms") for seconds, name in slowest[:5]]


def _weights(site: Path) -> list[Row]:
    """Raw and gzipped weight of each page, including the files it references.

    The catalogue pages share one template, so only the heaviest of them is listed.
    """
    from bookpress.site.built import own_pages
    from bookpress.site.catalogue import PAGES

    weights: list[tuple[tuple[int, int], str]] = []
    tables: list[tuple[tuple[int, int], str]] = []
    for page in own_pages(site):
        name = page.relative_to(site).as_posix()
        group = tables if name.startswith(f"{PAGES}/") else weights
        group.append((page_weight(page, site), name))
    weights += sorted(tables)[-1:]
    return [
        (name, f"{raw / 1000:.0f} kB, {packed / 1000:.0f} kB") for (raw, packed), name in weights
    ]


def page_weight(page: Path, site: Path) -> tuple[int, int]:
    """Bytes of a page with its scripts, styles, fonts and pictures: raw and gzipped.

    Parameters
    ----------
    page
        An HTML file of the site.
    site
        The site's root folder.
    """
    files = {page} | set(_named_files(page, site))
    raw = packed = 0
    for path in files:
        data = path.read_bytes()
        raw += len(data)
        packed += len(data) if path.suffix in {".woff2", ".png"} else len(gzip.compress(data, 6))
    return raw, packed


def _named_files(page: Path, site: Path) -> Iterable[Path]:
    text = page.read_text("utf-8")
    patterns = (
        r'<script[^>]+src="([^"]+)"',
        r'<link[^>]+href="([^"]+)"[^>]+rel="(?:stylesheet|preload)',
        r'<link[^>]+rel="(?:stylesheet|preload)[^>]+href="([^"]+)"',
        r'<img[^>]+src="([^"]+)"',
        r'data-source="([^"]+)"',
    )
    for pattern in patterns:
        for address in re.findall(pattern, text):
            path = (page.parent / address.split("?")[0].split("#")[0]).resolve()
            if path.is_file() and path.is_relative_to(site.resolve()):
                yield path
                if path.suffix == ".css":
                    yield from _fonts(path)


def _fonts(sheet: Path) -> Iterable[Path]:
    for address in re.findall(r"url\(\"?([^\")]+\.woff2)", sheet.read_text("utf-8")):
        path = (sheet.parent / address).resolve()
        if path.is_file():
            yield path


def _print(title: str, rows: list[Row]) -> None:
    width = max(len(name) for name, _ in rows)
    print(f"\n{title}")
    for name, value in rows:
        print(f"  {name:<{width}}  {value}")
