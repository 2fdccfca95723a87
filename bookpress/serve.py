"""Serve the built book on this machine."""

from __future__ import annotations

import functools
import http.server
from pathlib import Path


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serve files of the built book with the MIME types that browsers expect."""

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
        """Log nothing."""


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
