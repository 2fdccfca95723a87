"""Targets and outcomes under a fixed definition.

Officials state a size and a growth rate each year. If the definition behind the size changes on
the way, the sizes do not follow from the growth rates, and the line through them mixes growth with
a change of definition. Linking keeps one definition: start from one size and use only the growth
rates::

    sizes ─▶ one anchor ┐
    growth rates ───────┴▶ linked() ─▶ first_year_at(target)

Each growth rate compares two years under one definition, so the linked series has the definition
of its anchor throughout.
"""

from __future__ import annotations

import pandas as pd


def linked(
    anchor: float, year: int, growth_pct: pd.Series, later_pct: float, last: int
) -> pd.Series:
    """Carry one size forwards and backwards by growth rates.

    Parameters
    ----------
    anchor
        Size in ``year``, in any unit, positive.
    year
        Year of the anchor: one with a growth rate, or the one before the first.
    growth_pct
        Growth over the year before, in percent, by year; neighbouring years without a gap.
    later_pct
        Growth in percent a year after the last stated rate: an assumption.
    last
        Last year of the result.

    Returns
    -------
    pandas.Series
        Size by year, from the year before the first growth rate to ``last``.

    Raises
    ------
    ValueError
        If the anchor is not positive, a rate is -100 percent or less, the years have a gap, or
        the year of the anchor is not covered.
    """
    rates = growth_pct.dropna().sort_index().astype(float)
    if rates.empty:
        raise ValueError("linked(): no growth rate is given")
    first, end = int(rates.index[0]), int(rates.index[-1])
    if list(rates.index) != list(range(first, end + 1)):
        raise ValueError(f"linked(): growth rates have a gap between {first} and {end}")
    if not anchor > 0:
        raise ValueError(f"linked(): the anchor is {anchor}; it has to be positive")
    if not first - 1 <= year <= max(end, last):
        raise ValueError(f"linked(): no growth rate leads to {year}")
    steps = rates.reindex(range(first - 1, max(end, last) + 1), fill_value=float(later_pct))
    factors = 1 + steps / 100
    factors.iloc[0] = 1.0
    if (factors <= 0).any():
        raise ValueError("linked(): a growth rate of -100 percent or less leaves nothing to carry")
    index = factors.cumprod()
    return (anchor * index / index[year]).loc[: max(last, year)]


def first_year_at(sizes: pd.Series, target: float) -> int | None:
    """Find the first year in which a series reaches a target, or None if it never does."""
    reached = sizes.index[sizes >= target]
    return int(reached[0]) if len(reached) else None


def needed_growth_pct(size: float, target: float, years: int) -> float:
    """Compute the steady growth, in percent a year, that leads from a size to a target.

    Raises
    ------
    ValueError
        If a size is not positive or there is no year in between.
    """
    if not (size > 0 and target > 0 and years > 0):
        raise ValueError(f"needed_growth_pct(): from {size} to {target} in {years} years")
    return 100 * (float((target / size) ** (1 / years)) - 1)
