"""The frame of a chapter, from its front matter: claims under test, objectives, the ledger.

A chapter declares what it is about once, under ``bridgebook:`` in its front matter; pages and
tests read the same declaration.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from bookpress.sources import front_matter
from bridgebook import catalog, descriptors
from bridgebook.ledger import verdict_anchor

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.domains.std import StandardDomain
    from sphinx.environment import BuildEnvironment

LEDGER, SCORECARD = "chapters/start/the-article", "chapters/verdict/scorecard"

KIND_WORDS = {
    "fact": "fact",
    "quantity": "quantity",
    "comparison": "comparison",
    "cause": "cause",
    "forecast": "forecast",
    "value": "value judgement",
}


def declared_by(env: BuildEnvironment, docname: str) -> dict[str, Any]:
    """What the front matter of a page of the build declares."""
    return front_matter(Path(env.doc2path(docname)).read_text("utf-8"))


@lru_cache(maxsize=1)
def _claims() -> dict[str, dict[str, Any]]:
    from bridgebook.verdicts import claims

    return {str(row["id"]): row for row in claims().reset_index().to_dict("records")}


def claim_label(claim_id: str) -> str:
    """Label of a claim in the ledger, for links."""
    return f"claim-{claim_id}"


def cross_reference(docname: str, label: str, text: str, kind: str) -> pending_xref:
    """Return a reference from a page to a label, a page (``doc``) or a ``term`` of the book."""
    return pending_xref(
        "",
        nodes.inline("", text, classes=["xref", "std", f"std-{kind}"]),
        refdomain="std",
        reftype=kind,
        reftarget=label,
        refexplicit=True,
        refwarn=True,
        refdoc=docname,
    )


class BookDirective(SphinxDirective):
    """Shared by the directives below."""

    def declared(self) -> dict[str, Any]:
        """What the chapter's front matter declares."""
        declared = declared_by(self.env, self.env.docname)
        if not declared:
            raise ExtensionError(
                f"{self.env.docname}: {self.name} needs a `bridgebook:` section in the front matter"
            )
        return declared

    def depends_on(self, *names: str) -> None:
        """Rebuild the page when one of these data files changes."""
        for name in names:
            self.env.note_dependency(str(catalog.data_dir() / name))

    def depends_on_descriptors(self, tables: Iterable[str]) -> None:
        """Rebuild the page when the descriptors of these tables, or of the package, change."""
        folder = catalog.data_dir()
        whole = descriptors.PACKAGE_FILE
        if not descriptors.is_assembled(folder):
            whole = descriptors.WHOLE_FILE
        self.depends_on(whole, *(descriptors.file_of(folder, name) for name in tables))

    def inline(self, text: str) -> list[Node]:
        """Parse inline Markdown."""
        return self.state.inline_text(text, self.lineno)[0]

    def link(self, label: str, text: str, kind: str = "ref") -> pending_xref:
        """A reference that Sphinx resolves, and that fails the build if it cannot."""
        reference = cross_reference(self.env.docname, label, text, kind)
        self.set_source_info(reference)
        return reference

    def label(self, anchor: str, title: str) -> None:
        """Let pages link to an anchor of this page; ``title`` names it where a link does not."""
        domain = cast("StandardDomain", self.env.get_domain("std"))
        domain.anonlabels[anchor] = (self.env.docname, anchor)
        domain.labels[anchor] = (self.env.docname, anchor, title)

    def titled(self, label: str, kind: str) -> pending_xref:
        """A reference that carries the title of what it leads to."""
        reference = self.link(label, "", kind)
        reference["refexplicit"] = False
        return reference


