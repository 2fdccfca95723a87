"""Benchmark the start-up of Python in the browser against a bare page, the lower bound."""

from __future__ import annotations

import functools
import http.server
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookpress.site.lite import FOLDER, PYTHON

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHAPTER = "chapters/export-controls/the-rule-as-code"
FIGURE = "fig-tpp-check"
CELL = 4
"""Number, on the page, of the cell that draws :data:`FIGURE`."""
RUNS = 3
MILLISECONDS = 180_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

BARE = """<!doctype html><html lang="en"><title>bare</title><link rel="icon" href="data:,">
<button>go</button><div id="figure"></div><script type="module">
document.querySelector("button").onclick = async () => {
  const { loadPyodide } = await import("/PYTHON/pyodide.mjs");
  const packages = ["numpy", "pandas", "matplotlib"];
  const python = await loadPyodide({ indexURL: "/PYTHON/", packages });
  python.globals.set("rows", await (await fetch("/figures/CHAPTER/FIGURE.csv")).text());
  document.querySelector("#figure").innerHTML = python.runPython(`
import io
import numpy
import pandas as pd
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt

apart = pd.read_csv(io.StringIO(rows))
fig, ax = plt.subplots(figsize=(5.2, 3.5))
ax.hlines(range(len(apart)), 1, apart["ratio"])
ax.scatter(apart["ratio"], range(len(apart)))
ax.axvline(1)
ax.set_xscale("log")
ax.set(yticks=range(len(apart)), yticklabels=apart["chip"])
picture = io.StringIO()
fig.savefig(picture, format="svg")
picture.getvalue()
`);
};
</script></html>"""


class _Server(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 - the base class declares it so
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def do_GET(self) -> None:
        """Serve the site, and the bare page that is not part of it."""
        if self.path != "/bare.html":
            return super().do_GET()
        page = BARE.replace("PYTHON", f"{FOLDER}/{PYTHON}")
        data = page.replace("CHAPTER", CHAPTER).replace("FIGURE", FIGURE).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        return None

    def log_message(self, *_: Any) -> None:
        """Quietly."""


@contextmanager
def _served(site: Path) -> Iterator[str]:
    handler = functools.partial(_Server, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def _bare(page: Page, address: str) -> dict[str, float]:
    page.goto(f"{address}/bare.html")
    start = time.perf_counter()
    page.locator("button").click()
    page.wait_for_selector("#figure svg", timeout=MILLISECONDS)
    return {"first figure": time.perf_counter() - start}


def _live(page: Page, address: str) -> dict[str, float]:
    page.goto(f"{address}/{CHAPTER}.html")
    start = time.perf_counter()
    page.locator("button.btn-live").click()
    page.get_by_role("button", name=f"Run cell {CELL}", exact=True).click(timeout=MILLISECONDS)
    seconds = {}
    for event, pattern in [("Python ready", "^Running"), ("first figure", "have run")]:
        page.wait_for_function(
            "pattern => RegExp(pattern).test(document.querySelector('.live-status').textContent)",
            arg=pattern,
            polling=20,
            timeout=MILLISECONDS,
        )
        seconds[event] = time.perf_counter() - start
    return seconds


def _lite(page: Page, address: str) -> dict[str, float]:
    page.goto(f"{address}/{CHAPTER}.html")
    start = time.perf_counter()
    with page.context.expect_page() as opened:
        page.locator("a.btn-run-in-browser").click()
    lab = opened.value
    panel = "window.jupyterapp?.shell?.currentWidget"
    lab.wait_for_function(f"() => {panel}?.content?.model?.cells?.length", timeout=MILLISECONDS)
    seconds = {"notebook shown": time.perf_counter() - start}
    kernel = f"{panel}.sessionContext.session?.kernel"
    lab.wait_for_function(f"() => {kernel}?.status === 'idle'", timeout=MILLISECONDS)
    seconds["Python ready"] = time.perf_counter() - start
    lab.get_by_role("menuitem", name="Run", exact=True).first.click()
    lab.locator('.lm-Menu-itemLabel:text-is("Run All Cells")').click()
    lab.wait_for_function(
        f"() => JSON.stringify({panel}.content.model.toJSON()).includes('image/png')",
        timeout=MILLISECONDS,
    )
    seconds["first figure"] = time.perf_counter() - start
    lab.close()
    return seconds


def rows(site: Path) -> list[tuple[str, str]]:
    """Seconds from the click to each event, cold and warm: medians of :data:`RUNS` runs.

    Parameters
    ----------
    site
        The built site, with Python for the browser in it.

    Returns
    -------
    Name and value of each measurement; a single row giving the reason if there is no browser.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        browser = None
    if browser is None:
        return [("not measured", "needs Chromium and playwright")]
    ways: dict[str, Callable[[Page, str], dict[str, float]]] = {
        "bare page, same Pyodide and wheels": _bare,
        "Live on the page": _live,
        "Run in JupyterLite": _lite,
    }
    timings: dict[str, list[float]] = {}
    with _served(site) as address, sync_playwright() as playwright:
        for _ in range(RUNS):
            for name, measure in ways.items():
                running = playwright.chromium.launch(
                    executable_path=browser, args=["--no-sandbox", "--disable-quic"]
                )
                context = running.new_context(viewport={"width": 1280, "height": 900})
                page = context.new_page()
                for temperature in ("cold", "warm"):
                    for event, seconds in measure(page, address).items():
                        timings.setdefault(f"{name}, {temperature}: {event}", []).append(seconds)
                running.close()
    middle = {name: statistics.median(seconds) for name, seconds in timings.items()}
    table = [(name, f"{seconds:.1f} s") for name, seconds in middle.items()]
    first = "{}, {}: first figure"
    for temperature in ("cold", "warm"):
        bare, live = (middle[first.format(way, temperature)] for way in list(ways)[:2])
        table.append((f"Live against the bare page, {temperature}", f"{live / bare:.2f} times"))
    python = site / FOLDER / PYTHON
    size = sum(path.stat().st_size for path in python.iterdir())
    table.append(("Python in the site", f"{size / 1e6:.1f} MB"))
    return table
