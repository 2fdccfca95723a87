"""The quiz at the end of a chapter: one question bank, no kernel, no third-party script.

The bank is read by :mod:`bookpress.teach.questions`. On a page the directive

    ```{quiz} export-controls/the-rule-as-code
    ```

becomes forms that work with a keyboard and a screen reader. Answers and explanations are in
``<details>``, which open without JavaScript; ``quiz.js`` adds checking. In print, in EPUB and as
plain text, the same questions are lists. Stems, options and feedback are inline MyST, parsed
by the page's own parser, so that glossary terms, code and formulas work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from bookpress.site.chapter import declared_by
from bookpress.teach.questions import (
    BANKS,
    SCHEMA_FILE,
    BankError,
    Question,
    Slip,
    load_bank,
)

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

STATIC = Path(__file__).parent / "static"
PRINTED_BUILDERS = {"epub"}
"""Builders that write HTML for readers who cannot click."""

HOW = {"one": "Choose one.", "many": "Choose all that apply.", "truefalse": "True or false?"}
CHOICES = frozenset(HOW)

# --- nodes --------------------------------------------------------------------------------


class quiz(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """A chapter's quiz: ``title``; children are questions."""


class quiz_question(nodes.General, nodes.Element):  # noqa: N801
    """One question: ``type``, ``key`` (unique on the page), ``number``, ``total``, ``unit``."""


class quiz_stem(nodes.General, nodes.TextElement):  # noqa: N801
    """The question itself."""


class quiz_options(nodes.General, nodes.Element):  # noqa: N801
    """What to choose from, or the place to type."""


class quiz_option(nodes.General, nodes.TextElement):  # noqa: N801
    """The text of one option: ``letter``, ``correct``."""


class quiz_answers(nodes.General, nodes.Element):  # noqa: N801
    """What is right and what is wrong about each answer."""


class quiz_answer(nodes.General, nodes.TextElement):  # noqa: N801
    """Feedback on one answer: ``word`` names it, ``correct``, ``data`` is for the script."""


class quiz_note(nodes.General, nodes.TextElement):  # noqa: N801
    """Why the answer is right."""


class Quiz(SphinxDirective):
    """``{quiz} <chapter id>``: the questions of a bank."""

    required_arguments = 1
    has_content = False

    def run(self) -> list[Node]:
        """Read the bank, remember that the page depends on it, and build its nodes."""
        chapter = self.arguments[0].strip()
        relative = BANKS / f"{chapter}.yml"
        self.env.note_dependency(relative.as_posix())
        self.env.note_dependency((BANKS / SCHEMA_FILE).as_posix())
        try:
            bank = load_bank(Path(self.env.srcdir) / relative, chapter, self._objectives())
        except BankError as error:
            raise ExtensionError(f"{self.env.docname}, quiz {chapter}:\n{error}") from None
        if any(node["chapter"] == chapter for node in self.state.document.findall(quiz)):
            raise ExtensionError(f"{self.env.docname}: the quiz {chapter} appears twice")
        node = quiz(title=bank.title, chapter=chapter)
        self.set_source_info(node)
        for number, question in enumerate(bank.questions, start=1):
            node += self._question(question, chapter, number, len(bank.questions))
        return [node]

    def _objectives(self) -> list[str]:
        """Objectives that the page declares in its front matter."""
        objectives = declared_by(self.env, self.env.docname).get("objectives")
        if not objectives:
            raise BankError(
                f"{self.env.docname}: a page with a quiz declares `objectives:` under "
                "`bridgebook:` in its front matter"
            )
        return list(objectives)

    def _inline(self, text: str) -> list[Node]:
        return list(self.state.inline_text(text.strip(), self.lineno)[0])

    def _question(self, question: Question, chapter: str, number: int, total: int) -> quiz_question:
        key = f"quiz-{chapter.replace('/', '-')}-{question.id}"
        node = quiz_question(
            key=key, type=question.type, number=number, total=total, unit=question.unit
        )
        node += quiz_stem("", "", *self._inline(question.stem))
        options, answers = quiz_options(), quiz_answers()
        for letter, option in zip("ABCDEFGH", question.options, strict=False):
            text = self._inline(option.text)
            options += quiz_option("", "", *text, letter=letter, correct=option.correct)
        for word, correct, data, feedback in _answers(question):
            answers += quiz_answer(
                "", "", *self._inline(feedback), word=word, correct=correct, data=data
            )
        node += options
        node += answers
        node += quiz_note("", "", *self._inline(question.explanation))
        return node


