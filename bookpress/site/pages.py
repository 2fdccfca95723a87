"""From a chapter that has run to its page: figures with downloads, frames, readable tables.

myst-nb asks :func:`read_page` for every Markdown file. It returns the notebook with the outputs
of the run, in which figures and frames have become directives of their own, so that they carry
alt text, the page's light or dark colours, and links to PNG, SVG, data and code.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from bookpress.files import write_if_changed
from bookpress.site import execute
from bookpress.site.catalogue import page_of
from bridgebook.page.charts import FIGURE_MIME
from bridgebook.page.interactive import FRAMES_MIME
from bridgebook.page.onpage import frames_box, readable_table, with_own_ids

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

FOLDER = "figures"
"""Folder of the site that holds each figure's files: ``figures/<page>/<name>.svg`` …"""

FRESH_WIDGET = "application/vnd.jupyter.widget-view+json"


class PageError(ValueError):
    """A chapter breaks a rule of the book; says where and what to do."""


@dataclass(frozen=True)
class Shown:
    """One figure or one set of frames that a chapter shows.

    Parameters
    ----------
    page, name
        Document and ``fig-…`` name.
    caption
        MyST Markdown; may quote glued numbers.
    payload
        What :mod:`bridgebook.page.charts` or :mod:`bridgebook.page.interactive` stored in the
        output.
    code
        All code of the chapter up to and including the cell.
    kind
        ``"figure"`` or ``"frames"``.
    """

    page: str
    name: str
    caption: str
    payload: dict[str, Any]
    code: str
    kind: str

    @property
    def tables(self) -> list[str]:
        """Tables of the data room that the figure or its panels name as their source."""
        parts = self.payload["panels"] if self.kind == "frames" else [self.payload]
        return list(dict.fromkeys(table for part in parts for table in part["tables"]))


def read_page(text: str) -> nbformat.NotebookNode:
    """Read a page for myst-nb: plain Markdown as it is, a chapter with the outputs of its run.

    Raises
    ------
    PageError
        If an output cannot be shown on a static page or a figure lacks its name or caption.
    """
    run = execute.run_for(text)
    if run is None:
        return execute.parse(text)
    notebook = execute.parse(text)
    execute.copy_outputs(run.notebook, notebook)
    cells, lines = [], []
    for cell, line in zip(notebook.cells, notebook.metadata["source_map"], strict=True):
        cells.append(cell)
        lines.append(line)
        if cell.cell_type == "code":
            for addition in _dress(cell, run.page, line):
                cells.append(addition)
                lines.append(line)
    notebook.cells = cells
    notebook.metadata["source_map"] = lines
    notebook.metadata["language_info"] = run.notebook.metadata.get("language_info", {})
    return notebook


def _dress(cell: nbformat.NotebookNode, page: str, line: int) -> Iterator[nbformat.NotebookNode]:
    """Take figures and frames out of a cell's outputs and give back Markdown cells for them."""
    kept = []
    for output in cell.outputs:
        data = output.get("data", {})
        where = f"{page}, cell at line {line + 1}"
        if FIGURE_MIME in data or FRAMES_MIME in data:
            kind = "figure" if FIGURE_MIME in data else "frames"
            name, caption = _name_and_caption(cell, where)
            yield nbformat.v4.new_markdown_cell(f"```{{book-{kind}}} {page} {name}\n{caption}\n```")
        elif "image/png" in data or "image/svg+xml" in data:
            raise PageError(f"{where}: show figures with bb.show(fig, data=…, alt=…)")
        elif FRESH_WIDGET in data and "text/html" not in data:
            raise PageError(f"{where}: a bare widget is dead on the page; use bb.frames(…)")
        elif output.output_type == "stream" and output.name == "stderr":
            raise PageError(f"{where}: the cell wrote to stderr: {output.text.strip()[:300]}")
        else:
            data.pop(FRESH_WIDGET, None)
            if "text/html" in data and 'class="dataframe"' in data["text/html"]:
                try:
                    data["text/html"] = readable_table(data["text/html"], f"Table, {where}")
                except ValueError as error:
                    raise PageError(f"{where}: {error}") from None
            kept.append(output)
    cell.outputs = kept
    cell.metadata.get("mystnb", {}).pop("figure", None)


