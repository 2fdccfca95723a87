"""Bends of trends, and the placebo tests built on them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook import catalog
from bridgebook.methods import breaks

RATE = st.floats(-80, 80).map(lambda value: round(value, 2))
LEVEL = st.floats(0.01, 1e5)
YEARS = range(2010, 2021)
NAMES = ("ai_investment", "ai_investment_reports", "ai_research")


def hinged(before: float, after: float, year: int = 2015, level: float = 1.0) -> pd.Series:
    """A series that grows at one rate up to a year and at another from it on; log points."""
    steps = np.array([at - year for at in YEARS])
    rates = np.where(steps < 0, before, after)
    return pd.Series(level * np.exp(steps * rates / 100), index=YEARS)


@pytest.fixture(scope="module")
def series() -> dict[str, pd.DataFrame]:
    return breaks.levels(**{name: catalog.load(name) for name in NAMES})


# A bend at every year is 28 straight lines, 20 ms: a few dozen series are enough for formulas that
# hold for all or for none.
few = settings(max_examples=25)


# --- growth and bend ------------------------------------------------------------------------


@few
@given(rate=RATE, level=LEVEL)
def test_steady_growth_is_found_and_never_bends(rate: float, level: float) -> None:
    table = hinged(rate, rate, level=level).to_frame("A")
    assert breaks.growth(table, 2012, 2018)["A"] == pytest.approx(rate, abs=1e-6)
    assert breaks.bends(table)["A"].abs().max() == pytest.approx(0, abs=1e-6)


@few
@given(before=RATE, after=RATE, window=st.integers(1, 5), level=LEVEL)
def test_a_kink_is_found_at_its_year(
    before: float, after: float, window: int, level: float
) -> None:
    table = hinged(before, after, level=level).to_frame("A")
    assert breaks.bend(table, 2015, window)["A"] == pytest.approx(after - before, abs=1e-6)


@few
@given(before=RATE, after=RATE)
def test_no_year_bends_more_than_the_kink(before: float, after: float) -> None:
    every = breaks.bends(hinged(before, after).to_frame("A"))["A"]
    assert every.abs().max() == pytest.approx(abs(every[2015]), abs=1e-6)


@few
@given(values=st.lists(LEVEL, min_size=22, max_size=22))
def test_the_bend_of_a_ratio_is_the_difference_of_the_bends(values: list[float]) -> None:
    table = pd.DataFrame({"A": values[:11], "USA": values[11:]}, index=YEARS)
    alone = breaks.bends(table)
    against = breaks.bends(breaks.relative(table))
    assert np.allclose(against["A"], alone["A"] - alone["USA"], atol=1e-6)
    assert np.allclose(against["USA"], 0)


@few
@given(values=st.lists(LEVEL, min_size=11, max_size=11), factor=LEVEL)
def test_units_do_not_matter(values: list[float], factor: float) -> None:
    table = pd.DataFrame({"A": values}, index=YEARS)
    assert np.allclose(breaks.bends(table), breaks.bends(table * factor), atol=1e-6)


@pytest.mark.parametrize("gap", [np.nan, 0.0, -1.0])
def test_a_missing_or_impossible_year_is_missing_and_not_zero(gap: float) -> None:
    table = hinged(10, 20).to_frame("A")
    table.loc[2014, "A"] = gap
    assert math.isnan(breaks.bend(table, 2015)["A"])
    assert not math.isnan(breaks.bend(table, 2017)["A"])


def test_years_outside_the_series_give_no_bend() -> None:
    table = hinged(10, 20).to_frame("A")
    assert math.isnan(breaks.bend(table, 2020)["A"])
    assert list(breaks.bends(table, 3).index) == list(range(2013, 2018))
    assert breaks.bends(table, 6).empty
    assert breaks.bends(table.iloc[:0]).empty


def test_a_span_needs_two_years() -> None:
    with pytest.raises(ValueError, match="no span"):
        breaks.growth(hinged(1, 1).to_frame("A"), 2015, 2015)


# --- ranks ----------------------------------------------------------------------------------


@given(values=st.lists(st.integers(-50, 50), min_size=1, max_size=12), data=st.data())
def test_a_rank_share_lies_between_one_in_n_and_all(values: list[int], data: st.DataObject) -> None:
    column = pd.Series(values, dtype=float)
    name = data.draw(st.sampled_from(range(len(values))))
    share = breaks.rank_share(column, name)
    assert 1 / len(values) - 1e-12 <= share <= 1
    assert breaks.rank_share(column, column.idxmin()) == 1
    assert breaks.rank_share(-column, name) >= 1 - share


def test_missing_values_have_no_rank_and_do_not_count() -> None:
    column = pd.Series({"A": 1.0, "B": np.nan, "C": 2.0})
    assert breaks.rank_share(column, "C") == 0.5
    assert math.isnan(breaks.rank_share(column, "B"))
    assert math.isnan(breaks.rank_share(column, "D"))


# --- the series -----------------------------------------------------------------------------


def test_series_hold_complete_years_of_ten_countries(series: dict[str, pd.DataFrame]) -> None:
    assert list(series) == list(breaks.SERIES)
    assert all(list(table.columns) == list(breaks.COUNTRIES) for table in series.values())
    spans = {key: (table.index.min(), table.index.max()) for key, table in series.items()}
    assert spans == {
        "oecd": (2012, 2025),
        "estimated": (2014, 2023),
        "disclosed": (2014, 2023),
        "papers": (2014, 2022),
        "patents": (2014, 2019),
    }


def test_ratios_of_2017_are_those_of_the_dossier(series: dict[str, pd.DataFrame]) -> None:
    found = {key: breaks.relative(series[key]).loc[2017, "CHN"] for key in breaks.MONEY}
    assert round(100 * found["oecd"]) == 103
    assert round(100 * found["estimated"], 1) == 18.5
    assert round(100 * found["disclosed"], 1) == 29.7


def test_growth_is_near_that_of_the_dossier(series: dict[str, pd.DataFrame]) -> None:
    """The dossier has compound growth between end points; the lines here go through all points."""
    table = series["papers"]
    percent = {
        (place, span): 100
        * ((table.loc[span[1], place] / table.loc[span[0], place]) ** (1 / n) - 1)
        for place in ("CHN", "USA")
        for span, n in (((2014, 2017), 3), ((2017, 2021), 4))
    }
    assert [round(value, 1) for value in percent.values()] == [7.5, 23.9, 9.7, 18.7]
    slope = breaks.growth(table, 2017, 2021)["CHN"]
    assert 100 * (math.exp(slope / 100) - 1) == pytest.approx(23.9, abs=1.5)


def test_a_broken_count_is_missing(series: dict[str, pd.DataFrame]) -> None:
    """India's patents fall from 270 to 10 because the source breaks off, not because of India."""
    assert math.isnan(series["patents"].loc[2019, "IND"])
    assert series["patents"].min(axis=None) >= breaks.SMALL
