"""Feedback on answers: ``check("the-rule-as-code-1", answer)``.

The truth is computed from the tables each time, never typed. A wrong answer is compared with the
numbers that known mistakes lead to (percent for share, thousand for million, sparse for dense …),
so that the reader hears *what kind* of mistake it was. No feedback tells the answer.

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
from typing import Any

import numpy as np
import pandas as pd

from bridgebook import controls
from bridgebook.catalog import DataError, load
from bridgebook.claims import claims

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
    """What the reader hears about an answer.

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
        What the reader hears; must not contain the answer.
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


EXERCISES: dict[str, Exercise] = {}
"""All exercises by id, in the order of the chapters."""


def exercise(exercise_id: str, kind: str, **about: Any) -> Callable[[Callable], Callable]:
    """Register a function that computes the truth; ``about`` are fields of :class:`Exercise`.

    Raises
    ------
    ValueError
        If the id is taken or the kind is unknown.

    """
    if exercise_id in EXERCISES:
        raise ValueError(f"exercise {exercise_id!r} is registered twice")
    if kind not in KINDS:
        raise ValueError(f"exercise {exercise_id!r}: kind is one of {', '.join(KINDS)}")

    def register(truth: Callable[[], Any]) -> Callable[[], Any]:
        EXERCISES[exercise_id] = Exercise(exercise_id, kind, truth, **about)
        return truth

    return register


