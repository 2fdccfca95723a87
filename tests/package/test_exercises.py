"""Feedback on answers: right is right, mistakes are named, and the answer is never given away."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from frozen import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook import catalog, exercises
from bridgebook.exercises import Exercise, Feedback, Slip, check, judge

EXERCISES = exercises.exercises()
NUMERIC = [name for name, task in EXERCISES.items() if task.kind in exercises.NUMERIC]
SHARES = [name for name, task in EXERCISES.items() if task.kind == "share"]
WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)


def always(value: Any) -> Callable[[], Any]:
    return lambda: value


@pytest.fixture
def kept(name: str, monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """The exercise of a test, in the registry too, with its answers computed once per process."""
    monkeypatch.setitem(EXERCISES, name, frozen(name))
    return frozen(name)


def tells(task: Exercise, feedback: Feedback) -> bool:
    """Whether a feedback contains the answer, as a number, a word or a name."""
    text, truth = feedback.message, task.truth()
    if task.kind in exercises.NUMERIC:
        found = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*\.?\d*", text)]
        aims = [truth, 100 * truth] if task.kind in {"share", "ratio"} else [truth]
        spelled = task.kind == "count" and truth < len(WORDS)
        return any(task.close(n, aim) for n in found for aim in aims) or (
            spelled and re.search(rf"\b{WORDS[int(truth)]}\b", text) is not None
        )
    if task.kind == "choice":
        # Listing all options gives nothing away; naming the right one does.
        return truth in text and not all(option in text for option in task.options)
    if task.kind == "names" and feedback.kind != "spelling":
        return any(name in text for name in truth)
    return False


# --- every exercise -----------------------------------------------------------------------


@pytest.mark.parametrize("name", EXERCISES)
def test_the_true_answer_is_right(name: str, kept: Exercise) -> None:
    feedback = check(name, kept.truth())
    assert feedback.right and feedback and feedback.word == "Right."
    assert not tells(kept, feedback)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_slip_is_wrong_and_named(name: str) -> None:
    task = frozen(name)
    for slip in task.slips:
        feedback = judge(task, slip.wrong())
        assert not feedback.right, slip.name
        assert not tells(task, feedback), slip.name
        # Two mistakes may lead to the same number; then the likelier one, the first, is named.
        likelier = next(other for other in task.slips if same(task, other.wrong(), slip.wrong()))
        assert likelier.hint in feedback.message
        assert feedback.kind in {likelier.name, "percent"}


def same(task: Exercise, one: Any, other: Any) -> bool:
    return one == other if task.kind == "names" else task.close(float(one), float(other))


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("nothing", [None, ...])
def test_no_answer_yet(name: str, nothing: Any) -> None:
    feedback = check(name, nothing)
    assert (feedback.kind, feedback.word, bool(feedback)) == ("no-answer", "No answer yet.", False)
    assert check(name) == feedback


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize(
    "odd", [object(), {}, [], pd.DataFrame({"a": [1, 2]}), b"x", 1j, float("nan"), pd.NA, pd.NaT]
)
def test_odd_answers_are_explained_not_raised(name: str, kept: Exercise, odd: Any) -> None:
    feedback = check(name, odd)
    assert not feedback.right and feedback.message
    assert not tells(kept, feedback)


@pytest.mark.parametrize("name", EXERCISES)
def test_hints_and_praise_never_give_the_answer_away(name: str) -> None:
    task = frozen(name)
    texts = [task.hint, task.praise, *task.options.values(), *(slip.hint for slip in task.slips)]
    for text in texts:
        assert not tells(task, Feedback(name, "wrong", text)), text


# --- numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHARES)
def test_percent_for_share_is_diagnosed(name: str) -> None:
    assert judge(frozen(name), frozen(name).truth() * 100).kind == "percent"
    assert judge(frozen(name), round(frozen(name).truth() * 100, 1)).kind == "percent"


@given(data=st.data(), rounding=st.integers(3, 12))
@settings(max_examples=60)
def test_rounding_to_three_digits_is_enough(data: st.DataObject, rounding: int) -> None:
    task = frozen(data.draw(st.sampled_from(NUMERIC)))
    truth = float(task.truth())
    assert judge(task, float(f"{truth:.{rounding}g}")).right


@given(data=st.data())
@settings(max_examples=400)
def test_numbers_are_right_only_near_the_truth_and_never_given_away(data: st.DataObject) -> None:
    task = frozen(data.draw(st.sampled_from(NUMERIC)))
    truth = float(task.truth())
    factor = st.sampled_from([1e-9, 1e-6, 1e-3, 0.01, -1, 0.5, 1, 2, 100, 1e3, 1e6, 1e9])
    value = data.draw(
        st.one_of(
            st.floats(allow_nan=True, allow_infinity=True),
            st.floats(0, 2 * truth),
            st.integers(-5, 50),
            factor.map(lambda by: by * truth),
        )
    )
    feedback = judge(task, value)
    assert feedback.right == (math.isfinite(value) and task.close(float(value), truth))
    assert not tells(task, feedback)


@pytest.mark.parametrize("name", NUMERIC)
def test_every_form_of_a_number_counts(name: str) -> None:
    task = frozen(name)
    truth = task.truth()
    forms = [
        np.float64(truth),
        np.array(truth),
        np.array([[truth]]),
        pd.Series([truth]),
        pd.DataFrame({"a": [truth]}),
        [truth],
        (truth,),
        Decimal(repr(float(truth))),
        Fraction(float(truth)),
    ]
    if task.kind == "count":
        forms += [int(truth), np.int64(truth), pd.array([truth], dtype="Int64")[0]]
    assert all(judge(task, form).right for form in forms)


@pytest.mark.parametrize("name", NUMERIC)
def test_wrong_types_are_named(name: str) -> None:
    task = frozen(name)
    truth = task.truth()
    for answer, words in (
        (str(truth), "text (leave the quotation marks"),
        (True, "True or False"),
        (np.True_, "True or False"),
        ({truth, 2.5}, "a set of several values"),
        (pd.Series([truth, truth]), "a whole column"),
    ):
        feedback = judge(task, answer)
        assert feedback.kind == "type" and words in feedback.message
    for missing in (float("nan"), np.nan, pd.NA, pd.NaT, pd.Series([pd.NA]), Decimal("nan")):
        assert judge(task, missing).kind == "missing"
    assert judge(task, math.inf).kind == "infinite"


def plain(kind: str, truth: float, *slips: Slip) -> Exercise:
    return Exercise("made-up", kind, lambda: truth, hint="Look again.", slips=slips)


@pytest.mark.parametrize(
    ("kind", "truth", "answer", "expected"),
    [
        ("share", 0.3712, 0.3728, "right"),
        ("share", 0.3712, 0.38, "rounding-or-wrong"),
        ("share", 0.3712, 0.4, "rounding"),
        ("share", 0.3712, 37.12, "percent"),
        ("share", 0.3712, -0.3712, "sign"),
        ("share", 0.3712, 0.6288, "complement"),
        ("share", 0.3712, 1 / 0.3712, "reciprocal"),
        ("share", 0.3712, 1.9, "range"),
        ("share", 0.3712, 0.9, "wrong"),
        ("share", 0.0, 0.0, "right"),
        ("share", 0.0, 0.2, "wrong"),
        ("percent", 37.12, 0.3712, "share"),
        ("percent", 37.12, 37.4, "right"),
        ("percent", 37.12, 40.0, "rounding"),
        ("ratio", 1.2557, 125.57, "percent"),
        ("ratio", 1.2557, 1 / 1.2557, "reciprocal"),
        ("number", 2368.0, 2.368, "unit"),
        ("number", 2368.0, 2.368e9, "unit"),
        ("number", 2368.0, 2.368e12, "unit"),
        ("number", 2368.0, 2.368e-6, "unit"),
        ("number", 2368.0, 2400, "rounding"),
        ("number", 2368.0, 2000, "rounding"),
        ("number", 2368.0, -2368, "sign"),
        ("number", 2368.0, 1234, "wrong"),
        ("count", 14, 14.0, "right"),
        ("count", 14, 14.2, "fraction"),
        ("count", 14, 13, "wrong"),
        ("count", 14, -14, "sign"),
        ("count", 14, 14000, "unit"),
    ],
)
def test_usual_mistakes(kind: str, truth: float, answer: float, expected: str) -> None:
    found = judge(plain(kind, truth), answer).kind
    assert found in expected.split("-or-")


def test_known_mistakes_come_before_general_ones_but_after_percent() -> None:
    slip = Slip("half", "You took one half.", lambda: 0.6288)
    assert judge(plain("share", 0.3712, slip), 0.6288).kind == "half"
    slip = Slip("count", "That is the number.", lambda: 37.0)
    both = judge(plain("share", 0.3712, slip), 37.0)
    assert both.kind == "percent" and both.message.endswith("Or: That is the number.")
    slip = Slip("nothing", "That is missing.", lambda: float("nan"))
    assert judge(plain("share", 0.3712, slip), 0.9).kind == "wrong"


# --- words, True or False, names, tables ------------------------------------------------------


def test_choice_explains_each_wrong_option() -> None:
    name = "the-rule-as-code-4"
    task = frozen(name)
    assert set(task.options) == {"tpp", "performance_density", "memory_bw", "io"}
    given = {option: check(name, option) for option in task.options if option != task.truth()}
    assert len({feedback.message for feedback in given.values()}) == len(given) == 3
    assert {feedback.kind for feedback in given.values()} == {f"chose-{option}" for option in given}
    assert check(name, f" {task.truth().upper().replace('_', ' ')} ").right
    assert "Choose one of: tpp, " in check(name, "bandwidth").message
    assert check(name, 3).kind == "type"


def test_boolean() -> None:
    task = Exercise("made-up", "boolean", lambda: np.True_, hint="Look again.")
    assert judge(task, True).right and judge(task, np.bool_(True)).right
    assert judge(task, False).message == "Look again."
    for answer in (1, "True", 0.0):
        assert judge(task, answer).kind == "type"
    assert judge(task, pd.NA).kind == "missing"


NAMES = "the-rule-as-code-5"


@pytest.mark.parametrize(
    "form",
    [set, frozenset, list, tuple, pd.Series, pd.Index, np.array, dict.fromkeys, iter],
    ids=lambda form: getattr(form, "__name__", str(form)),
)
def test_names_in_any_container(form: Callable[[list[str]], Any]) -> None:
    truth = sorted(frozen(NAMES).truth())
    assert judge(frozen(NAMES), form(truth)).right
    assert judge(frozen(NAMES), form([f" {name} " for name in truth])).right
    assert judge(frozen(NAMES), form([*truth, truth[0]])).right


def test_names_are_counted_not_given_away() -> None:
    task = frozen(NAMES)
    truth = sorted(task.truth())
    others = sorted(set(catalog.load("chips")["chip"]) - set(truth))
    feedback = judge(task, truth[2:] + others[:3])
    assert feedback.kind == "wrong" and not tells(task, feedback)
    assert feedback.message.startswith("Of the names, 2 missing and 3 too many.")
    assert judge(task, truth[1:]).message.startswith("Of the names, 1 missing.")
    assert judge(task, []).message.startswith(f"Of the names, {len(truth)} missing.")


def test_misspelt_names_get_the_nearest_one() -> None:
    truth = sorted(frozen(NAMES).truth())
    feedback = judge(frozen(NAMES), [truth[0].replace(" ", "-"), *truth[1:]])
    assert feedback.kind == "spelling" and repr(truth[0]) in feedback.message
    assert judge(frozen(NAMES), [*truth, "Zuse Z3"]).message == (
        "There is no 'Zuse Z3' in the table."
    )


def test_things_that_are_not_names() -> None:
    chips = catalog.load("chips")
    assert check(NAMES, chips).kind == "type"
    assert check(NAMES, chips["memory_gb"].dropna()).kind == "type"
    assert check(NAMES, chips["chip"].iloc[0]).message.startswith("You gave one name;")
    assert check(NAMES, 13).kind == "type"
    assert check(NAMES, pd.Series(["NVIDIA L4", pd.NA], dtype="string")).kind == "missing"


TRUTH = pd.Series({"CHN": 0.25, "USA": 0.75, "NLD": np.nan}, name="share")


def table(truth: Any = TRUTH, **slips: Any) -> Exercise:
    made = tuple(Slip(name, f"{name}!", always(value)) for name, value in slips.items())
    return Exercise("made-up", "table", always(truth), hint="Look again.", slips=made)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (TRUTH, "right"),
        (TRUTH.iloc[::-1], "right"),
        (TRUTH.rename("other").astype("Float64"), "right"),
        (TRUTH * 1.0001, "right"),
        (TRUTH * 100, "percent"),
        (TRUTH.fillna(0), "zeros"),
        (TRUTH * 1.1, "wrong"),
        (TRUTH.drop("USA"), "rows"),
        (pd.concat([TRUTH, TRUTH]), "duplicates"),
        (TRUTH.astype("string"), "type"),
        (TRUTH.to_frame(), "type"),
        ([0.25, 0.75], "type"),
    ],
)
def test_columns(answer: Any, kind: str) -> None:
    assert judge(table(zeros=TRUTH.fillna(0)), answer).kind == kind


def test_tables() -> None:
    truth = pd.DataFrame({"n": [1, 2], "name": ["a", pd.NA]}, index=["x", "y"])
    assert judge(table(truth), truth[["name", "n"]].loc[["y", "x"]]).right
    assert judge(table(truth), truth.rename(columns={"n": "m"})).kind == "columns"
    changed = judge(table(truth), truth.assign(name=["a", "b"]))
    assert changed.message == ("Rows and columns are right, but 1 of 4 values are not. Look again.")


# --- the truth follows the data ---------------------------------------------------------------


def home(name: str) -> Any:
    """Return the module in which an exercise is defined."""
    return sys.modules[EXERCISES[name].truth.__module__]


def test_truth_follows_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = EXERCISES["working-with-evidence-1"].truth()
    module = home("working-with-evidence-1")
    original = module.load

    def changed(name: str) -> pd.DataFrame:
        frame = original(name)
        if name == "chips":
            known = frame.index[frame["die_area_mm2"].notna()]
            frame.loc[known[:3], "die_area_mm2"] = np.nan
        return frame

    monkeypatch.setattr(module, "load", changed)
    assert EXERCISES["working-with-evidence-1"].truth() == before + 3
    assert check("working-with-evidence-1", before + 3).right
    assert not check("working-with-evidence-1", before).right


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("working-with-evidence-3", "growth_stated_pct", 24.0),
        ("the-rule-as-code-1", "chip", "another"),
    ],
)
def test_a_changed_table_is_an_error_not_a_wrong_answer(
    monkeypatch: pytest.MonkeyPatch, name: str, column: str, value: Any
) -> None:
    module = home(name)
    original = module.load

    def changed(table_name: str) -> pd.DataFrame:
        frame = original(table_name)
        return frame.assign(**{column: value}) if column in frame else frame

    monkeypatch.setattr(module, "load", changed)
    with pytest.raises(catalog.DataError, match="expected one row"):
        check(name, 1.0)


# --- how it looks, and misuse -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "word", "sign"),
    [("right", "Right.", "✓"), ("no-answer", "No answer yet.", "…"), ("unit", "Not yet.", "✗")],
)
def test_feedback_says_it_in_words(kind: str, word: str, sign: str) -> None:
    feedback = Feedback("made-up", kind, "5 < 6 & so on.")
    box: Any = BeautifulSoup(feedback._repr_html_(), "lxml").find("div")
    assert box["role"] == "status" and box.text.startswith(f"{sign} {word}")
    assert "5 < 6 & so on." in box.text
    assert box.find(attrs={"aria-hidden": "true"}).text == sign
    assert "color:" not in box["style"], "the page's own colours, light or dark"
    for text in (str(feedback), repr(feedback), feedback._repr_markdown_()):
        assert word in text and sign in text


def test_unknown_exercise_lists_near_and_all_ids() -> None:
    with pytest.raises(exercises.UnknownExerciseError) as caught:
        check("rule-as-code-1", 1)
    text = str(caught.value)
    assert "did you mean the-rule-as-code-1" in text and "the-article-2" in text
    with pytest.raises(KeyError):
        check("zzz")


def test_registering_twice_or_with_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        exercises.exercise("the-article-1", "count", hint="")
    with pytest.raises(ValueError, match="kind is one of"):
        exercises.exercise("the-article-99", "essay", hint="")
