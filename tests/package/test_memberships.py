"""Parts and combinations of clubs: every state in exactly one row, and no part lost."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridgebook.catalog import DataError, load
from bridgebook.methods import memberships

pytestmark = pytest.mark.filterwarnings("error")

CLUBS = ["one", "two", "three"]
STATES = ["AAA", "BBB", "CCC", "DDD", "EEE"]
ROWS = st.lists(
    st.tuples(
        st.sampled_from([*CLUBS, "elsewhere"]),
        st.sampled_from([*STATES, "XXX"]),
        st.sampled_from(sorted(memberships.PART)),
    ),
    max_size=30,
)


def table_of(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group_id", "iso3", "role"]).astype("string")


@given(ROWS)
@example([("one", "AAA", "attended_first_meeting"), ("one", "AAA", "co_chair")])
@example([("one", "AAA", "co_chair"), ("one", "AAA", "attended_first_meeting")])
def test_each_cell_holds_the_strongest_part(rows: list[tuple[str, str, str]]) -> None:
    found = memberships.parts(table_of(rows), CLUBS, STATES)
    assert list(found.index) == STATES and list(found.columns) == CLUBS
    assert found.index.name == "iso3"
    for club in CLUBS:
        for state in STATES:
            held = {memberships.PART[role] for c, s, role in rows if (c, s) == (club, state)}
            best = next((part for part in memberships.STRONGEST_FIRST if part in held), "")
            assert found.loc[state, club] == best


@given(ROWS)
def test_combinations_partition_the_states(rows: list[tuple[str, str, str]]) -> None:
    played = memberships.parts(table_of(rows), CLUBS, STATES)
    found = memberships.combinations(played)
    everyone = [state for states in found["states"] for state in states]
    assert sorted(everyone) == STATES, "each exactly once"
    assert found["n"].sum() == len(STATES) and (found["n"] == found["states"].map(len)).all()
    assert not found.duplicated(CLUBS).any() and found["n"].is_monotonic_decreasing


@given(ROWS)
def test_combinations_rebuild_the_table_and_its_counts(rows: list[tuple[str, str, str]]) -> None:
    played = memberships.parts(table_of(rows), CLUBS, STATES)
    found = memberships.combinations(played)
    rebuilt = found.explode("states").set_index("states")[CLUBS].sort_index()
    assert (rebuilt.to_numpy() == played.sort_index().to_numpy()).all()
    for club in CLUBS:
        inclusive = (played[club] == "belongs").sum()
        assert found.loc[found[club] == "belongs", "n"].sum() == inclusive


def test_the_largest_combination_comes_first_and_equals_stand_by_their_words() -> None:
    table = pd.DataFrame(
        {"one": ["a", "b", "b", "c"], "two": ["z", "y", "y", None]}, index=["D", "C", "B", "A"]
    )
    found = memberships.combinations(table)
    assert list(found["one"]) == ["b", "a", "c"] and list(found.index) == [0, 1, 2]
    assert list(found["states"]) == [("B", "C"), ("D",), ("A",)], "an empty cell is a cell"
    turned = memberships.combinations(table.iloc[::-1])
    pd.testing.assert_frame_equal(turned, found)


def test_near_is_not_in() -> None:
    rows = [("one", "AAA", "attended_first_meeting"), ("one", "BBB", "declined")]
    found = memberships.parts(table_of(rows), ["one"], ["AAA", "BBB"])
    assert found["one"].tolist() == ["attended", "declined"]


def test_an_unknown_role_is_an_error() -> None:
    with pytest.raises(DataError, match="'observer' is not in PART"):
        memberships.parts(table_of([("one", "AAA", "observer")]), ["one"], ["AAA"])
    elsewhere = table_of([("two", "AAA", "observer"), ("one", "XXX", "observer")])
    assert memberships.parts(elsewhere, ["one"], ["AAA"])["one"].tolist() == [""]


def test_every_role_of_the_data_room_has_a_part_and_parts_agree_with_is_member() -> None:
    groups = load("un_groups")
    part = groups["role"].astype("string").map(memberships.PART)
    assert part.notna().all()
    assert part.isin(["chairs", "belongs"]).equals(groups["is_member"].astype(bool))


def test_lists_of_the_data_room() -> None:
    info = load("un_group_info")
    partial = memberships.open_lists(info)
    assert {"gof-ai-capacity-2024", "new-delhi-declaration-2026"} <= partial
    assert not partial & {"oecd", "g77", "bletchley-declaration-2023"}
    groups = load("un_groups")
    listed = groups[groups["is_member"]].groupby("group_id", observed=True).size()
    known = info.set_index("group_id")["members_listed"]
    assert (listed.reindex(known.index, fill_value=0) == known).all()
