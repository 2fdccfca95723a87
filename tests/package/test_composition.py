"""Decomposition of a change: the parts add up, and each part is zero when its cause is absent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook.methods import composition, voting

pytestmark = pytest.mark.filterwarnings("error")

STATES = ["AAA", "BBB", "CHN", "DDD", "USA"]
TITLES = 14

BALLOT = st.sampled_from([0.0, 0.5, 1.0, np.nan])
TABLE = st.lists(
    st.lists(BALLOT, min_size=len(STATES), max_size=len(STATES)), min_size=TITLES, max_size=TITLES
)


def frame(rows: list[list[float]]) -> pd.DataFrame:
    titles = pd.Index([f"title {n}" for n in range(len(rows))], name="title")
    return pd.DataFrame(rows, index=titles, columns=STATES, dtype=float)


# --- the same titles ------------------------------------------------------------------------


@given(TABLE, TABLE, st.booleans())
@settings(max_examples=60)
def test_both_moves_add_up(one: list[list[float]], two: list[list[float]], graded: bool) -> None:
    moves = composition.who_moved(frame(one), frame(two), "CHN", graded)
    assert not set(moves.index) & set(composition.POWERS)
    np.testing.assert_allclose(moves["own"] + moves["reference"], moves["total"], atol=1e-12)


@given(TABLE, TABLE, st.booleans())
@settings(max_examples=60)
def test_who_stands_still_did_not_move(
    one: list[list[float]], two: list[list[float]], graded: bool
) -> None:
    before, after = frame(one), frame(two)
    still = after.assign(CHN=before["CHN"])
    moves = composition.who_moved(before, still, "CHN", graded)
    np.testing.assert_allclose(moves["reference"], 0, atol=1e-12)
    alone = before.assign(CHN=after["CHN"])
    moves = composition.who_moved(before, alone, "CHN", graded)
    np.testing.assert_allclose(moves["own"], 0, atol=1e-12)


@given(TABLE, TABLE, st.booleans())
@settings(max_examples=40)
def test_time_turned_round_turns_the_signs(
    one: list[list[float]], two: list[list[float]], graded: bool
) -> None:
    there = composition.who_moved(frame(one), frame(two), "USA", graded)
    back = composition.who_moved(frame(two), frame(one), "USA", graded)
    np.testing.assert_allclose(there, -back, atol=1e-12)


@given(TABLE, TABLE)
@settings(max_examples=40)
def test_changed_ballots_are_counted_like_by_hand(
    one: list[list[float]], two: list[list[float]]
) -> None:
    counts = composition.own_changes(frame(one), frame(two))
    for place, state in enumerate(STATES):
        pairs = [(a[place], b[place]) for a, b in zip(one, two, strict=True)]
        cast = [(a, b) for a, b in pairs if not (np.isnan(a) or np.isnan(b))]
        assert counts.loc[state, "compared"] == len(cast)
        assert counts.loc[state, "changed"] == sum(a != b for a, b in cast)


def test_few_joint_votes_are_left_out() -> None:
    votes = frame([[1.0, 1.0, 1.0, np.nan, 0.0]] * 9 + [[1.0, np.nan, 1.0, 1.0, 0.0]] * 5)
    assert composition.by_state(votes, "CHN").to_dict() == {"AAA": 1.0}
    assert composition.changes(votes, votes, "CHN")["change"].to_dict() == {"AAA": 0.0}


def test_both_moves_of_a_worked_example() -> None:
    """Of sixteen titles AAA turns on one to China's side; China turns on two, away from AAA."""
    before = frame([[0.0, 0.0, 1.0, 1.0, 0.0]] + [[1.0, 0.0, 1.0, 1.0, 0.0]] * 15)
    after = before.copy()
    after.iloc[0, STATES.index("AAA")] = 1.0
    after.iloc[[1, 2], STATES.index("CHN")] = 0.0
    moves = composition.who_moved(before, after, "CHN")
    assert moves.loc["AAA"].to_dict() == {"own": 1 / 16, "reference": -2 / 16, "total": -1 / 16}
    assert moves.loc["BBB"].to_dict() == {"own": 0, "reference": 2 / 16, "total": 2 / 16}


def test_an_abstention_counts_half_only_if_asked() -> None:
    before = frame([[1.0, 0.0, 1.0, 1.0, 0.0]] * 16)
    after = before.copy()
    after.iloc[0, STATES.index("AAA")] = 0.5
    for graded, lost in (({}, 1), ({"graded": False}, 1), ({"graded": True}, 1 / 2)):
        moves = composition.who_moved(before, after, "CHN", **graded)
        assert moves.loc["AAA", "own"] == -lost / 16
        change = composition.changes(before, after, "CHN", **graded)["change"]
        assert change["AAA"] == -lost / 16


