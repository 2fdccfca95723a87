"""Estimates from a snapshot: exact in made-up worlds, monotone in the rate, honest at the edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.methods import survivorship as sv

rates = st.floats(0, 0.5)
days = st.lists(
    st.dates(pd.Timestamp("1997-01-01").date(), sv.SNAPSHOT.date()), min_size=1, max_size=40
).map(lambda values: pd.Series(pd.to_datetime(values)))


@given(counted=st.floats(1, 1e4), rate=rates, years=st.floats(0.1, 30))
def test_a_rate_comes_back_from_its_own_survivors(
    counted: float, rate: float, years: float
) -> None:
    left = counted * sv.surviving_share(rate, years)
    assert sv.implied_rate(counted, left, years) == pytest.approx(rate, abs=1e-9)


@given(entered=days, low=rates, high=rates, look=st.sampled_from([2005, 2018, 2023]))
def test_a_higher_rate_means_a_longer_list_then(
    entered: pd.Series, low: float, high: float, look: int
) -> None:
    low, high = sorted((low, high))
    day = sv.year_end(look)
    assert sv.listed_then(entered, day, 0) == (entered <= day).sum()
    assert sv.listed_then(entered, day, low) <= sv.listed_then(entered, day, high)


@given(entered=days, rate=rates, look=st.sampled_from([2010, 2018, 2023]))
def test_seen_rows_of_an_earlier_snapshot_are_the_list_of_that_day(
    entered: pd.Series, rate: float, look: int
) -> None:
    day = sv.year_end(look)
    table = sv.seen_and_gone(entered, rate, day)
    assert table["seen"].sum() == pytest.approx(sv.listed_then(entered, day, rate))
    assert (table["gone"] >= -1e-9).all() and (table.index <= look).all()
    ours = sv.seen_and_gone(entered, rate, sv.SNAPSHOT)
    assert ours["seen"].sum() == pytest.approx(len(entered)), "our snapshot shows our rows"
    early = ours.loc[:look].sum(axis=1).sum()
    assert early == pytest.approx(table.sum(axis=1).sum()), "who ever entered does not depend on it"


def test_a_simulated_list_is_recovered_from_its_survivors() -> None:
    rng = np.random.default_rng(7)
    entered = pd.Series(pd.Timestamp("2016-06-30"), index=range(20_000))
    years = sv.years_between(pd.Timestamp("2016-06-30"), sv.SNAPSHOT)
    stayed = rng.random(len(entered)) < sv.surviving_share(0.04, years)
    day = sv.year_end(2016)
    then = len(entered) * sv.surviving_share(0.04, sv.years_between(entered[0], day))
    assert sv.listed_then(entered[stayed], day, 0.04) == pytest.approx(then, rel=0.02)


def test_missing_days_are_left_out_and_an_empty_list_stays_empty() -> None:
    entered = pd.Series(pd.to_datetime(["2018-05-01", None]))
    assert sv.listed_then(entered, sv.year_end(2018), 0) == 1
    assert sv.seen_and_gone(entered, 0.1, sv.SNAPSHOT)["seen"].sum() == pytest.approx(1)
    assert sv.seen_and_gone(entered.tail(1), 0.1, sv.SNAPSHOT).empty


def test_a_year_without_entries_has_a_row_and_the_day_itself_counts() -> None:
    look = pd.Timestamp("2018-05-01")
    entered = pd.Series(pd.to_datetime(["2015-05-01", "2018-05-01", "2018-05-02"]))
    table = sv.seen_and_gone(entered, 0.0, look)
    assert table["seen"].to_dict() == {2015: 1, 2016: 0, 2017: 0, 2018: 1}
    assert (table["gone"] == 0).all()
    later = sv.seen_and_gone(entered.head(1), 0.0, look)
    assert list(later.index) == [2015, 2016, 2017, 2018]


@pytest.mark.parametrize(("rate", "years"), [(-0.1, 1), (1, 1), (0.1, -1)])
def test_impossible_rates_and_times_are_refused(rate: float, years: float) -> None:
    with pytest.raises(ValueError, match=r"rate is a share|cannot be negative"):
        sv.surviving_share(rate, years)


@pytest.mark.parametrize(("counted", "left", "years"), [(0, 0, 1), (10, 5, 0), (10, -1, 2)])
def test_implied_rate_needs_counts_and_time(counted: float, left: float, years: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        sv.implied_rate(counted, left, years)


def test_more_survivors_than_counted_give_a_negative_rate() -> None:
    assert sv.implied_rate(10, 12, 3) < 0


def test_the_two_official_counts_agree_on_a_small_rate() -> None:
    entries = load("entity_list")
    china = entries[entries["address_iso3"].str.contains("CHN|HKG|MAC").fillna(False)]
    found = {
        year: sv.implied_rate(
            counted,
            (china["listed_date"] <= sv.year_end(year)).sum(),
            sv.years_between(sv.year_end(year), sv.SNAPSHOT),
        )
        for year, counted in sv.COUNTED.items()
    }
    assert all(0.01 < rate < 0.015 for rate in found.values()), found


def test_rows_left_are_close_to_the_confirmed_counts_and_recounted_from_the_list() -> None:
    events = load("entity_list_events")
    confirmed = events[events["official_china_basis"] == "rule"]
    gap = confirmed["surviving_china"] - confirmed["official_china"]
    assert len(confirmed) == 23 and gap.median() == 0 and gap.between(-1, 3).all()
    entries = load("entity_list")
    china = entries[entries["address_iso3"].str.contains("CHN|HKG|MAC").fillna(False)]
    days = china["listed_date"].value_counts()
    recounted = days.reindex(events["listed_date"])
    assert (events.set_index("listed_date")["surviving_china"] == recounted).all()
    assert (china["name"].str.contains("Zhipu")).sum() == 7
    assert not entries["name"].str.contains("Moonshot", case=False).any()
    assert not entries["first_fr_citation"].str.startswith("91 FR").any(), "no rule of 2026"
