"""The quiz directive: a tiny Sphinx project, its HTML, its printed form, and bad banks."""

from __future__ import annotations

import copy
import os
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from ruamel.yaml import YAML
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from bookpress.teach import questions

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "teaching" / "questions" / questions.SCHEMA_FILE
STATIC = ROOT / "bookpress" / "site" / "static"
CHAPTER = "part/lesson"

BANK: dict[str, Any] = {
    "title": "Check yourself: chips",
    "chapter": CHAPTER,
    "questions": [
        {
            "id": "capital",
            "type": "one",
            "stem": "Which *rule* uses $a^2$ and the {term}`TPP`, `x < 3` & more?",
            "objective": "o1",
            "explanation": "The **second** one does.",
            "options": [
                {"text": "The `first`", "feedback": "No: it came *earlier*."},
                {"text": "The second", "correct": True, "feedback": "Yes, by {term}`TPP`."},
                {"text": "Neither", "feedback": "One of them does."},
            ],
        },
        {
            "id": "several",
            "type": "many",
            "stem": "Which are even?",
            "objective": "o2",
            "explanation": "Two divides them.",
            "options": [
                {"text": "2", "correct": True, "feedback": "Two is even."},
                {"text": "3", "feedback": "Three is odd."},
                {"text": "4", "correct": True, "feedback": "Four is even."},
            ],
        },
        {
            "id": "binding",
            "type": "truefalse",
            "stem": "A recommendation binds.",
            "objective": "o2",
            "explanation": "It recommends.",
            "options": [
                {"text": "True", "feedback": "It only recommends."},
                {"text": "False", "correct": True, "feedback": "Indeed."},
            ],
        },
        {
            "id": "product",
            "type": "number",
            "stem": "What is 1,200 times 8?",
            "objective": "o1",
            "explanation": "Multiply.",
            "answer": 9600,
            "tolerance": 5,
            "unit": "TOPS",
            "feedback": {"right": "That is the product.", "wrong": "Multiply both numbers."},
            "slips": [{"value": 1200, "feedback": "You forgot the bits."}],
        },
        {
            "id": "maker",
            "type": "text",
            "stem": "Who makes it?",
            "objective": "o2",
            "explanation": "Its name is on the box.",
            "answers": ["Moonshot", "Moonshot AI"],
            "feedback": {"right": "Yes.", "wrong": "Look at the *box*."},
        },
    ],
}

PAGE = """\
---
bridgebook:
  objectives:
    o1: compute a number
    o2: judge a statement
---
# Lesson

```{quiz} part/lesson
```
"""

INDEX = """\
# Home

```{glossary}
TPP
: Total processing performance.
```

```{toctree}
part/lesson
plain
```
"""


def write_project(folder: Path, bank: dict[str, Any] | str = BANK, page: str = PAGE) -> Path:
    """A project with a page that has a quiz and one that has none."""
    source = folder / "source"
    for name in ("part", "teaching/questions/part"):
        (source / name).mkdir(parents=True)
    (source / "conf.py").write_text(
        'extensions = ["myst_parser", "bookpress.site.quiz"]\n'
        'myst_enable_extensions = ["dollarmath"]\n'
        'suppress_warnings = ["myst.topmatter"]\n'
        'html_theme = "basic"\nlatex_engine = "xelatex"\n'
        'copyright = "nobody"\nversion = "1"\n',
        "utf-8",
    )
    (source / "index.md").write_text(INDEX, "utf-8")
    (source / "plain.md").write_text("# Plain\n\nNo quiz.\n", "utf-8")
    (source / "part" / "lesson.md").write_text(page, "utf-8")
    folder = source / "teaching" / "questions"
    (folder / questions.SCHEMA_FILE).write_text(SCHEMA.read_text("utf-8"), "utf-8")
    write_bank(folder / "part" / "lesson.yml", bank)
    return source