def _answers(question: Question) -> Iterator[tuple[str, bool, dict[str, Any], str]]:
    """Each answer with its name, whether it is right, data for the script, and feedback."""
    for letter, option in zip("ABCDEFGH", question.options, strict=False):
        yield letter, option.correct, {}, option.feedback
    if question.type == "number":
        assert question.answer is not None  # the schema requires it
        right = Slip(question.answer, question.tolerance, question.right)
        for position, number in enumerate((right, *question.slips)):
            word = f"{number.value:,.10g} {question.unit}".strip()
            data = {"value": number.value, "tolerance": number.tolerance}
            yield word, position == 0, data, number.feedback
    if question.type == "text":
        accept = {"accept": list(question.answers)}
        yield question.answers[0], True, accept, question.right
    if question.type not in CHOICES:
        yield "Anything else", False, {"other": True}, question.wrong


# --- HTML ---------------------------------------------------------------------------------


def visit_quiz(self: HTML5Translator, node: quiz) -> None:
    """Open the region, named for screen readers."""
    self.body.append(f'<section class="quiz" aria-label="{escape(node["title"], quote=True)}">')


def depart_quiz(self: HTML5Translator, node: quiz) -> None:
    """Close it with the score, which stays in the page."""
    self.body.append('<p class="quiz-score" role="status" aria-live="polite"></p></section>\n')


def visit_question(self: HTML5Translator, node: quiz_question) -> None:
    """Open a form for each question."""
    self.body.append(
        f'<form class="quiz-question" id="{node["key"]}" data-type="{node["type"]}" '
        'autocomplete="off" novalidate>'
    )


def depart_question(self: HTML5Translator, node: quiz_question) -> None:
    """Close the form."""
    self.body.append("</form>\n")


def _number(question: nodes.Element) -> str:
    return f'<span class="quiz-number">Question {question["number"]} of {question["total"]}</span> '


def visit_stem(self: HTML5Translator, node: quiz_stem) -> None:
    """Open a legend for choices, a label for a field."""
    question = node.parent
    if question["type"] in CHOICES:
        self.body.append(f"<fieldset><legend>{_number(question)}")
    else:
        self.body.append(f'<p class="quiz-stem"><label for="{question["key"]}-field">')
        self.body.append(_number(question))


def depart_stem(self: HTML5Translator, node: quiz_stem) -> None:
    """Say how to answer."""
    question = node.parent
    if question["type"] in CHOICES:
        how = HOW[question["type"]]
        self.body.append(f' <span class="quiz-how">{how}</span></legend>')
        return
    unit = (
        f' <span class="quiz-how">({escape(question["unit"])})</span>' if question["unit"] else ""
    )
    self.body.append(f"{unit}</label></p>")


def visit_options(self: HTML5Translator, node: quiz_options) -> None:
    """Write a field to type in; choices follow as children."""
    question = node.parent
    if question["type"] in CHOICES:
        return
    mode = ' inputmode="decimal"' if question["type"] == "number" else ""
    self.body.append(
        f'<p class="quiz-field"><input type="text" id="{question["key"]}-field"{mode} '
        'autocapitalize="off" spellcheck="false"></p>'
    )


def depart_options(self: HTML5Translator, node: quiz_options) -> None:
    """Close the choices."""
    if node.parent["type"] in CHOICES:
        self.body.append("</fieldset>")


def visit_option(self: HTML5Translator, node: quiz_option) -> None:
    """Open a label around its button, so that the whole row is clickable."""
    question = node.parent.parent
    kind = "checkbox" if question["type"] == "many" else "radio"
    letter = node["letter"]
    self.body.append(
        f'<label class="quiz-option"><input type="{kind}" name="{question["key"]}" '
        f'id="{question["key"]}-{letter.lower()}" value="{letter}">'
        f'<span><span class="quiz-letter">{letter}</span> '
    )


def depart_option(self: HTML5Translator, node: quiz_option) -> None:
    """Close the label."""
    self.body.append("</span></label>")


def visit_answers(self: HTML5Translator, node: quiz_answers) -> None:
    """Write button and live region, then the answers, which open without a script."""
    self.body.append(
        '<p class="quiz-actions"><button type="submit" hidden>Check answer</button></p>'
        '<div class="quiz-status" role="status" aria-live="polite"></div>'
        '<details class="quiz-answers"><summary>Answer and explanation</summary><ul>'
    )


def depart_answers(self: HTML5Translator, node: quiz_answers) -> None:
    """Close the list; the explanation follows."""
    self.body.append("</ul>")


