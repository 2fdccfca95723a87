"""Clean notebooks: every chapter as ``.ipynb`` that reads well and runs outside the book.

The source is the page as Sphinx has resolved it, so citations are text, figures have their
numbers, and quoted numbers their values. Its text becomes plain Markdown; the code comes from the
chapter's source, including cells that the page leaves out. No MyST syntax is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import nbformat
from docutils import nodes
from docutils.utils import new_document
from pybtex.backends.markdown import Backend as MarkdownBackend
from sphinx.errors import ExtensionError
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node
from sphinx_markdown_builder.translator import MarkdownTranslator

from bookpress.files import sha256, write_atomically, write_if_changed, zipped
from bookpress.site import execute
from bookpress.site.quiz import quiz_answer, quiz_answers, quiz_note, quiz_option, quiz_question
from bookpress.site.sharing import address
from bookpress.site.wheel import own_wheel

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinxcontrib.bibtex.domain import BibtexDomain

FOLDER = "notebooks"
"""Folder of the site with the notebooks, named after their chapters, and a zip of them all."""

ARCHIVE = "all-chapters.zip"

FOLDED = {"hide-input", "remove-cell", "remove-input"}
"""Tags of cells whose code the page folds or leaves out; the notebook collapses them."""

SETUP = """\
# Outside the book: installs its package, which carries the tables, from a file of the book itself.
try:
    import bridgebook
except ModuleNotFoundError:
    import hashlib, pathlib, urllib.request

    name = "{wheel}"
    digest = "{digest}"
    site = "{site}"
    places = [pathlib.Path(folder, name) for folder in (".", "..")]
    wheel = next((path for path in places if path.exists()), places[0])
    if site and not wheel.exists():
        urllib.request.urlretrieve(f"{{site}}{folder}/{{name}}", wheel)
    if not wheel.exists():
        raise ModuleNotFoundError(
            f"Put {{name}} next to this notebook and run this cell again; "
            "the book's file {archive} contains it."
        ) from None
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != digest:
        raise ModuleNotFoundError(
            f"{{wheel}} is not the file that this notebook was built with: delete it and take the "
            "notebook and the wheel from the same edition of the book."
        ) from None
    %pip install --quiet {{wheel}}"""
"""The first code cell. Our package's name is not registered in the package index, so nothing may
ever be installed by that name: anyone could register it and run code on readers' machines."""

ORIGIN = """\
> A chapter of the open book **{title}**, edition {version}. Run the cells from top to bottom; \
change what you like. Text and figures: CC BY 4.0. Code: MIT. The tables carry their own licences, \
see `bb.tables()`."""

ORIGIN_AT, SETUP_AT = 1, 2
"""Places of these two cells, after the title."""

TITLED = (nodes.section, exercise_node, exercise_enumerable_node, solution_node)
"""Nodes whose first child is a title that becomes a heading."""

NUMBERED = (nodes.figure, exercise_node, exercise_enumerable_node)


class MarkdownWriter(MarkdownTranslator):  # type: ignore[misc]  # has no types
    """Translate the nodes of a page to Markdown that any notebook renders."""

    def unknown_visit(self, node: nodes.Node) -> None:
        """Stop the build: a silent gap in the text would be worse."""
        raise ExtensionError(
            f"bookpress.site.notebooks.MarkdownWriter has no Markdown for <{type(node).__name__}>, "
            f"here: {node.astext()[:80]!r}"
        )

    def visit_admonition(self, node: nodes.admonition) -> None:
        """Write a box as a block quote with a bold title, since notebooks have no boxes."""
        self.visit_block_quote(node)
        title = node[0]
        self.add(f"**{title.astext()}**", prefix_eol=1, suffix_eol=2)
        title.parent.remove(title)

    def depart_admonition(self, node: nodes.admonition) -> None:
        """Close the quotation."""
        self.depart_block_quote(node)

    def visit_math_block(self, node: nodes.math_block) -> None:
        """Write a formula without the empty lines that would end it."""
        self.add(f"$$\n{node.astext().strip()}\n$$", prefix_eol=2, suffix_eol=2)
        raise nodes.SkipNode

    def visit_caption(self, node: nodes.caption) -> None:
        """Start a caption with the figure's number; the picture appears when the cell runs."""
        self.add(f"**Figure {node.parent['number']}.** ", prefix_eol=2)

    def depart_caption(self, _node: nodes.caption) -> None:
        """End its paragraph."""
        self.ensure_eol(2)

    def visit_legend(self, _node: nodes.legend) -> None:
        """Leave out the downloads of a figure: here its data are variables."""
        raise nodes.SkipNode

    visit_book_image = visit_book_frames = visit_book_links = visit_legend
    visit_meta = visit_comment = visit_target = visit_toctree = visit_raw = visit_legend
    visit_index = visit_legend
    visit_citation = visit_legend  # a bibliography: the notebook lists its sources itself

    # The quiz: questions with their options, the answers at its end.

    def visit_quiz(self, _node: nodes.Element) -> None:
        """A quiz is its questions."""

    def visit_quiz_question(self, node: quiz_question) -> None:
        """Number it."""
        self.add(f"**{node['number']}.** ", prefix_eol=2)

    def visit_quiz_stem(self, _node: nodes.Element) -> None:
        """The question itself."""

    def visit_quiz_options(self, _node: nodes.Element) -> None:
        """One option a line."""
        self.ensure_eol(2)

    def visit_quiz_option(self, node: quiz_option) -> None:
        """Letter and text."""
        self.add(f"- {node['letter']}. ", prefix_eol=1)

    def depart_quiz_option(self, _node: quiz_option) -> None:
        """End the line."""
        self.ensure_eol(1)

    def visit_quiz_answers(self, _node: quiz_answers) -> None:
        """Fold the answers, as the page does."""
        self.add("<details><summary>Answer</summary>", prefix_eol=2, suffix_eol=2)

    def visit_quiz_answer(self, node: quiz_answer) -> None:
        """Say whether it is right and why."""
        mark = "✓" if node["correct"] else "✗"
        self.add(f"- {mark} {node['word']}: ", prefix_eol=1)

    def depart_quiz_answer(self, _node: quiz_answer) -> None:
        """End the line."""
        self.ensure_eol(1)

    def visit_quiz_note(self, _node: quiz_note) -> None:
        """The explanation closes the fold."""
        self.ensure_eol(2)

    def depart_quiz_note(self, _node: quiz_note) -> None:
        """Close the fold."""
        self.add("</details>", prefix_eol=2, suffix_eol=2)