def write_bank(path: Path, bank: dict[str, Any] | str) -> Path:
    if isinstance(bank, str):
        path.write_text(bank, "utf-8")
    else:
        with path.open("w", encoding="utf-8") as handle:
            YAML(typ="safe", pure=True).dump(bank, handle)
    return path


def build(source: Path, builder: str = "html") -> Path:
    """Build with warnings as errors; returns the output folder."""
    out, warnings = source.parent / builder, StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            str(source),
            str(source),
            str(out),
            str(source.parent / "doctrees"),
            builder,
            status=StringIO(),
            warning=warnings,
            confoverrides={"nitpicky": True},
        )
        app.build()
    assert warnings.getvalue() == ""
    return out


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(write_project(tmp_path_factory.mktemp("site")))


@pytest.fixture(scope="module")
def page(site: Path) -> Any:
    return BeautifulSoup((site / "part" / "lesson.html").read_text("utf-8"), "lxml")


def form(page: Any, question: str) -> Any:
    return page.find("form", id=f"quiz-part-lesson-{question}")


# --- the page -----------------------------------------------------------------------------


def test_every_question_is_a_form_with_button_live_region_and_answer(page: Any) -> None:
    forms = page.select("section.quiz form.quiz-question")
    assert [entry["data-type"] for entry in forms] == [q["type"] for q in BANK["questions"]]
    for entry in forms:
        assert entry.find("button", type="submit").text == "Check answer"
        assert entry.select_one(".quiz-status")["role"] == "status"
        details = entry.find("details")
        assert details.find("summary").text == "Answer and explanation"
        assert details.select_one(".quiz-note").text.strip()
    assert page.select_one("section.quiz")["aria-label"] == BANK["title"]
    assert page.select_one(".quiz-score")["aria-live"] == "polite"


def test_without_a_script_no_dead_button_is_shown(page: Any) -> None:
    assert all(button.has_attr("hidden") for button in page.select("section.quiz button"))


def test_choices_have_legend_and_labels(page: Any) -> None:
    for question, kind in (("capital", "radio"), ("several", "checkbox"), ("binding", "radio")):
        entry = form(page, question)
        legend = entry.find("fieldset").find("legend", recursive=False)
        assert "Question" in legend.text and legend.select_one(".quiz-how").text
        inputs = entry.find_all("input")
        assert {field["type"] for field in inputs} == {kind}
        assert len({field["name"] for field in inputs}) == 1
        assert all(field.find_parent("label") is not None for field in inputs)


def test_typed_answers_have_a_label(page: Any) -> None:
    for question, mode in (("product", "decimal"), ("maker", None)):
        entry = form(page, question)
        field = entry.find("input", type="text")
        assert entry.find("label", attrs={"for": field["id"]}) is not None
        assert field.get("inputmode") == mode
    assert "(TOPS)" in form(page, "product").find("label").text


