"""`bridgebook watch`: edits are built and the browser reloads; a broken edit keeps the old page."""

from __future__ import annotations

import http.server
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from test_freshness import Book, small_book

from bookpress.watch import RELOAD, Editions, ReloadingHandler

SECONDS = 120


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:
        return str(answer.read().decode())


def test_pages_get_the_script_and_other_files_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>page</p>", "utf-8")
    (tmp_path / "book.css").write_text("p {}", "utf-8")
    editions = Editions()
    handler = partial(ReloadingHandler, editions=editions, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        assert get(f"{base}/").startswith("<p>page</p><script>") and RELOAD in get(f"{base}/")
        assert get(f"{base}/index.html") == get(f"{base}/")
        assert get(f"{base}/book.css") == "p {}"
        assert get(f"{base}{RELOAD}?") == "0", "a browser that has seen nothing need not wait"
        threading.Timer(0.2, editions.publish).start()
        assert get(f"{base}{RELOAD}?0") == "1"
        server.shutdown()


@contextmanager
def watching(book: Book) -> Iterator[tuple[str, list[str]]]:
    """Run the command in the copy; its address, and the lines it prints."""
    environment = {n: v for n, v in os.environ.items() if not n.startswith("BRIDGEBOOK_")}
    environment |= {"PYTHONPATH": str(book.root), "PYTHONUNBUFFERED": "1"}
    call = [sys.executable, "-m", "bookpress.cli", "--root", str(book.root), "watch", "--port", "0"]
    running = subprocess.Popen(
        call,
        cwd=book.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []

    def read() -> None:
        assert running.stdout
        lines.extend(iter(running.stdout.readline, ""))

    threading.Thread(target=read, daemon=True).start()
    try:
        yield wait_for(lines, r"http://127\.0\.0\.1:\d+/"), lines
    finally:
        running.terminate()
        running.wait(timeout=SECONDS)


def wait_for(lines: list[str], pattern: str, since: int = 0) -> str:
    """Wait until a line from number ``since`` on matches; what matched."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for line in lines[since:]:
            if found := re.search(pattern, line):
                return found[0]
        time.sleep(0.05)
    raise AssertionError(f"nothing like {pattern} in:\n{''.join(lines)}")


def test_an_edit_is_built_and_a_broken_one_leaves_the_last_page(tmp_path: Path) -> None:
    book = small_book(tmp_path)
    with watching(book) as (base, lines):
        page = f"{base}chapters/part/short.html"
        edition = get(f"{base}{RELOAD.strip('/')}?")
        old = "of one chip, in gigabytes"
        assert old in get(page)
        since = len(lines)
        book.edit(old, "of a single chip, in gigabytes")
        wait_for(lines, r"changed: .*short\.md", since)
        assert get(f"{base}{RELOAD.strip('/')}?{edition}") != edition
        assert "of a single chip, in gigabytes" in get(page)
        since = len(lines)
        book.edit("bb.glue(speed=speed)", "bb.glue(speed=no_such_name)")
        wait_for(lines, "NOT built", since)
        assert "of a single chip, in gigabytes" in get(page)