# --- cutting a page -----------------------------------------------------------------------


@dataclass
class Piece:
    """Part of a page, in reading order.

    Parameters
    ----------
    kind
        ``"text"``, ``"heading"`` or ``"code"``.
    content
        Its nodes; none for code, which comes from the source.
    level
        Depth of a heading, from 1.
    """

    kind: str
    content: list[nodes.Node] = field(default_factory=list)
    level: int = 0


def pieces(node: nodes.Element, level: int = 0) -> Iterator[Piece]:
    """Cut a page, or a part of it below a heading of ``level``, into its pieces."""
    for child in node.children:
        if not isinstance(child, nodes.Element):
            yield Piece("text", [nodes.paragraph("", child.astext())])
        elif child.get("nb_element") == "cell_code":
            yield Piece("code")
        elif child.children and isinstance(child[0], nodes.title) and isinstance(child, TITLED):
            number = f"Exercise {child['number']}" if "number" in child else ""
            yield Piece("heading", [nodes.Text(number), *child[0].children], level + 1)
            yield from pieces(nodes.container("", *_copies(child[1:])), level + 1)
        elif isinstance(child, nodes.section) or _holds_code(child):
            yield from pieces(child, level)
        else:
            yield Piece("text", [child])


def _copies(content: list[nodes.Node]) -> list[nodes.Node]:
    """Copy nodes, since adding a node to a new parent removes it from its old one."""
    return [part.deepcopy() for part in content]


def _holds_code(node: nodes.Element) -> bool:
    return any(part.get("nb_element") == "cell_code" for part in node.findall(nodes.container))


# --- making a notebook --------------------------------------------------------------------


