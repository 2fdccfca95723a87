"""Decompose a change in agreement: states that moved, or texts that came and went.

Two states agree on a share of the texts they both voted on. The share can change without any change
of opinion, because other texts come to a vote. And if it changes on the same texts, it does not say
which of the two moved. Two tools take such a change apart::

    matched() ───▶ two years on the same titles ─▶ changes()   how far each state moved
                                                 └▶ who_moved() it, or the state it is compared with
    parts_of_change() ─▶ same titles + everything else = the whole change

Economists use the same idea when a price index follows the same goods from year to year.
"""

from __future__ import annotations

import pandas as pd

from bridgebook.methods import voting

POWERS = ("CHN", "USA")
"""The two states that the others are compared with; they are left out of averages."""

MIN_JOINT = 10
"""A state with fewer joint votes is left out of averages: its share would move by more than ten
points with a single vote."""


def by_state(votes: pd.DataFrame, reference: str, graded: bool = False) -> pd.Series:
    """Agreement of every other state with one of the powers.

    Parameters
    ----------
    votes
        From :func:`bridgebook.methods.voting.ballots`.
    reference
        ISO alpha-3 code.
    graded
        Whether an abstention counts half.

    Returns
    -------
    pandas.Series
        Shares from 0 to 1 by state; without the two powers and without states that have fewer than
        :data:`MIN_JOINT` joint votes.

    """
    enough = voting.joint_votes(votes, reference).sum() >= MIN_JOINT
    shares = voting.agreement(votes, reference, graded)
    return shares[enough & ~shares.index.isin(POWERS)]


def matched(
    rollcalls: pd.DataFrame, votes: pd.DataFrame, first: int, second: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ballots of two years on the titles that were voted exactly once in each of them.

    Parameters
    ----------
    rollcalls
        Rows of the table ``unga_rollcalls``.
    votes
        Their ballots, from :func:`bridgebook.methods.voting.ballots`.
    first, second
        Calendar years.

    Returns
    -------
    tuple of pandas.DataFrame
        One row per title (lower case, same order in both), one column per state.

    """
    both = voting.voted_in_both(rollcalls, first, second)
    titles, years = both["title"].str.casefold(), both["date"].dt.year
    one, two = (
        votes.loc[both.loc[years == year, "symbol"]].set_axis(titles[years == year])
        for year in (first, second)
    )
    once = ~one.index.duplicated(keep=False)
    shared = one.index[once].intersection(two.index[~two.index.duplicated(keep=False)])
    return one.loc[shared], two.loc[shared]


def changes(
    before: pd.DataFrame, after: pd.DataFrame, reference: str, graded: bool = False
) -> pd.DataFrame:
    """Agreement of every other state before and after, on the same titles.

    Parameters
    ----------
    before, after
        From :func:`matched`.
    reference, graded
        As in :func:`by_state`.

    Returns
    -------
    pandas.DataFrame
        Columns ``before``, ``after`` and ``change``, shares; only states with enough joint votes in
        both years.

    """
    table = pd.DataFrame(
        {
            "before": by_state(before, reference, graded),
            "after": by_state(after, reference, graded),
        }
    ).dropna()
    return table.assign(change=table["after"] - table["before"])


def who_moved(
    before: pd.DataFrame, after: pd.DataFrame, reference: str, graded: bool = False
) -> pd.DataFrame:
    """Split each change on the same titles into the state's own move and that of the reference.

    The ballots of one side are replaced while the other side's are held fixed. As the result
    depends a little on which side comes first, it is the mean of both orders; the two parts add up
    exactly.

    Parameters
    ----------
    before, after
        From :func:`matched`: same titles, same order.
    reference, graded
        As in :func:`by_state`.

    Returns
    -------
    pandas.DataFrame
        By state, shares: ``own`` move, move of the ``reference``, and their sum ``total``. Only
        titles on which both sides voted in both years count.

    """
    then, now = before[reference], after[reference]
    complete = before.notna() & after.notna()
    complete = complete.mul(then.notna() & now.notna(), axis="index")

    def agreement(states: pd.DataFrame, power: pd.Series) -> pd.Series:
        return voting.agreement(states.where(complete), power, graded)

    start, end = agreement(before, then), agreement(after, now)
    state_first, power_first = agreement(after, then), agreement(before, now)
    table = pd.DataFrame(
        {
            "own": ((state_first - start) + (end - power_first)) / 2,
            "reference": ((power_first - start) + (end - state_first)) / 2,
            "total": end - start,
        }
    )
    return table[(complete.sum() >= MIN_JOINT) & ~table.index.isin(POWERS)]


def own_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Count the titles on which each state cast another ballot than before.

    Parameters
    ----------
    before, after
        From :func:`matched`.

    Returns
    -------
    pandas.DataFrame
        By state: ``changed`` ballots among the ``compared`` ones (cast in both years).

    """
    cast = before.notna() & after.notna()
    changed = cast & (before != after)
    return pd.DataFrame({"changed": changed.sum(), "compared": cast.sum()})


def parts_of_change(
    first: pd.DataFrame, second: pd.DataFrame, shared_first: pd.Series, shared_second: pd.Series
) -> pd.DataFrame:
    """Split the whole change between two years into same titles and everything else.

    A state's average is a mixture of its average on shared titles and on the rest. The change of
    the first, weighed with the mean share of shared titles, is ``same_titles``; what is left,
    other texts and other shares of them, is ``agenda`` (Kitagawa's decomposition).

    Parameters
    ----------
    first, second
        Likeness of each year, from :func:`bridgebook.methods.voting.likeness`.
    shared_first, shared_second
        Which roll calls have a title that was voted in both years; same index.

    Returns
    -------
    pandas.DataFrame
        By state, shares: ``same_titles``, ``agenda``, ``total``; missing for a state that lacks
        joint votes in one of the four groups.

    """
    weights, inside = [], []
    for likeness, shared in ((first, shared_first), (second, shared_second)):
        joint = likeness.notna()
        weights.append(joint[shared].sum() / joint.sum())
        inside.append(likeness[shared].mean())
    everywhere = first[~shared_first].notna().any() & second[~shared_second].notna().any()
    same = (weights[0] + weights[1]) / 2 * (inside[1] - inside[0])
    total = (second.mean() - first.mean()).where(everywhere & same.notna())
    same = same.where(total.notna())
    return pd.DataFrame({"same_titles": same, "agenda": total - same, "total": total})
