"""The book's commands: ``bridgebook build | serve | refresh | bench``; the Makefile calls them."""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import sys
from pathlib import Path

from bookpress import sources
from bookpress.build import build


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Files of the built book with the types that browsers expect."""

    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".wasm": "application/wasm",
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".csv": "text/csv; charset=utf-8",
        ".py": "text/x-python; charset=utf-8",
        ".ipynb": "application/json",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal calm."""


def serve(folder: Path, port: int) -> int:
    """Serve the built book on this machine only, until interrupted."""
    if not (folder / "index.html").exists():
        print(f"bridgebook serve: {folder} holds no book yet: run `make book` first")
        return 1
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(
            f"The book is at http://127.0.0.1:{server.server_port}/ (stop with Ctrl+C)", flush=True
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def refresh(root: Path, options: argparse.Namespace) -> int:
    """Rebuild tables from upstream files; see :mod:`bookpress.refresh`.

    Returns
    -------
    0; 1 if a file or table cannot be had, or with ``--check`` if anything would change.
    """
    from bookpress.refresh import RefreshError, run
    from bookpress.refresh.upstream import Folder, Web

    os.environ["BRIDGEBOOK_DATA"] = str(root / "data")
    web = Web(root / ".cache" / "upstream", progress=sys.stderr.isatty())
    store: Folder | Web = web
    if options.source:
        if not options.source.is_dir():
            print(f"bridgebook refresh: {options.source} is not a folder", file=sys.stderr)
            return 1
        store = Folder(options.source, fallback=web)
    try:
        differs = run.refresh(
            options.tables,
            store,
            root / "data",
            root / "chapters",
            write=not options.check,
            tolerance=options.tolerance,
        )
    except RefreshError as error:
        print(f"bridgebook refresh: {error}", file=sys.stderr)
        return 1
    return int(differs and options.check)


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the ``bridgebook`` command."""
    parser = argparse.ArgumentParser(prog="bridgebook", description=__doc__)
    parser.add_argument("--root", type=Path, default=sources.ROOT, help="the repository")
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="check data, run chapters, write the pages")
    builder.add_argument("--fresh", action="store_true", help="forget earlier runs")
    builder.add_argument("--out", type=Path, help="default: _build/html")
    builder.add_argument("--jobs", type=int, default=1, help="Sphinx processes")
    builder.add_argument(
        "--pages-only", action="store_true", help="leave out Python for the browser"
    )
    server = commands.add_parser("serve", help="serve the built book on 127.0.0.1")
    server.add_argument("--port", type=int, default=8000)
    commands.add_parser("bench", help="measure building and page weights")
    fresh = commands.add_parser("refresh", help="rebuild tables from upstream files")
    fresh.add_argument(
        "tables", nargs="*", help="tables to rebuild (default: all that code builds)"
    )
    fresh.add_argument(
        "--from", dest="source", type=Path, metavar="FOLDER",
        help="folder of upstream files; those not in it are fetched from their addresses",
    )  # fmt: skip
    fresh.add_argument("--check", action="store_true", help="write nothing; 1 if anything differs")
    fresh.add_argument(
        "--tolerance", type=float, default=0.01, metavar="SHARE",
        help="relative change up to which a moved number is only counted (default 0.01)",
    )  # fmt: skip
    chosen = parser.parse_args(arguments)
    root = chosen.root.resolve()
    if chosen.command == "build":
        out = (chosen.out or root / "_build" / "html").resolve()
        return build(root, out, chosen.fresh, chosen.jobs, chosen.pages_only)
    if chosen.command == "serve":
        return serve(root / "_build" / "html", chosen.port)
    if chosen.command == "refresh":
        return refresh(root, chosen)
    from bookpress.bench import report

    return report(root)


if __name__ == "__main__":
    sys.exit(main())