def _name_and_caption(cell: nbformat.NotebookNode, where: str) -> tuple[str, str]:
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    name, caption = figure.get("name", ""), str(figure.get("caption", "")).strip()
    if not str(name).startswith("fig-") or not caption:
        raise PageError(f"{where}: cell metadata needs mystnb.figure with name: fig-… and caption")
    return str(name), caption


def shown_in(run: execute.Execution) -> Iterator[Shown]:
    """Every figure and set of frames of a chapter that has run, in order."""
    code: list[str] = []
    for cell in run.notebook.cells:
        if cell.cell_type != "code":
            continue
        code.append(cell.source)
        for output in cell.outputs:
            for mime, kind in ((FIGURE_MIME, "figure"), (FRAMES_MIME, "frames")):
                if mime in output.get("data", {}):
                    name, caption = _name_and_caption(cell, run.page)
                    script = "\n\n\n".join(code) + "\n"
                    yield Shown(run.page, name, caption, output["data"][mime], script, kind)


def files_of(shown: Shown) -> dict[str, bytes]:
    """The downloads of one figure or set of frames, by file name."""
    name, payload = shown.name, shown.payload
    files = {f"{name}.py": shown.code.encode()}
    if shown.kind == "frames":
        stored = json.dumps(
            [pack(panel) for panel in payload["panels"]], ensure_ascii=False, separators=(",", ":")
        )
        script = f"(window.bookFrames??={{}})[{json.dumps(name)}]={stored};"
        return files | {f"{name}.frames.js": script.encode()}
    preamble = '<?xml version="1.0" encoding="utf-8"?>\n'
    return files | {
        f"{name}.svg": (preamble + payload["svg"]).encode(),
        f"{name}.png": base64.b64decode(payload["png"]),
        f"{name}.csv": payload["csv"].encode(),
    }


def pack(panel: dict[str, Any]) -> dict[str, Any]:
    """Store the pieces that a panel's frames share only once.

    Returns
    -------
    ``pieces``, and for each frame the numbers of its pieces in order. Frames differ in a few
    marks and words, so this is a fifth of the size.
    """
    numbers: dict[str, int] = {}
    frames = [
        [numbers.setdefault(piece, len(numbers)) for piece in re.split(r"(?=<)", frame) if piece]
        for frame in panel["frames"]
    ]
    return {"controls": panel["controls"], "pieces": list(numbers), "frames": frames}


# --- directives ---------------------------------------------------------------------------


