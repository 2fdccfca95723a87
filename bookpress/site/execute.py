"""Run the chapters before the pages are written: in parallel, and again only when needed.

A chapter's result may be reused only while *everything* that can change it is unchanged: its
code cells, the package, the lock file, and the data files it read. The last are recorded while
it runs, so a changed table reruns just the chapters that use it, and an old figure cannot
survive. Prose and captions are taken from the current text and cost no run.
"""

from __future__ import annotations

import copy
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from sphinx.errors import ExtensionError

import bridgebook
from bookpress import sources
from bookpress.files import digest_of_files, sha256, source_files, write_atomically
from bookpress.site.memory import remember
from bridgebook import catalog, descriptors
from bridgebook.catalog import DataError

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


PACKAGE = Path(bridgebook.__file__).resolve().parent
"""What chapters can import of ours: the reader's package, and nothing of this one."""
TIMEOUT_SECONDS = 300
DESCRIPTORS = "descriptors of these tables"


@dataclass(frozen=True)
class Chapter:
    """A chapter's source.

    Parameters
    ----------
    page
        Document name, e.g. ``chapters/export-controls/the-rule-as-code``.
    path
        Its file.
    text
        What the file holds.
    """

    page: str
    path: Path
    text: str

    def notebook(self) -> nbformat.NotebookNode:
        """The cells, without outputs."""
        return parse(self.text)

    def key(self, code: str) -> str:
        """Name of a run: the code cells in order, and everything that ``code`` stands for."""
        cells = [cell.source for cell in code_cells(self.notebook())]
        return sha256(json.dumps([code, self.page, cells]).encode())


@dataclass
class Execution:
    """A chapter that has run: its outputs and what they depend on."""

    chapter: Chapter
    key: str
    stored: bytes
    """The notebook as it ran, outputs included, in Jupyter's format."""
    files: dict[str, str] = field(default_factory=dict)
    """Data files read while running, with their sha256 at that time."""
    cell_seconds: list[float] = field(default_factory=list)
    wall_seconds: float = 0.0
    reused: bool = False

    @property
    def page(self) -> str:
        """Document name of the chapter."""
        return self.chapter.page

    @property
    def digest(self) -> str:
        """Changes whenever an output may have changed; Sphinx re-reads the page then."""
        return sha256(json.dumps([self.key, self.files], sort_keys=True).encode())

    @cached_property
    def notebook(self) -> nbformat.NotebookNode:
        """The chapter as it stands now, with the outputs of the run."""
        # Its checksum says that our own writer wrote it: no need to validate.
        ran = nbformat.v4.reads(self.stored.decode())
        notebook = self.chapter.notebook()
        copy_outputs(ran, notebook)
        notebook.metadata["language_info"] = ran.metadata.get("language_info", {})
        return notebook


class ChapterError(Exception):
    """A cell raised: says in which chapter and line, and what."""


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The code cells of a notebook, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def copy_outputs(source: nbformat.NotebookNode, target: nbformat.NotebookNode) -> None:
    """Copy outputs between two notebooks with the same code cells."""
    for done, cell in zip(code_cells(source), code_cells(target), strict=True):
        cell.outputs = copy.deepcopy(done.outputs)
        cell.execution_count = done.execution_count


@cache
def _extensions() -> set[str]:
    """MyST's extensions that the book uses, as ``_config.yml`` lists them."""
    return set(sources.config()["sphinx"]["config"]["myst_enable_extensions"])


def parse(text: str) -> nbformat.NotebookNode:
    """Read a MyST Markdown chapter as a notebook with a source map."""
    settings = MdParserConfig(enable_extensions=_extensions())
    notebook: nbformat.NotebookNode = read_myst_markdown_notebook(
        text, settings, add_source_map=True
    )
    return notebook


def is_notebook(text: str) -> bool:
    """Whether a Markdown file declares itself a notebook in its front matter."""
    return bool(is_myst_markdown_notebook(text))


def code_fingerprint(lock: Path) -> str:
    """One hash over the reader's package, which chapters import, the lock file and Python.

    Parameters
    ----------
    lock
        The lock file; a missing one counts as empty.
    """
    locked = sha256(lock.read_bytes() if lock.exists() else b"")
    python = platform.python_version()
    return sha256(f"{python} {locked} {digest_of_files(source_files(PACKAGE), PACKAGE)}".encode())