def number(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Store the page's numbers of figures and exercises on their nodes."""
    for found in app.env.toc_fignumbers.get(docname, {}).values():
        for ident, places in found.items():
            for node in doctree.findall(nodes.Element):
                if ident in node.get("ids", []) and isinstance(node, NUMBERED):
                    node["number"] = ".".join(map(str, places))


def sources(app: Sphinx, docname: str) -> str:
    """List what a page cites, as the bibliography has it; empty if it cites nothing."""
    domain = cast("BibtexDomain", app.env.get_domain("cite"))
    here = [ref.targets for ref in domain.citation_refs if ref.docname == docname]
    cited = {target.key for targets in here for target in targets}
    entries = {
        str(citation.formatted_entry.text.render(MarkdownBackend()))
        for citation in domain.citations
        if citation.key in cited
    }
    return "\n".join(
        ["## Sources", "", *(f"- {entry}" for entry in sorted(entries))] * bool(entries)
    )


def notebook_of(app: Sphinx, doctree: nodes.document, docname: str, source: str) -> Any:
    """Make the notebook of one chapter.

    Parameters
    ----------
    app
        The running build.
    doctree
        The resolved page, its figures and exercises numbered.
    docname
        Its name, to find what it cites.
    source
        The chapter's text, for its code.

    Returns
    -------
    nbformat.NotebookNode
        Without outputs; equal for equal input.
    """
    waiting = iter(execute.code_cells(execute.parse(source)))
    cells: list[Any] = []
    text: list[str] = []

    def end_of_text() -> None:
        joined = "\n\n".join(filter(None, text))
        text.clear()
        if joined:
            cells.append(nbformat.v4.new_markdown_cell(joined))

    for piece in pieces(doctree):
        if piece.kind == "text":
            text.append(_markdown(app, piece.content))
            continue
        end_of_text()
        if piece.kind == "code":
            cells.extend(_through_the_next_shown(waiting))
        else:
            words = nodes.paragraph("", "", *_copies(piece.content))
            text.append(f"{'#' * min(piece.level, 6)} {_markdown(app, [words])}")
    text.append(sources(app, docname))
    end_of_text()
    cells.extend(map(_code, waiting))
    version = metadata.version("bridgebook")
    cells[ORIGIN_AT:ORIGIN_AT] = [
        nbformat.v4.new_markdown_cell(ORIGIN.format(title=app.config.html_title, version=version)),
        nbformat.v4.new_code_cell(),  # the wheel is known when all pages are written
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _markdown(app: Sphinx, content: list[nodes.Node]) -> str:
    """Translate nodes of a page to Markdown without changing the page."""
    document = new_document("")
    document += _copies(content)
    for link in list(document.findall(nodes.reference)):
        # External links stay; links inside the book become plain text.
        if not str(link.get("refuri", "")).startswith(("http:", "https:")):
            link.replace_self(link.children)
    writer = MarkdownWriter(document, app.builder)
    document.walkabout(writer)
    # Keep a box as a single block quote.
    return str(writer.astext()).strip().replace("\n\n> ", "\n>\n> ")


def _through_the_next_shown(waiting: Iterator[Any]) -> Iterator[Any]:
    """Yield hidden cells up to and including the next cell that the page shows."""
    for cell in waiting:
        yield _code(cell)
        if "remove-cell" not in cell.metadata.get("tags", []):
            return


def _code(cell: Any) -> Any:
    folded = FOLDED & set(cell.metadata.get("tags", []))
    metadata = {"jupyter": {"source_hidden": True}} if folded else {}
    return nbformat.v4.new_code_cell(cell.source, metadata=metadata)


# --- in the build -------------------------------------------------------------------------


def file_of(docname: str) -> str:
    """Name of a chapter's notebook below :data:`FOLDER`."""
    return f"{docname.removeprefix('chapters/')}.ipynb"


def path_of(app: Sphinx, docname: str) -> Path:
    """Path of a page's notebook in the site, if it has one."""
    return Path(app.outdir, FOLDER, file_of(docname))


def write_notebook(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the notebook of a page that has code, when the page is written."""
    if app.builder.name != "html":
        return
    text = Path(app.env.doc2path(docname)).read_text("utf-8")
    if execute.is_notebook(text):
        page = doctree.deepcopy()
        number(app, page, docname)
        made = nbformat.writes(notebook_of(app, page, docname, text), version=4) + "\n"
        write_atomically(path_of(app, docname), made.encode())


def setup_cell(wheel: Path, site: str) -> str:
    """Code that installs the package for a notebook outside the book.

    Parameters
    ----------
    wheel
        The wheel in the folder of the notebooks.
    site
        Address of the published book with a slash at the end, or empty.
    """
    return SETUP.format(
        wheel=wheel.name,
        digest=sha256(wheel.read_bytes()),
        site=site,
        folder=FOLDER,
        archive=ARCHIVE,
    )


def write_archive(app: Sphinx, exception: Exception | None) -> None:
    """Add the wheel to the folder, its checksum to every notebook, and all of them to one zip.

    Notebooks of chapters that no longer exist are removed.
    """
    folder = Path(app.outdir, FOLDER)
    if exception or app.builder.name != "html" or not folder.is_dir():
        return
    known = {file_of(docname) for docname in app.env.found_docs}
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.ipynb")}
    for name in there.keys() - known:
        there.pop(name).unlink()
    built = own_wheel(Path(app.srcdir))
    for old in folder.glob("*.whl"):
        if old.name != built.name:
            old.unlink()
    wheel = folder / built.name
    write_if_changed(wheel, built.read_bytes())
    code = setup_cell(wheel, address(app.config))
    for path in there.values():
        notebook = nbformat.read(path, 4)
        notebook.cells[SETUP_AT].source = code
        write_if_changed(path, f"{nbformat.writes(notebook, version=4)}\n".encode())
    files = {name: path.read_bytes() for name, path in [*there.items(), (wheel.name, wheel)]}
    write_if_changed(folder / ARCHIVE, zipped(files))


def button(app: Sphinx, page: str, context: dict[str, Any]) -> dict[str, Any]:
    """Make the button that downloads the notebook of a page."""
    return {
        "type": "link",
        "url": context["pathto"](f"{FOLDER}/{file_of(page)}", 1),
        "text": "",
        "icon": "fas fa-download",
        "tooltip": "Download this chapter as a Jupyter notebook",
        "label": "download-notebook",
    }


def setup(app: Sphinx) -> None:
    """Register the settings of the Markdown writer and the notebooks."""
    for name, value in (
        ("markdown_docinfo", False),
        ("markdown_anchor_sections", False),
        ("markdown_anchor_signatures", False),
        ("markdown_http_base", ""),
        ("markdown_bullet", "-"),
        ("markdown_flavor", "github"),
    ):
        app.add_config_value(name, value, "env")
    # Runs after references are resolved and before the page is written.
    app.connect("doctree-resolved", write_notebook, priority=900)
    app.connect("build-finished", write_archive)
