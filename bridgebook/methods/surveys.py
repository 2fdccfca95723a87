"""What a figure for part of a population says about the whole of it.

A survey reaches some people; a firm's telemetry sees some devices. The figure says nothing about
the others. For the whole population it gives not a number but a range::

    share among those reached ─┐
    part that is reached ──────┴─▶ worst_case() ─▶ from … to
                                   with_others()  one point of it, for an assumption
                                   must_hold()    the assumption that another figure needs
                                   most_reached() the largest part that leaves room for it

The range has nothing to do with chance. More answers of the same kind of people do not make it
shorter; :func:`sampled_worst_case` shows both, side by side.

Source: `manski1989`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bridgebook.methods.intervals import wilson


def worst_case(share: Any, reached: Any) -> tuple[Any, Any]:
    """Bound a share among all people, knowing it for the people reached only (Manski, 1989).

    At the lower end none of the others says yes, at the upper end all of them do.

    Parameters
    ----------
    share
        Share of yes among those reached, 0 to 1; a number or a column.
    reached
        Part of all people that the figure speaks for, 0 to 1; of the same shape, or one number.

    Returns
    -------
    tuple
        Lower and upper end, shape of the input.

    Raises
    ------
    ValueError
        If a value lies outside 0 and 1, e.g. a percentage.

    """
    return with_others(share, reached, 0.0), with_others(share, reached, 1.0)


def with_others(share: Any, reached: Any, others: Any) -> Any:
    """Work out the share among all people from an assumption about those not reached.

    Parameters
    ----------
    share, reached
        As in :func:`worst_case`.
    others
        Share of yes assumed among all others, 0 to 1.

    Returns
    -------
    The share among all people: a mean of both shares, weighted by their parts of the people.

    Raises
    ------
    ValueError
        If a value lies outside 0 and 1.

    """
    _want_shares(share=share, reached=reached, others=others)
    return share * reached + others * (1 - reached)


def must_hold(target: float, share: float, reached: float) -> float:
    """Say what would have to be true of the people not reached if another figure were right.

    Parameters
    ----------
    target
        Share among all people by another source, 0 to 1.
    share, reached
        As in :func:`worst_case`; single numbers, ``reached`` below 1.

    Returns
    -------
    float
        Share of yes among all others. Below 0 or above 1 no others can make up the difference: for
        this part reached the two figures cannot both be right.

    Raises
    ------
    ValueError
        If a value lies outside 0 and 1, or everyone is reached.

    """
    _want_shares(target=target, share=share, reached=reached)
    if reached == 1:
        raise ValueError("must_hold(): if everyone is reached there are no others")
    return float((target - share * reached) / (1 - reached))


def most_reached(target: Any, share: Any) -> Any:
    """Give the largest part that a figure can speak for if another figure is right.

    Parameters
    ----------
    target
        Share among all people by another source, 0 to 1.
    share
        Share among those reached, 0 to 1.

    Returns
    -------
    Part of all people, 0 to 1, shape of the input: with it the target lies at one end of
    :func:`worst_case`, with a larger part outside. 1 where the two shares are equal.

    Raises
    ------
    ValueError
        If a value lies outside 0 and 1.

    """
    _want_shares(target=target, share=share)
    goal, part = np.asarray(target, dtype=float), np.asarray(share, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        largest = np.where(goal < part, goal / part, (1 - goal) / (1 - part))
    largest = np.where(goal == part, 1.0, largest)
    template = target if isinstance(target, pd.Series) else share
    if isinstance(template, pd.Series):
        return pd.Series(largest, index=template.index)
    return float(largest) if largest.ndim == 0 else largest


def sampled_worst_case(yes: int, asked: int, reached: float) -> tuple[float, float]:
    """Bound a share among all people from counts: chance and reach together.

    Parameters
    ----------
    yes, asked
        People who said yes, and people asked, drawn at random from those whom the survey can reach.
    reached
        Part of all people whom it can reach, 0 to 1.

    Returns
    -------
    tuple
        Lower end for the lower end of the 95 percent interval of the sample, upper end for the
        upper. With ever more people asked it shrinks to :func:`worst_case`, not to a point.

    Raises
    ------
    ValueError
        If no one was asked, or the counts or ``reached`` are impossible.

    """
    if asked <= 0:
        raise ValueError("sampled_worst_case(): no one was asked")
    low, high = wilson(yes, asked)
    return float(with_others(low, reached, 0.0)), float(with_others(high, reached, 1.0))


def _want_shares(**values: Any) -> None:
    for name, value in values.items():
        numbers = np.asarray(pd.to_numeric(value, errors="raise"), dtype=float)
        if ((numbers < 0) | (numbers > 1)).any():
            raise ValueError(
                f"{name} is a share between 0 and 1, not {value!r}: divide percent by 100"
            )