def visit_answer(self: HTML5Translator, node: quiz_answer) -> None:
    """Write one answer: its name, right or not in words, and the feedback."""
    data = "".join(
        f" data-{name}='{escape(value if isinstance(value, str) else json.dumps(value))}'"
        for name, value in {"correct": bool(node["correct"]), **node["data"]}.items()
    )
    mark = "✓" if node["correct"] else "✗"
    word = "right" if node["correct"] else "not right"
    self.body.append(
        f'<li{data}><strong><span aria-hidden="true">{mark}</span> {escape(node["word"])}, {word}:'
        '</strong> <span class="quiz-feedback">'
    )


def depart_answer(self: HTML5Translator, node: quiz_answer) -> None:
    """Close the answer."""
    self.body.append("</span></li>")


def visit_note(self: HTML5Translator, node: quiz_note) -> None:
    """Open the explanation."""
    self.body.append('<p class="quiz-note">')


def depart_note(self: HTML5Translator, node: quiz_note) -> None:
    """Close the explanation and the details around it."""
    self.body.append("</p></details>")


# --- on paper -----------------------------------------------------------------------------


def print_as_lists(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Replace forms with plain lists, answers at the end, for builders without interaction."""
    if _clickable(app):
        return
    for node in list(doctree.findall(quiz)):
        questions, answers = (
            nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".") for _ in range(2)
        )
        for question in node.children:
            questions += _printed_question(question)
            answers += _printed_answer(question)
        heading = nodes.paragraph("", "", nodes.strong("", node["title"]))
        key = nodes.paragraph("", "", nodes.strong("", "Answers"))
        node.replace_self([heading, questions, key, answers])


def _printed_question(question: Any) -> nodes.list_item:
    stem, options = question[0], question[1]
    hint = HOW.get(question["type"], f"({question['unit']})" if question["unit"] else "")
    paragraph = nodes.paragraph("", "", *_moved(stem))
    if hint:
        paragraph += [nodes.Text(" "), nodes.emphasis("", hint)]
    item = nodes.list_item("", paragraph)
    if len(options):
        listing = nodes.enumerated_list(enumtype="upperalpha", prefix="", suffix=".")
        for option in options.children:
            listing += nodes.list_item("", nodes.paragraph("", "", *_moved(option)))
        item += listing
    return item


def _printed_answer(question: Any) -> nodes.list_item:
    right = ", ".join(answer["word"] for answer in question[2].children if answer["correct"])
    paragraph = nodes.paragraph("", "", nodes.strong("", f"{right}."), nodes.Text(" "))
    paragraph += _moved(question[3])
    item = nodes.list_item("", paragraph)
    listing = nodes.bullet_list()
    for answer in question[2].children:
        line = nodes.paragraph("", "", nodes.Text(f"{answer['word']}: "), *_moved(answer))
        listing += nodes.list_item("", line)
    item += listing
    return item


def _moved(node: nodes.Element) -> list[Node]:
    """Detach and return the children of a node."""
    children = list(node.children)
    node.clear()
    return children


# --- Sphinx -------------------------------------------------------------------------------


def _clickable(app: Sphinx) -> bool:
    return bool(app.builder.format == "html" and app.builder.name not in PRINTED_BUILDERS)


def add_static(app: Sphinx) -> None:
    """Make sure that the quiz's script and style sheet are copied into the site."""
    if _clickable(app) and str(STATIC) not in app.config.html_static_path:
        app.config.html_static_path.append(str(STATIC))


def add_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script and the style sheet only where there is a quiz."""
    if doctree is not None and any(True for _ in doctree.findall(quiz)):
        app.add_css_file("quiz.css")
        app.add_js_file("quiz.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive, its HTML and its files."""
    app.add_directive("quiz", Quiz)
    app.add_node(quiz, html=(visit_quiz, depart_quiz))
    app.add_node(quiz_question, html=(visit_question, depart_question))
    app.add_node(quiz_stem, html=(visit_stem, depart_stem))
    app.add_node(quiz_options, html=(visit_options, depart_options))
    app.add_node(quiz_option, html=(visit_option, depart_option))
    app.add_node(quiz_answers, html=(visit_answers, depart_answers))
    app.add_node(quiz_answer, html=(visit_answer, depart_answer))
    app.add_node(quiz_note, html=(visit_note, depart_note))
    app.connect("doctree-resolved", print_as_lists)
    app.connect("builder-inited", add_static)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