def check(exercise_id: str, answer: Any = ...) -> Feedback:
    """Say whether an answer is right or what kind of mistake it is, without telling the answer.

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
    if exercise_id not in EXERCISES:
        near = get_close_matches(str(exercise_id), EXERCISES, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else ""
        raise UnknownExerciseError(
            f"no exercise {exercise_id!r}; {hint} All: {', '.join(EXERCISES)}".replace(";  ", "; ")
        )
    return judge(EXERCISES[exercise_id], answer)


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
    """Tell a share given as percent from a percent given as share."""
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
            return "duplicates", f"Some labels of your {word} stand there more than once."
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


# --- the exercises: start, the article ------------------------------------------------------


def _in_paragraph(number: int, kind: str | None = None) -> int:
    ledger = claims()
    chosen = ledger[ledger["paragraph"] == number]
    return len(chosen if kind is None else chosen[chosen["kind"] == kind])


@exercise(
    "the-article-1",
    "count",
    hint="Filter the ledger by paragraph and count the rows.",
    praise="Most of what the article says about firms and models stands in this one paragraph.",
    slips=(
        Slip("all", "You counted the claims of the whole article.", lambda: len(claims())),
        Slip("first", "That is paragraph one.", lambda: _in_paragraph(1)),
        Slip(
            "facts",
            "You counted facts alone; every kind of claim counts.",
            lambda: _in_paragraph(2, "fact"),
        ),
    ),
)
def _claims_in_paragraph_2() -> int:
    return _in_paragraph(2)


def _facts(ledger: pd.DataFrame) -> pd.Series:
    return ledger["kind"] == "fact"


@exercise(
    "the-article-2",
    "share",
    hint="Divide the number of claims of the kind fact by the number of all claims.",
    praise="The rest needs more than looking something up.",
    slips=(
        Slip("count", "That is the number; divide by all claims.", lambda: _facts(claims()).sum()),
        Slip(
            "testable",
            "You took the claims that can be tested, not the facts.",
            lambda: (claims()["testable"] == "yes").mean(),
        ),
        Slip(
            "to-the-rest",
            "You divided by the claims that are not facts; divide by all.",
            lambda: _facts(claims()).sum() / (~_facts(claims())).sum(),
        ),
    ),
)
def _share_of_facts() -> float:
    return float(_facts(claims()).mean())


# --- the exercises: start, working with evidence --------------------------------------------


@exercise(
    "working-with-evidence-1",
    "count",
    hint="Count the rows in which die_area_mm2 is missing.",
    praise="For these chips no density can be computed, so some rules cannot be applied.",
    slips=(
        Slip(
            "published",
            "You counted the chips whose area is known.",
            lambda: load("chips")["die_area_mm2"].notna().sum(),
        ),
        Slip("all", "That is the number of all chips.", lambda: len(load("chips"))),
        Slip(
            "zeros",
            "You counted areas equal to zero. Missing is not zero: look for isna().",
            lambda: (load("chips")["die_area_mm2"] == 0).sum(),
        ),
    ),
)
def _without_area() -> int:
    return int(load("chips")["die_area_mm2"].isna().sum())


def _designed_in(iso3: str) -> pd.Series:
    return load("chips")["iso3"] == iso3


@exercise(
    "working-with-evidence-2",
    "share",
    hint="The mean of a column of True and False is a share.",
    praise="A share of rows in a table that somebody chose, not of chips in the world.",
    slips=(
        Slip(
            "count", "That is the number; divide by all chips.", lambda: _designed_in("CHN").sum()
        ),
        Slip(
            "to-the-rest",
            "You divided by the chips designed elsewhere; divide by all.",
            lambda: _designed_in("CHN").sum() / (~_designed_in("CHN")).sum(),
        ),
        Slip(
            "firms",
            "You took the share of designers; the question is about chips.",
            lambda: (load("chips").groupby("designer")["iso3"].first() == "CHN").mean(),
        ),
    ),
)
def _share_of_chinese_designs() -> float:
    return float(_designed_in("CHN").mean())


def _one(values: pd.Series, what: str) -> float:
    """Take the only value of a selection, or say that the table has changed."""
    if len(values) != 1:
        raise DataError(f"core_ai_industry: expected one row for {what}, found {len(values)}")
    return float(values.iloc[0])


def _core_2023() -> dict[str, float]:
    """Return the size published for 2023 and what the figure for 2024 implies, billion yuan."""
    table = load("core_ai_industry")
    published = table[(table["year"] == 2023) & ~table["derived"]]
    later = table[(table["year"] == 2024) & table["growth_stated_pct"].notna()]
    return {
        "published": _one(published["value_rmb_bn"], "the size published for 2023"),
        "later": _one(later["value_rmb_bn"], "2024 with a stated growth"),
        "growth": _one(later["growth_stated_pct"], "2024 with a stated growth") / 100,
    }


def _readings_2023() -> tuple[float, float]:
    core = _core_2023()
    return core["published"], core["later"] / (1 + core["growth"])


def _downwards() -> float:
    core = _core_2023()
    return core["later"] * (1 - core["growth"]) / core["published"]


@exercise(
    "working-with-evidence-3",
    "ratio",
    hint="Undo the growth stated for 2024 to get 2023; then divide the larger by the smaller.",
    praise="The yardstick moved: both figures describe the same year.",
    slips=(
        Slip(
            "difference",
            "You took the difference in billion yuan; the question asks for the ratio.",
            lambda: max(_readings_2023()) - min(_readings_2023()),
        ),
        Slip(
            "excess",
            "That says by how much the larger exceeds the smaller; give larger over smaller.",
            lambda: max(_readings_2023()) / min(_readings_2023()) - 1,
        ),
        Slip(
            "two-years",
            "You compared 2024 with 2023. Work out first what the later figure implies for 2023.",
            lambda: _core_2023()["later"] / _core_2023()["published"],
        ),
        Slip(
            "subtracted",
            "Growth is undone by dividing by one plus growth, not by subtracting the percentage.",
            _downwards,
        ),
    ),
)
def _ratio_of_readings() -> float:
    readings = _readings_2023()
    return max(readings) / min(readings)


def _quarters() -> pd.DataFrame:
    revenue = load("nvidia_china_revenue")
    return revenue[revenue["period_type"] == "quarter"]


def _with_every_basis(revenue: pd.DataFrame) -> pd.Series:
    """Mark the periods that are reported on every accounting basis of the table."""
    bases = revenue.groupby("fiscal_period", observed=True)["basis"].nunique()
    return bases == load("nvidia_china_revenue")["basis"].nunique()


@exercise(
    "working-with-evidence-4",
    "count",
    hint="For each fiscal quarter, count on how many accounting bases it is reported.",
    praise="Only there can one see how much the change of basis alone moves the number.",
    slips=(
        Slip(
            "rows",
            "You counted rows. A quarter reported on each basis has several.",
            lambda: int(_quarters()["fiscal_period"].map(_with_every_basis(_quarters())).sum()),
        ),
        Slip(
            "all-quarters",
            "You counted all quarters in the table.",
            lambda: _quarters()["fiscal_period"].nunique(),
        ),
        Slip(
            "new-basis",
            "You counted what is reported by headquarters; the old basis is needed too.",
            lambda: (_quarters()["basis"] == "headquarters").sum(),
        ),
        Slip(
            "other-periods",
            "Half years and years are no quarters.",
            lambda: (load("nvidia_china_revenue")["basis"] == "headquarters").sum(),
        ),
    ),
)
def _comparable_quarters() -> int:
    return int(_with_every_basis(_quarters()).sum())


# --- the exercises: export controls, the rule as code ---------------------------------------

H20 = "NVIDIA H20 SXM5 96GB"
A100 = "NVIDIA A100 SXM4 80GB"
A800 = "NVIDIA A800 SXM4 80GB"


def _chip(name: str) -> pd.DataFrame:
    """Return the one row of a chip."""
    chips = load("chips")
    row = chips[chips["chip"] == name]
    if len(row) != 1:
        raise DataError(f"chips: expected one row for {name!r}, found {len(row)}")
    return row


def _tpp(name: str) -> float:
    return float(controls.total_processing_performance(_chip(name)).iloc[0])


def _cell(name: str, column: str) -> float:
    return float(_chip(name)[column].iloc[0])


@exercise(
    "the-rule-as-code-1",
    "number",
    hint="Dense tera-operations per second times the bits of one input; the best format counts.",
    praise="It ends just below a line of the rule of October 2023.",
    slips=(
        Slip(
            "doubled",
            "Either you used the rate with sparsity, or multiplied by two for multiply and add, or "
            "took the bits of another format. The table's rates are dense and count both.",
            lambda: 2 * _tpp(H20),
        ),
        Slip(
            "bits",
            "That is the rate. Multiply it by the bits of one input.",
            lambda: _cell(H20, "int8_tops"),
        ),
        Slip(
            "fp16",
            "You used the FP16 rate with the bits of an 8-bit format.",
            lambda: _cell(H20, "fp16_tflops") * controls.FORMAT_BITS["int8_tops"],
        ),
        Slip(
            "tf32",
            "You counted TF32 with the bits of its circuit or used another rate; "
            "take the format with the highest product.",
            lambda: _cell(H20, "tf32_tflops") * 19,
        ),
        Slip(
            "density",
            "You went on to divide by the die area. That is performance density.",
            lambda: float(controls.performance_density(_chip(H20)).iloc[0]),
        ),
        Slip(
            "fp64",
            "You multiplied the FP64 rate; take the format with the highest product.",
            lambda: _cell(H20, "fp64_tflops") * controls.FORMAT_BITS["fp64_tflops"],
        ),
    ),
)
def _tpp_of_h20() -> float:
    return _tpp(H20)


def _status(regime: str, *countries: str) -> pd.Series:
    """Return the status of the chips designed in some countries under one regime."""
    chips = load("chips")
    chosen = chips[chips["iso3"].isin(countries)] if countries else chips
    return controls.classify(chosen, regime)["status"]


@exercise(
    "the-rule-as-code-2",
    "count",
    hint="Classify the chips designed in the United States and count one status.",
    praise="Free to ship, as far as the table knows the numbers.",
    slips=(
        Slip(
            "unknown",
            "You counted chips of unknown status as free. Unknown is not free.",
            lambda: _status("oct-2023", "USA").isin(["free", "unknown"]).sum(),
        ),
        Slip(
            "chinese-designs",
            "You included chips designed in China, which are not shipped there from the US.",
            lambda: (_status("oct-2023") == "free").sum(),
        ),
        Slip(
            "wrong-year",
            "You used the rule of October 2022.",
            lambda: (_status("oct-2022", "USA") == "free").sum(),
        ),
        Slip(
            "notify",
            "You counted chips that may go after a notice. They are not free.",
            lambda: _status("oct-2023", "USA").isin(["free", "notify"]).sum(),
        ),
        Slip(
            "not-caught",
            "You counted everything that is not denied. Notice and unknown are not free.",
            lambda: _status("oct-2023", "USA").isin(["free", "notify", "unknown"]).sum(),
        ),
    ),
)
def _free_in_2023() -> int:
    return int((_status("oct-2023", "USA") == "free").sum())


def _io(name: str) -> float:
    return float(controls.io_bandwidth(_chip(name)).iloc[0])


@exercise(
    "the-rule-as-code-3",
    "share",
    hint="Add chip link and host link of each chip; the fall is measured against the A100.",
    praise="The arithmetic stayed the same: with two tests joined by and, a slower link is enough.",
    slips=(
        Slip(
            "link-only",
            "You compared the chip-to-chip links alone; the rule adds the host link.",
            lambda: 1 - _cell(A800, "interconnect_gb_s") / _cell(A100, "interconnect_gb_s"),
        ),
        Slip(
            "what-is-left",
            "That is what was left; the question asks what was lost.",
            lambda: _io(A800) / _io(A100),
        ),
        Slip(
            "wrong-base",
            "You measured the fall against the A800; measure it against the A100.",
            lambda: _io(A100) / _io(A800) - 1,
        ),
        Slip(
            "inverse-ratio",
            "That is the A100 over the A800; the question asks for the share that was lost.",
            lambda: _io(A100) / _io(A800),
        ),
        Slip(
            "difference",
            "That is the fall in GB/s; divide by the value of the A100.",
            lambda: _io(A100) - _io(A800),
        ),
    ),
)
def _fall_of_io() -> float:
    return 1 - _io(A800) / _io(A100)


CONDITIONS = {
    "tpp": "tpp",
    "performance_density": "performance_density",
    "memory_bw": "memory_bw_gb_s",
    "io": "interconnect_plus_io_gb_s",
}
"""Options of the exercise and the metrics of the rules they stand for."""


@exercise(
    "the-rule-as-code-4",
    "choice",
    hint="",
    praise="What the older rules did not look at is what the letters looked at.",
    options={
        "tpp": "Look at the rows of the letters in control_rules: is this number among them?",
        "performance_density": (
            "The density was what other rules looked at. Do the letters of 2025 name it?"
        ),
        "memory_bw": "Compare the number in the table with the line of the letters.",
        "io": "The letters do name the links. Compare the H20's sum with their line.",
    },
)
def _what_caught_the_h20() -> str:
    tests = controls.rule_rows("apr-2025")
    values = controls.metrics(_chip(H20))
    caught = [
        option
        for option, metric in CONDITIONS.items()
        if (rows := tests[tests["metric"] == metric]).size
        and bool(controls.meets(values, rows).fillna(False).iloc[0])
    ]
    if len(caught) != 1:
        raise DataError(
            f"control_rules: the letters catch the H20 by {caught}, expected one metric"
        )
    return caught[0]


CAUGHT = ("case", "licence", "denied")
"""A licence is needed; a chip that may go after a notice is not meant in the exercise."""


def _newly_caught(
    caught: Collection[str] = CAUGHT,
    left: Collection[str] = ("free",),
    iso3: Collection[str] = ("USA",),
) -> set[str]:
    """Name the chips that the rule of 2022 left free and the rule of 2023 put under licence."""
    chips = load("chips")
    chosen = chips["iso3"].isin(iso3) & chips["datacenter_marketed"].fillna(False)
    before = controls.classify(chips, "oct-2022")["status"].isin(left)
    after = controls.classify(chips, "oct-2023")["status"].isin(caught)
    return set(chips.loc[chosen & before & after, "chip"])


@exercise(
    "the-rule-as-code-5",
    "names",
    hint="Two conditions on status and two on the chip, joined by and.",
    praise="Among them are the chips that were made to fit the first rule.",
    universe=lambda: load("chips")["chip"],
    slips=(
        Slip(
            "unknown",
            "You included chips whose status under one of the rules is unknown.",
            lambda: _newly_caught((*CAUGHT, "unknown"), ("free", "unknown")),
        ),
        Slip(
            "unknown-before",
            "You took chips of unknown status in 2022 as free.",
            lambda: _newly_caught(left=("free", "unknown")),
        ),
        Slip(
            "unknown-after",
            "You took chips of unknown status in 2023 as caught.",
            lambda: _newly_caught((*CAUGHT, "unknown")),
        ),
        Slip(
            "notice",
            "You included chips that may go after a notice; the question is about licences.",
            lambda: _newly_caught((*CAUGHT, "notify")),
        ),
        Slip(
            "chinese-designs",
            "You included chips designed in China.",
            lambda: _newly_caught(iso3=("USA", "CHN")),
        ),
    ),
)
def _caught_by_the_second_rule() -> set[str]:
    return _newly_caught()
