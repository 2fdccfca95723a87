"""The same in Debian's Firefox, driven through its own WebDriver BiDi: a live page, and Jupyter.

Playwright drives only a Firefox of its own; this needs a socket and eight commands.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket

CHAPTER = "export-controls/the-rule-as-code"
NAMES = ("firefox-esr", "firefox")
SECONDS = 180
CONTROL, ENTER = "\ue009", "\ue007"
PANEL = "window.jupyterapp?.shell?.currentWidget"


def find_firefox() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


ABORTED = "status=2152398850"
"""How Firefox reports a download that ended because the page was left (NS_BINDING_ABORTED)."""


class Firefox:
    """A running Firefox with one page."""

    def __init__(self, program: str, profile: Path) -> None:
        options = ["--headless", "--no-remote", "--remote-debugging-port=0"]
        self._process = subprocess.Popen(
            [program, *options, "--profile", str(profile), "about:blank"],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            found = re.search(r"BiDi listening on (ws://\S+)", line)
            if found:
                break
        else:
            pytest.fail(f"{program} offers no WebDriver BiDi", pytrace=False)
        self._socket = websocket.create_connection(
            f"{found[1]}/session", timeout=SECONDS, suppress_origin=True
        )
        self._ids = itertools.count(1)
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.command("session.new", capabilities={})
        self.command("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self.page = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def command(self, method: str, **params: Any) -> Any:
        """Send a command and wait for its answer; what happens meanwhile is noted."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "network.beforeRequestSent":
            self.asked.append(message["params"]["request"]["url"])
        elif message.get("method") == "log.entryAdded":
            entry = message["params"]
            grave = entry["type"] == "javascript" and entry["level"] == "error"
            if grave and ABORTED not in entry["text"]:
                self.errors.append(entry["text"])

    def open(self, address: str) -> None:
        self.command("browsingContext.navigate", context=self.page, url=address, wait="complete")

    def ask(self, expression: str) -> Any:
        """Value of a JavaScript expression, through JSON."""
        found = self.command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})) ?? 'null')()",
            target={"context": self.page},
            awaitPromise=True,
        )
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"])

    def wait(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + SECONDS
        while not self.ask(f"Boolean({expression})"):
            assert time.monotonic() < end, f"never true in Firefox: {expression}"
            time.sleep(0.2)

    def click(self, element: str) -> None:
        """Click near the left end of an element; typing needs a window that was clicked."""
        self.ask(f"{element}.scrollIntoView({{ block: 'center', behavior: 'instant' }})")
        box = self.ask(f"{element}.getBoundingClientRect()")
        place = {"x": round(box["left"] + 40), "y": round(box["top"] + box["height"] / 2)}
        steps = [{"type": "pointerMove", **place}]
        steps += [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        source = {"type": "pointer", "id": "mouse", "actions": steps}
        self.command("input.performActions", context=self.page, actions=[source])

    def press(self, keys: str, held: str = "") -> None:
        """Press keys one after the other while another is held."""
        down = [{"type": "keyDown", "value": held}] if held else []
        up = [{"type": "keyUp", "value": held}] if held else []
        each = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": [*down, *each, *up]}
        self.command("input.performActions", context=self.page, actions=[source])

    def close(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=30)


@pytest.fixture
def firefox(tmp_path: Path, server: str) -> Iterator[Firefox]:
    program = find_firefox()
    if program is None and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "-qq", "firefox-esr"]
        subprocess.run(install, check=False, stdout=subprocess.DEVNULL)
        program = find_firefox()
    if program is None:
        pytest.fail("no Firefox found: run `sudo apt-get install firefox-esr`", pytrace=False)
    running = Firefox(program, tmp_path)
    yield running
    host = "/".join(server.split("/")[:3])
    foreign = [
        url for url in running.asked if not url.startswith((host, "data:", "blob:", "about:"))
    ]
    running.close()
    assert len(running.asked) > 10, "the requests were seen"
    assert not foreign, f"Firefox asked other hosts: {foreign}"
    assert not running.errors, f"Firefox reports: {running.errors}"


def test_a_live_page(firefox: Firefox, server: str) -> None:
    firefox.open(f"{server}/chapters/{CHAPTER}.html")
    status = "document.querySelector('.live-status')?.textContent"
    figure = "document.querySelector('figure.book-figure .book-image').innerHTML"
    stored = firefox.ask(figure)

    firefox.ask("document.querySelector('button.btn-live').click()")
    firefox.wait(f"/Python is ready/.test({status})")
    firefox.ask("document.querySelector('.live-buttons button').click()")
    firefox.wait(f"/cells have run|stopped|failed/.test({status})")
    assert re.search(r"\d\d cells have run", firefox.ask(status))
    assert firefox.ask("document.querySelectorAll('.output.traceback').length") == 0
    assert firefox.ask(figure).count("<svg") == 1 and firefox.ask(figure) != stored

    editor = "document.querySelector('.live-editor .CodeMirror').CodeMirror"
    firefox.click("document.querySelector('.live-editor .CodeMirror-lines')")
    firefox.press("a", held=CONTROL)
    firefox.press("print(6 * 7)")
    firefox.wait(f"{editor}.getValue() === 'print(6 * 7)'")
    firefox.press(ENTER, held=CONTROL)
    firefox.wait(f"/The cell has run/.test({status})")
    assert firefox.ask("document.querySelector('div.cell .cell_output').innerText.trim()") == "42"

    panel = "document.querySelector('.book-frames[data-live] .book-panel').innerHTML"
    shown = firefox.ask(panel)
    firefox.ask(
        """(() => { const control = document.querySelector(".book-frames[data-live] input");
        control.stepUp(); control.dispatchEvent(new Event("input")); })()"""
    )
    firefox.wait(f"{panel} !== {json.dumps(shown)}")


def test_jupyterlite(firefox: Firefox, server: str) -> None:
    firefox.open(f"{server}/chapters/{CHAPTER}.html")
    firefox.open(firefox.ask("document.querySelector('a.btn-run-in-browser').href"))
    firefox.wait(f"{PANEL}?.sessionContext?.session?.kernel?.status === 'idle'")
    firefox.ask("window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => 1)")
    cells = f"{PANEL}.content.model.toJSON().cells"
    firefox.wait(f"{cells}.every(cell => cell.cell_type !== 'code' || cell.execution_count)")
    firefox.wait(f"{PANEL}.sessionContext.session.kernel.status === 'idle'")
    outputs = firefox.ask(f"{cells}.flatMap(cell => cell.outputs ?? [])")
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 3
