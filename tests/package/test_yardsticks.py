"""One ruler through many years: properties of linking, and its use on the book's own figures."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.methods.yardsticks import first_year_at, linked, needed_growth_pct

RATES = pd.Series({2022: 18.0, 2023: 13.9, 2024: 24.0})
rates = st.lists(st.floats(-50, 150), min_size=1, max_size=6).map(
    lambda values: pd.Series(values, index=range(2020, 2020 + len(values)))
)
sizes = st.floats(0.1, 1e5)


@given(rates, sizes, st.floats(-30, 60), st.data())
@settings(deadline=None)
def test_growth_between_years_is_the_stated_one(
    growth: pd.Series, anchor: float, later: float, data: st.DataObject
) -> None:
    end = int(growth.index[-1])
    year = data.draw(st.integers(2019, end))
    path = linked(anchor, year, growth, later, end + 3)
    assert path[year] == pytest.approx(anchor)
    assert list(path.index) == list(range(2019, end + 4))
    stated = growth.reindex(path.index[1:], fill_value=later)
    assert (100 * path.pct_change().dropna()).to_numpy() == pytest.approx(
        stated.to_numpy(), rel=1e-6, abs=1e-6
    )


@given(rates, sizes, st.floats(1.01, 50))
@settings(deadline=None)
def test_another_anchor_only_rescales(growth: pd.Series, anchor: float, factor: float) -> None:
    one = linked(anchor, 2019, growth, 5, 2030)
    other = linked(anchor * factor, 2019, growth, 5, 2030)
    assert (other / one).to_numpy() == pytest.approx(factor)


@given(sizes, sizes, st.integers(1, 20))
@settings(deadline=None)
def test_needed_growth_arrives(size: float, target: float, years: int) -> None:
    rate = needed_growth_pct(size, target, years)
    assert size * (1 + rate / 100) ** years == pytest.approx(target)


@given(rates, sizes, sizes)
@settings(deadline=None)
def test_a_higher_target_is_reached_no_earlier(growth: pd.Series, low: float, more: float) -> None:
    path = linked(10.0, 2019, growth, 5, 2035)
    early, late = first_year_at(path, low), first_year_at(path, low + more)
    assert late is None or (early is not None and early <= late)


def test_the_first_year_at_a_target_is_the_first_that_has_it() -> None:
    path = pd.Series({2020: 1.0, 2021: 2.0, 2022: 1.5, 2023: 4.0})
    found = [first_year_at(path, target) for target in (0.5, 2.0, 2.1, 4.1)]
    assert found == [2020, 2021, 2023, None]


def test_a_path_may_end_before_its_last_rate_but_not_before_its_anchor() -> None:
    assert linked(124.0, 2024, RATES, 5, 2022).to_dict() == pytest.approx(
        {2021: 124 / 1.24 / 1.139 / 1.18, 2022: 124 / 1.24 / 1.139, 2023: 100, 2024: 124}
    )
    assert list(linked(1.0, 2022, RATES, 5, 2023).index) == [2021, 2022, 2023]


def test_order_and_gaps_at_the_ends_of_the_rates_do_not_matter() -> None:
    loose = pd.concat([RATES.iloc[::-1], pd.Series({2021: float("nan"), 2025: float("nan")})])
    pd.testing.assert_series_equal(
        linked(1.0, 2022, loose, 5, 2026), linked(1.0, 2022, RATES, 5, 2026), check_names=False
    )


def test_the_books_figures_lead_back_to_two_sizes_of_2023() -> None:
    core = load("core_ai_industry").set_index("figure_id")
    growth = core.dropna(subset=["growth_stated_pct"]).set_index("year")["growth_stated_pct"]
    old = linked(core.loc["2022-caict", "value_rmb_bn"], 2022, growth, 0, 2024)
    new = linked(core.loc["2024-caict", "value_rmb_bn"], 2024, growth, 0, 2024)
    assert round(old[2023]) == 579
    assert round(new[2023]) == 726
    assert round(old[2024]) == 717


@pytest.mark.parametrize(
    ("anchor", "year", "growth", "words"),
    [
        (0.0, 2022, RATES, "positive"),
        (float("nan"), 2022, RATES, "positive"),
        (1.0, 2019, RATES, "leads to 2019"),
        (1.0, 2022, RATES.drop(2023), "gap"),
        (1.0, 2022, RATES.iloc[:0], "no growth rate"),
        (1.0, 2022, RATES - 200, "-100"),
    ],
)
def test_bad_input_is_named(anchor: float, year: int, growth: pd.Series, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        linked(anchor, year, growth, 5, 2030)


@pytest.mark.parametrize(("size", "target", "years"), [(0, 10, 3), (10, 0, 3), (10, 20, 0)])
def test_no_steady_growth_from_nothing_to_nothing_or_in_no_time(
    size: float, target: float, years: int
) -> None:
    with pytest.raises(ValueError, match=f"from {size} to {target} in {years} years"):
        needed_growth_pct(size, target, years)