def file_digests(names: Iterable[str]) -> dict[str, str]:
    """The sha256 of data files by name; a vanished file has an empty digest.

    The descriptors of the tables among ``names`` count too: they decide types and source lines.
    Where the list of tables was used (:func:`bridgebook.catalog.tables`), their names count.
    """
    folder, wanted = catalog.data_dir(), sorted(set(names) - {DESCRIPTORS})
    digests = {
        name: sha256((folder / name).read_bytes()) if (folder / name).is_file() else ""
        for name in wanted
        if name != catalog.PACKAGE_FILE
    }
    with suppress(DataError):
        tables = descriptors.names(folder)
        if catalog.PACKAGE_FILE in wanted:
            digests[catalog.PACKAGE_FILE] = catalog.digest_of_list(tables)
        used = [name for name in tables if f"{name}.csv" in digests]
        entries = [descriptors.resource(folder, name) for name in used]
        digests[DESCRIPTORS] = sha256(json.dumps(entries).encode())
    return digests


def cached(chapter: Chapter, code: str, folder: Path) -> Execution | None:
    """The stored run of a chapter, if nothing it depends on has changed and it is undamaged."""
    record_file, notebook_file = _cache_files(chapter.page, folder)
    try:
        record = json.loads(record_file.read_text("utf-8"))
        stored = notebook_file.read_bytes()
        # The same text has the same cells: it need not be parsed to know.
        unchanged = record["code"] == code and record["text"] == sha256(chapter.text.encode())
        if not unchanged and record["key"] != chapter.key(code):
            return None
        if record["notebook"] != sha256(stored) or record["files"] != file_digests(record["files"]):
            return None
        facts = {name: record[name] for name in ("key", "files", "cell_seconds", "wall_seconds")}
    except (OSError, ValueError, KeyError):
        return None  # absent or damaged: run again
    run = Execution(chapter, stored=stored, reused=True, **facts)
    if not unchanged:
        store(run, code, folder)
    return run


def _cache_files(page: str, folder: Path) -> tuple[Path, Path]:
    base = folder / page
    return base.with_name(base.name + ".json"), base.with_name(base.name + ".ipynb")


def store(run: Execution, code: str, folder: Path) -> None:
    """Write a run to the cache; the record goes last, so a half-written run is never reused."""
    record_file, notebook_file = _cache_files(run.page, folder)
    record_file.parent.mkdir(parents=True, exist_ok=True)
    record_file.unlink(missing_ok=True)
    write_atomically(notebook_file, run.stored)
    record = {
        "code": code,
        "text": sha256(run.chapter.text.encode()),
        "key": run.key,
        "notebook": sha256(run.stored),
        "files": run.files,
        "cell_seconds": run.cell_seconds,
        "wall_seconds": run.wall_seconds,
    }
    write_atomically(record_file, json.dumps(record, indent=1).encode())


def run_chapter(chapter: Chapter, key: str) -> Execution:
    """Run all cells of a chapter in a fresh kernel.

    Raises
    ------
    ChapterError
        If a cell raises or takes longer than :data:`TIMEOUT_SECONDS`.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = chapter.notebook()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        trace = Path(scratch, "trace")
        environment = os.environ | {
            "BRIDGEBOOK_BUILD": "1",
            "BRIDGEBOOK_TRACE": str(trace),
            "BRIDGEBOOK_DATA": str(catalog.data_dir()),
            "PYTHONHASHSEED": "0",
            "JUPYTER_PLATFORM_DIRS": "1",
        }
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT_SECONDS,
            kernel_name="python3",
            record_timing=True,
            store_widget_state=False,
            resources={"metadata": {"path": str(chapter.path.parent)}},
        )
        try:
            client.execute(env=environment)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise ChapterError(_explain(chapter, notebook, error)) from None
        read = catalog.read_trace(trace)
    return Execution(
        chapter,
        key,
        nbformat.writes(notebook).encode(),
        # As they were when the chapter read them: a table edited meanwhile counts as changed.
        files=file_digests(read) | read,
        cell_seconds=[_seconds(cell) for cell in code_cells(notebook)],
        wall_seconds=time.perf_counter() - started,
    )


def _explain(chapter: Chapter, notebook: nbformat.NotebookNode, error: Exception) -> str:
    """Name the file, line and error of a failed cell."""
    lines = notebook.metadata.get("source_map", [])
    for cell, line in zip(notebook.cells, lines, strict=False):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                code = next((row for row in cell.source.splitlines() if row.strip()), "")
                return (
                    f"{chapter.path}:{line + 1}: the cell that begins `{code}` raised "
                    f"{output.ename}: {output.evalue}"
                )
    return f"{chapter.path}: {type(error).__name__}: {str(error).strip()[-600:]}"


def _seconds(cell: nbformat.NotebookNode) -> float:
    """How long a cell ran, from nbclient's timing metadata."""
    from datetime import datetime

    timing = cell.metadata.get("execution", {})
    try:
        begin = datetime.fromisoformat(timing["iopub.execute_input"].replace("Z", "+00:00"))
        end = datetime.fromisoformat(timing["shell.execute_reply"].replace("Z", "+00:00"))
    except KeyError:
        return 0.0
    return (end - begin).total_seconds()


