"""Voting agreement in the General Assembly of the United Nations, and bounds on overlapping lists.

A recorded vote gives each member state one of four letters: ``Y`` yes, ``N`` no, ``A`` abstain,
``.`` no vote cast. From the letters to a statement about states::

    unga_rollcalls ─▶ ballots() ─▶ likeness() ─▶ agreement() ─▶ unga_agreement

Three principles hold throughout.

* *Absence is no opinion.* A state that did not vote is missing, neither for nor against; only roll
  calls in which both states voted are compared.
* *Two measures, named.* Strict agreement asks whether two ballots are the same. Graded agreement
  counts an abstention as half way between yes and no. They answer different questions.
* *The agenda is part of the number.* Which texts come to a vote changes from year to year, so a
  change of agreement is a change of states **or** of texts. :func:`contested` and
  :func:`voted_in_both` hold the texts fixed.

Source of the votes: the table ``unga_rollcalls`` (`undl-votes-scrape`, `undl-votes-3dl`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bridgebook.catalog import DataError, load

BALLOTS: dict[str, float] = {"Y": 1.0, "A": 0.5, "N": 0.0}
"""Position of each ballot on a line from no to yes; the distance of two is their disagreement."""

NO_VOTE = "."
"""Letter of a state that cast no vote or was not a member yet."""


def member_states(countries: pd.DataFrame | None = None) -> list[str]:
    """Codes of the member states in the order of the letters of ``unga_rollcalls.votes``.

    Parameters
    ----------
    countries
        The table of that name; loaded if not given.
    """
    table = load("countries") if countries is None else countries
    return sorted(table.loc[table["kind"] == "un_member", "iso3"].astype(str))


def ballots(
    rollcalls: pd.DataFrame | None = None, countries: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Decode the letters into one ballot per roll call and state.

    Parameters
    ----------
    rollcalls, countries
        Rows of the tables ``unga_rollcalls`` and ``countries``; loaded if not given.

    Returns
    -------
    pandas.DataFrame
        One row per roll call (index ``symbol``), one column per member state (ISO alpha-3):
        1 yes, 0.5 abstain, 0 no, missing where no vote was cast.

    Raises
    ------
    DataError
        If a row has not one known letter for each member state.

    """
    table = load("unga_rollcalls") if rollcalls is None else rollcalls
    states = member_states(countries)
    letters = table["votes"].astype(str)
    wrong = letters.str.len() != len(states)
    if wrong.any():
        symbol = table.loc[wrong, "symbol"].iloc[0]
        raise DataError(
            f"unga_rollcalls, {symbol}: {len(letters[wrong].iloc[0])} letters in votes, "
            f"expected {len(states)}, one for each member state of countries"
        )
    codes = np.frombuffer("".join(letters).encode("latin-1", "replace"), dtype="uint8")
    position = np.full(256, -1.0)
    position[ord(NO_VOTE)] = np.nan
    for letter, value in BALLOTS.items():
        position[ord(letter)] = value
    values = position[codes].reshape(len(table), len(states))
    unknown = (values < 0).any(axis=1)
    if unknown.any():
        symbol = table.loc[unknown, "symbol"].iloc[0]
        known = ", ".join([*BALLOTS, NO_VOTE])
        raise DataError(f"unga_rollcalls, {symbol}: a letter in votes is none of {known}")
    index = pd.Index(table["symbol"].astype(str), name="symbol")
    return pd.DataFrame(values, index=index, columns=pd.Index(states, name="iso3"))


def totals(votes: pd.DataFrame) -> pd.DataFrame:
    """Count ballots by roll call: columns ``yes``, ``no``, ``abstain``, ``not_voting``."""
    counts = {
        "yes": votes.eq(BALLOTS["Y"]),
        "no": votes.eq(BALLOTS["N"]),
        "abstain": votes.eq(BALLOTS["A"]),
        "not_voting": votes.isna(),
    }
    return pd.DataFrame({name: mask.sum(axis="columns") for name, mask in counts.items()})


# --- agreement ------------------------------------------------------------------------------


def likeness(votes: pd.DataFrame, reference: str | pd.Series, graded: bool = False) -> pd.DataFrame:
    """Compare every state with one of them, roll call by roll call.

    Parameters
    ----------
    votes
        From :func:`ballots`.
    reference
        A state, or ballots of your own (index ``symbol``), e.g. what a resolution's sponsors want.
    graded
        False: 1 for the same ballot, 0 for another. True: 1 minus the distance of the ballots,
        so an abstention agrees by half with both yes and no.

    Returns
    -------
    pandas.DataFrame
        Shape of ``votes``, values from 0 to 1, missing unless both voted.

    """
    other = _ballots_of(votes, reference)
    distance = votes.sub(other, axis="index").abs()
    return 1 - distance if graded else distance.eq(0).astype(float).where(distance.notna())


def agreement(votes: pd.DataFrame, reference: str | pd.Series, graded: bool = False) -> pd.Series:
    """Average likeness over the roll calls in which both states voted.

    Parameters
    ----------
    votes, reference, graded
        As in :func:`likeness`.

    Returns
    -------
    pandas.Series
        Shares from 0 to 1 by state; missing for states without a joint vote.

    """
    return likeness(votes, reference, graded).mean()