class book_image(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """A figure's picture."""


class book_links(nodes.General, nodes.Element):  # noqa: N801
    """The downloads below a figure."""


class book_frames(nodes.General, nodes.Element):  # noqa: N801
    """Controls and panels that work without a kernel."""


class BookFigure(SphinxDirective):
    """A figure from a run: ``book-figure <page> <fig-name>`` with the caption as content."""

    required_arguments = 2
    has_content = True

    def run(self) -> list[Node]:
        """Make the figure, its caption and its links."""
        page, name = self.arguments
        shown = _find(page, name)
        figure = nodes.figure(classes=["book-figure"])
        payload = shown.payload
        if shown.kind == "figure":
            picture: nodes.Element = book_image(
                page=page,
                name=name,
                **{key: payload[key] for key in ("alt", "inline", "width", "height")},
            )
        else:
            picture = book_frames(page=page, name=name, payload=payload)
        figure += picture
        figure += self._caption(shown)
        figure += nodes.legend(
            "", book_links(page=page, name=name, kind=shown.kind, tables=shown.tables)
        )
        self.set_source_info(figure)
        figure["names"].append(nodes.fully_normalize_name(name))
        self.state.document.note_explicit_target(figure, figure)
        return [figure]

    def _caption(self, shown: Shown) -> nodes.caption:
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        if len(holder) != 1 or not isinstance(holder[0], nodes.paragraph):
            raise PageError(f"{shown.page}, {shown.name}: a caption is one paragraph")
        return nodes.caption("", "", *holder[0].children)


def _find(page: str, name: str) -> Shown:
    for run in execute.RUNS.values():
        if run.page == page:
            for shown in shown_in(run):
                if shown.name == name:
                    return shown
    raise PageError(f"{page}: no output named {name}")


# --- HTML ---------------------------------------------------------------------------------


def _folder(writer: HTML5Translator, node: nodes.Element) -> str:
    """Relative address of a page's figure files, from the page being written."""
    depth = getattr(writer.builder, "current_docname", "").count("/")
    if writer.builder.name == "singlehtml":
        depth = 0
    return "../" * depth + f"{FOLDER}/{node['page']}"


def visit_image(self: HTML5Translator, node: book_image) -> None:
    """Write the picture: SVG inside the page, or a PNG, on a light card if the page is dark.

    ``dark-light`` tells the theme to leave the picture alone on dark pages.
    """
    if node["inline"]:
        svg = with_own_ids(node["inline"], node["name"])
        self.body.append(f'<div class="book-image">{svg}</div>')
    else:
        self.body.append(
            f'<img class="book-image book-card dark-light" loading="lazy" decoding="async" '
            f'src="{_folder(self, node)}/{node["name"]}.png" width="{node["width"]}" '
            f'height="{node["height"]}" alt="{escape(node["alt"], quote=True)}">'
        )
    raise nodes.SkipNode


def visit_links(self: HTML5Translator, node: book_links) -> None:
    """Write PNG · SVG · data · code, and the catalogue pages of the tables behind the figure."""
    base, name = _folder(self, node), node["name"]
    kinds = [("code", "py", "Python code that draws it")]
    if node["kind"] == "figure":
        kinds = [
            ("PNG", "png", "picture as PNG"),
            ("SVG", "svg", "picture as SVG"),
            ("data", "csv", "plotted rows as CSV"),
            *kinds,
        ]
    links = " · ".join(
        f'<a href="{base}/{name}.{end}" download="{name}.{end}">{word}'
        f'<span class="visually-hidden"> ({what}, {name})</span></a>'
        for word, end, what in kinds
    )
    origin = _table_links(self, node["tables"])
    self.body.append(f'<p class="book-links"><span aria-hidden="true">↓</span> {links}{origin}</p>')
    raise nodes.SkipNode


def _table_links(writer: HTML5Translator, names: list[str]) -> str:
    """Links to tables in the catalogue; a book without one has none."""
    builder = writer.builder
    if builder.name != "html":
        return ""
    links = [
        f'<a href="{builder.get_relative_uri(builder.current_docname, page_of(name))}">{name}</a>'
        for name in names
        if page_of(name) in builder.env.found_docs
    ]
    return f'<span class="book-tables">Tables: {", ".join(links)}</span>' if links else ""


def visit_frames(self: HTML5Translator, node: book_frames) -> None:
    """Write native controls and the default state of each panel; the script fetches the rest."""
    payload, name = node["payload"], node["name"]
    controls = payload["controls"]
    panels = [(panel["controls"], default_frame(panel, controls)) for panel in payload["panels"]]
    source = f"{_folder(self, node)}/{name}.frames.js"
    self.body.append(frames_box(name, payload["title"], controls, panels, source=source))
    raise nodes.SkipNode


def default_frame(panel: dict[str, Any], controls: list[dict[str, Any]]) -> str:
    """The frame a panel shows before anything is moved; the first control turns slowest."""
    by_name = {control["name"]: control for control in controls}
    index = 0
    for name in panel["controls"]:
        index = index * len(by_name[name]["words"]) + by_name[name]["start"]
    return str(panel["frames"][index])


def in_words(self: Any, node: nodes.Element) -> None:
    """Other builders: say what the picture shows."""
    self.visit_paragraph(nodes.paragraph())
    self.visit_Text(nodes.Text(node.get("alt", "")))
    self.depart_paragraph(nodes.paragraph())
    raise nodes.SkipNode


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Put every figure's files into the finished site, and remove those of vanished figures."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER)
    wanted: set[Path] = set()
    for run in execute.RUNS.values():
        for shown in shown_in(run):
            for name, data in files_of(shown).items():
                path = folder / run.page / name
                wanted.add(path)
                write_if_changed(path, data)
    for path in folder.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def setup(app: Sphinx) -> None:
    """Register the directives, their HTML, the page reader and the files."""
    skip = (in_words, None)
    app.add_node(book_image, html=(visit_image, None), latex=skip, text=skip)
    app.add_node(book_links, html=(visit_links, None), latex=skip, text=skip)
    app.add_node(book_frames, html=(visit_frames, None), latex=skip, text=skip)
    app.add_directive("book-figure", BookFigure)
    app.add_directive("book-frames", BookFigure)
    app.connect("build-finished", write_files)
