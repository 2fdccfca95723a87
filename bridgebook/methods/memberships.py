"""Which state is in which club, in which role, and in which combination of clubs.

Lists of members overlap, and a state can be near a club without being in it. From the table of
names to a picture of overlaps::

    un_groups ─▶ parts() ─▶ combinations()

Two principles hold throughout.

* *The part is kept.* Chairing, signing, attending and declining are four things; only the first
  two are membership.
* *A name that is not on a list may still belong,* if the list is incomplete. :func:`open_lists`
  names those lists; on them an empty cell means *not known*.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bridgebook.catalog import DataError

PART = {
    "co_chair": "chairs",
    "initiator": "chairs",
    "member": "belongs",
    "signatory": "belongs",
    "endorser": "belongs",
    "host_and_signatory": "belongs",
    "declined": "declined",
    "attended_first_meeting": "attended",
    "attended_meeting_2025": "attended",
    "attended_roundtable": "attended",
    "attended_not_endorsed": "attended",
    "host": "other",
    "co_host": "other",
    "proposer": "other",
    "supporter": "other",
    "withdrew": "other",
    "status_unclear": "other",
}
"""What each role of the table ``un_groups`` amounts to."""

STRONGEST_FIRST = ("chairs", "belongs", "declined", "attended", "other")
"""A state with two roles in one club is shown with the first of these."""


def parts(groups: pd.DataFrame, clubs: Sequence[str], states: Sequence[str]) -> pd.DataFrame:
    """Tabulate which part each state has in each club.

    Parameters
    ----------
    groups
        Rows of the table ``un_groups``.
    clubs
        Values of ``group_id``, in the order wanted.
    states
        ISO alpha-3 codes, e.g. of the 193 members of the United Nations.

    Returns
    -------
    pandas.DataFrame
        One row per state (index ``iso3``), one column per club: a word of
        :data:`STRONGEST_FIRST`, or an empty text where the state is not on the list.

    Raises
    ------
    DataError
        If a role has no entry in :data:`PART`.

    """
    rows = groups[groups["group_id"].isin(list(clubs)) & groups["iso3"].isin(list(states))]
    part = rows["role"].astype("string").map(PART)
    if part.isna().any():
        raise DataError(f"un_groups: role {rows.loc[part.isna(), 'role'].iloc[0]!r} is not in PART")
    rank = part.map({name: place for place, name in enumerate(STRONGEST_FIRST)})
    strongest = (
        rows.assign(part=part.astype(object), rank=rank)
        .sort_values("rank")
        .drop_duplicates(["group_id", "iso3"])
        .astype({"group_id": str, "iso3": str})
        .set_index(["group_id", "iso3"])["part"]
    )
    columns = {club: strongest[strongest.index.get_level_values(0) == club] for club in clubs}
    table = pd.DataFrame({club: part.droplevel(0) for club, part in columns.items()})
    return table.reindex(list(states)).fillna("").astype(object).rename_axis(index="iso3")


def combinations(table: pd.DataFrame) -> pd.DataFrame:
    """Group states with the same row: exclusive intersections, as in an UpSet chart.

    Parameters
    ----------
    table
        From :func:`parts`, or any table with one row per state and one column per club.

    Returns
    -------
    pandas.DataFrame
        One row per combination that occurs, the largest first: the columns of ``table``, then
        ``n``, the number of states, and ``states``, their codes in alphabetical order. Each state
        appears in exactly one row, so the ``n`` add up to the number of states.

    """
    clubs = list(table.columns)
    named = table.rename_axis(index="state").reset_index()
    groups = named.groupby(clubs, sort=True, dropna=False)["state"].agg(
        n="size", states=lambda codes: tuple(sorted(codes))
    )
    groups = groups.reset_index().sort_values(
        "n", ascending=False, kind="stable", ignore_index=True
    )
    return groups[[*clubs, "n", "states"]]


def open_lists(info: pd.DataFrame) -> set[str]:
    """Name the clubs of which many members are not known by name (table ``un_group_info``)."""
    return set(info.loc[info["list_complete"] == "partial", "group_id"].astype(str))
