"""The book's commands, which the Makefile calls: ``bridgebook build | serve | watch | refresh``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from bookpress import sources
from bookpress.build import build
from bookpress.serve import serve


def refresh(root: Path, options: argparse.Namespace) -> int:
    """Rebuild tables from upstream files; see :mod:`bookpress.refresh`.

    Returns
    -------
    0; 1 if a file or table is not available, or with ``--check`` if anything would change.
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
    watcher = commands.add_parser("watch", help="build and serve while you edit")
    watcher.add_argument("--port", type=int, default=8000)
    bench = commands.add_parser("bench", help="measure building and page weights")
    bench.add_argument("--quick", action="store_true", help="without browser and stock build")
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
    if chosen.command == "watch":
        from bookpress.watch import watch

        return watch(root, chosen.port)
    if chosen.command == "refresh":
        return refresh(root, chosen)
    from bookpress.bench import report

    return report(root, chosen.quick)


if __name__ == "__main__":
    sys.exit(main())