class ChapterCard(BookDirective):
    """The box below a chapter's title: claims, time, what to know first, date of the data."""

    def run(self) -> list[Node]:
        """Make the nodes."""
        declared = self.declared()
        self.depends_on("claims.yml")
        self.depends_on_descriptors(declared["tables"])
        box = nodes.admonition(classes=["claim"])
        box += nodes.title("", "What is tested here" if declared["claims"] else "Before you start")
        listing = nodes.bullet_list()
        for claim_id in declared["claims"]:
            if claim_id not in _claims():
                raise ExtensionError(
                    f"{self.env.docname}: no claim {claim_id!r} in data/claims.yml"
                )
            claim = _claims()[claim_id]
            self.label_verdict(claim_id)
            where = f" (paragraph {claim['paragraph']}, {KIND_WORDS[str(claim['kind'])]})"
            line = nodes.paragraph("", "", self.link(claim_label(claim_id), str(claim["claim"])))
            line += nodes.Text(where)
            listing += nodes.list_item("", line)
        if len(listing):
            box += listing
        facts = nodes.paragraph()
        facts += nodes.Text(f"About {declared['minutes']} minutes with exercises. ")
        needs = declared.get("needs", [])
        if needs:
            facts += nodes.Text("Read first: ")
            for number, page in enumerate(needs):
                facts += nodes.Text(", " if number else "")
                facts += self.titled(f"/chapters/{page}", "doc")
            facts += nodes.Text(". ")
        facts += nodes.Text(f"Data as of {_as_of(declared['tables'])}.")
        box += facts
        return [box]

    def label_verdict(self, claim_id: str) -> None:
        """Let other pages link to the card that a run of this chapter prints."""
        title = self.state.document.next_node(nodes.title)
        self.label(verdict_anchor(claim_id), title.astext() if title else "")


def _as_of(tables: list[str]) -> str:
    return max(str(catalog.describe(name)["bridgebook:asOf"]) for name in tables)


class Objectives(BookDirective):
    """What a reader can do after the chapter."""

    def run(self) -> list[Node]:
        """Make the nodes."""
        listing = nodes.bullet_list()
        for text in self.declared()["objectives"].values():
            listing += nodes.list_item("", nodes.paragraph("", "", *self.inline(text)))
        return [nodes.paragraph("", "By the end you can"), listing]


class ClaimsLedger(BookDirective):
    """Every claim of one paragraph of the article, each with a label of its own."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Make the nodes."""
        self.depends_on("claims.yml")
        paragraph = int(self.arguments[0])
        here = [row for row in _claims().values() if int(row["paragraph"]) == paragraph]
        if not here:
            raise ExtensionError(f"{self.env.docname}: no claims in paragraph {paragraph}")
        listing = nodes.definition_list(classes=["claims-ledger"])
        known = self.env.found_docs
        for row in here:
            label = claim_label(str(row["id"]))
            term = nodes.term("", str(row["claim"]), ids=[label])
            self.label(label, str(row["claim"]))
            kind = KIND_WORDS[str(row["kind"])]
            detail = nodes.paragraph("", f"{kind.capitalize()}; {_testable(row)}. {row['tests']} ")
            page = f"chapters/{row['chapter']}"
            if page in known:
                detail += nodes.Text("Decided in ")
                detail += self.titled(verdict_anchor(str(row["id"])), "ref")
                detail += nodes.Text(".")
            else:
                detail += nodes.Text("Not decided yet: its chapter is still to be written.")
            listing += nodes.definition_list_item("", term, nodes.definition("", detail))
        return [listing]


def _testable(row: dict[str, Any]) -> str:
    return {"yes": "testable", "partly": "testable in part", "no": "not testable"}[
        str(row["testable"])
    ]


def lead_on(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """End a chapter with links: back to its claims, to all verdicts, and to the next chapter."""
    declared = declared_by(app.env, docname)
    relations = getattr(app.builder, "relations", {}).get(docname)
    sections = list(doctree.findall(nodes.section))
    if not declared or not relations or not sections:
        return
    to = partial(page_link, cast("StandaloneHTMLBuilder", app.builder), docname)
    way = nodes.paragraph(classes=["book-onward"])
    if declared["claims"]:
        first = claim_label(declared["claims"][0])
        way += [nodes.Text("Back to "), to(LEDGER, "the claims of the article", first)]
        if docname != SCORECARD:
            way += [nodes.Text(" or over to "), to(SCORECARD, "all verdicts")]
        way += [nodes.Text(". ")]
    following = relations[2]
    if following:
        way += [nodes.Text("Next: "), to(following, app.env.titles[following].astext())]
    sections[0] += way


def page_link(
    builder: StandaloneHTMLBuilder, docname: str, page: str, text: str, anchor: str = ""
) -> nodes.reference:
    """A link between two pages, for steps that run when references are resolved already."""
    address = builder.get_relative_uri(docname, page) + (f"#{anchor}" if anchor else "")
    return nodes.reference("", text, refuri=address, internal=True)


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("chapter-card", ChapterCard)
    app.add_directive("objectives", Objectives)
    app.add_directive("claims-ledger", ClaimsLedger)
    # Runs before the page is turned into a notebook.
    app.connect("doctree-resolved", lead_on, priority=620)
