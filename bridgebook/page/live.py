"""Python on the page: runs the cells of a chapter where a reader has made it live.

A web worker loads this module in Pyodide (``site/static/live-worker.js``) and the page shows its
outputs (``live.js``). Cells run in IPython, as in the build, so *display*, tracebacks and the
last expression behave as in Jupyter.
"""

from __future__ import annotations

import ast
import json
import os
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets import Type
from traitlets.config import Config

from bridgebook.page import interactive
from bridgebook.page.charts import FIGURE_MIME
from bridgebook.page.interactive import FRAMES_MIME
from bridgebook.page.onpage import LIVE_VARIABLE, readable_table, with_own_ids

BETTER_FIRST = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
"""Formats that a page can show, the richest first."""


class PublishedResult(DisplayHook):
    """Displays a cell's last expression like any other output."""

    def write_output_prompt(self) -> None:
        """No ``Out[1]:`` on a page."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        """Publish the value in all its formats."""
        publisher = PageShell.instance().display_pub
        publisher.publish(format_dict, md_dict)

    def finish_displayhook(self) -> None:
        """Do nothing: nothing was printed, so there is nothing to flush."""


class PageShell(InteractiveShell):
    """IPython that returns results and tracebacks instead of printing them."""

    displayhook_class = Type(PublishedResult)
    traceback = ""

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: a page has no GUI, but IPython calls this before drawing figures inline."""

    def _showtraceback(self, *raised: Any) -> None:
        self.traceback = "\n".join(raised[-1])


def start() -> PageShell:
    """Create the shell that runs the cells, and draw figures for the page from now on."""
    os.environ[LIVE_VARIABLE] = "1"
    quiet = {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "NoColor"}}
    shell = PageShell.instance(config=Config(quiet))
    shell.enable_matplotlib("inline")  # type: ignore[no-untyped-call]  # IPython has no types
    return shell


def run(source: str) -> str:
    """Run a cell.

    Parameters
    ----------
    source
        Its code.

    Returns
    -------
    JSON: a list of outputs in the order a notebook would show them, each with a ``kind``:
    ``text`` (with ``stream``), ``figure`` and ``frames`` (with ``html``), ``html``, ``picture``
    (with ``address``), ``number`` (with ``name`` and ``text``), and last ``error`` (with ``name``,
    ``message`` and ``traceback``).
    """
    shell = PageShell.instance()
    with capture_output() as seen:
        done = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
    printed = [("stdout", seen.stdout), ("stderr", seen.stderr)]
    outputs = [{"kind": "text", "stream": name, "text": text} for name, text in printed if text]
    outputs += [_shown(each.data, each.metadata or {}) for each in seen.outputs]
    error = done.error_before_exec or done.error_in_exec
    if error is not None:
        details = {"name": type(error).__name__, "message": str(error)}
        outputs.append({"kind": "error", **details, "traceback": shell.traceback})
    return json.dumps(outputs)


def redraw(number: int, place: int, positions: str) -> str:
    """Draw one panel of frames: :func:`.interactive.redraw` with positions as JSON."""
    return interactive.redraw(number, place, json.loads(positions))


def _shown(data: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """Return one rich output, in the richest format that the page can show."""
    glued = metadata.get("scrapbook", {}).get("name")
    if glued:
        (text,) = data.values()
        return {"kind": "number", "name": glued, "text": ast.literal_eval(text)}
    if FIGURE_MIME in data:
        return {"kind": "figure", **data[FIGURE_MIME]}
    if FRAMES_MIME in data:
        return {"kind": "frames", **data[FRAMES_MIME]}
    best = next((mime for mime in BETTER_FIRST if mime in data), "")
    content = data.get(best, "")
    if best == "text/html":
        return {"kind": "html", "html": _table_or_as_it_is(content)}
    if best == "image/svg+xml":
        return {"kind": "html", "html": with_own_ids(content, "live")}
    if best.startswith("image/"):
        return {"kind": "picture", "address": f"data:{best};base64,{content.strip()}"}
    return {"kind": "text", "stream": "stdout", "text": content}


def _table_or_as_it_is(html: str) -> str:
    if 'class="dataframe"' not in html:
        return html
    try:
        return readable_table(html, "Table that this cell computed")
    except ValueError:  # cells with HTML of the reader's own
        return html
