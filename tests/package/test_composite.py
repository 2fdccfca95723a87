"""The composite index: scales, weights, and the share of all weightings."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgebook import catalog
from bridgebook.methods import composite

POSITIVE = st.floats(0.01, 1e6, allow_nan=False)
ADVANTAGE = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 3))
ADVANTAGES = st.lists(ADVANTAGE, min_size=1, max_size=8)


def table(rows: list[list[float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["CHN", "USA"])


@pytest.fixture(scope="module")
def values() -> pd.DataFrame:
    names = inspect.signature(composite.measures).parameters
    return composite.measures(**{name: catalog.load(name) for name in names})


# --- the measures -------------------------------------------------------------------------


def test_all_eight_inputs_are_known_for_both_powers(values: pd.DataFrame) -> None:
    assert list(values.index) == [*composite.MEASURES, *composite.EXTRAS]
    assert list(values.columns) == list(composite.PLACES)
    assert values[list(composite.POWERS)].notna().all(axis=None)
    assert values.loc["talent", "JPN"] != values.loc["talent", "JPN"], "missing, not zero"


def test_values_are_those_of_the_dossier(values: pd.DataFrame) -> None:
    known = {
        "money": (19.102, 202.518),
        "computing": (102, 183),
        "top_papers": (41, 46),
        "models": (35, 59),
        "firms": (161, 1953),
        "robots": (295_000, 34_200),
        "talent_degree": (47, 18),
        "money_ai_index": (12.4, 285.9),
        "research": (824.859, 861.001),
        "papers": (111_051, 53_690),
        "patents": (43_880, 14_583),
        "talent": (28, 42),
        "patents_granted": (74.2, 12.1),
        "clusters": (109_411, 1_250_989.1),
    }
    for key, pair in known.items():
        assert tuple(values.loc[key, list(composite.POWERS)]) == pytest.approx(pair), key
    assert {*known, "electricity"} == set(values.index), "every measure is looked at"
    assert values.loc["electricity", "CHN"] == pytest.approx(10_087, abs=1)


def test_the_years_are_complete(values: pd.DataFrame) -> None:
    research = catalog.load("ai_research")
    for measure, year in (("ai_publications", 2022), ("ai_patent_applications", 2019)):
        rows = research[(research["measure"] == measure) & (research["year"] == year)]
        assert rows["complete"].all(), measure
        later = research[(research["measure"] == measure) & (research["year"] > year)]
        assert not later["complete"].any(), f"{measure} has a later complete year"


# --- scales -------------------------------------------------------------------------------


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=5), POSITIVE)
def test_units_do_not_matter(rows: list[tuple[float, float]], factor: float) -> None:
    """Thousands or millions: every scale gives the same scores."""
    values = table([list(row) for row in rows])
    for method in ("leader", "ratio"):
        scores = composite.normalise(values, method)
        again = composite.normalise(values * factor, method)
        assert np.allclose(scores, again, atol=1e-6), method


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=5))
def test_scales_keep_the_order_of_each_measure(rows: list[tuple[float, float]]) -> None:
    values = table([list(row) for row in rows])
    for method in composite.METHODS:
        scores = composite.normalise(values, method)
        ahead = values["CHN"] > values["USA"] * (1 + 1e-9)
        assert (scores["CHN"] > scores["USA"])[ahead].all(), method


def test_what_each_scale_gives() -> None:
    values = table([[50, 100], [8, 2], [3, 3]])
    leader = composite.normalise(values, "leader")
    assert leader.to_numpy().tolist() == [[50, 100], [100, 25], [100, 100]]
    ratio = composite.normalise(values, "ratio")
    assert ratio.to_numpy().tolist() == [[95, 105], [110, 90], [100, 100]]
    minmax = composite.normalise(values, "minmax")
    assert minmax.to_numpy().tolist() == [[0, 100], [100, 0], [50, 50]]


def test_missing_stays_missing_and_zero_is_refused() -> None:
    values = table([[50, float("nan")], [1, 2]])
    for method in composite.METHODS:
        assert composite.normalise(values, method)["USA"].isna().tolist() == [True, False]
    with pytest.raises(ValueError, match="positive"):
        composite.normalise(table([[0, 1]]))
    with pytest.raises(ValueError, match="method is one of"):
        composite.normalise(table([[1, 1]]), "z-score")


# --- one weighting ------------------------------------------------------------------------


def test_the_index_is_a_weighted_mean() -> None:
    scores = pd.DataFrame({"CHN": [100.0, 50.0], "USA": [40.0, 100.0]}, index=["a", "b"])
    assert composite.index(scores, {"a": 1, "b": 3}).tolist() == [62.5, 85.0]
    assert composite.index(scores, {"a": 2, "b": 6}).tolist() == [62.5, 85.0]
    assert composite.index(scores, {"a": 1, "b": 0}).tolist() == [100.0, 40.0]


def test_a_missing_score_counts_only_without_weight() -> None:
    scores = pd.DataFrame({"CHN": [100.0, np.nan], "USA": [40.0, 100.0]}, index=["a", "b"])
    assert composite.index(scores, {"a": 1, "b": 0}).notna().all()
    assert composite.index(scores, {"a": 1, "b": 1}).isna().tolist() == [True, False]


@pytest.mark.parametrize("weights", [{"a": 1}, {"a": -1, "b": 2}, {"a": 0, "b": 0}])
def test_weights_that_make_no_index(weights: dict[str, float]) -> None:
    scores = pd.DataFrame({"CHN": [1.0, 2.0]}, index=["a", "b"])
    with pytest.raises(ValueError, match="index"):
        composite.index(scores, weights)


# --- all weightings -----------------------------------------------------------------------


@given(ADVANTAGES)
def test_the_shares_of_both_sides_add_up_to_one(advantages: list[float]) -> None:
    series = pd.Series(advantages)
    one, other = composite.share_of_weightings(series), composite.share_of_weightings(-series)
    if (series == 0).all():
        assert np.isnan(one) and np.isnan(other)
    else:
        assert 0 <= one <= 1 and one + other == pytest.approx(1)


@given(ADVANTAGES, st.randoms())
def test_neither_order_nor_unit_nor_zeros_matter(advantages: list[float], random: object) -> None:
    share = composite.share_of_weightings(pd.Series(advantages))
    shuffled = [*advantages, 0.0]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = composite.share_of_weightings(7 * pd.Series(shuffled))
    assert again == pytest.approx(share, nan_ok=True)


@given(ADVANTAGES, st.integers(0, 7))
def test_a_larger_advantage_never_hurts(advantages: list[float], which: int) -> None:
    before = composite.share_of_weightings(pd.Series(advantages))
    advantages[which % len(advantages)] += 5
    after = composite.share_of_weightings(pd.Series(advantages))
    assert np.isnan(before) or np.isnan(after) or after >= before - 1e-9


def test_small_cases_by_hand() -> None:
    """Two measures: the segment is cut where both cancel. One against equal ones: a power of ½."""
    assert composite.share_of_weightings(pd.Series([3.0, -1.0])) == pytest.approx(0.75)
    assert composite.share_of_weightings(pd.Series([1.0, -1.0, -1.0])) == pytest.approx(0.25)
    assert composite.share_of_weightings(pd.Series([2.0, 5.0])) == 1
    assert composite.share_of_weightings(pd.Series([-2.0])) == 0


@pytest.mark.parametrize("seed", range(4))
def test_exact_shares_agree_with_drawn_ones(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = pd.DataFrame(random.uniform(0, 100, size=(8, 2)), columns=["CHN", "USA"])
    drawn = composite.leads(scores, composite.weightings(8, seed=seed))
    exact = composite.share_of_weightings(scores["CHN"] - scores["USA"])
    assert drawn["CHN"] == pytest.approx(exact, abs=0.015)
    assert drawn.sum() == pytest.approx(1)


def test_weightings_are_weightings_and_always_the_same() -> None:
    drawn = composite.weightings(8, draws=500)
    assert drawn.shape == (500, 8) and (drawn >= 0).all()
    assert np.allclose(drawn.sum(axis=1), 1)
    assert (drawn == composite.weightings(8, draws=500)).all()


def test_who_never_leads_never_leads() -> None:
    values = pd.DataFrame({"A": [3.0, 1.0], "B": [1.0, 3.0], "C": [2.0, 1.0], "D": [np.nan, 2.0]})
    assert composite.never_first(values) == ["C", "D"]
    scores = composite.normalise(values[["A", "B", "C"]])
    assert composite.leads(scores, composite.weightings(2))["C"] == 0


# --- the decisions of this book -------------------------------------------------------------


def test_the_other_five_never_lead(values: pd.DataFrame) -> None:
    eight = values.loc[list(composite.MEASURES)]
    assert set(composite.never_first(eight)) == set(composite.PLACES) - set(composite.POWERS)


def test_variants_change_one_thing_each(values: pd.DataFrame) -> None:
    found = composite.variants(values)
    assert len(found) == len(composite.METHODS) * (len(composite.SWAPS) + 3)
    assert found["china"].between(0, 1).all()
    assert not found.duplicated(["scale", "change"]).any()
    # Three of eight equal votes: the chance that their weights sum to more than half.
    counted = found.set_index(["scale", "change"])["china"]["minmax", "the eight inputs"]
    assert counted == pytest.approx(29 / 128)