def execute_all(
    chapters: list[Chapter], folder: Path, lock: Path, jobs: int | None = None
) -> dict[str, Execution]:
    """Run the chapters that need it, several at a time.

    Parameters
    ----------
    chapters
        What to run.
    folder
        Where runs are kept.
    lock
        The lock file, part of the key.
    jobs
        Kernels at a time; all cores unless told.

    Returns
    -------
    Runs by page name.

    Raises
    ------
    ChapterError
        With every chapter that failed, not only the first.
    """
    code = code_fingerprint(lock)
    runs = {chapter.page: cached(chapter, code, folder) for chapter in chapters}
    waiting = [chapter for chapter in chapters if runs[chapter.page] is None]
    # The longest chapter first, so that no core idles at the end.
    waiting.sort(key=lambda chapter: len(chapter.text), reverse=True)
    failures: list[str] = []
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
        futures = {
            chapter.page: pool.submit(run_chapter, chapter, chapter.key(code))
            for chapter in waiting
        }
        for page, future in futures.items():
            try:
                run = future.result()
            except ChapterError as failure:
                failures.append(str(failure))
                continue
            store(run, code, folder)
            runs[page] = run
            # Sphinx is told to be quiet; a build of minutes must not be.
            print(f"  ran {page} ({run.wall_seconds:.0f} s)", flush=True)
    if failures:
        raise ChapterError("\n".join(failures))
    return {page: run for page, run in runs.items() if run is not None}


# --- Sphinx ------------------------------------------------------------------------------

RUNS: dict[str, Execution] = {}
"""Runs of this build by the sha256 of the chapter's text, for the page reader."""


def run_for(text: str) -> Execution | None:
    """The run that belongs to a source text, or None for a page without code."""
    return RUNS.get(sha256(text.encode()))


def run_outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Run chapters before Sphinx reads them; report pages whose outputs are newer than its own."""
    for page in removed:  # Sphinx forgets such a page but leaves its file in the site
        Path(app.outdir, f"{page}.html").unlink(missing_ok=True)
    chapters = []
    for page in sorted(env.found_docs):
        path = Path(env.doc2path(page))
        text = path.read_text("utf-8")
        if is_notebook(text):
            chapters.append(Chapter(page, path, text))
    folder = Path(app.config.bookpress_state or Path(app.outdir).parent) / "executed"
    try:
        runs = execute_all(chapters, folder, Path(app.srcdir, "requirements.lock"))
    except ChapterError as failure:
        raise ExtensionError(f"chapters did not run:\n{failure}") from None
    RUNS.clear()
    for chapter in chapters:
        same = RUNS.setdefault(sha256(chapter.text.encode()), runs[chapter.page])
        if same.page != chapter.page:
            raise ExtensionError(
                f"{same.page} and {chapter.page} hold the same text: a reader of pages is told "
                "nothing but the text, so no two chapters may be alike"
            )
    digests = {page: run.digest for page, run in runs.items()}
    known: dict[str, str] = remember(env, "digests of runs", digests) or {}
    return [page for page in digests if known.get(page) != digests[page] and page not in added]


def setup(app: Sphinx) -> None:
    """Run chapters when Sphinx asks which pages are out of date."""
    # Where runs are kept, if not beside the site: `bridgebook build` makes the site elsewhere.
    app.add_config_value("bookpress_state", "", "")
    app.connect("env-get-outdated", run_outdated)