def test_with_the_fewest_joint_votes_one_vote_is_ten_points() -> None:
    assert 1 / composition.MIN_JOINT == 0.1


@pytest.mark.parametrize("state", ["AAA", "CHN"])
def test_titles_with_a_ballot_in_one_year_only_do_not_count(state: str) -> None:
    before = frame([[1.0] * 5] * 13 + [[0.0, 1.0, 1.0, 0.0, 1.0]])
    after = before.copy()
    before.iloc[0, STATES.index(state)] = np.nan
    after.iloc[13, STATES.index(state)] = np.nan
    moves = composition.who_moved(before, after, "CHN")
    assert moves.loc["AAA"].to_dict() == {"own": 0, "reference": 0, "total": 0}


def test_as_many_joint_votes_as_needed_are_enough() -> None:
    least = composition.MIN_JOINT
    votes = frame([[1.0] * 5] * least + [[1.0, np.nan, 1.0, 1.0, 1.0]])
    one_less = votes.mask(votes.index.to_series().eq("title 0"), votes.assign(AAA=np.nan))
    one_less = one_less.mask(votes.index.to_series().eq("title 1"), votes.assign(AAA=np.nan))
    for table, expected in ((votes, ["AAA", "BBB", "DDD"]), (one_less, ["BBB", "DDD"])):
        assert list(composition.by_state(table, "CHN").index) == expected
        assert list(composition.who_moved(table, table, "CHN").index) == expected


# --- the whole change -----------------------------------------------------------------------


MASK = st.lists(st.booleans(), min_size=TITLES, max_size=TITLES)


@given(TABLE, TABLE, MASK, MASK)
@settings(max_examples=60)
def test_same_titles_and_agenda_are_the_whole_change(
    one: list[list[float]], two: list[list[float]], some: list[bool], others: list[bool]
) -> None:
    likeness = [voting.likeness(frame(rows), "CHN") for rows in (one, two)]
    shared = [pd.Series(mask, index=likeness[0].index) for mask in (some, others)]
    parts = composition.parts_of_change(*likeness, *shared).dropna()
    whole = (likeness[1].mean() - likeness[0].mean())[parts.index]
    np.testing.assert_allclose(parts["same_titles"] + parts["agenda"], parts["total"], atol=1e-12)
    np.testing.assert_allclose(parts["total"], whole, atol=1e-12)


@given(TABLE, MASK, MASK)
@settings(max_examples=40)
def test_equal_ballots_on_shared_titles_leave_the_agenda_alone(
    rows: list[list[float]], some: list[bool], others: list[bool]
) -> None:
    """Same means on shared titles: all that changes is the agenda, however much is voted."""
    likeness = voting.likeness(frame(rows), "CHN")
    shared = pd.Series(some, index=likeness.index)
    more = pd.concat([likeness, likeness.set_axis([f"new {n}" for n in range(TITLES)])])
    fresh = pd.concat([shared, pd.Series([False] * TITLES, index=more.index[TITLES:])])
    parts = composition.parts_of_change(likeness, more, shared, fresh).dropna()
    np.testing.assert_allclose(parts["same_titles"], 0, atol=1e-12)


def test_the_parts_of_a_worked_example() -> None:
    """Half of the first year's texts are shared and a quarter of the second's: three eighths.

    On shared titles the average falls from 3/4 to 1/2, on the others it rises from 0 to 1.
    """
    first = pd.DataFrame({"AAA": [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]})
    second = pd.DataFrame({"AAA": [1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]})
    places = first.index.to_series()
    parts = composition.parts_of_change(first, second, places < 4, places < 2).loc["AAA"]
    assert parts["same_titles"] == (1 / 2 + 1 / 4) / 2 * (1 / 2 - 3 / 4)
    assert parts["total"] == 7 / 8 - 3 / 8
    assert parts["agenda"] == parts["total"] - parts["same_titles"]


def test_without_other_titles_no_part_is_told() -> None:
    likeness = voting.likeness(frame([[1.0] * 5] * TITLES), "CHN")
    some = pd.Series([True] * 7 + [False] * 7, index=likeness.index)
    for pair in ((some | True, some), (some, some | True)):
        assert composition.parts_of_change(likeness, likeness, *pair).isna().all(axis=None)


def test_a_state_without_votes_in_a_group_is_left_out() -> None:
    likeness = voting.likeness(frame([[1.0, np.nan, 1.0, 0.0, 1.0]] * TITLES), "CHN")
    shared = pd.Series([True] * 7 + [False] * 7, index=likeness.index)
    parts = composition.parts_of_change(likeness, likeness, shared, shared)
    assert parts.loc["BBB"].isna().all() and (parts.loc["AAA"] == 0).all()
    nothing_shared = composition.parts_of_change(likeness, likeness, shared & False, shared)
    assert nothing_shared.isna().all(axis=None)


