"""Run in the browser: every chapter in the site's own JupyterLite, with nothing to install.

The site includes ``lite/``: Jupyter's notebook interface, Pyodide with the book's packages,
and the chapters. A button at the top of a chapter opens its notebook there. All of it is files;
no server computes anything, and there are no third-party requests.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from sphinx.errors import ExtensionError

from bookpress.files import write_atomically
from bookpress.site import notebooks, pyodide

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "lite"
PYTHON = "static/pyodide"
"""Folder of Pyodide below :data:`FOLDER`."""
BUILD_RECORD = ".made.json"
"""File below :data:`FOLDER` that records the inputs of the last build."""
APPS = ("notebooks", "tree", "edit")
"""A single notebook, the file list and a plain text editor are enough for a reader."""
EXTENSIONS = ("@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager")
KERNEL = {"name": "python", "display_name": "Python (in this browser)", "language": "python"}
TOOLS = ("jupyterlite-core", "jupyterlite-pyodide-kernel", "jupyterlab_widgets")

WELCOME = """\
> A chapter of **{title}**, edition {version}, in your own browser. *Run → Run All Cells* runs it; \
the first run fetches Python and takes a while. What you change is kept in this browser only: \
*File → Download* gives you a copy. A later version of this chapter opens under its own name and \
leaves this one as it is."""


def versioned_path(name: str, data: bytes) -> str:
    """Path of a chapter's notebook: the chapter's name with a checksum of its content.

    The browser stores a reader's edits under the path of the file. Because each version has its
    own path, an edited copy can neither hide a new version nor be overwritten by it.
    """
    return f"{name.removesuffix('.ipynb')}-{hashlib.sha256(data).hexdigest()[:6]}.ipynb"


def _adapted(notebook: Any, title: str) -> Any:
    """Fit a clean notebook for JupyterLite: its kernel, and the package is there already."""
    welcome = WELCOME.format(title=title, version=metadata.version("bridgebook"))
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.cells[notebooks.ORIGIN_AT].source = welcome
    del notebook.cells[notebooks.SETUP_AT]
    return notebook


def for_jupyterlite(path: Path, title: str) -> bytes:
    """Content for the browser of one clean notebook."""
    return f"{nbformat.writes(_adapted(nbformat.read(path, 4), title))}\n".encode()


def settings(title: str) -> dict[str, Any]:
    """Content of ``jupyter-lite.json``: where Python is, and no fallback to PyPI."""
    kernel = {"pyodideUrl": f"./{PYTHON}/pyodide.js", "disablePyPIFallback": True}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": title,
            "exposeAppInBrowser": True,
            "faviconUrl": "./../_static/favicon.svg",
            "contentsStorageName": "bridge-or-barrier",
            "settingsStorageName": "bridge-or-barrier",
            "workspacesStorageName": "bridge-or-barrier",
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        },
    }


def with_icon(html: str) -> str:
    """Link the book's icon in a JupyterLite page, so that browsers do not request /favicon.ico.

    Also set the language, for screen readers.
    """
    icon = '<link rel="icon" type="image/svg+xml" href="../../_static/favicon.svg" />'
    return html.replace("<html>", '<html lang="en">', 1).replace("<head>", f"<head>\n{icon}", 1)


def build(files: dict[str, bytes], title: str, target: Path) -> None:
    """Call JupyterLite's own builder in an empty folder and move the result into place.

    Parameters
    ----------
    files
        What readers find there, by path.
    title
        Name of the application.
    target
        Folder of the site. It is replaced as a whole, Pyodide excepted, and only after success.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".lite-") as name:
        here = Path(name)
        for path, data in files.items():
            (here / "files" / path).parent.mkdir(parents=True, exist_ok=True)
            (here / "files" / path).write_bytes(data)
        (here / "lite").mkdir()
        (here / "lite" / "jupyter-lite.json").write_text(json.dumps(settings(title)), "utf-8")
        shared = Path(sys.prefix, "share", "jupyter", "labextensions")
        options = {
            "contents": [str(here / "files")],
            "lite_dir": str(here / "lite"),
            "output_dir": str(here / "out"),
            "cache_dir": str(here / "cache"),
            "apps": list(APPS),
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            # Listed one by one, so that other packages in the environment do not change the site.
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(shared / extension) for extension in EXTENSIONS],
        }
        config = here / "jupyter_lite_config.json"
        config.write_text(json.dumps({"LiteBuildConfig": options}), "utf-8")
        call = [sys.executable, "-m", "jupyterlite_core.app", "build", "--config", str(config)]
        done = subprocess.run(call, cwd=here, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ExtensionError(
                f"jupyter lite build failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )
        for page in (here / "out").glob("*/index.html"):
            page.write_text(with_icon(page.read_text("utf-8")), "utf-8")
        if (target / PYTHON).is_dir():
            (here / "out" / PYTHON).parent.mkdir(parents=True, exist_ok=True)
            (target / PYTHON).rename(here / "out" / PYTHON)
        if target.exists():
            target.rename(here / "old")
        (here / "out").rename(target)


def write(root: Path, site: Path, title: str) -> None:
    """Make the folder for a site whose pages and notebooks are written.

    Parameters
    ----------
    root
        The repository.
    site
        The built site.
    title
        Name of the book.

    Raises
    ------
    ExtensionError
        JupyterLite could not be built, or a file of Pyodide is missing or wrong.
    """
    target, folder = site / FOLDER, site / notebooks.FOLDER
    clean = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.ipynb")}
    contents = {name: for_jupyterlite(path, title) for name, path in sorted(clean.items())}
    files = {versioned_path(name, data): data for name, data in contents.items()}
    inputs = {
        "files": list(files),
        "tools": {name: metadata.version(name) for name in TOOLS},
        "code": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
    }
    made = json.dumps(inputs)
    if not (target / BUILD_RECORD).exists() or (target / BUILD_RECORD).read_text("utf-8") != made:
        build(files, title, target)
        write_atomically(target / BUILD_RECORD, made.encode())
    pyodide.assemble(root, target / PYTHON)


def button(app: Sphinx, page: str, context: dict[str, Any]) -> dict[str, Any]:
    """Make the button that opens the notebook of a page in JupyterLite."""
    path = notebooks.path_of(app, page)
    name = versioned_path(notebooks.file_of(page), for_jupyterlite(path, app.config.html_title))
    address = context["pathto"](f"{FOLDER}/notebooks/index.html", 1)
    return {
        "type": "link",
        "url": f"{address}?path={name}",
        "text": "",
        "icon": "fas fa-play",
        "tooltip": "Run this chapter in Jupyter in your browser, nothing to install",
        "label": "run-in-browser",
    }
