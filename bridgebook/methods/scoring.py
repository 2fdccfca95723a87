"""One grade from many verdicts, and the choices behind it.

A grade for a whole text needs two decisions that data cannot make: how much a partly supported
claim scores, and whether every claim, every kind of claim or every paragraph counts the same::

    scorecard ─▶ score_outcomes() ─▶ grade(by="kind" | "theme" | "paragraph" | each claim)

Whether two groups of claims differ by more than chance is another question: :func:`shuffled` is a
permutation test that assigns the same verdicts to the claims at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bridgebook.ledger import MARK, Outcome, verdict_anchor

GROUPS = ("kind", "theme", "paragraph")
"""Columns by which groups of claims can be weighted equally."""


def score_outcomes(outcomes: pd.Series, partly: float) -> pd.Series:
    """Score each outcome.

    Parameters
    ----------
    outcomes
        Values of :class:`bridgebook.ledger.Outcome`.
    partly
        Score of *partly supported*, from 0 to 1.

    Returns
    -------
    pandas.Series
        1 for supported, ``partly``, and 0 for not supported and for contradicted. What cannot be
        tested is missing: it counts neither for nor against the text.

    Raises
    ------
    ValueError
        If ``partly`` is outside 0 to 1 or an outcome is unknown.
    """
    if not 0 <= partly <= 1:
        raise ValueError(f"score_outcomes(): partly is {partly}; expected a number from 0 to 1")
    values = {
        Outcome.SUPPORTED: 1.0,
        Outcome.PARTLY: float(partly),
        Outcome.NOT_SUPPORTED: 0.0,
        Outcome.CONTRADICTED: 0.0,
        Outcome.CANNOT_TELL: float("nan"),
    }
    words = outcomes.astype("string")
    unknown = set(words) - {str(outcome) for outcome in values}
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise ValueError(f"score_outcomes(): no such outcome: {names}")
    return words.map({str(outcome): value for outcome, value in values.items()}).astype(float)


def grade(card: pd.DataFrame, partly: float = 0.5, by: str | None = None) -> float:
    """Grade a text from its verdicts.

    Parameters
    ----------
    card
        Columns ``outcome`` and, if used, the group; one row for each claim.
    partly
        Score of *partly supported*, from 0 to 1.
    by
        None: every claim counts the same. One of :data:`GROUPS`: every group does, however many
        claims it has; groups without a tested claim are left out.

    Returns
    -------
    A share between 0 and 1; NaN if nothing could be tested.
    """
    values = score_outcomes(card["outcome"], partly)
    if by is None:
        return float(values.mean())
    if by not in GROUPS:
        raise ValueError(f"grade(): by is {by!r}; expected one of {', '.join(GROUPS)}")
    return float(values.groupby(card[by].astype("string")).mean().mean())


def shuffled(values: pd.Series, group: pd.Series, rounds: int, seed: int) -> NDArray[Any]:
    """Permute values at random and take the difference of the groups' means each time.

    Parameters
    ----------
    values
        One value for each claim; missing ones are left out.
    group
        Boolean, same index: which claims belong to the group.
    rounds, seed
        Number of permutations, and random seed.

    Returns
    -------
    numpy.ndarray
        ``rounds`` differences, mean inside minus mean outside: what chance alone produces.

    Raises
    ------
    ValueError
        If a group is empty.
    """
    known = values.dropna().to_numpy(dtype=float)
    inside = group[values.notna()].to_numpy(dtype=bool)
    if inside.all() or not inside.any():
        raise ValueError("shuffled(): both groups need at least one claim")
    generator = np.random.default_rng(seed)
    dealt = generator.permuted(np.tile(known, (rounds, 1)), axis=1)
    return np.asarray(dealt[:, inside].mean(axis=1) - dealt[:, ~inside].mean(axis=1))


@dataclass(frozen=True)
class Listing:
    """Verdicts as a list for readers; on a page each links to the cell that decides it.

    Parameters
    ----------
    card
        Rows of :func:`bridgebook.verdicts.decide_all`.

    """

    card: pd.DataFrame

    def _repr_html_(self) -> str:
        return f'<ul class="score-list">{"".join(map(_item, self._rows()))}</ul>'

    def _repr_markdown_(self) -> str:
        return "\n".join(
            f"- {MARK[Outcome(row.outcome)]} **{row.outcome.capitalize()}.** {row.claim}"
            for row in self._rows()
        )

    def _rows(self) -> list[pd.Series]:
        return [row for _, row in self.card.astype({"outcome": str, "claim": str}).iterrows()]


def _item(row: pd.Series) -> str:
    mark, words = MARK[Outcome(row["outcome"])], escape(row["outcome"].capitalize())
    address = f"../{row['chapter']}.html#{verdict_anchor(row['id'])}"
    return (
        f'<li><span aria-hidden="true">{mark}</span> <strong>{words}.</strong> '
        f'<a href="{escape(address)}">{escape(row["claim"])}</a></li>'
    )