# --- the record -----------------------------------------------------------------------------


def slow_average(rows: list[str], reference: int, states: list[str]) -> float:
    """Mean over other states of the share of same letters, from the text of the table."""
    shares = []
    for place, state in enumerate(states):
        joint = [row for row in rows if row[place] != "." and row[reference] != "."]
        if state not in composition.POWERS and len(joint) >= composition.MIN_JOINT:
            same = sum(row[place] == row[reference] for row in joint)
            shares.append(same / len(joint))
    return 100 * sum(shares) / len(shares)


@pytest.mark.parametrize(
    ("year", "power", "expected"),
    [(2024, "CHN", 62.4), (2025, "CHN", 81.3), (2024, "USA", 35.5), (2025, "USA", 8.4)],
)
def test_the_jump_recomputed_from_the_letters(
    rollcalls: pd.DataFrame, votes: pd.DataFrame, year: int, power: str, expected: float
) -> None:
    of_year = (rollcalls["date"].dt.year == year).to_numpy()
    letters = rollcalls.loc[of_year, "votes"].tolist()
    states = voting.member_states()
    slow = slow_average(letters, states.index(power), states)
    assert slow == pytest.approx(expected, abs=0.05)
    assert 100 * composition.by_state(votes[of_year], power).mean() == pytest.approx(slow)


def test_the_same_titles_recomputed_from_the_letters(
    rollcalls: pd.DataFrame, votes: pd.DataFrame
) -> None:
    """The composition result, with dictionaries instead of pandas."""
    year = rollcalls["date"].dt.year
    by_title = {
        which: {
            row.title.casefold(): row.votes
            for row in rollcalls[year == which].itertuples()
            if (rollcalls.loc[year == which, "title"].str.casefold() == row.title.casefold()).sum()
            == 1
        }
        for which in (2024, 2025)
    }
    shared = [title for title in by_title[2024] if title in by_title[2025]]
    before, after = composition.matched(rollcalls, votes, 2024, 2025)
    assert list(before.index) == list(after.index) and set(before.index) == set(shared)
    assert len(shared) == 59
    states = voting.member_states()
    for power, change in (("CHN", 0.7), ("USA", -13.4)):
        place = states.index(power)
        moved = []
        for number, state in enumerate(states):
            pair = []
            for which in (2024, 2025):
                rows = [by_title[which][title] for title in shared]
                joint = [row for row in rows if "." not in (row[number], row[place])]
                if len(joint) >= composition.MIN_JOINT:
                    pair.append(sum(row[number] == row[place] for row in joint) / len(joint))
            if state not in composition.POWERS and len(pair) == 2:
                moved.append(pair[1] - pair[0])
        found = composition.changes(before, after, power)["change"]
        assert len(found) == len(moved) and found.mean() == pytest.approx(np.mean(moved))
        assert 100 * found.mean() == pytest.approx(change, abs=0.05)


def test_the_united_states_moved_and_not_the_others(
    rollcalls: pd.DataFrame, votes: pd.DataFrame
) -> None:
    before, after = composition.matched(rollcalls, votes, 2024, 2025)
    moves = 100 * composition.who_moved(before, after, "USA").mean()
    assert moves["reference"] < -10 and abs(moves["own"]) < 1
    changed = composition.own_changes(before, after)["changed"]
    assert (changed["USA"], changed["CHN"], changed.median()) == (14, 1, 1)


def test_titles_voted_twice_in_a_year_are_left_out(
    rollcalls: pd.DataFrame, votes: pd.DataFrame
) -> None:
    before, after = composition.matched(rollcalls, votes, 2023, 2025)
    assert before.index.is_unique and before.index.equals(after.index)
    titles = rollcalls.loc[rollcalls["date"].dt.year == 2023, "title"].str.casefold()
    assert not set(titles[titles.duplicated()]) & set(before.index)


def test_no_year_brought_half_a_clear_change_on_the_same_titles(
    rollcalls: pd.DataFrame, votes: pd.DataFrame
) -> None:
    """The reason that the verdict gives for its threshold."""
    from bridgebook.claims.un_diplomacy.who_votes_with_whom import CLEAR_CHANGE

    for year in range(2000, 2025):
        pair = composition.matched(rollcalls, votes, year, year + 1)
        assert abs(composition.changes(*pair, "CHN")["change"].mean()) < CLEAR_CHANGE / 2


def test_years_without_votes_give_an_empty_comparison(
    rollcalls: pd.DataFrame, votes: pd.DataFrame
) -> None:
    before, after = composition.matched(rollcalls, votes, 2024, 2031)
    assert before.empty and after.empty
    assert composition.changes(before, after, "CHN").empty
    assert composition.who_moved(before, after, "CHN").empty
