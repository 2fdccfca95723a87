"""Rebuild the pages on every edit, and reload the browser that shows them.

Each build runs in a process forked from this one, which has already imported Sphinx: a build starts
at once, and none of its state in memory reaches the next. If the code of a package changes, the
command restarts itself.
"""

from __future__ import annotations

import http.server
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bookpress import sources
from bookpress.build import build
from bookpress.serve import QuietHandler

CODE = ("bridgebook", "bookpress")
RELOAD = "/.reload"
SCRIPT = f"""<script>
(async () => {{
  let seen = null;
  for (;;) {{
    try {{
      const now = await (await fetch("{RELOAD}?" + (seen ?? ""))).text();
      if (seen !== null && now !== seen) return location.reload();
      seen = now;
    }} catch {{ await new Promise((again) => setTimeout(again, 1000)); }}
  }}
}})();
</script>""".encode()
PATIENCE_SECONDS = 20
"""Timeout of a browser's request for the next build; the browser then repeats the request."""


class Editions:
    """Counter of successful builds; browsers wait for the next one."""

    def __init__(self) -> None:
        self.number = 0
        self._changed = threading.Condition()

    def publish(self) -> None:
        """Tell all waiting browsers that there is a new edition."""
        with self._changed:
            self.number += 1
            self._changed.notify_all()

    def after(self, seen: str) -> int:
        """Wait until the edition differs from the one the browser has seen; return its number."""
        with self._changed:
            self._changed.wait_for(lambda: str(self.number) != seen, timeout=PATIENCE_SECONDS)
            return self.number


class ReloadingHandler(QuietHandler):
    """Serves the site with a script on every page that reloads it after a build."""

    def __init__(self, *arguments: object, editions: Editions, directory: str) -> None:
        self.editions = editions
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:  # noqa: N802 - the base class names it so
        """Answer a waiting browser, or send a file; pages get the script."""
        path, _, seen = self.path.partition("?")
        if path == RELOAD:
            self._send(str(self.editions.after(seen)).encode(), "text/plain")
            return
        file = Path(self.translate_path(self.path))
        if file.is_dir():
            file = file / "index.html"
        if file.suffix == ".html" and file.is_file():
            self._send(file.read_bytes() + SCRIPT, "text/html; charset=utf-8")
            return
        super().do_GET()

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def watch(root: Path, port: int) -> int:
    """Build, serve on 127.0.0.1, and build again after each change, until interrupted.

    Parameters
    ----------
    root
        The repository.
    port
        Where to serve; 0 takes any free one.
    """
    from watchfiles import watch as changes_in

    site = root / "_build" / "html"
    _import_builders()
    rebuild(root, site)
    editions = Editions()
    handler = partial(ReloadingHandler, editions=editions, directory=str(site))
    places = [root / name for name in sources.INPUTS if (root / name).exists()]
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(
            f"The book is at http://127.0.0.1:{server.server_port}/ and follows your edits "
            "(stop with Ctrl+C)",
            flush=True,
        )
        try:
            for changes in changes_in(*places, watch_filter=_counts(root), raise_interrupt=False):
                changed = sorted({Path(name).relative_to(root).as_posix() for _, name in changes})
                print(f"changed: {', '.join(changed)}", flush=True)
                if any(name.split("/")[0] in CODE for name in changed):
                    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
                if rebuild(root, site):
                    editions.publish()
        finally:
            server.shutdown()
    return 0


def _counts(root: Path) -> Callable[[object, str], bool]:
    """Make a filter that ignores files written by a build and temporary files of editors."""
    made = root / sources.TABLE_PAGES

    def counts(_: object, name: str) -> bool:
        path = Path(name)
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        return not (hidden or made in path.parents or "__pycache__" in path.parts)

    return counts


def _import_builders() -> None:
    """Import what every build needs, so that forked builds have it."""
    import bookpress.checks
    import bookpress.site  # noqa: F401


def rebuild(root: Path, site: Path) -> bool:
    """Build the pages in a forked process; return whether the build succeeded."""
    started = time.perf_counter()
    child = os.fork()
    if not child:
        status = 1
        try:
            status = build(root, site, pages_only=True)
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    print(f"({time.perf_counter() - started:.1f} s)", flush=True)
    return status == 0
