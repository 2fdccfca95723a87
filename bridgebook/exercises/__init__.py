"""Feedback on answers: ``check("the-rule-as-code-1", answer)``.

The truth is computed from the tables each time, never typed. A wrong answer is compared with the
numbers that known mistakes lead to (percent for share, thousand for million, sparse for dense …),
so that the reader learns *what kind* of mistake it was. No feedback gives away the answer.

An exercise is a function that computes the truth, registered with :func:`exercise`. Its slips are
functions too: each computes the wrong answer that one mistake leads to.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from html import escape
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from bridgebook.ledger import modules_by_chapter

SHARE_TOLERANCE = 0.005
"""Accepted distance of a share: half a percentage point, so two decimals are enough."""

NUMBER_TOLERANCE = 0.005
"""Accepted relative distance of a measured number: three significant digits are enough."""

KINDS = {
    "number": "one number",
    "ratio": "one number, how many times",
    "count": "one whole number",
    "share": "one number between 0 and 1",
    "percent": "one number in percent",
    "choice": "one of the given words, in quotation marks",
    "names": "several names, for example a set or a column",
    "boolean": "True or False",
    "table": "a table or a column",
}
NUMERIC = frozenset({"number", "ratio", "count", "share", "percent"})
FACTORS = {1e3: "a thousand", 1e6: "a million", 1e9: "a billion"}


class UnknownExerciseError(ValueError, KeyError):
    """No exercise of that id; the message lists near ids."""

    def __str__(self) -> str:
        return str(self.args[0])


# --- feedback -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Feedback:
    """Feedback on an answer.

    Parameters
    ----------
    exercise
        Id of the exercise.
    kind
        ``right``, ``no-answer``, the name of a slip, or ``wrong``.
    message
        One or two sentences; never the answer.

    """

    exercise: str
    kind: str
    message: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.kind == "right"

    def __bool__(self) -> bool:
        return self.right

    @property
    def word(self) -> str:
        """Say in words how it went: colour and sign only repeat this."""
        return {"right": "Right.", "no-answer": "No answer yet."}.get(self.kind, "Not yet.")

    @property
    def _sign(self) -> str:
        return {"right": "✓", "no-answer": "…"}.get(self.kind, "✗")

    def __str__(self) -> str:
        return f"{self._sign} {self.word} {self.message}".strip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show the feedback as a short box whose border repeats, without colour, what it says."""
        line = "solid" if self.right else "dashed"
        return (
            f'<div class="answer-check answer-{escape(self.kind)}" role="status" '
            f'style="border-left:4px {line} currentColor;padding:.2rem .8rem">'
            f'<p><strong><span aria-hidden="true">{self._sign}</span> {self.word}</strong> '
            f"{escape(self.message)}</p></div>"
        )

    def _repr_markdown_(self) -> str:
        """Show the feedback as text, for PDF and plain notebooks."""
        return f"**{self._sign} {self.word}** {self.message}".strip()


# --- exercises ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Slip:
    """A mistake that is known to happen.

    Parameters
    ----------
    name
        Names it in tests, kebab case.
    hint
        Feedback for the reader; must not contain the answer.
    wrong
        Computes the answer that the mistake leads to.

    """

    name: str
    hint: str
    wrong: Callable[[], Any]