def test_ids_are_unique(page: Any) -> None:
    ids = [node["id"] for node in page.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_texts_go_through_the_inline_parser(page: Any) -> None:
    entry = form(page, "capital")
    legend, options = entry.find("legend"), entry.select(".quiz-option")
    assert legend.find("em").text == "rule"
    assert legend.select_one("code").text == "x < 3"
    assert legend.select_one(".math") is not None
    assert legend.find("a")["href"] == "../index.html#term-TPP"
    assert options[0].select_one("code").text == "first"
    feedback = entry.select(".quiz-answers .quiz-feedback")
    assert feedback[0].find("em").text == "earlier"
    assert feedback[1].find("a")["href"].endswith("#term-TPP")
    assert entry.select_one(".quiz-note strong").text == "second"


def test_each_option_has_its_own_feedback_in_words(page: Any) -> None:
    answers = form(page, "capital").select(".quiz-answers li")
    assert [entry["data-correct"] for entry in answers] == ["false", "true", "false"]
    words = [entry.find("strong").text for entry in answers]
    assert [re.sub(r"[✓✗] ", "", word) for word in words] == [
        "A, not right:",
        "B, right:",
        "C, not right:",
    ]


def test_number_and_text_keep_their_keys_for_the_script(page: Any) -> None:
    right, slip, other = form(page, "product").select(".quiz-answers li")
    assert (float(right["data-value"]), float(right["data-tolerance"])) == (9600, 5)
    assert (float(slip["data-value"]), slip["data-correct"]) == (1200, "false")
    assert "9,600 TOPS" in right.text and other["data-other"] == "true"
    accepted, _ = form(page, "maker").select(".quiz-answers li")
    assert accepted["data-accept"] == '["Moonshot", "Moonshot AI"]'


def test_files_are_loaded_only_where_there_is_a_quiz(site: Path) -> None:
    with_quiz = (site / "part" / "lesson.html").read_text("utf-8")
    without = (site / "plain.html").read_text("utf-8")
    for name in ("quiz.js", "quiz.css"):
        assert f"_static/{name}" in with_quiz and f"_static/{name}" not in without
        assert (site / "_static" / name).read_bytes() == (STATIC / name).read_bytes()


def test_no_inline_script_no_foreign_address_no_storage(page: Any) -> None:
    section = page.select_one("section.quiz")
    assert section is not None and section.find("script") is None
    handlers = [name for node in section.find_all(True) for name in node.attrs if name[:2] == "on"]
    assert handlers == []
    script = (STATIC / "quiz.js").read_text("utf-8")
    assert len(script.encode()) < 4096
    for word in ("http", "localStorage", "sessionStorage", "cookie", "fetch(", "innerHTML", "eval"):
        assert word not in script, word


def test_page_is_rebuilt_when_its_bank_changes(tmp_path: Path) -> None:
    source = write_project(tmp_path)
    target = build(source) / "part" / "lesson.html"
    assert "Two divides them." in target.read_text("utf-8")
    changed = copy.deepcopy(BANK)
    changed["questions"][1]["explanation"] = "They are multiples of two."
    bank = write_bank(source / "teaching" / "questions" / "part" / "lesson.yml", changed)
    later = bank.stat().st_mtime + 5
    os.utime(bank, (later, later))
    build(source)
    assert "They are multiples of two." in target.read_text("utf-8")


# --- paper --------------------------------------------------------------------------------


@pytest.mark.parametrize(("builder", "name"), [("text", "part/lesson.txt"), ("latex", "*.tex")])
def test_printed_as_lists(tmp_path: Path, builder: str, name: str) -> None:
    out = build(write_project(tmp_path), builder)
    printed = next(out.glob(name)).read_text("utf-8")
    for text in ("Which are even?", "Neither", "Answers", "Two divides them.", "Anything else"):
        assert text in printed
    assert printed.index("Who makes it?") < printed.index("Two divides them.")


def test_epub_has_lists_and_no_forms(tmp_path: Path) -> None:
    out = build(write_project(tmp_path), "epub")
    printed = BeautifulSoup((out / "part" / "lesson.xhtml").read_text("utf-8"), "lxml")
    assert printed.find("form") is None and printed.find("input") is None
    assert len(printed.find_all("ol")) >= 2 and "quiz.js" not in str(printed)


# --- bad banks ----------------------------------------------------------------------------


def broken(change: str) -> dict[str, Any]:
    """The sample bank with one defect."""
    bank = copy.deepcopy(BANK)
    one, many, truefalse, number, text = bank["questions"]
    match change:
        case "feedback":
            del one["options"][2]["feedback"]
        case "empty feedback":
            one["options"][2]["feedback"] = "  "
        case "none correct":
            one["options"][1]["correct"] = False
        case "two correct":
            one["options"][0]["correct"] = True
        case "many none":
            many["options"][0]["correct"] = many["options"][2]["correct"] = False
        case "true last":
            truefalse["options"].reverse()
        case "objective":
            many["objective"] = "o7"
        case "type":
            text["type"] = "essay"
        case "no type":
            del text["type"]
        case "answer":
            del number["answer"]
        case "words":
            number["answer"] = "many"
        case "slip":
            number["slips"][0]["value"] = 9603
        case "same id":
            many["id"] = "capital"
        case "same option":
            one["options"][0]["text"] = "Neither"
        case "chapter":
            bank["chapter"] = "part/other"
        case "extra":
            one["hint"] = "none"
        case "explanation":
            del text["explanation"]
        case "empty":
            bank["questions"] = []
        case _:
            raise AssertionError(change)
    return bank


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("feedback", 'question "capital", field options[2]: feedback missing; every option'),
        ("empty feedback", 'question "capital", field options[2].feedback: '),
        ("none correct", 'question "capital", field options: 0 options are marked correct'),
        ("two correct", 'question "capital", field options: 2 options are marked correct'),
        ("many none", 'question "several", field options: 0 options are marked correct'),
        ("true last", 'question "binding", field options[0].text: '),
        ("objective", "question \"several\", field objective: the chapter has no 'o7', but o1, o2"),
        ("type", 'question "maker", field type: '),
        ("no type", 'question "maker": type missing'),
        ("answer", 'question "product": answer missing'),
        ("words", "question \"product\", field answer: is 'many'; it has to be of type number"),
        ("slip", 'question "product", field slips: 9603 counts as right'),
        ("same id", 'question "capital", field id: used twice'),
        ("same option", 'question "capital", field options: two options have the same text'),
        ("chapter", "field chapter: is 'part/other', but the file belongs to 'part/lesson'"),
        ("extra", 'question "capital": '),
        ("explanation", 'question "maker": explanation missing'),
        ("empty", "field questions: "),
    ],
)
def test_bad_bank_names_file_question_and_field(tmp_path: Path, change: str, message: str) -> None:
    (tmp_path / questions.SCHEMA_FILE).write_text(SCHEMA.read_text("utf-8"), "utf-8")
    path = write_bank(tmp_path / "lesson.yml", broken(change))
    with pytest.raises(questions.BankError) as caught:
        questions.load_bank(path, CHAPTER, ["o1", "o2"])
    assert f"{path}: {message}" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1, "one defect, one message"


