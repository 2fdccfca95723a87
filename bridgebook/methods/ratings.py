"""Ratings: from points to votes, from intervals to differences, from records to a lag.

A leaderboard of votes gives every model a rating and an interval. Four steps lead from there to a
statement about countries::

    arena + arena_models ─▶ rated() ─▶ gaps()         who leads, by how much, how surely
    dated test results   ─▶ records() ─▶ lag()        how many days later the same level
                                      ─▶ level_age()  the same, counted every day

Four principles hold throughout.

* *Only differences mean something.* A rating has no zero; 400 points are odds of ten to one.
* *One board at a time.* Ratings fitted by different methods, or with and without correction for
  style, are different rulers: :data:`RULER` names what must not vary within a comparison.
* *A difference has its own interval.* Two overlapping intervals do not show that two models are
  equal; :func:`bridgebook.methods.intervals.difference_interval` gives the interval that does
  answer.
* *Among many tests, one will fit by chance.* :func:`holm` and :func:`chance_of_a_lead` say how much
  of that to expect from luck alone.

Sources of the ratings: the tables ``arena`` and ``arena_categories`` (`arena_copy_20261005`,
`lmarena_arena_catalog`); of the index: ``benchmarks`` (`epoch_hub_202605`).
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from bridgebook.catalog import DataError
from bridgebook.methods.intervals import Z95, difference_interval, wilson

SCALE = 400.0
"""Points equivalent to odds of ten to one, by the chess convention that the Arena follows."""

RULER = ["date", "arena", "category", "style_control", "rating_method"]
"""Columns that name one board. Ratings are compared within one board only."""

DAYS_PER_MONTH = 365.25 / 12


# --- from points to votes -----------------------------------------------------------------


def win_probability(difference: Any) -> Any:
    """Turn a rating difference into the expected share of decided votes (Elo, Bradley-Terry).

    Parameters
    ----------
    difference
        Own rating minus the other's, in points; one number, an array or a column.

    Returns
    -------
    Share of the votes that pick one of the two, between 0 and 1. Ties are left out.
    """
    return 1 / (1 + 10 ** (-difference / SCALE))


def rating_difference(probability: Any) -> Any:
    """Turn a share of decided votes into the rating difference that predicts it.

    Parameters
    ----------
    probability
        Strictly between 0 and 1; one number, an array or a column.

    Raises
    ------
    ValueError
        If a share is not strictly between 0 and 1: no finite difference predicts that.
    """
    share = np.asarray(probability, dtype=float)
    if ((share <= 0) | (share >= 1)).any():
        raise ValueError("rating_difference(): a share of 0 or 1 has no finite rating difference")
    odds = probability / (1 - probability)
    return SCALE * np.log10(odds)


# --- two values with intervals ------------------------------------------------------------


def share_interval(percent: Any, questions: int) -> Any:
    """Give the 95 percent interval of a share of questions answered right (Wilson).

    Parameters
    ----------
    percent
        Questions answered right, in percent; one number, an array or a column.
    questions
        How many were asked.

    Returns
    -------
    Lower and upper end in percent, never outside 0 to 100.
    """
    low, high = wilson(percent / 100 * questions, questions)
    return 100 * low, 100 * high


def two_sided_p(difference: Any, low: Any, high: Any) -> Any:
    """Compute how often luck alone would make two equal values differ by so much or more.

    Parameters
    ----------
    difference, low, high
        A difference and its 95 percent interval; columns or arrays of one length.

    Returns
    -------
    numpy.ndarray
        One p-value each, by the normal approximation; missing where the interval is.
    """
    normal = NormalDist()
    half = (np.asarray(high, dtype=float) - np.asarray(low, dtype=float)) / 2
    error = half / Z95
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.atleast_1d(np.abs(np.asarray(difference, dtype=float)) / error)
    return np.array([np.nan if np.isnan(z) else 2 * normal.cdf(-z) for z in sizes])


# --- many comparisons ---------------------------------------------------------------------


def holm(p_values: Any) -> Any:
    """Adjust p-values for the number of comparisons (Holm's step-down method).

    Parameters
    ----------
    p_values
        One for each comparison; missing ones are left out of the count.

    Returns
    -------
    numpy.ndarray
        Adjusted p-values in the same order. Call a comparison clear if its value is below 0.05,
        and the chance of even one false alarm among all of them stays below 5 percent.
    """
    p = np.asarray(p_values, dtype=float)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    # The smallest is multiplied by the number of comparisons, the next by one less, and so on.
    factors = np.arange(len(order), 0, -1)
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * p[order]))
    return adjusted


def chance_of_a_lead(tests: Any, true_difference: float = 0.0, lead: float = 0.0) -> Any:
    """Compute the chance that a model leads in at least one of several noisy tests.

    Parameters
    ----------
    tests
        Number of independent tests; one number or an array.
    true_difference
        Real difference to the rival, in standard errors of one test.
    lead
        How large a measured lead has to be to count, in the same unit: 0 for any lead, 1.96 for one
        that a single test would call significant.

    Returns
    -------
    Probability between 0 and 1. Tests that share questions are not independent; for them the
    value is an upper bound.
    """
    no_lead_in_one = NormalDist().cdf(lead - true_difference)
    return 1 - no_lead_in_one ** np.asarray(tests)


# --- countries on one board ---------------------------------------------------------------


def rated(ratings: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Add developer, country and version to ratings.

    Parameters
    ----------
    ratings
        Rows of ``arena`` or ``arena_categories``. Columns of :data:`RULER` that are lacking are
        filled in: the text board, all prompts, Bradley-Terry.
    models
        The table ``arena_models``.

    Returns
    -------
    pandas.DataFrame
        The rows of ``ratings`` with ``version_key``, ``name``, ``organisation``, ``iso3`` and
        ``open_weights``; every column of :data:`RULER` present.

    Raises
    ------
    DataError
        If a model of ``ratings`` is not in ``models``.
    """
    unknown = sorted(set(ratings["model_key"]) - set(models["model_key"]))
    if unknown:
        raise DataError(f"arena_models: no row for {', '.join(unknown[:3])}")
    columns = ["model_key", "version_key", "name", "organisation", "iso3", "open_weights"]
    usual = {"arena": "text", "category": "overall", "rating_method": "bradley_terry"}
    lacking = {column: value for column, value in usual.items() if column not in ratings}
    return ratings.assign(**lacking).merge(models[columns], on="model_key", how="left")


def leaders(board_rows: pd.DataFrame, country: str) -> pd.DataFrame:
    """Find the best-rated model of one country on every board.

    Parameters
    ----------
    board_rows
        Rows of :func:`rated`.
    country
        ISO 3166 alpha-3 code.

    Returns
    -------
    pandas.DataFrame
        One row for each board on which the country has a model, indexed by :data:`RULER`.
    """
    own = board_rows[board_rows["iso3"] == country]
    best = own.sort_values("score", kind="stable").drop_duplicates(RULER, keep="last")
    return best.set_index(RULER)


def gaps(board_rows: pd.DataFrame, ahead: str = "USA", behind: str = "CHN") -> pd.DataFrame:
    """Measure, board by board, how far the best model of one country is above another's.

    Parameters
    ----------
    board_rows
        Rows of :func:`rated`, from any number of boards.
    ahead, behind
        ISO 3166 alpha-3 codes.

    Returns
    -------
    pandas.DataFrame
        One row for each board that rates both, by date: the columns of :data:`RULER`, ``leader``
        and ``follower`` (names), ``gap`` with ``low`` and ``high`` (points; the interval is missing
        where the board has none), ``win_probability`` of the leader, and ``line``: only gaps of one
        line may be joined in a chart.

    Notes
    -----
    Each leader is the best of many noisy ratings, so its own rating is a little too high. That
    touches both countries and does not vanish in the difference.
    """
    columns = ["name", "score", "ci_low", "ci_high"]
    one, other = leaders(board_rows, ahead)[columns], leaders(board_rows, behind)[columns]
    both = one.join(other, how="inner", lsuffix="_a", rsuffix="_b").reset_index()
    low, high = difference_interval(
        *(both[name] for name in ("score_a", "ci_low_a", "ci_high_a")),
        *(both[name] for name in ("score_b", "ci_low_b", "ci_high_b")),
    )
    found = both[RULER].assign(
        leader=both["name_a"],
        follower=both["name_b"],
        gap=both["score_a"] - both["score_b"],
        low=low,
        high=high,
    )
    found["win_probability"] = win_probability(found["gap"])
    found["line"] = line_of(found)
    return found.sort_values(["date", "line"], kind="stable").reset_index(drop=True)


def line_of(boards: pd.DataFrame) -> pd.Series:
    """Describe the rating method of each board; boards of one description may be joined by a line.

    Parameters
    ----------
    boards
        Rows with ``rating_method`` and ``style_control``.
    """
    style = boards["style_control"].astype("boolean")
    named = style.map({True: "style control", False: "votes as cast"})
    named = named.astype("string").fillna("style control not stated")
    method = boards["rating_method"].astype("string")
    return named.mask(method == "online_elo", "online Elo").rename("line")


# --- how much later -----------------------------------------------------------------------


def records(results: pd.DataFrame, day: str, score: str) -> pd.Series:
    """Keep the results that beat everything before them.

    Parameters
    ----------
    results
        One row for each model; rows without day or score are left out.
    day, score
        Names of the columns with the date and the result, larger is better.

    Returns
    -------
    pandas.Series
        The record scores by day, both rising; of several on one day only the best can be one.
    """
    best_of_day = results.dropna(subset=[day, score]).groupby(day)[score].max()
    before = best_of_day.cummax().shift(fill_value=-np.inf)
    return best_of_day[best_of_day > before]


def lag(behind: pd.Series, ahead: pd.Series) -> pd.DataFrame:
    """Find, for every record of one country, when the other had reached that level.

    Parameters
    ----------
    behind, ahead
        Two results of :func:`records`.

    Returns
    -------
    pandas.DataFrame
        One row for each record of ``behind``: ``day``, ``score``, ``equalled`` (first day on which
        ``ahead`` was at that score or above; missing if it never was) and ``days`` between the
        two, negative if ``behind`` came first.
    """
    # Records rise with time, so the first that suffices is found by bisection.
    place = np.searchsorted(ahead.to_numpy(), behind.to_numpy(), side="left")
    days = ahead.index.append(pd.DatetimeIndex([pd.NaT]))
    found = pd.DataFrame({"day": behind.index, "score": behind.to_numpy(), "equalled": days[place]})
    return found.assign(days=(found["day"] - found["equalled"]).dt.days.astype("float64"))


def level_age(behind: pd.Series, ahead: pd.Series, until: Any) -> pd.Series:
    """Compute for each day how long ago one country reached the level that the other has now.

    Parameters
    ----------
    behind, ahead
        Two results of :func:`records`.
    until
        Last day.

    Returns
    -------
    pandas.Series
        Days, by calendar day from the first record of ``behind`` on; negative or missing as in
        :func:`lag`. It grows by one every day on which ``behind`` sets no record.
    """
    table = lag(behind, ahead).set_index("day")["equalled"]
    if table.empty:
        return pd.Series(index=pd.DatetimeIndex([]), dtype="float64")
    every_day = pd.date_range(table.index[0], until)
    standing = np.searchsorted(table.index, every_day, side="right") - 1
    since = pd.DatetimeIndex(table.to_numpy()[standing])
    return pd.Series((every_day - since).days, index=every_day, dtype="float64")
