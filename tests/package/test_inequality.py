"""Lorenz, Gini and the distance of groups: against slow formulas, and the laws they must obey."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.methods import inequality

pytestmark = pytest.mark.filterwarnings("error")

AMOUNTS = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=25)
PERCENT = st.lists(st.floats(0.5, 99.5), min_size=1, max_size=15)


def series(values: list[float]) -> pd.Series:
    return pd.Series(values, dtype=float)


def slow_gini(values: list[float], weights: list[float]) -> float:
    """Mean absolute difference of all pairs over twice the mean, in loops."""
    pairs = sum(
        a * b * abs(x - y)
        for x, a in zip(values, weights, strict=True)
        for y, b in zip(values, weights, strict=True)
    )
    total = sum(weights)
    mean = sum(x * a for x, a in zip(values, weights, strict=True)) / total
    return pairs / (2 * total**2 * mean)


@given(AMOUNTS, st.data())
def test_gini_is_half_the_relative_mean_difference(
    values: list[float], data: st.DataObject
) -> None:
    weights = data.draw(
        st.lists(st.floats(0.1, 1e3), min_size=len(values), max_size=len(values)), label="weights"
    )
    found = inequality.gini(series(values), series(weights))
    assert found == pytest.approx(slow_gini(values, weights), abs=1e-9)


@given(AMOUNTS, st.floats(1e-3, 1e3))
def test_unit_does_not_matter(values: list[float], factor: float) -> None:
    scaled = inequality.gini(series(values) * factor)
    assert scaled == pytest.approx(inequality.gini(series(values)), abs=1e-9)


@given(AMOUNTS, st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(values: list[float], random: object) -> None:
    mixed = list(values)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert inequality.gini(series(mixed)) == pytest.approx(inequality.gini(series(values)))


@given(AMOUNTS, st.integers(2, 5))
def test_a_world_of_copies_is_as_unequal(values: list[float], copies: int) -> None:
    assert inequality.gini(series(values * copies)) == pytest.approx(
        inequality.gini(series(values)), abs=1e-9
    )


@given(st.lists(st.tuples(st.floats(0.01, 1e3), st.integers(1, 5)), min_size=1, max_size=12))
def test_a_weight_is_a_number_of_copies(pairs: list[tuple[float, int]]) -> None:
    spelled = [value for value, often in pairs for _ in range(often)]
    weighted = inequality.gini(
        series([value for value, _ in pairs]), series([float(often) for _, often in pairs])
    )
    assert weighted == pytest.approx(inequality.gini(series(spelled)), abs=1e-9)


@given(st.lists(st.floats(0.01, 1e4), min_size=2, max_size=20), st.data())
def test_a_transfer_from_richer_to_poorer_lowers_it(
    values: list[float], data: st.DataObject
) -> None:
    low, high = int(np.argmin(values)), int(np.argmax(values))
    difference = values[high] - values[low]
    assume(difference > 0.01)
    given_away = difference * data.draw(st.floats(0.05, 0.95), label="share")
    after = list(values)
    after[low] += given_away
    after[high] -= given_away
    assert inequality.gini(series(after)) < inequality.gini(series(values))


@given(AMOUNTS)
def test_gini_stays_in_its_bounds(values: list[float]) -> None:
    assert -1e-12 <= inequality.gini(series(values)) <= 1 - 1 / len(values) + 1e-12


@given(AMOUNTS, st.floats(0.1, 1e3))
def test_a_moved_zero_lowers_it(values: list[float], more: float) -> None:
    before, after = inequality.gini(series(values)), inequality.gini(series(values) + more)
    assert after <= before + 1e-12


def test_equal_values_and_one_owner_are_the_extremes() -> None:
    assert inequality.gini(series([7.0] * 9)) == pytest.approx(0)
    assert inequality.gini(series([0, 0, 0, 5])) == pytest.approx(0.75)


@given(AMOUNTS)
def test_lorenz_curve_rises_bends_upwards_and_stays_below(values: list[float]) -> None:
    curve = inequality.lorenz(series(values))
    assert len(curve) == len(values) + 1
    assert curve.iloc[0].tolist() == [0, 0] and curve.iloc[-1].tolist() == [1, 1]
    assert (curve["held"] <= curve["counted"] + 1e-12).all()
    slopes = (curve["held"].diff() / curve["counted"].diff()).dropna().to_numpy()
    assert (np.diff(slopes) >= -1e-6 * slopes.max()).all()


@given(AMOUNTS, st.integers(1, 5))
def test_missing_is_left_out_and_not_zero(values: list[float], holes: int) -> None:
    with_holes = series([*values, *[math.nan] * holes])
    assert inequality.gini(with_holes) == pytest.approx(inequality.gini(series(values)))
    assert inequality.gini(with_holes.fillna(0)) > inequality.gini(series(values))
    weights = pd.Series(1.0, index=with_holes.index)
    weights.iloc[0] = math.nan
    if len(values) > 1:
        assert inequality.gini(with_holes, weights) == pytest.approx(
            inequality.gini(series(values[1:]))
        )


@pytest.mark.parametrize(
    ("values", "weights", "message"),
    [
        ([-1.0, 2.0], None, "negative"),
        ([1.0, 2.0], [1.0, -1.0], "negative"),
        ([0.0, 0.0], None, "nothing to share"),
        ([], None, "nothing to share"),
        ([math.nan], None, "nothing to share"),
        ([5.0, 0.0], [0.0, 3.0], "nothing to share"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(
    values: list[float], weights: list[float] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        inequality.gini(series(values), None if weights is None else series(weights))


def test_a_weight_of_zero_counts_for_nothing() -> None:
    found = inequality.gini(series([1.0, 2.0, 50.0]), series([1.0, 3.0, 0.0]))
    assert found == pytest.approx(inequality.gini(series([1.0, 2.0]), series([1.0, 3.0])))


def test_whole_numbers_with_gaps_are_accepted() -> None:
    values = pd.Series([1, 2, pd.NA, 4], dtype="Int64")
    weights = pd.Series([2, pd.NA, 3, 1], dtype="Int64")
    assert inequality.gini(values) == pytest.approx(inequality.gini(series([1, 2, 4])))
    expected = inequality.gini(series([1, 4]), series([2, 1]))
    assert inequality.gini(values, weights) == pytest.approx(expected)


def test_a_group_without_countries_has_no_row() -> None:
    groups = pd.Series(pd.Categorical(["poor", "rich", "rich"], ["poor", "middle", "rich"]))
    table = inequality.coverage(series([1.0, 3.0, math.nan]), groups)
    assert table["known"].to_dict() == {"poor": 1, "rich": 1}
    assert table["missing"].to_dict() == {"poor": 0, "rich": 1}


def test_weights_of_other_countries_are_refused() -> None:
    with pytest.raises(ValueError, match="one index"):
        inequality.gini(pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0], index=["a", "b"]))


# --- groups ---------------------------------------------------------------------------------


def two_groups(high: list[float], low: list[float]) -> tuple[pd.Series, pd.Series]:
    return series(high + low), pd.Series(["H"] * len(high) + ["L"] * len(low))


@given(PERCENT, PERCENT)
def test_three_scales_follow_from_the_medians(high: list[float], low: list[float]) -> None:
    found = inequality.between_groups(*two_groups(high, low), "H", "L")
    top, bottom = float(np.median(high)), float(np.median(low))
    assert found["high"] == pytest.approx(top) and found["low"] == pytest.approx(bottom)
    assert found["gap"] == pytest.approx(top - bottom)
    assert found["ratio"] == pytest.approx(top / bottom)
    assert found["odds_ratio"] == pytest.approx(top / (100 - top) / (bottom / (100 - bottom)))


@given(PERCENT, PERCENT)
def test_odds_ratio_and_gap_tell_one_story_for_users_and_non_users(
    high: list[float], low: list[float]
) -> None:
    values, groups = two_groups(high, low)
    users = inequality.between_groups(values, groups, "H", "L")
    others = inequality.between_groups(100 - values, groups, "H", "L")
    assert others["gap"] == pytest.approx(-users["gap"], abs=1e-9)
    assert others["odds_ratio"] == pytest.approx(1 / users["odds_ratio"])


@given(PERCENT, PERCENT)
def test_shares_and_percent_differ_in_the_gap_only(high: list[float], low: list[float]) -> None:
    values, groups = two_groups(high, low)
    percent = inequality.between_groups(values, groups, "H", "L")
    share = inequality.between_groups(values / 100, groups, "H", "L", whole=1)
    for scale in ("ratio", "odds_ratio"):
        assert share[scale] == pytest.approx(percent[scale])
    assert share["gap"] == pytest.approx(percent["gap"] / 100)


def test_an_empty_group_or_zero_gives_missing_not_infinity() -> None:
    values, groups = two_groups([50.0, math.nan], [0.0])
    found = inequality.between_groups(values, groups, "H", "L")
    assert found["gap"] == 50 and math.isnan(found["ratio"]) and math.isnan(found["odds_ratio"])
    assert inequality.between_groups(values, groups, "H", "X")[["low", "gap", "ratio"]].isna().all()
    full = inequality.between_groups(*two_groups([100.0], [50.0]), "H", "L")
    assert full["ratio"] == 2 and math.isnan(full["odds_ratio"])


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=1, max_size=20), st.data())
def test_coverage_counts_every_country_once(
    values: list[float | None], data: st.DataObject
) -> None:
    names = data.draw(
        st.lists(st.sampled_from("ABC"), min_size=len(values), max_size=len(values)), label="groups"
    )
    found = inequality.coverage(pd.Series(values, dtype="Float64"), pd.Series(names))
    assert found["known"].sum() == sum(value is not None for value in values)
    assert found["known"].add(found["missing"]).sum() == len(values)
    assert found["median"].isna().equals(found["known"] == 0)


# --- the data room --------------------------------------------------------------------------


def test_medians_of_the_dossier_are_recomputed() -> None:
    """The table of medians by income group that the evidence base states."""
    income = load("countries").set_index("iso3")["wb_income_group"]
    divide = load("ai_divide").set_index("iso3")
    adoption = load("ai_adoption")
    users = adoption[adoption["period_end"] == adoption["period_end"].max()].set_index("iso3")
    stated = {
        "internet_users_2023_pct": [93.5, 81.2, 56.4, 20.4],
        "readiness_2025_score": [62.1, 40.0, 30.3, 20.9],
        "compute_capacity_2025_score": [11.9, 4.8, 4.2, 2.1],
        "imf_preparedness_2023": [0.64, 0.48, 0.36, 0.30],
        "users_pct": [31.1, 16.7, 10.1, 8.7],
    }
    order = ["High income", "Upper middle income", "Lower middle income", "Low income"]
    # Economies that are no member states have values too; the dossier leaves them out.
    table = divide.join(users["users_pct"])
    for column, medians in stated.items():
        found = inequality.coverage(table[column], income.reindex(table.index))["median"]
        digits = 2 if column.startswith("imf") else 1
        assert found[order].tolist() == pytest.approx(medians, abs=0.51 * 10**-digits), column
