"""Fixtures shared by all tests: the built book, a server for it, a real browser, and axe-core.

Nothing here skips. A missing requirement fails with the command that installs it.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from bookpress import files

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

# Speed is measured by `make bench`; a slow machine must not make a property false.
settings.register_profile("book", deadline=None)
settings.load_profile("book")

ROOT = Path(__file__).resolve().parents[1]
SITE = Path(os.environ.get("BOOK_SITE") or ROOT / "_build" / "html").resolve()
CACHE = ROOT / ".cache"

AXE_VERSION = "4.14.1"
AXE_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"

GRAVE = {"serious", "critical"}

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Third-party requests fail at once, even on machines with a network connection.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "google-chrome"]


# --- the built book -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def site() -> Path:
    """Folder of the built book: ``_build/html``, or what BOOK_SITE names."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"{SITE} holds no book: run `make book` first", pytrace=False)
    return SITE


class _Server(http.server.ThreadingHTTPServer):
    """Does not print when the browser drops a connection."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve any folder on 127.0.0.1 as `bridgebook serve` does; gives the address."""
    from bookpress.serve import QuietHandler

    running: list[tuple[_Server, threading.Thread]] = []

    def start(folder: Path) -> str:
        server = _Server(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def server(site: Path, serve: Callable[[Path], str]) -> str:
    """Address of the built book, without a slash at the end; as on most hosts below a path."""
    return f"{serve(site.parent)}/{site.name}"


# --- the browser --------------------------------------------------------------------------


def find_chromium(own: str) -> str | None:
    """A Chromium on this machine: the CHROMIUM variable, Playwright's own, the system's."""
    wanted = os.environ.get("CHROMIUM")
    if wanted:
        found = shutil.which(wanted)
        if not found:
            pytest.fail(f"CHROMIUM names {wanted}, which cannot be run", pytrace=False)
        return found
    return next(filter(None, map(shutil.which, [own, *BROWSERS])), None)


def _install_chromium() -> None:
    """Try once to install Chromium on Debian and its derivatives; needs root."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> str:
    """Path of a Chromium."""
    own = playwright.chromium.executable_path
    found = find_chromium(own)
    if not found:
        _install_chromium()
        found = find_chromium(own)
    if not found:
        pytest.fail(
            "no Chromium found: run `sudo apt-get install chromium`, or "
            f"`{sys.executable} -m playwright install chromium`, or set CHROMIUM to one",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def launch(playwright: Playwright, chromium: str) -> Callable[..., Browser]:
    """Start a browser with more flags; the caller closes it."""

    def start(*flags: str) -> Browser:
        return playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags])

    return start


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """One browser for the session; tests use contexts of their own."""
    running = launch()
    yield running
    running.close()


@dataclass
class Watch:
    """What goes wrong while a page is open."""

    allowed: str
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    responses: list[Any] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", self._request)
        context.on("requestfailed", self._request_failed)
        context.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.console.append(f"{message.type}: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.allowed, "data:", "blob:", "about:")):
            self.foreign.append(request.url)

    def _request_failed(self, request: Any) -> None:
        # A download, and what a page still loads when it is left, count as aborted.
        if request.failure != "net::ERR_ABORTED":
            self.failed.append(f"{request.failure}: {request.url}")

    def _response(self, response: Any) -> None:
        self.responses.append(response)
        if response.status >= 400:
            self.failed.append(f"status {response.status}: {response.url}")

    def problems(self) -> list[str]:
        """Everything seen so far."""
        return [
            *(f"console {text}" for text in self.console),
            *(f"uncaught {text}" for text in self.errors),
            *(f"failed request, {text}" for text in self.failed),
            *(f"request to another host: {text}" for text in self.foreign),
        ]

    def take(self) -> list[str]:
        """Return the problems since the last call; each is reported only once."""
        found = self.problems()
        for seen in (self.console, self.errors, self.failed, self.foreign):
            seen.clear()
        return found


class Visitor:
    """Open pages of the book, each in a fresh context, and record what goes wrong."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self._contexts: list[BrowserContext] = []
        self._watches: list[Watch] = []

    def __call__(self, path: str, width: int = 1280, scheme: str = "light", **options: Any) -> Page:
        """Open ``path`` of the site, or a file:// address, at a width in a colour scheme."""
        own = not path.startswith(("about:", "file:"))
        address = f"{self.address}/{path}" if own else path
        context = self.browser.new_context(
            viewport={"width": width, "height": 900 if width > 500 else 780},
            color_scheme=scheme,  # type: ignore[arg-type]
            **options,
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        self._watches.append(self.watch(context, "" if own else path))
        page = context.new_page()
        page.goto(address, wait_until="load")
        return page

    def watch(self, context: BrowserContext, path: str = "") -> Watch:
        """Watch a context's pages, which may request this site, or the folder that they are in."""
        # Compare hosts: JupyterLite's worker itself answers one URL outside the site's folder.
        host = "/".join(self.address.split("/")[:3])
        watch = Watch("file:" if path.startswith("file:") else f"{host}/")
        watch.attach(context)
        return watch

    def problems(self) -> list[str]:
        """What went wrong on all pages opened so far."""
        return [problem for watch in self._watches for problem in watch.problems()]

    def take_problems(self) -> list[str]:
        """The same since the last time; what is taken does not fail the test a second time."""
        return [problem for watch in self._watches for problem in watch.take()]

    def responses(self) -> list[Any]:
        """Every answer that a page got, in order."""
        return [response for watch in self._watches for response in watch.responses]

    def overlook(self, words: str) -> None:
        """Forget what consoles said with these words in it."""
        for watch in self._watches:
            watch.console[:] = [text for text in watch.console if words not in text]

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visitor]:
    """Open pages of the book; whatever went wrong on them fails the test at its end."""
    visitor = Visitor(browser, server)
    yield visitor
    problems = visitor.problems()
    visitor.close()
    assert not problems, "the browser reports:\n" + "\n".join(problems)


@pytest.fixture(scope="session")
def lasting_visit(browser: Browser, server: str) -> Iterator[Visitor]:
    """Open pages that several tests share; each of these takes the problems it has made."""
    visitor = Visitor(browser, server)
    yield visitor
    visitor.close()


# --- axe-core -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The script of axe-core, fetched once by npm and checked by hash."""
    address = f"{files.NPM}axe-core@{AXE_VERSION}"
    name = f"axe-core-{AXE_VERSION}.tgz"
    try:
        archive = files.fetch(address, f"sha256:{AXE_SHA256}", CACHE, name)
    except files.FetchError as error:
        pytest.fail(f"{error}; put that file into {CACHE}", pytrace=False)
    return files.unpacked(archive, "package/axe.min.js").decode()


@pytest.fixture(scope="session")
def axe(axe_source: str) -> Callable[..., list[str]]:
    """Run axe-core on a page in its current state; return one line per serious or critical rule.

    Tags of rules after the page, such as ``cat.color``, choose among the rules.
    """

    def run(page: Page, *tags: str) -> list[str]:
        if not page.evaluate("typeof window.axe === 'object'"):
            page.evaluate(axe_source)
        options = {"resultTypes": ["violations"]} | ({"runOnly": list(tags)} if tags else {})
        found = page.evaluate("options => axe.run(document, options)", options)
        assert found["passes"], "axe checked nothing"
        return [_in_one_line(v) for v in found["violations"] if v["impact"] in GRAVE]

    return run


def _in_one_line(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    places = "; ".join(" ".join(map(str, node["target"])) for node in nodes[:4])
    example = " ".join(nodes[0]["html"].split())[:160]
    why = " ".join(nodes[0].get("failureSummary", "").split())[:200]
    return (
        f"{violation['id']} ({violation['impact']}), {len(nodes)} times: {places}\n"
        f"    e.g. {example}\n    {why}"
    )
