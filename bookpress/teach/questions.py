"""Question banks: one YAML file for each chapter, read and checked without Sphinx.

A bank is ``teaching/questions/<part>/<chapter>.yml`` and follows the JSON Schema in
``teaching/questions``. The page's quiz and every export to a learning platform read it through
:func:`load_bank`. Stems, options and feedback are inline MyST.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookpress.sources import SourceError, read_yaml

BANKS = Path("teaching") / "questions"
"""Folder of the banks, below the project's root."""

SCHEMA_FILE = "question-bank.schema.json"


class BankError(ValueError):
    """A question bank breaks a rule; names file, question and field, and says what to do."""


@dataclass(frozen=True)
class Option:
    """One option of a choice question."""

    text: str
    correct: bool
    feedback: str


@dataclass(frozen=True)
class Slip:
    """A wrong number that a known mistake leads to."""

    value: float
    tolerance: float
    feedback: str


@dataclass(frozen=True)
class Question:
    """One question.

    Parameters
    ----------
    id, type, stem, objective, explanation
        As in the bank; texts are inline MyST.
    options
        For ``one``, ``many`` and ``truefalse``.
    answer, tolerance, unit, slips
        For ``number``.
    answers
        For ``text``: what is accepted, the first being the one to show.
    right, wrong
        Feedback of ``number`` and ``text``.

    """

    id: str
    type: str
    stem: str
    objective: str
    explanation: str
    options: tuple[Option, ...] = ()
    answer: float | None = None
    tolerance: float = 0.0
    unit: str = ""
    slips: tuple[Slip, ...] = ()
    answers: tuple[str, ...] = ()
    right: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Bank:
    """The questions of one chapter, in order."""

    title: str
    chapter: str
    questions: tuple[Question, ...]


def load_bank(
    path: Path, chapter: str | None = None, objectives: Collection[str] | None = None
) -> Bank:
    """Read a question bank and check it.

    Parameters
    ----------
    path
        The YAML file; ``question-bank.schema.json`` is looked for in its folder and above.
    chapter
        Chapter id that the bank must name.
    objectives
        Ids of the chapter's objectives, ``o1`` and so on; None leaves them unchecked.

    Raises
    ------
    BankError
        With everything that is wrong: file, question, field, and what is expected.

    """
    data = _read_yaml(path)
    problems = list(_schema_problems(data, _schema_for(path)))
    if not problems:
        problems = list(_sense_problems(data, chapter, objectives))
    if problems:
        raise BankError("\n".join(f"{path}: {problem}" for problem in problems))
    questions = tuple(_question(entry) for entry in data["questions"])
    return Bank(data["title"], data["chapter"], questions)


def _read_yaml(path: Path) -> Any:
    if not path.exists():
        raise BankError(f"{path}: no such question bank; write it or correct the id")
    try:
        return read_yaml(path)
    except SourceError as error:
        raise BankError(str(error)) from None


def _schema_for(path: Path) -> dict[str, Any]:
    for folder in path.resolve().parents:
        if (folder / SCHEMA_FILE).is_file():
            return dict(json.loads((folder / SCHEMA_FILE).read_text("utf-8")))
    raise BankError(f"{path}: no {SCHEMA_FILE} in its folder or above; restore {BANKS}")


def _schema_problems(data: Any, schema: dict[str, Any]) -> Iterator[str]:
    """Yield schema violations, worded for authors."""
    from jsonschema import Draft202012Validator

    errors = sorted(
        Draft202012Validator(schema).iter_errors(data), key=lambda e: [str(p) for p in e.path]
    )
    # A failed branch leaves its fields "unevaluated": such an error only repeats another one.
    broken = {tuple(e.path)[:2] for e in errors if e.validator != "unevaluatedProperties"}
    swapped: set[tuple[Any, ...]] = set()
    for error in errors:
        question = tuple(error.path)[:2]
        if error.validator == "unevaluatedProperties" and question in broken:
            continue
        if error.validator == "const" and question in swapped:
            continue  # True and False in the wrong order: one defect, reported twice
        if error.validator == "const":
            swapped.add(question)
        yield f"{_place(data, list(error.path))}: {_in_words(error)}"


def _place(data: Any, path: list[Any]) -> str:
    """Where an error is: the question by its id, then the field."""
    if path[:1] != ["questions"] or len(path) < 2:
        return "field " + (".".join(map(str, path)) or "(the whole file)")
    entry = data["questions"][path[1]]
    name = entry.get("id") if isinstance(entry, dict) else None
    inner = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path[2:]).lstrip(".")
    question = f'question "{name}"' if name else f"question number {path[1] + 1}"
    return f"{question}, field {inner}" if inner else question


def _in_words(error: Any) -> str:
    validator, found = error.validator, error.instance
    if validator == "required":
        missing = [name for name in error.validator_value if name not in found]
        return f"{' and '.join(missing)} missing; every {_owner(error)} needs it"
    if validator in {"contains", "minContains", "maxContains"}:
        right = [option for option in found if isinstance(option, dict) and option.get("correct")]
        wanted = "exactly one" if "maxContains" in error.schema else "at least one"
        return f"{len(right)} options are marked correct; this type needs {wanted}"
    if validator == "enum":
        return f"{found!r} is not one of {', '.join(map(str, error.validator_value))}"
    if validator == "const":
        return f"is {found!r}; a truefalse question has the options True and False, in that order"
    if validator == "type":
        return f"is {found!r}; it has to be of type {error.validator_value}"
    return str(error.message)


def _owner(error: Any) -> str:
    last = [part for part in error.path if isinstance(part, str)]
    return {"options": "option", "slips": "slip", "questions": "such question"}.get(
        last[-1] if last else "", "such entry"
    )


def _sense_problems(
    data: dict[str, Any], chapter: str | None, objectives: Collection[str] | None
) -> Iterator[str]:
    """Yield violations that a schema cannot express: fields that must agree with each other."""
    if chapter is not None and data["chapter"] != chapter:
        yield f"field chapter: is {data['chapter']!r}, but the file belongs to {chapter!r}"
    seen: set[str] = set()
    for entry in data["questions"]:
        here = f'question "{entry["id"]}"'
        if entry["id"] in seen:
            yield f"{here}, field id: used twice; give every question its own id"
        seen.add(entry["id"])
        if objectives is not None and entry["objective"] not in objectives:
            known = ", ".join(objectives) or "none"
            yield f"{here}, field objective: the chapter has no {entry['objective']!r}, but {known}"
        texts = [option["text"].strip() for option in entry.get("options", ())]
        if len(set(texts)) < len(texts):
            yield f"{here}, field options: two options have the same text"
        for slip in entry.get("slips", ()):
            if abs(slip["value"] - entry["answer"]) <= entry["tolerance"]:
                yield f"{here}, field slips: {slip['value']} counts as right; remove it"


def _question(entry: dict[str, Any]) -> Question:
    feedback = entry.get("feedback", {})
    tolerance = float(entry.get("tolerance", 0))
    return Question(
        **{key: entry[key] for key in ("id", "type", "stem", "objective", "explanation")},
        options=tuple(
            Option(o["text"], bool(o.get("correct", False)), o["feedback"])
            for o in entry.get("options", ())
        ),
        answer=entry.get("answer"),
        tolerance=tolerance,
        unit=entry.get("unit", ""),
        slips=tuple(
            Slip(s["value"], float(s.get("tolerance", tolerance)), s["feedback"])
            for s in entry.get("slips", ())
        ),
        answers=tuple(entry.get("answers", ())),
        right=feedback.get("right", ""),
        wrong=feedback.get("wrong", ""),
    )