def agreement_by(
    labels: pd.Series, votes: pd.DataFrame, reference: str | pd.Series, graded: bool = False
) -> pd.DataFrame:
    """Average likeness for each label of the roll calls, for example their year.

    Parameters
    ----------
    labels
        One for each roll call (index ``symbol``).
    votes, reference, graded
        As in :func:`likeness`.

    Returns
    -------
    pandas.DataFrame
        One row per label, one column per state; missing without a joint vote.

    """
    return likeness(votes, reference, graded).groupby(labels).mean()


def joint_votes(votes: pd.DataFrame, reference: str | pd.Series) -> pd.DataFrame:
    """Mark the ballots of roll calls in which both states voted; shape of ``votes``."""
    return votes.notna().mul(_ballots_of(votes, reference).notna(), axis="index")


def split_between(votes: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """Keep the roll calls in which two states cast different ballots."""
    apart = votes[one].notna() & votes[other].notna() & (votes[one] != votes[other])
    return votes[apart]


def _ballots_of(votes: pd.DataFrame, reference: str | pd.Series) -> pd.Series:
    if isinstance(reference, pd.Series):
        return reference.reindex(votes.index)
    if reference not in votes.columns:
        raise ValueError(f"no member state {reference!r}; use ISO alpha-3 codes such as CHN or USA")
    return votes[reference]


# --- the agenda ------------------------------------------------------------------------------


def contested(votes: pd.DataFrame, at_least: int = 10) -> pd.DataFrame:
    """Keep the roll calls with a minimum number of no votes.

    A state that asks for a vote on texts no other state opposes adds many lopsided roll calls; this
    takes them out. The result depends on the cut, so show more than one.
    """
    return votes[votes.eq(BALLOTS["N"]).sum(axis="columns") >= at_least]


def voted_in_both(rollcalls: pd.DataFrame, first: int, second: int) -> pd.DataFrame:
    """Keep the roll calls of two years whose title was put to a vote in both of them.

    Parameters
    ----------
    rollcalls
        Rows of the table ``unga_rollcalls``.
    first, second
        Calendar years.

    Returns
    -------
    pandas.DataFrame
        The rows of both years, in their order; the same agenda in both, as far as titles show.

    """
    years = rollcalls["date"].dt.year
    titles = rollcalls["title"].str.casefold()
    shared = set(titles[years == first]) & set(titles[years == second])
    return rollcalls[years.isin([first, second]) & titles.isin(shared)]


def country_years(votes: pd.DataFrame, years: pd.Series) -> pd.DataFrame:
    """Compute the table ``unga_agreement``: agreement of every state with China and the US by year.

    Parameters
    ----------
    votes
        From :func:`ballots`.
    years
        Calendar year of each roll call (index ``symbol``).

    Returns
    -------
    pandas.DataFrame
        Rows ``iso3``, ``year`` for years in which the state voted at all. Percentages carry two
        decimals. ``split_…`` look only at roll calls in which China and the US differ.

    """
    columns: dict[str, pd.DataFrame] = {"n_voted": votes.notna().groupby(years).sum()}
    apart = split_between(votes, "CHN", "USA")
    for state, name in (("CHN", "chn"), ("USA", "usa")):
        columns[f"n_with_{name}"] = joint_votes(votes, state).groupby(years).sum()
        columns[f"agree_{name}_pct"] = _percent(agreement_by(years, votes, state))
        columns[f"agree_{name}_graded_pct"] = _percent(
            agreement_by(years, votes, state, graded=True)
        )
        columns[f"split_same_as_{name}_pct"] = _percent(agreement_by(years, apart, state))
    columns["n_chn_usa_split"] = apart.notna().groupby(years).sum()
    long = pd.DataFrame({name: _by_state_and_year(frame) for name, frame in columns.items()})
    long = long.reset_index()
    long.insert(2, "n_rollcalls", long["year"].map(years.value_counts()))
    return long[long["n_voted"] > 0].sort_values(["iso3", "year"], ignore_index=True)


def _by_state_and_year(frame: pd.DataFrame) -> pd.Series:
    """Turn years in rows and states in columns into one value per state and year."""
    long = frame.melt(var_name="iso3", ignore_index=False).rename_axis("year")
    return long.set_index("iso3", append=True)["value"].swaplevel()


def _percent(shares: pd.DataFrame) -> pd.DataFrame:
    return (100 * shares).round(2)


# --- lists of which only the lengths are known -------------------------------------------------


def overlap_bounds(first: int, second: int, everyone: int) -> tuple[int, int]:
    """Smallest and largest number of members that two lists can share (Fréchet bounds).

    Parameters
    ----------
    first, second
        Lengths of the lists, for example the co-sponsors of two resolutions.
    everyone
        Number of those who could be on them.

    Returns
    -------
    tuple of int
        ``max(0, first + second - everyone)`` and ``min(first, second)``.

    Raises
    ------
    ValueError
        If a length is negative or larger than ``everyone``.

    """
    for length in (first, second):
        if not 0 <= length <= everyone:
            raise ValueError(f"a list of {length} out of {everyone} is not possible")
    return max(0, first + second - everyone), min(first, second)
