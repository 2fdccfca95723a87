"""Ratings: laws of the formulas, comparison with slow counts, and the dossier's figures."""

from __future__ import annotations

import math
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridgebook.catalog import DataError, load
from bridgebook.methods import intervals, ratings

POINTS = st.floats(-1500, 1500)
WIDTHS = st.floats(0.1, 60)


# --- points and votes ---------------------------------------------------------------------


@given(POINTS)
def test_the_two_shares_of_a_pair_add_up(points: float) -> None:
    total = ratings.win_probability(points) + ratings.win_probability(-points)
    assert total == pytest.approx(1)
    assert 0 < ratings.win_probability(points) < 1


@given(POINTS, POINTS)
def test_more_points_never_mean_fewer_votes(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert ratings.win_probability(low) <= ratings.win_probability(high)


@given(POINTS, POINTS)
def test_odds_multiply_along_a_chain(first: float, second: float) -> None:
    def odds(points: float) -> float:
        return float(ratings.win_probability(points) / ratings.win_probability(-points))

    assert odds(first + second) == pytest.approx(odds(first) * odds(second), rel=1e-6)


@given(POINTS)
def test_difference_and_share_are_inverse(points: float) -> None:
    share = ratings.win_probability(points)
    assert ratings.rating_difference(share) == pytest.approx(points, abs=1e-6)


def test_the_convention_is_ten_to_one_at_four_hundred_points() -> None:
    assert ratings.win_probability(400) == pytest.approx(10 / 11)
    assert ratings.win_probability(0) == 0.5
    # The dossier: 65 points are about 59 percent of decided pairs.
    assert round(ratings.win_probability(65), 2) == 0.59
    column = ratings.win_probability(pd.Series([0.0, 400.0], index=["a", "b"]))
    assert list(column.index) == ["a", "b"]


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5])
def test_a_certain_win_has_no_rating_difference(share: float) -> None:
    with pytest.raises(ValueError, match="no finite rating difference"):
        ratings.rating_difference(share)
    with pytest.raises(ValueError, match="no finite rating difference"):
        ratings.rating_difference(np.array([0.5, share]))


# --- intervals ----------------------------------------------------------------------------


@given(POINTS, WIDTHS, WIDTHS, POINTS, WIDTHS, WIDTHS)
def test_interval_of_a_difference(
    a: float, a_down: float, a_up: float, b: float, b_down: float, b_up: float
) -> None:
    low, high = intervals.difference_interval(a, a - a_down, a + a_up, b, b - b_down, b + b_up)
    assert low < a - b < high
    # Longer than each alone, shorter than both end to end.
    assert max(a_down, b_up) - 1e-6 <= (a - b) - low <= a_down + b_up + 1e-6
    assert max(a_up, b_down) - 1e-6 <= high - (a - b) <= a_up + b_down + 1e-6
    turned = intervals.difference_interval(b, b - b_down, b + b_up, a, a - a_down, a + a_up)
    assert turned == pytest.approx((-high, -low))


def test_intervals_may_overlap_although_the_difference_is_clear() -> None:
    low, _ = intervals.difference_interval(10, 4, 16, 0, -6, 6)
    assert low > 0


def test_interval_covers_as_often_as_it_says() -> None:
    draws = random.Random(5)
    hits = 0
    for _ in range(4000):
        a, b = draws.gauss(30, 3), draws.gauss(0, 5)
        low, high = intervals.difference_interval(
            a, a - 1.96 * 3, a + 1.96 * 3, b, b - 1.96 * 5, b + 1.96 * 5
        )
        hits += low <= 30 <= high
    assert hits / 4000 == pytest.approx(0.95, abs=0.012)