def test_a_good_bank_is_read_unchanged(tmp_path: Path) -> None:
    (tmp_path / questions.SCHEMA_FILE).write_text(SCHEMA.read_text("utf-8"), "utf-8")
    bank = questions.load_bank(write_bank(tmp_path / "lesson.yml", BANK), CHAPTER, ["o1", "o2"])
    assert [question.id for question in bank.questions] == [q["id"] for q in BANK["questions"]]
    assert [option.correct for option in bank.questions[0].options] == [False, True, False]
    assert bank.questions[3].slips == (questions.Slip(1200, 5.0, "You forgot the bits."),)
    assert bank.questions[4].answers == ("Moonshot", "Moonshot AI")


def test_broken_yaml_and_missing_file(tmp_path: Path) -> None:
    (tmp_path / questions.SCHEMA_FILE).write_text(SCHEMA.read_text("utf-8"), "utf-8")
    with pytest.raises(questions.BankError, match="not readable as YAML"):
        questions.load_bank(write_bank(tmp_path / "lesson.yml", "title: [unclosed"))
    with pytest.raises(questions.BankError, match="no such question bank"):
        questions.load_bank(tmp_path / "absent.yml")


def test_build_stops_at_a_bad_bank(tmp_path: Path) -> None:
    source = write_project(tmp_path, broken("feedback"))
    with pytest.raises(ExtensionError, match=r"part/lesson\.yml: question \"capital\""):
        build(source)


def test_build_stops_when_the_page_declares_no_objectives(tmp_path: Path) -> None:
    source = write_project(tmp_path, page="# Lesson\n\n```{quiz} part/lesson\n```\n")
    with pytest.raises(ExtensionError, match="declares `objectives:`"):
        build(source)


def test_build_stops_when_a_quiz_appears_twice(tmp_path: Path) -> None:
    source = write_project(tmp_path, page=PAGE + "\n```{quiz} part/lesson\n```\n")
    with pytest.raises(ExtensionError, match="appears twice"):
        build(source)
