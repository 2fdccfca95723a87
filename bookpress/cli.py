"""The book's commands: ``bridgebook build | serve | refresh | bench``; the Makefile calls them."""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import shutil
import sys
import time
from pathlib import Path

from bookpress import sources
from bookpress.files import write_atomically

REDIRECT = """\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bridge or Barrier?</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={target}"><link rel="canonical" href="{target}"></head>
<body><main><h1>Bridge or Barrier?</h1>
<p><a href="{target}">Open the book</a></p></main></body></html>
"""


def build(
    source: Path, out: Path, fresh: bool = False, jobs: int = 1, pages_only: bool = False
) -> int:
    """Check the data, run the chapters, write the pages; anything doubtful stops it.

    Parameters
    ----------
    source
        The repository: ``_config.yml``, ``_toc.yml``, ``chapters``, ``data``.
    out
        Where the site goes, e.g. ``_build/html``.
    fresh
        Forget earlier runs and pages.
    jobs
        Sphinx processes; chapters always run on all cores.
    pages_only
        Leave out Python for the browser, for a quick look; the Run buttons lead nowhere then.

    Returns
    -------
    0, or 1 with the cause printed.
    """
    from bookpress import checks

    missing = [
        name
        for name in ("_config.yml", "_toc.yml", "chapters", "data")
        if not (source / name).exists()
    ]
    if missing:
        print(f"bridgebook build: {source} lacks {', '.join(missing)}: run it from the repository")
        return 1
    if fresh:
        shutil.rmtree(out.parent, ignore_errors=True)
    os.environ.setdefault("BRIDGEBOOK_DATA", str(source / "data"))
    started = time.perf_counter()
    problems = checks.check_if_changed(out.parent / "data-checked")
    if problems:
        print("The data did not pass their checks (make data-check):")
        print("\n".join(f"  {problem}" for problem in problems))
        return 1
    status = _sphinx(source, out, jobs)
    if status:
        print("\nThe book was NOT built: see the messages above; warnings count as errors.")
        return 1
    _write_redirect(source, out)
    if not pages_only and not _add_python(source, out):
        return 1
    print(f"\nThe book is in {out}/index.html ({time.perf_counter() - started:.1f} s)")
    print("Look at it with `make serve`.")
    return 0


def _sphinx(source: Path, out: Path, jobs: int) -> int:
    """Call Jupyter Book's own translation of ``_config.yml`` and Sphinx, warnings as errors."""
    from jupyter_book.sphinx import build_sphinx

    result = build_sphinx(
        str(source),
        str(out),
        path_config=str(source / "_config.yml"),
        noconfig=True,
        confoverrides={
            "external_toc_path": str(source / "_toc.yml"),
            "master_doc": sources.contents(source)["root"],
            "latex_individualpages": False,
        },
        builder="html",
        warningiserror=True,
        keep_going=True,
        quiet=True,
        jobs=jobs,
    )
    return int(result) if isinstance(result, int) else 1


def _add_python(source: Path, out: Path) -> bool:
    """Put Python for the browser beside the pages; False with the cause printed."""
    from sphinx.errors import ExtensionError

    from bookpress.site import lite

    try:
        lite.write(source, out, sources.config(source)["title"])
    except ExtensionError as error:
        print(f"\nThe pages are built, but Python for the browser is not: {error}")
        return False
    return True


def _write_redirect(source: Path, out: Path) -> None:
    """The site's root leads to the first page."""
    root = sources.contents(source)["root"]
    write_atomically(out / "index.html", REDIRECT.format(target=f"{root}.html").encode())


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