@given(st.integers(1, 2000), st.data())
def test_share_interval_contains_the_share_and_stays_in_range(
    questions: int, data: st.DataObject
) -> None:
    right = data.draw(st.integers(0, questions))
    percent = 100 * right / questions
    low, high = ratings.share_interval(percent, questions)
    assert -1e-9 <= low <= percent <= high <= 100 + 1e-9
    wider = ratings.share_interval(percent, max(1, questions // 2))
    assert wider[1] - wider[0] >= high - low - 1e-9


def test_share_interval_matches_a_published_example() -> None:
    # Wilson's interval for half of 500: 45.6 to 54.4.
    assert ratings.share_interval(50.0, 500) == pytest.approx((45.63, 54.37), abs=0.02)


@given(st.floats(-3, 3), WIDTHS)
def test_p_value_and_interval_agree(halves: float, half: float) -> None:
    difference = halves * half
    assume(abs(abs(difference) - half) > 1e-3)
    (p,) = ratings.two_sided_p(difference, difference - half, difference + half)
    assert (p < 0.05) == (abs(difference) > half)
    assert 0 <= p <= 1


@pytest.mark.parametrize(("errors", "p"), [(0.0, 1.0), (1.0, 0.3173), (1.96, 0.05), (3.0, 0.0027)])
def test_p_values_are_those_of_the_normal_table(errors: float, p: float) -> None:
    """An interval of 1.96 standard errors on each side, here of 10 points each."""
    for difference in (10 * errors, -10 * errors):
        found = ratings.two_sided_p([difference], [difference - 19.6], [difference + 19.6])
        assert found[0] == pytest.approx(p, abs=1e-4)


@pytest.mark.filterwarnings("error")
def test_p_value_is_missing_without_an_interval_and_zero_without_doubt() -> None:
    p = ratings.two_sided_p([1.0, 1.0], [np.nan, 1.0], [np.nan, 1.0])
    assert math.isnan(p[0]) and p[1] == 0
    assert math.isnan(ratings.two_sided_p([0.0], [0.0], [0.0])[0])


# --- many comparisons ---------------------------------------------------------------------

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def slow_holm(p_values: list[float]) -> list[float]:
    """The same by hand: from the smallest on, never falling, never above one."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, so_far = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = so_far
    return adjusted


@given(P_VALUES)
def test_holm_is_what_a_loop_gives(p_values: list[float]) -> None:
    assert list(ratings.holm(p_values)) == pytest.approx(slow_holm(p_values))


@given(P_VALUES)
def test_holm_lies_between_no_adjustment_and_bonferroni(p_values: list[float]) -> None:
    adjusted = ratings.holm(p_values)
    plain = np.array(p_values)
    assert (adjusted >= plain - 1e-12).all()
    assert (adjusted <= np.minimum(1, len(plain) * plain) + 1e-9).all() or len(plain) > 1
    assert adjusted.min() == pytest.approx(min(1, len(plain) * plain.min()))


@given(P_VALUES)
def test_holm_leaves_missing_values_out_of_the_count(p_values: list[float]) -> None:
    with_gap = ratings.holm([*p_values, float("nan")])
    assert math.isnan(with_gap[-1])
    assert list(with_gap[:-1]) == pytest.approx(list(ratings.holm(p_values)))


@given(st.integers(1, 60), st.floats(-3, 3), st.floats(-3, 3))
def test_more_tests_never_lower_the_chance_of_a_lead(tests: int, real: float, lead: float) -> None:
    chance = ratings.chance_of_a_lead(tests, real, lead)
    assert 0 <= chance <= 1
    assert ratings.chance_of_a_lead(tests + 1, real, lead) >= chance
    assert ratings.chance_of_a_lead(tests, real + 0.5, lead) >= chance
    assert ratings.chance_of_a_lead(tests, real, lead + 0.5) <= chance


def test_chance_of_a_lead_is_what_simulation_finds() -> None:
    draws = np.random.default_rng(1).normal(-0.5, 1, size=(20_000, 7))
    found = (draws.max(axis=1) > 1).mean()
    assert ratings.chance_of_a_lead(7, -0.5, 1) == pytest.approx(found, abs=0.01)
    assert ratings.chance_of_a_lead(1) == 0.5
    assert ratings.chance_of_a_lead(0) == 0


# --- countries on boards ------------------------------------------------------------------

MODELS = pd.DataFrame(
    {
        "model_key": ["u1", "u2", "c1", "c2", "x"],
        "version_key": ["u1", "u2", "c1", "c2", "x"],
        "name": ["U1", "U2", "C1", "C2", "X"],
        "organisation": ["U", "U", "C", "C", "X"],
        "iso3": ["USA", "USA", "CHN", "CHN", None],
        "open_weights": "no",
    }
)


def board(scores: dict[str, float], day: str, style: bool, method: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": pd.Timestamp(day),
            "style_control": pd.array([style] * len(scores), dtype="boolean"),
            "rating_method": method,
            "model_key": list(scores),
            "score": list(scores.values()),
            "ci_low": [score - 4 for score in scores.values()],
            "ci_high": [score + 3 for score in scores.values()],
        }
    )


SCORES = st.fixed_dictionaries({name: st.floats(900, 1600) for name in ["u1", "u2", "c1", "c2"]})


@given(SCORES, SCORES)
def test_gap_is_best_minus_best_on_each_board_alone(
    first: dict[str, float], second: dict[str, float]
) -> None:
    both = pd.concat(
        [
            board(first, "2025-01-01", False, "bradley_terry"),
            board(second, "2025-01-01", True, "bradley_terry"),
            board({"x": 5000.0}, "2025-01-01", True, "bradley_terry"),
        ]
    )
    found = ratings.gaps(ratings.rated(both, MODELS)).set_index("line")
    best = {
        (row["line"], side): row[side]
        for _, row in found.reset_index().iterrows()
        for side in ("leader", "follower")
    }
    for line, scores in (("votes as cast", first), ("style control", second)):
        names = best[line, "leader"].lower(), best[line, "follower"].lower()
        assert scores[names[0]] == max(scores["u1"], scores["u2"])
        assert scores[names[1]] == max(scores["c1"], scores["c2"])
        best_us = max(scores["u1"], scores["u2"])
        best_cn = max(scores["c1"], scores["c2"])
        assert found.loc[line, "gap"] == pytest.approx(best_us - best_cn)
        assert found.loc[line, "low"] <= found.loc[line, "gap"] <= found.loc[line, "high"]
    turned = ratings.gaps(ratings.rated(both, MODELS), "CHN", "USA").set_index("line")
    assert turned["gap"].to_dict() == pytest.approx((-found["gap"]).to_dict())


@given(SCORES, st.floats(-200, 200))
def test_gap_does_not_depend_on_the_zero_of_the_board(
    scores: dict[str, float], shift: float
) -> None:
    moved = {name: score + shift for name, score in scores.items()}
    one = ratings.gaps(ratings.rated(board(scores, "2025-01-01", True, "bradley_terry"), MODELS))
    two = ratings.gaps(ratings.rated(board(moved, "2025-01-01", True, "bradley_terry"), MODELS))
    assert one["gap"].iloc[0] == pytest.approx(two["gap"].iloc[0], abs=1e-6)


def test_lines_never_mix_rulers() -> None:
    scores = {"u1": 1200.0, "c1": 1100.0}
    unstated = board(scores, "2026-05-01", True, "bradley_terry")
    unstated["style_control"] = unstated["style_control"].mask(unstated["score"] > 0)
    rows = pd.concat(
        [
            board(scores, "2024-05-01", False, "online_elo"),
            board(scores, "2025-05-01", False, "bradley_terry"),
            board(scores, "2025-05-01", True, "bradley_terry"),
            unstated,
        ]
    )
    found = ratings.gaps(ratings.rated(rows, MODELS))
    assert sorted(found["line"]) == [
        "online Elo",
        "style control",
        "style control not stated",
        "votes as cast",
    ]


def test_gaps_come_by_date_however_the_boards_lie() -> None:
    scores = {"u1": 1200.0, "c1": 1100.0}
    days = ["2025-05-01", "2024-05-01", "2024-12-01"]
    styles = [True, False]
    rows = [board(scores, day, style, "bradley_terry") for style in styles for day in days]
    found = ratings.gaps(ratings.rated(pd.concat(rows), MODELS))
    assert list(found.index) == list(range(6))
    expected = sorted((pd.Timestamp(day), line) for day in days for line in set(found["line"]))
    assert list(zip(found["date"], found["line"], strict=True)) == expected


def test_lines_of_the_books_boards_each_have_one_method_and_one_style() -> None:
    found = ratings.gaps(ratings.rated(load("arena"), load("arena_models")))
    kinds = found.groupby("line")[["rating_method", "style_control"]].nunique()
    assert (kinds == 1).all(axis=None)
    assert not found.duplicated(["line", "date"]).any()


def test_a_board_with_one_country_only_has_no_gap() -> None:
    alone = board({"u1": 1200.0, "u2": 1190.0}, "2025-01-01", True, "bradley_terry")
    assert ratings.gaps(ratings.rated(alone, MODELS)).empty
    assert ratings.gaps(ratings.rated(alone.head(0), MODELS)).empty


def test_unknown_model_is_named() -> None:
    rows = board({"nobody": 1200.0}, "2025-01-01", True, "bradley_terry")
    with pytest.raises(DataError, match="no row for nobody"):
        ratings.rated(rows, MODELS)


# --- records and lags ---------------------------------------------------------------------

RESULTS = st.lists(
    st.tuples(st.integers(0, 400), st.floats(0, 100), st.sampled_from(["USA", "CHN"])),
    min_size=1,
    max_size=30,
)
ORIGIN = pd.Timestamp("2023-01-01")


def results_of(rows: list[tuple[int, float, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["day", "score", "iso3"])
    return table.assign(day=ORIGIN + pd.to_timedelta(table["day"], unit="D"))


def best_of(table: pd.DataFrame, country: str) -> pd.Series:
    return ratings.records(table[table["iso3"] == country], "day", "score")


@given(RESULTS)
def test_records_rise_and_end_at_the_best(rows: list[tuple[int, float, str]]) -> None:
    table = results_of(rows)
    found = ratings.records(table, "day", "score")
    assert found.is_monotonic_increasing and found.is_unique
    assert found.index.is_monotonic_increasing and found.index.is_unique
    assert found.iloc[-1] == table["score"].max()


@given(RESULTS)
def test_lag_is_what_a_loop_finds(rows: list[tuple[int, float, str]]) -> None:
    table = results_of(rows)
    behind, ahead = best_of(table, "CHN"), best_of(table, "USA")
    for row in ratings.lag(behind, ahead).itertuples():
        first = next((day for day, score in ahead.items() if score >= row.score), None)
        if first is None:
            assert pd.isna(row.equalled) and math.isnan(row.days)
        else:
            assert row.equalled == first and row.days == (row.day - first).days


@given(RESULTS, st.integers(0, 500))
def test_level_age_grows_day_by_day_between_records(
    rows: list[tuple[int, float, str]], until: int
) -> None:
    table = results_of(rows)
    behind, ahead = best_of(table, "CHN"), best_of(table, "USA")
    age = ratings.level_age(behind, ahead, ORIGIN + pd.Timedelta(days=until))
    lag = ratings.lag(behind, ahead).set_index("day")["days"]
    on_record = age[age.index.isin(lag.index)]
    pd.testing.assert_series_equal(
        on_record, lag[lag.index.isin(age.index)], check_names=False, check_freq=False
    )
    steps = age.diff()[~age.index.isin(lag.index)].dropna()
    assert (steps == 1).all()


@given(RESULTS)
def test_a_country_is_never_behind_itself(rows: list[tuple[int, float, str]]) -> None:
    own = ratings.records(results_of(rows), "day", "score")
    assert (ratings.lag(own, own)["days"] == 0).all()


def test_no_results_no_lag() -> None:
    table = results_of([(1, 2.0, "USA")])
    assert ratings.lag(best_of(table, "CHN"), best_of(table, "USA")).empty
    assert ratings.level_age(best_of(table, "CHN"), best_of(table, "USA"), ORIGIN).empty


# --- the dossier's figures, recomputed from the tables ------------------------------------

DOSSIER_GAPS = [
    ("2023-05-22", "online Elo", 304),
    ("2024-01-25", "online Elo", 123),
    ("2024-06-29", "votes as cast", 49),
    ("2025-01-31", "votes as cast", 24),
    ("2025-03-28", "votes as cast", 83),
    ("2025-08-04", "votes as cast", 36),
    ("2025-12-11", "style control", 59),
    ("2025-12-11", "votes as cast", 41),
    ("2026-01-16", "style control", 31),
    ("2026-03-01", "style control", 39),
    ("2026-10-05", "style control", 37),
]


@pytest.mark.parametrize(("day", "line", "points"), DOSSIER_GAPS)
def test_gap_table_agrees_with_the_dossier(day: str, line: str, points: int) -> None:
    found = ratings.gaps(ratings.rated(load("arena"), load("arena_models")))
    row = found[(found["date"] == pd.Timestamp(day)) & (found["line"] == line)]
    # Half a point more for figures such as 122.5, which round either way.
    assert row["gap"].iloc[0] == pytest.approx(points, abs=0.51)


DOSSIER_KINDS = {
    ("vision", "overall"): 7.5,
    ("text", "coding"): 19,
    ("text", "expert"): 23,
    ("text", "math"): 27,
    ("search", "overall"): 30,
    ("text", "creative_writing"): 51,
    ("webdev", "overall"): 144,
}


@pytest.mark.parametrize(("kind", "points"), DOSSIER_KINDS.items())
def test_gaps_by_kind_agree_with_the_dossier(kind: tuple[str, str], points: float) -> None:
    found = ratings.gaps(ratings.rated(load("arena_categories"), load("arena_models")))
    newest = found[found["date"] == found["date"].max()].set_index(["arena", "category"])
    assert newest.loc[kind, "gap"] == pytest.approx(points, abs=0.51)


def test_lag_on_epochs_index_agrees_with_the_dossier() -> None:
    table = load("benchmarks")
    index = table[table["benchmark"] == "epoch_index"]
    best = {
        country: ratings.records(rows, "model_release_date", "score")
        for country, rows in index.groupby("iso3")
    }
    lag = ratings.lag(best["CHN"], best["USA"])
    months = lag["days"] / ratings.DAYS_PER_MONTH
    assert len(lag) == 13
    assert months.mean() == pytest.approx(6.3, abs=0.05)
    assert months.median() == pytest.approx(5.7, abs=0.05)
    assert months.min() == pytest.approx(1.1, abs=0.05)
    assert months.max() == pytest.approx(14.8, abs=0.05)
    # The file of the index is of 14 May 2026.
    age = ratings.level_age(best["CHN"], best["USA"], "2026-05-14") / ratings.DAYS_PER_MONTH
    assert age.mean() == pytest.approx(7.7, abs=0.05)
    assert age.median() == pytest.approx(6.6, abs=0.05)
    assert (age.min(), age.max()) == pytest.approx((1.1, 18.2), abs=0.05)