@dataclass(frozen=True)
class Exercise:
    """A question whose answer is computed.

    Parameters
    ----------
    id
        Chapter's last name and a number.
    kind
        A key of :data:`KINDS`.
    truth
        Computes the answer from the tables.
    hint
        What to look at again when no slip fits.
    praise
        What a right answer means.
    slips
        Known mistakes, the most likely first.
    options
        For ``choice``: each option with what is said when it is chosen wrongly.
    universe
        For ``names``: computes all names that may be given, for near misses.
    tolerance
        Accepted distance; absolute for shares and percent, relative for other numbers, none for
        counts. None takes the usual one of the kind.

    """

    id: str
    kind: str
    truth: Callable[[], Any]
    hint: str
    praise: str = ""
    slips: tuple[Slip, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    universe: Callable[[], Iterable[str]] | None = None
    tolerance: float | None = None

    def close(self, answer: float, value: float) -> bool:
        """Whether a number counts as equal to another in this exercise."""
        slack = 1e-9
        if self.kind == "share":
            return abs(answer - value) <= (self.tolerance or SHARE_TOLERANCE) + slack
        if self.kind == "percent":
            return abs(answer - value) <= (self.tolerance or 100 * SHARE_TOLERANCE) + slack
        relative = 0.0 if self.kind == "count" else self.tolerance or NUMBER_TOLERANCE
        return math.isclose(answer, value, rel_tol=relative + slack, abs_tol=slack)


_EXERCISES: dict[str, Exercise] = {}


def exercises() -> Mapping[str, Exercise]:
    """All exercises by id."""
    for module in modules_by_chapter("exercises").values():
        import_module(module)
    return _EXERCISES


def find(exercise_id: str) -> Exercise:
    """Look up one exercise; imports the module of its chapter only.

    Raises
    ------
    UnknownExerciseError
        If there is no such exercise; lists near ids.

    """
    for chapter, module in modules_by_chapter("exercises").items():
        if str(exercise_id).rpartition("-")[0] == chapter.rpartition("/")[2]:
            import_module(module)
    if exercise_id not in _EXERCISES:
        known = exercises()
        near = get_close_matches(str(exercise_id), known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise UnknownExerciseError(f"no exercise {exercise_id!r}; {hint}All: {', '.join(known)}")
    return _EXERCISES[exercise_id]


def exercise(
    exercise_id: str, kind: str, **fields: Any
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a function that computes the truth; ``fields`` are those of :class:`Exercise`.

    Raises
    ------
    ValueError
        If the id is taken or the kind is unknown.

    """
    if exercise_id in _EXERCISES:
        raise ValueError(f"exercise {exercise_id!r} is registered twice")
    if kind not in KINDS:
        raise ValueError(f"exercise {exercise_id!r}: kind is one of {', '.join(KINDS)}")

    def register(truth: Callable[[], Any]) -> Callable[[], Any]:
        _EXERCISES[exercise_id] = Exercise(exercise_id, kind, truth, **fields)
        return truth

    return register


def check(exercise_id: str, answer: Any = ...) -> Feedback:
    """Say whether an answer is right or what kind of mistake it is, without giving it away.

    Parameters
    ----------
    exercise_id
        For example ``"the-rule-as-code-1"``.
    answer
        A number, text, names, True or False, or a table, as the exercise asks. ``...`` or None
        means that there is no answer yet.

    Raises
    ------
    UnknownExerciseError
        If there is no such exercise; lists near ids.

    """
    return judge(find(exercise_id), answer)


def judge(task: Exercise, answer: Any) -> Feedback:
    """Compare an answer with the truth of one exercise; see :func:`check`."""
    if answer is None or answer is ...:
        return Feedback(
            task.id, "no-answer", f"Put your answer in place of the dots: {_asks(task)}."
        )
    compare = _COMPARE["number" if task.kind in NUMERIC else task.kind]
    kind, message = compare(task, answer)
    if kind == "wrong":
        message = f"{message} {task.hint}".strip()
    return Feedback(task.id, kind, task.praise if kind == "right" else message)


Judgement = tuple[str, str]


def _asks(task: Exercise) -> str:
    return KINDS[task.kind]


def _wrong_type(task: Exercise, found: str) -> Judgement:
    return "type", f"You gave {found}; the question asks for {_asks(task)}."


# --- numbers ------------------------------------------------------------------------------


def _number(task: Exercise, answer: Any) -> Judgement:
    """Judge a number: right, a slip of units, a known mistake, or just wrong."""
    given = _unwrap(answer)
    problem = _no_number(task, given)
    if problem:
        return problem
    value, truth = float(given), float(task.truth())
    if task.close(value, truth):
        return "right", ""
    known = next(_known_slips(task, value), None)
    for name, hint, fits in _scale_slips(task, value, truth):
        if fits:
            # A number of things may happen to look like their percentage.
            return name, f"{hint} Or: {known[1]}" if known else hint
    if known:
        return known
    for name, hint, fits in _generic_slips(task, value, truth):
        if fits:
            return name, hint
    return "wrong", ""


def _unwrap(answer: Any) -> Any:
    """Take the single value out of a column, array or list of length one."""
    if isinstance(answer, pd.DataFrame):
        return answer.iloc[0, 0] if answer.size == 1 else answer
    if isinstance(answer, pd.Series):
        return answer.iloc[0] if len(answer) == 1 else answer
    if isinstance(answer, np.ndarray):
        return answer.item() if answer.size == 1 else answer
    if isinstance(answer, (list, tuple)) and len(answer) == 1:
        return answer[0]
    return answer


def _no_number(task: Exercise, given: Any) -> Judgement | None:
    """Say why something is not a usable number; None if it is one."""
    if isinstance(given, (bool, np.bool_)):
        return _wrong_type(task, "True or False")
    if isinstance(given, str):
        return _wrong_type(task, "text (leave the quotation marks and the unit off)")
    if isinstance(given, (pd.DataFrame, pd.Series, np.ndarray, pd.Index, Collection)):
        return _wrong_type(task, f"{_described(given)}; reduce it to one value")
    if given is pd.NA or given is pd.NaT:
        return _missing()
    if not isinstance(given, (numbers.Real, Decimal)):
        return _wrong_type(task, f"something of type {type(given).__name__}")
    if math.isnan(given):
        return _missing()
    if math.isinf(given):
        return "infinite", "Your answer is infinite: somewhere you divide by zero."
    return None


def _missing() -> Judgement:
    return "missing", "Your answer is a missing value: the calculation met an unknown number."


def _described(given: Any) -> str:
    """Name a container for the reader."""
    if isinstance(given, pd.DataFrame):
        return "a whole table"
    if isinstance(given, pd.Series):
        return "a whole column"
    return f"a {type(given).__name__} of several values"


GenericSlip = tuple[str, str, bool]


def _scale_slips(task: Exercise, value: float, truth: float) -> Iterator[GenericSlip]:
    """Recognise a share given as percent, or a percent given as share."""
    if task.kind in {"share", "ratio"}:
        fits = truth != 0 and task.close(value / 100, truth)
        yield "percent", "That is in percent. Divide by 100.", fits
    if task.kind == "percent":
        fits = truth != 0 and task.close(value * 100, truth)
        yield "share", "That is a share between 0 and 1. Multiply by 100 for percent.", fits


def _known_slips(task: Exercise, value: float) -> Iterator[Judgement]:
    """Yield the known mistakes of this exercise that lead to a number."""
    for slip in task.slips:
        wrong = float(slip.wrong())
        if not math.isnan(wrong) and task.close(value, wrong):
            yield slip.name, slip.hint


def _generic_slips(task: Exercise, value: float, truth: float) -> Iterator[GenericSlip]:
    """Compare with what usual mistakes make of the truth."""
    yield "sign", "The size is right, the sign is not.", truth != 0 and task.close(-value, truth)
    if task.kind in {"share", "ratio", "number"}:
        upside_down = value != 0 and truth != 0 and task.close(1 / value, truth)
        yield "reciprocal", "You divided the wrong way round.", upside_down
    if task.kind == "share":
        hint = "That is the share of all the others: one minus yours."
        yield "complement", hint, task.close(1 - value, truth)
    for factor, word in FACTORS.items():
        hint = f"You are off by {word}: check the unit."
        fits = truth != 0 and (
            task.close(value * factor, truth) or task.close(value / factor, truth)
        )
        yield "unit", hint, fits
    if task.kind != "count":
        fits = any(float(f"{truth:.{digits}g}") == value for digits in (1, 2, 3))
        yield "rounding", "Close, but rounded too coarsely. Keep more digits.", fits
    if task.kind == "count":
        yield "fraction", "A count is a whole number.", not float(value).is_integer()
    if task.kind == "share":
        yield "range", "A share lies between 0 and 1.", not 0 <= value <= 1


# --- words, names, True or False ------------------------------------------------------------


def _choice(task: Exercise, answer: Any) -> Judgement:
    """Judge a choice among given words."""
    given = _unwrap(answer)
    if not isinstance(given, str):
        return _wrong_type(task, f"something of type {type(given).__name__}")
    chosen = given.strip().lower().replace(" ", "_").replace("-", "_").removesuffix("_gb_s")
    if chosen not in task.options:
        return "option", f"Choose one of: {', '.join(task.options)}."
    if chosen == task.truth():
        return "right", ""
    return f"chose-{chosen}", task.options[chosen]


def _boolean(task: Exercise, answer: Any) -> Judgement:
    """Judge True or False."""
    given = _unwrap(answer)
    if given is pd.NA:
        return _missing()
    if not isinstance(given, (bool, np.bool_)):
        return _wrong_type(task, f"something of type {type(given).__name__}")
    return ("right", "") if bool(given) == bool(task.truth()) else ("wrong", "")


def _names(task: Exercise, answer: Any) -> Judgement:
    """Judge a set of names: known mistakes, near misses, then how many are missing or too many."""
    if isinstance(answer, str):
        return _wrong_type(task, "one name")
    if isinstance(answer, pd.DataFrame):
        return _wrong_type(task, "a whole table; choose the column with the names")
    if not isinstance(answer, (Iterable, pd.Series)):
        return _wrong_type(task, f"something of type {type(answer).__name__}")
    items = list(answer)
    if any(item is pd.NA or (isinstance(item, float) and math.isnan(item)) for item in items):
        return _missing()
    if not all(isinstance(item, str) for item in items):
        return _wrong_type(task, "things that are not names")
    given, truth = {item.strip() for item in items}, set(task.truth())
    if given == truth:
        return "right", ""
    for slip in task.slips:
        if given == set(slip.wrong()):
            return slip.name, slip.hint
    stray = _stray(task, given)
    return stray or ("wrong", _counted(len(truth - given), len(given - truth)))


def _stray(task: Exercise, given: set[str]) -> Judgement | None:
    """Point out the first name that does not exist at all."""
    if task.universe is None:
        return None
    known = sorted(task.universe())
    for name in sorted(given - set(known)):
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f" The nearest name in the table is {near[0]!r}." if near else ""
        return "spelling", f"There is no {name!r} in the table.{hint}"
    return None


def _counted(missing: int, extra: int) -> str:
    """Say how many names are missing and too many, not which."""
    parts = [
        f"{count} {word}" for count, word in ((missing, "missing"), (extra, "too many")) if count
    ]
    return f"Of the names, {' and '.join(parts)}."


# --- tables -------------------------------------------------------------------------------


def _table(task: Exercise, answer: Any) -> Judgement:
    """Judge a column or table; the order of rows and columns does not matter."""
    truth = task.truth()
    if isinstance(truth, pd.Series) and isinstance(answer, pd.DataFrame):
        return _wrong_type(task, "a whole table; choose one column")
    if not isinstance(answer, type(truth)):
        return _wrong_type(task, f"something of type {type(answer).__name__}")
    given = answer.to_frame("value") if isinstance(answer, pd.Series) else answer
    wanted = truth.to_frame("value") if isinstance(truth, pd.Series) else truth
    for word, have, want in (
        ("columns", given.columns, wanted.columns),
        ("rows", given.index, wanted.index),
    ):
        if have.has_duplicates:
            return "duplicates", f"Some labels of your {word} appear more than once."
        missing, extra = len(want.difference(have)), len(have.difference(want))
        if missing or extra:
            return word, _counted(missing, extra).replace("the names", f"the {word}")
    given = given.loc[wanted.index, wanted.columns]
    if _numeric(wanted) and not _numeric(given):
        return _wrong_type(task, "values that are not all numbers")
    cells = _cells_apart(task, given, wanted)
    if not cells:
        return "right", ""
    for slip in task.slips:
        wrong = slip.wrong()
        wrong = wrong.to_frame("value") if isinstance(wrong, pd.Series) else wrong
        if not _cells_apart(task, given, wrong.reindex_like(wanted)):
            return slip.name, slip.hint
    if _numeric(wanted) and not _cells_apart(task, given / 100, wanted):
        return "percent", "Your values are in percent. Divide by 100."
    return "wrong", f"Rows and columns are right, but {cells} of {wanted.size} values are not."


def _numeric(frame: pd.DataFrame) -> bool:
    return all(pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes)


def _cells_apart(task: Exercise, given: pd.DataFrame, wanted: pd.DataFrame) -> int:
    """Count cells that differ; missing equals missing only."""
    if not _numeric(wanted):
        return int((~_equal_text(given, wanted)).to_numpy().sum())
    have = given.to_numpy(dtype=float, na_value=np.nan)
    want = wanted.to_numpy(dtype=float, na_value=np.nan)
    relative = task.tolerance or NUMBER_TOLERANCE
    return int((~np.isclose(have, want, rtol=relative, atol=1e-9, equal_nan=True)).sum())


def _equal_text(given: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    have, want = given.astype("string"), wanted.astype("string")
    return (have == want).fillna(False) | (have.isna() & want.isna())


_COMPARE: dict[str, Callable[[Exercise, Any], Judgement]] = {
    "number": _number,
    "choice": _choice,
    "boolean": _boolean,
    "names": _names,
    "table": _table,
}
