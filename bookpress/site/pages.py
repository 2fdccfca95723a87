"""Turn an executed chapter into its page: figures with downloads, frames, readable tables.

MyST-NB calls :func:`read_page` for every Markdown file. It returns the notebook with the outputs
of the run. Figures and frames are outputs with MIME types of our own; :class:`FigureRenderer`,
registered with MyST-NB in ``bookpress/pyproject.toml``, turns them into figures with alt text,
the page's light or dark colours, and links to PNG, SVG, data and code.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import nbformat
from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx.transforms import SphinxTransform

from bookpress.files import write_if_changed
from bookpress.site import execute
from bookpress.site.catalogue import page_of
from bridgebook.page.charts import FIGURE_MIME
from bridgebook.page.interactive import FRAMES_MIME
from bridgebook.page.onpage import frames_box, readable_table, with_own_ids

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

FOLDER = "figures"
"""Folder of the site that holds each figure's files: ``figures/<page>/<name>.svg`` …"""

WRITTEN = "figures.json"
"""File in Sphinx's doctree folder: for each page, the state of its text and run, and its figures'
files."""

SHOWN = "book_figure"
"""Key of a cell's metadata with the name and caption of its figure."""

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


def read_page(text: str) -> nbformat.NotebookNode:
    """Read a page for MyST-NB: plain Markdown unchanged, a chapter with the outputs of its run.

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
    for cell, line in zip(notebook.cells, notebook.metadata["source_map"], strict=True):
        if cell.cell_type == "code":
            _dress(cell, f"{run.page}, cell at line {line + 1}")
    notebook.metadata["language_info"] = run.notebook.metadata.get("language_info", {})
    return notebook


def _dress(cell: nbformat.NotebookNode, where: str) -> None:
    """Keep the outputs that the page shows, and reject those that a static page cannot show.

    Raises
    ------
    PageError
        If an output cannot be shown on a static page or a figure lacks its name or caption.
    """
    for output in cell.outputs:
        data = output.get("data", {})
        ours = FIGURE_MIME if FIGURE_MIME in data else FRAMES_MIME
        if ours in data:
            name, caption = _name_and_caption(cell, where)
            cell.metadata[SHOWN] = {"name": name, "caption": caption}
            output.data = {ours: data[ours]}
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
    # Otherwise MyST-NB would wrap every output of the cell in its own figure.
    cell.metadata.get("mystnb", {}).pop("figure", None)


def _name_and_caption(cell: nbformat.NotebookNode, where: str) -> tuple[str, str]:
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    name, caption = figure.get("name", ""), str(figure.get("caption", "")).strip()
    if not str(name).startswith("fig-") or not caption:
        raise PageError(f"{where}: cell metadata needs mystnb.figure with name: fig-… and caption")
    return str(name), caption


def shown_in(run: execute.Execution) -> Iterator[Shown]:
    """Yield every figure and set of frames of an executed chapter, in order."""
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


# --- figures ------------------------------------------------------------------------------


class book_image(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """A figure's picture."""


class book_links(nodes.General, nodes.Element):  # noqa: N801
    """The downloads below a figure."""


class book_frames(nodes.General, nodes.Element):  # noqa: N801
    """Controls and panels that work without a kernel."""


class FigureRenderer:
    """MyST-NB plugin that renders the outputs of ``bb.show`` and ``bb.frames`` as figures."""

    mime_priority_overrides: ClassVar = [("*", FIGURE_MIME, 1), ("*", FRAMES_MIME, 1)]

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer,
        data: MimeData,
        inline: bool,  # noqa: ARG004
    ) -> list[nodes.Element] | None:
        """Make the figure, its caption and its links; None for all other outputs."""
        shown = data.cell_metadata.get(SHOWN)
        if data.mime_type not in (FIGURE_MIME, FRAMES_MIME) or shown is None:
            return None
        payload = cast("dict[str, Any]", data.content)
        page, name = str(renderer.renderer.sphinx_env.docname), shown["name"]
        figure = nodes.figure(classes=["book-figure"])
        if data.mime_type == FIGURE_MIME:
            kind = "figure"
            figure += book_image(
                page=page,
                name=name,
                **{key: payload[key] for key in ("alt", "inline", "width", "height")},
            )
        else:
            kind = "frames"
            figure += book_frames(page=page, name=name, payload=payload)
        figure += _caption(renderer, shown["caption"], f"{page}, {name}", data.line or 0)
        links = book_links(page=page, name=name, kind=kind, tables=_tables_of(payload))
        figure += nodes.legend("", links)
        figure["names"].append(nodes.fully_normalize_name(name))
        renderer.renderer.document.note_explicit_target(figure, figure)
        return [figure]


