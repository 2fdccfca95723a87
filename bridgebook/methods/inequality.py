"""How unequally something is distributed over countries, or over the people who live in them.

A share of users, a score or a capacity has one value for each country. Three questions follow, and
each has its own measure::

    how far from equal is the whole list?        lorenz() ─▶ gini()
    how far apart are two groups of countries?   between_groups()
    for whom is nothing known?                   coverage()

Two principles hold throughout.

* *Missing is not zero.* A country without a value is left out, and :func:`coverage` counts it.
* *Say who is counted.* Without weights every country counts once, Tuvalu like India. With
  population as weights every resident counts once, **with the average of the country**. What lies
  between people of one country stays unseen in both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def lorenz(values: pd.Series, weights: pd.Series | None = None) -> pd.DataFrame:
    """Sort the countries from the lowest value to the highest and cumulate.

    Parameters
    ----------
    values
        One non-negative number per country, e.g. the share of internet users. Missing: left out.
    weights
        How often each country counts, same index, e.g. its population; once each if not given.

    Returns
    -------
    pandas.DataFrame
        Rows from the origin to the top right corner, one more than countries. ``counted`` is the
        share of all countries (or people) so far, ``held`` their share of the total; both from 0
        to 1. With population as weights and a share of users as values, ``held`` is the share of
        all users.

    Raises
    ------
    ValueError
        If a value or weight is negative, or nothing is left to divide.

    """
    amount, often = _known(values, weights)
    order = np.argsort(amount, kind="stable")
    amount, often = amount[order], often[order]
    held = np.concatenate([[0.0], np.cumsum(amount * often)])
    counted = np.concatenate([[0.0], np.cumsum(often)])
    return pd.DataFrame({"counted": counted / counted[-1], "held": held / held[-1]})


def gini(values: pd.Series, weights: pd.Series | None = None) -> float:
    """Measure how far a Lorenz curve lies below the line of equality.

    Parameters
    ----------
    values, weights
        As in :func:`lorenz`.

    Returns
    -------
    float
        Twice the area between curve and line: 0 if all values are equal, close to 1 if one country
        has everything (``1 - 1/n`` among ``n`` countries that count alike).

    Raises
    ------
    ValueError
        As in :func:`lorenz`.

    """
    curve = lorenz(values, weights)
    width = curve["counted"].diff()
    height = (curve["held"] + curve["held"].shift()) / 2
    return float(1 - 2 * (width * height).sum())


def _known(values: pd.Series, weights: pd.Series | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Drop rows missing in either column; reject values that cannot be shared out."""
    amount = values.to_numpy(dtype=float, na_value=np.nan)
    if weights is None:
        often = np.ones(len(amount))
    elif weights.index.equals(values.index):
        often = weights.to_numpy(dtype=float, na_value=np.nan)
    else:
        raise ValueError("values and weights have to share one index")
    known = ~(np.isnan(amount) | np.isnan(often))
    amount, often = amount[known], often[known]
    if (amount < 0).any() or (often < 0).any():
        raise ValueError("a negative value or weight: a share of the total has no meaning then")
    if not (amount * often).sum() > 0:
        raise ValueError("no known value above zero: there is nothing to share out")
    return amount, often


def between_groups(
    values: pd.Series, groups: pd.Series, high: str, low: str, whole: float = 100.0
) -> pd.Series:
    """Compare the medians of two groups of countries on three scales.

    Parameters
    ----------
    values
        One share per country, from 0 to ``whole``. Missing: left out.
    groups
        Name of each country's group, same index.
    high, low
        The two groups, e.g. ``"High income"`` and ``"Low income"``.
    whole
        What counts as everybody: 100 for percent, 1 for shares.

    Returns
    -------
    pandas.Series
        ``high`` and ``low``, the medians. ``gap`` = high - low, in the unit of the values.
        ``ratio`` = high / low. ``odds_ratio`` compares users per non-user, high / (whole - high)
        over low / (whole - low): the one of the three that tells the same story for users and for
        non-users. Missing where a group has no value or the denominator is zero.

    """
    medians = values.astype(float).groupby(groups.astype(str)).median()
    top, bottom = (float(medians.get(name, np.nan)) for name in (high, low))
    return pd.Series(
        {
            "high": top,
            "low": bottom,
            "gap": top - bottom,
            "ratio": _over(top, bottom),
            "odds_ratio": _over(_over(top, whole - top), _over(bottom, whole - bottom)),
        }
    )


def _over(number: float, by: float) -> float:
    return number / by if by else float("nan")


def coverage(values: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Count for whom a value is known, and for whom it is not.

    Parameters
    ----------
    values, groups
        As in :func:`between_groups`.

    Returns
    -------
    pandas.DataFrame
        One row per group: ``median`` of the known values, ``known`` and ``missing`` countries.

    """
    by = values.astype(float).groupby(groups, observed=True)
    table = by.agg(median="median", known="count", countries="size")
    return table.assign(missing=table["countries"] - table["known"]).drop(columns="countries")
