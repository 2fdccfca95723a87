"""Terms: a link with the definition where a chapter first uses one, and the book's index.

The glossary and the page of people and organisations define the terms. In every other page the
first use of each becomes a link, without markup in the source, and an entry in the index. The
definition is the link's title; ``static/notes.js`` shows it on hover, focus and touch.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.environment.adapters.indexentries import IndexEntries
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from bookpress.site.chapter import cross_reference, page_link
from bookpress.site.memory import recall, remember
from bookpress.site.quiz import quiz

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.domains.std import StandardDomain
    from sphinx.environment import BuildEnvironment

EXPLAINED = "chapters/reference/"
"""Folder of the pages that explain themselves and link no term unless an author does."""

DEFINING = ("chapters/reference/glossary", "chapters/reference/people-and-organisations")
"""Pages that define terms."""

INDEX = "chapters/reference/index-of-terms"
"""Page with the index, rebuilt after every change to the book."""

EVERYDAY = frozenset(
    ["dense", "independent", "linking", "verdict", "ledger", "revision", "Arena", "Kleene"]
)
"""Terms that are also everyday words; authors link these by hand."""

MEANINGS = "meanings of terms"
"""Key in the build environment: a definition for each term's label."""

FENCE = re.compile(r"^```\{glossary\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
SKIPPED = (
    nodes.title,
    nodes.subtitle,
    nodes.rubric,
    nodes.term,
    nodes.caption,
    nodes.legend,
    nodes.reference,
    addnodes.pending_xref,
    nodes.FixedTextElement,
    nodes.literal,
    nodes.math,
    nodes.table,
    nodes.raw,
    quiz,
)
"""Nodes without links: headings, code, formulas, tables, figure captions, links, the quiz."""


# --- which terms there are ----------------------------------------------------------------


def defined(text: str) -> list[str]:
    """Terms that the glossaries of a page define, in order."""
    rows = [row for block in FENCE.findall(text) for row in block.splitlines()]
    return [row for row in rows if row and not row[0].isspace() and row[0] != ":"]


def defining_pages(book: Path) -> list[Path]:
    """Sources of the pages that define terms, as far as a book has them."""
    pages = [book / f"{name}.md" for name in DEFINING]
    return [page for page in pages if page.is_file()]


def known_terms(book: Path) -> tuple[str, ...]:
    """All terms of a book, as its glossaries write them."""
    return tuple(term for page in defining_pages(book) for term in defined(page.read_text("utf-8")))


@lru_cache(maxsize=1)
def _vocabulary(terms: tuple[str, ...]) -> Vocabulary:
    return Vocabulary(terms)


class Vocabulary:
    """Finds terms in running text.

    Parameters
    ----------
    terms
        As the glossaries write them. A term that begins with a capital is found only as it is
        written, others in either case; both also in the plural. Terms with an explanation in
        brackets and those in :data:`EVERYDAY` are not looked for.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self._written = {term.casefold(): term for term in terms}
        self._found_as: dict[str, str] = {}
        sought = [term for term in terms if "(" not in term and term not in EVERYDAY]
        for term in sought:
            for form in (term, *_plurals(term)):
                self._found_as.setdefault(form if _is_name(term) else form.casefold(), term)
        forms = sorted(self._found_as, key=len, reverse=True)
        pattern = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in forms)
        # Not inside another word, a version (GPT-4) or a longer compound.
        self._pattern = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)

    def written(self, term: str) -> str:
        """The term as its glossary writes it, from how an author wrote it in a link."""
        return self._written.get(term.casefold(), term)

    def find(self, text: str) -> Iterator[tuple[re.Match[str], str]]:
        """Yield each occurrence of a term with the term itself."""
        if not self._found_as:
            return
        for match in self._pattern.finditer(text):
            words = " ".join(match[0].split())
            term = self._found_as.get(words) or self._found_as.get(words.casefold())
            if term:
                yield match, term


def _is_name(term: str) -> bool:
    return any(letter.isupper() for letter in term)


def _plurals(term: str) -> list[str]:
    if term.endswith("y") and term[-2] not in "aeiou":
        return [f"{term[:-1]}ies"]
    return [f"{term}es"] if term.endswith(("s", "x", "ch", "sh")) else [f"{term}s"]


# --- first uses ---------------------------------------------------------------------------


class LinkFirstUses(SphinxTransform):
    """Turn the first use of each term on a page into a link and an entry of the index."""

    default_priority = 760

    def apply(self, **_: Any) -> None:
        """Walk through the page once; a link that the author made counts as a use."""
        if self.env.docname.startswith(EXPLAINED):
            return
        book = Path(self.env.srcdir)
        for page in defining_pages(book):
            self.env.note_dependency(str(page))
        vocabulary = _vocabulary(known_terms(book))
        self._used: set[str] = set()
        for node in list(self.document.findall(_may_use_a_term)):
            if isinstance(node, nodes.Text):
                self._link(node, vocabulary)
            else:
                self._note(cast("addnodes.pending_xref", node), vocabulary)

    def _link(self, node: nodes.Text, vocabulary: Vocabulary) -> None:
        text, parts, start = node.astext(), [], 0
        for match, term in vocabulary.find(text):
            if term in self._used:
                continue
            link = cross_reference(self.env.docname, term, match[0], "term")
            parts += [nodes.Text(text[start : match.start()]), self._entry(term, link), link]
            start = match.end()
        if parts:
            node.parent.replace(node, [*parts, nodes.Text(text[start:])])

    def _note(self, link: addnodes.pending_xref, vocabulary: Vocabulary) -> None:
        term = vocabulary.written(link["reftarget"])
        if term not in self._used:
            link.parent.insert(link.parent.index(link), self._entry(term, link))

    def _entry(self, term: str, link: addnodes.pending_xref) -> addnodes.index:
        """An entry of the index. Its anchor is the linked word: the search shows what is there."""
        self._used.add(term)
        anchor = f"use-{nodes.make_id(term)}"
        cast("nodes.Element", link[0])["ids"].append(anchor)
        return addnodes.index(entries=[("single", term, anchor, "", None)])


def _may_use_a_term(node: Node) -> bool:
    """Whether a node is running text, or a link to a term that an author made outside the quiz."""
    if isinstance(node, nodes.Text):
        return not _is_inside(node, SKIPPED) and not _is_output(node)
    is_link = isinstance(node, addnodes.pending_xref) and node.get("reftype") == "term"
    return is_link and not _is_inside(node, (quiz,))


def _is_output(node: Node) -> bool:
    """Whether a node belongs to a cell: of an output the page shows only one of several forms."""
    return any("nb_element" in above for above in _above(node) if isinstance(above, nodes.Element))


def _is_inside(node: Node, kinds: tuple[type[Node], ...]) -> bool:
    return any(isinstance(above, kinds) for above in _above(node))


def _above(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node


# --- definitions --------------------------------------------------------------------------


def meanings(env: BuildEnvironment) -> dict[str, str]:
    """Definitions as plain text, by the label of their entry."""
    by_label = {}
    terms = cast("StandardDomain", env.get_domain("std")).objects.items()
    for name in {page for (kind, _), (page, _) in terms if kind == "term"}:
        for item in env.get_doctree(name).findall(nodes.definition_list_item):
            words = _without_citations(cast("nodes.definition", item[-1]))
            for term in item.findall(nodes.term):
                by_label.update(dict.fromkeys(term["ids"], words))
    return by_label


def _without_citations(definition: nodes.definition) -> str:
    copy = definition.deepcopy()
    for link in list(copy.findall(addnodes.pending_xref)):
        if link["refdomain"] == "cite":
            link.parent.remove(link)
    return re.sub(r"\s+(?=[.,;:])", "", " ".join(copy.astext().split()))


def explain(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give every link to a term its definition as a title."""
    for link in doctree.findall(nodes.reference):
        label = link.get("refuri", "").partition("#")[2]
        if label.startswith("term-"):
            link["reftitle"] = recall(app.env, MEANINGS)[label]


# --- the index ----------------------------------------------------------------------------


class index_of_terms(nodes.General, nodes.Element):  # noqa: N801
    """Placeholder for the index."""


class IndexOfTerms(SphinxDirective):
    """Every term with the page that defines it and the pages that use it."""

    def run(self) -> list[Node]:
        """Insert the placeholder; :func:`fill_index` fills it when all pages are known."""
        return [index_of_terms()]


def prepare(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Read the definitions once, and rebuild the index page, which depends on all pages."""
    remember(env, MEANINGS, meanings(env))
    return [INDEX] if INDEX in env.found_docs else []


def fill_index(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the index."""
    for place in list(doctree.findall(index_of_terms)):
        if app.builder.format != "html":
            raise ExtensionError(f"{docname}: the index of terms is made for pages only")
        builder = cast("StandaloneHTMLBuilder", app.builder)
        place.replace_self(_letters(builder, docname))


def _letters(builder: StandaloneHTMLBuilder, docname: str) -> list[Node]:
    made: list[Node] = []
    order = {name: number for number, name in enumerate(_reading_order(builder.env))}
    for letter, entries in IndexEntries(builder.env).create_index(builder, group_entries=False):
        section = nodes.section(
            "", nodes.title("", letter), ids=[f"letter-{nodes.make_id(letter)}"]
        )
        listing = nodes.definition_list(classes=["book-index"])
        for term, (links, _, _) in entries:
            listing += _item(builder, docname, term, links, order)
        section += listing
        made.append(section)
    return made


def _reading_order(env: BuildEnvironment) -> Iterator[str]:
    root = env.config.root_doc
    yield root
    for name in env.toctree_includes.get(root, []):
        yield name
        yield from env.toctree_includes.get(name, [])


def _item(
    builder: StandaloneHTMLBuilder,
    docname: str,
    term: str,
    links: Sequence[tuple[str | None, str | bool]],
    order: dict[str, int],
) -> nodes.definition_list_item:
    """One term, linked to its definition, and the pages that use it in the order of reading."""
    places = [_place(builder, str(uri)) for _, uri in links if uri]
    uses = [(page, anchor) for page, anchor in places if page not in DEFINING]
    uses.sort(key=lambda place: (order.get(place[0], len(order)), place))
    head = nodes.term()
    at = next(((page, anchor) for page, anchor in places if page in DEFINING), None)
    head += page_link(builder, docname, at[0], term, at[1]) if at else nodes.Text(term)
    body = nodes.paragraph()
    for number, (page, anchor) in enumerate(uses):
        body += nodes.Text(" · " if number else "")
        body += page_link(builder, docname, page, builder.env.titles[page].astext(), anchor)
    return nodes.definition_list_item("", head, nodes.definition("", body))


def _place(builder: StandaloneHTMLBuilder, uri: str) -> tuple[str, str]:
    path, _, anchor = uri.partition("#")
    return path.removesuffix(builder.out_suffix), anchor


def setup(app: Sphinx) -> None:
    """Register links, meanings and the index."""
    app.add_node(index_of_terms)
    app.add_directive("index-of-terms", IndexOfTerms)
    app.add_transform(LinkFirstUses)
    app.connect("env-updated", prepare)
    # Runs before the pages are turned into notebooks.
    app.connect("doctree-resolved", fill_index, priority=600)
    app.connect("doctree-resolved", explain, priority=610)
    app.add_js_file("notes.js", loading_method="defer")