def _caption(renderer: NbElementRenderer, text: str, where: str, line: int) -> nodes.caption:
    """Parse a caption as MyST Markdown."""
    holder = nodes.Element()
    with renderer.renderer.current_node_context(holder):
        renderer.renderer.nested_render_text(text, line)
    if len(holder) != 1 or not isinstance(holder[0], nodes.paragraph):
        raise PageError(f"{where}: a caption is one paragraph")
    return nodes.caption("", "", *holder[0].children)


def _tables_of(payload: dict[str, Any]) -> list[str]:
    """Tables of the data room that a figure or its panels name as their source."""
    parts = payload.get("panels", [payload])
    return list(dict.fromkeys(table for part in parts for table in part["tables"]))


class FiguresAfterTheirCells(SphinxTransform):
    """Puts a figure below its cell, so that folding the code does not fold the figure."""

    default_priority = 300

    def apply(self, **_: Any) -> None:
        """Move each figure, and drop the boxes that are left empty."""
        for cell in list(self.document.findall(_is_a_cell)):
            place = cell.parent.index(cell) + 1
            for figure in list(cell.findall(nodes.figure)):
                box = figure.parent
                box.remove(figure)
                while not box.children and box is not cell:
                    empty, box = box, box.parent
                    box.remove(empty)
                cell.parent.insert(place, figure)
                place += 1


def _is_a_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


# --- HTML ---------------------------------------------------------------------------------


def figure_file(node: nodes.Element) -> str:
    """Address of a figure's files below the site, without the ending."""
    return f"{FOLDER}/{node['page']}/{node['name']}"


def _base(writer: HTML5Translator, node: nodes.Element) -> str:
    """Relative address of a figure's files, from the page being written, without the ending."""
    depth = getattr(writer.builder, "current_docname", "").count("/")
    if writer.builder.name == "singlehtml":
        depth = 0
    return "../" * depth + figure_file(node)


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
            f'src="{_base(self, node)}.png" width="{node["width"]}" '
            f'height="{node["height"]}" alt="{escape(node["alt"], quote=True)}">'
        )
    raise nodes.SkipNode


def visit_links(self: HTML5Translator, node: book_links) -> None:
    """Write PNG · SVG · data · code, and the catalogue pages of the tables behind the figure."""
    base, name = _base(self, node), node["name"]
    kinds = [("code", "py", "Python code that draws it")]
    if node["kind"] == "figure":
        kinds = [
            ("PNG", "png", "picture as PNG"),
            ("SVG", "svg", "picture as SVG"),
            ("data", "csv", "plotted rows as CSV"),
            *kinds,
        ]
    links = " · ".join(
        f'<a href="{base}.{end}" download="{name}.{end}">{word}'
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
    source = f"{_base(self, node)}.frames.js"
    self.body.append(frames_box(name, payload["title"], controls, panels, source=source))
    raise nodes.SkipNode


def default_frame(panel: dict[str, Any], controls: list[dict[str, Any]]) -> str:
    """The frame a panel shows before anything is moved; in row-major order of the controls."""
    by_name = {control["name"]: control for control in controls}
    index = 0
    for name in panel["controls"]:
        index = index * len(by_name[name]["words"]) + by_name[name]["start"]
    return str(panel["frames"][index])


def in_words(self: Any, node: nodes.Element) -> None:
    """Write the alt text, for builders other than HTML."""
    self.visit_paragraph(nodes.paragraph())
    self.visit_Text(nodes.Text(node.get("alt", "")))
    self.depart_paragraph(nodes.paragraph())
    raise nodes.SkipNode


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write every figure's files into the finished site and remove those of deleted figures."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER)
    record = Path(app.doctreedir, WRITTEN)
    written = json.loads(record.read_text("utf-8")) if record.exists() else {}
    now: dict[str, tuple[str, list[str]]] = {}
    for text, run in execute.RUNS.items():
        state, names = written.get(run.page, ("", []))
        if state != f"{text} {run.digest}" or not all((folder / name).exists() for name in names):
            names = []
            for shown in shown_in(run):
                for name, data in files_of(shown).items():
                    names.append(f"{run.page}/{name}")
                    write_if_changed(folder / names[-1], data)
        now[run.page] = (f"{text} {run.digest}", names)
    write_if_changed(record, json.dumps(now).encode())
    wanted = {folder / name for _, names in now.values() for name in names}
    for path in folder.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def setup(app: Sphinx) -> None:
    """Register the figures' HTML, their place, and their files."""
    skip = (in_words, None)
    app.add_node(book_image, html=(visit_image, None), latex=skip, text=skip)
    app.add_node(book_links, html=(visit_links, None), latex=skip, text=skip)
    app.add_node(book_frames, html=(visit_frames, None), latex=skip, text=skip)
    app.add_transform(FiguresAfterTheirCells)
    app.connect("build-finished", write_files)
