"""Verdicts on votes: today's, and data that flip them."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook import catalog
from bridgebook.claims.un_diplomacy import who_votes_with_whom as module
from bridgebook.ledger import Outcome
from bridgebook.methods import composition, voting
from bridgebook.verdicts import Verdict, verdict


@pytest.fixture
def resolutions() -> pd.DataFrame:
    return catalog.load("un_resolutions")


@pytest.fixture
def sizes() -> pd.DataFrame:
    return catalog.load("un_group_sizes")


def influence(rollcalls: pd.DataFrame, resolutions: pd.DataFrame) -> Verdict:
    return verdict("influence-is-growing", unga_rollcalls=rollcalls, un_resolutions=resolutions)


def traction(rollcalls: pd.DataFrame, sizes: pd.DataFrame) -> Verdict:
    return verdict("bridging-gains-traction", unga_rollcalls=rollcalls, un_group_sizes=sizes)


CHINA = voting.member_states().index("CHN")
OTHER = str.maketrans("YNA.", "NYY.")


def like_china(votes: str) -> str:
    """Every state that voted casts China's ballot."""
    return "".join("." if letter == "." else votes[CHINA] for letter in votes)


def unlike_china(votes: str) -> str:
    """Every other state casts a different ballot from China's."""
    own = votes[CHINA]
    turned = own.translate(OTHER)
    letters = ["." if letter == "." else turned for letter in votes]
    letters[CHINA] = own
    return "".join(letters)


def recast(rollcalls: pd.DataFrame, where: pd.Series, how: object) -> pd.DataFrame:
    """The same roll calls with other ballots in some rows."""
    changed = rollcalls["votes"].map(how)
    return rollcalls.assign(votes=rollcalls["votes"].mask(where, changed).astype("string"))


def last_year(rollcalls: pd.DataFrame) -> pd.Series:
    return rollcalls["date"].dt.year == rollcalls["date"].dt.year.max()


def on_ai(rollcalls: pd.DataFrame) -> pd.Series:
    return rollcalls["title"].str.contains("artificial intelligence|autonomous weapons", case=False)


def with_sponsors(resolutions: pd.DataFrame, **counts: int | None) -> pd.DataFrame:
    changed = resolutions.copy()
    for column, count in counts.items():
        text = module.CHINA_TEXT if column == "sponsors_low" else module.US_TEXT
        changed.loc[changed["resolution_id"] == text, column] = count
    return changed


# --- influence-is-growing -----------------------------------------------------------------


def test_influence_on_the_books_data(rollcalls: pd.DataFrame, resolutions: pd.DataFrame) -> None:
    found = influence(rollcalls, resolutions)
    assert found == verdict("influence-is-growing")
    assert found.outcome == Outcome.NOT_SUPPORTED
    assert found.numbers["titles_in_both_years"] == 53
    assert found.numbers["change_with_china_points"] == -0.6
    assert found.numbers["ai_texts_voted_repeatedly"] == 2
    assert (
        found.numbers["sponsors_of_the_chinese_text_at_least"]
        > found.numbers["sponsors_of_the_us_text_at_most"]
    )
    before, after = composition.matched(rollcalls, voting.ballots(rollcalls), module.BEFORE, 2025)
    change = composition.changes(before, after, "CHN")["change"]
    moves = composition.who_moved(before, after, "CHN")["own"]
    others = 100 * sum(moves) / len(moves)
    assert found.numbers["of_which_others_moved_points"] == pytest.approx(others, abs=0.051)
    assert found.numbers["states_towards_china"] == sum(change >= module.CLEAR_CHANGE)
    assert found.numbers["states_away_from_china"] == sum(change <= -module.CLEAR_CHANGE)
    for number in ("states_towards_china", "states_away_from_china", "states_compared"):
        assert str(found.numbers[number]) in found.reason


def test_influence_supported_when_others_move_everywhere(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame
) -> None:
    moved = recast(rollcalls, last_year(rollcalls), like_china)
    found = influence(moved, resolutions)
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["of_which_others_moved_points"] > 10


def test_influence_partly_when_they_move_on_ai_only(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame
) -> None:
    where = last_year(rollcalls) & on_ai(rollcalls)
    found = influence(recast(rollcalls, where, like_china), resolutions)
    assert found.outcome == Outcome.PARTLY
    assert abs(found.numbers["change_with_china_points"]) < 5


def test_influence_not_supported_when_the_rival_has_as_many_sponsors(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame
) -> None:
    moved = recast(rollcalls, last_year(rollcalls) & on_ai(rollcalls), like_china)
    found = influence(moved, with_sponsors(resolutions, sponsors_high=150))
    assert found.outcome == Outcome.NOT_SUPPORTED and "not clearly more" in found.reason


def test_influence_contradicted_when_others_move_away(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame
) -> None:
    away = recast(rollcalls, last_year(rollcalls), unlike_china)
    found = influence(away, resolutions)
    assert found.outcome == Outcome.CONTRADICTED
    assert found.numbers["states_towards_china"] == 0
    assert found.numbers["states_away_from_china"] == found.numbers["states_compared"]


def test_the_change_on_ai_texts_recomputed_from_the_letters(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame
) -> None:
    """Mean over states of each text and then over texts, with dictionaries instead of pandas."""
    core = set(resolutions.loc[resolutions["relation"] == module.AI_SERIES, "rollcall"].dropna())
    powers = {voting.member_states().index(power) for power in composition.POWERS}
    likeness: dict[str, list[float]] = {}
    for row in rollcalls[rollcalls["symbol"].isin(core)].sort_values("date").itertuples():
        others = [
            letter == row.votes[CHINA]
            for place, letter in enumerate(row.votes)
            if letter != "." and place not in powers
        ]
        likeness.setdefault(row.title.casefold(), []).append(sum(others) / len(others))
    moves = [100 * (seen[-1] - seen[0]) for seen in likeness.values() if len(seen) > 1]
    numbers = influence(rollcalls, resolutions).numbers
    assert numbers["ai_texts_voted_repeatedly"] == len(moves)
    assert numbers["change_on_ai_texts_points"] == pytest.approx(sum(moves) / len(moves), abs=0.051)


def influence_numbers(
    titles: int = 20, everywhere: float = 0, on_ai: float = 0, chinese: int = 101
) -> dict[str, object]:
    """Numbers of the rule; the American text has at most 100 sponsors."""
    return {
        "titles_in_both_years": titles,
        "first_year": 2022,
        "last_year": 2025,
        "change_with_china_points": everywhere,
        "change_on_ai_texts_points": on_ai,
        "ai_texts_voted_repeatedly": 1,
        "states_compared": 9,
        "states_towards_china": 0,
        "states_away_from_china": 0,
        "sponsors_of_the_chinese_text_at_least": chinese,
        "sponsors_of_the_us_text_at_most": 100,
    }


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"titles": 19}, Outcome.CANNOT_TELL),
        ({}, Outcome.NOT_SUPPORTED),
        ({"everywhere": -5, "on_ai": 0}, Outcome.CONTRADICTED),
        ({"everywhere": -5, "on_ai": 5}, Outcome.NOT_SUPPORTED),
        ({"everywhere": 5, "on_ai": 5}, Outcome.SUPPORTED),
        ({"everywhere": 5, "on_ai": 0}, Outcome.PARTLY),
        ({"everywhere": 5, "on_ai": 5, "chinese": 100}, Outcome.NOT_SUPPORTED),
    ],
)
def test_influence_at_the_limits(given: dict[str, float], outcome: Outcome) -> None:
    """As many sponsors are not more; a move on AI alone does not undo one away everywhere."""
    numbers = influence_numbers(**given)
    assert module._influence_outcome(numbers) == outcome
    told = module._influence_reason(numbers)
    assert ("comparison needs 20" in told) is (outcome == Outcome.CANNOT_TELL)
    assert ("not clearly more" in told) is ("chinese" in given)


def test_shares_become_points() -> None:
    assert (module._points(0.5), module._points(-0.0123)) == (50.0, -1.2)


def test_influence_does_not_follow_the_order_of_the_rows(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame, sizes: pd.DataFrame
) -> None:
    turned = influence(rollcalls.iloc[::-1], resolutions.iloc[::-1])
    assert turned.numbers == influence(rollcalls, resolutions).numbers
    backwards = traction(rollcalls, sizes.iloc[::-1])
    assert backwards.numbers == traction(rollcalls, sizes).numbers


@pytest.mark.parametrize(
    ("points", "direction"),
    [(5.0, 1), (4.9, 0), (0.0, 0), (-4.9, 0), (-5.0, -1), (float("nan"), 0)],
)
def test_a_move_is_clear_from_five_points_on(points: float, direction: int) -> None:
    assert module._direction(points) == direction


def test_influence_does_not_follow_from_new_texts(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame
) -> None:
    """A hundred lopsided roll calls change the raw average and not the verdict."""
    one = rollcalls[last_year(rollcalls)].iloc[[-1]]
    new = pd.concat([one] * 100, ignore_index=True)
    numbers = new.index.astype(str)
    new = new.assign(
        symbol="A/RES/99/" + numbers,
        title="New text " + numbers,
        votes="Y" * len(voting.member_states()),
    ).astype(rollcalls.dtypes)
    more = pd.concat([rollcalls, new], ignore_index=True)
    assert influence(more, resolutions).numbers == influence(rollcalls, resolutions).numbers


def test_influence_cannot_tell_without_votes_or_sponsors(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame
) -> None:
    for few in (rollcalls.iloc[:0], rollcalls[~last_year(rollcalls)].head(5)):
        assert influence(few, resolutions).outcome == Outcome.CANNOT_TELL
    old = rollcalls[rollcalls["date"].dt.year <= module.BEFORE]
    found = influence(old, resolutions)
    assert found.outcome == Outcome.CANNOT_TELL and "needs 20" in found.reason
    assert found.numbers["titles_in_both_years"] == 0
    unknown = with_sponsors(resolutions, sponsors_low=None)
    found = influence(rollcalls, unknown)
    assert found.outcome == Outcome.CANNOT_TELL and "not known" in found.reason
    assert influence(rollcalls, resolutions.iloc[:0]).outcome == Outcome.CANNOT_TELL


def test_influence_without_a_repeated_ai_text(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame
) -> None:
    none = resolutions.assign(rollcall=pd.Series(pd.NA, resolutions.index, dtype="string"))
    found = influence(rollcalls, none)
    assert found.outcome == Outcome.NOT_SUPPORTED and "no AI text was voted twice" in found.reason


# --- bridging-gains-traction --------------------------------------------------------------


def with_counts(sizes: pd.DataFrame, *counts: tuple[int, int | None]) -> pd.DataFrame:
    """Attendance of the Group of Friends, counted in states, in the order of the meetings."""
    here = (sizes["group_id"] == module.FRIENDS) & (sizes["what"] == "attenders")
    rows = sizes[here].sort_values("date").head(len(counts)).copy()
    rows["count_low"] = pd.array([low for low, _ in counts], dtype="Int64")
    rows["count_high"] = pd.array([high for _, high in counts], dtype="Int64")
    rows["unit_counted"] = pd.Categorical(
        ["states"] * len(rows), sizes["unit_counted"].cat.categories
    )
    return pd.concat([sizes[~here], rows], ignore_index=True)


def test_traction_on_the_books_data(rollcalls: pd.DataFrame, sizes: pd.DataFrame) -> None:
    found = traction(rollcalls, sizes)
    assert found == verdict("bridging-gains-traction")
    assert found.outcome == Outcome.NOT_SUPPORTED
    assert found.numbers["attendance_trend"] == "cannot be told"
    assert found.reason.startswith("On the 53 titles voted in 2022 and in 2025 agreement of")
    assert "drew 80 and then more than 70 states" in found.reason
    assert "mixes states and organisations" in found.reason


def test_traction_partly_when_attendance_rises(
    rollcalls: pd.DataFrame, sizes: pd.DataFrame
) -> None:
    found = traction(rollcalls, with_counts(sizes, (80, 80), (95, None)))
    assert found.outcome == Outcome.PARTLY and "attendance is rising" in found.reason
    assert "mixes" not in found.reason


def test_traction_supported_when_votes_move_too(
    rollcalls: pd.DataFrame, sizes: pd.DataFrame
) -> None:
    moved = recast(rollcalls, last_year(rollcalls), like_china)
    assert traction(moved, sizes).outcome == Outcome.PARTLY
    rising = with_counts(sizes, (80, 80), (95, 95))
    assert traction(moved, rising).outcome == Outcome.SUPPORTED


def test_traction_contradicted_when_both_fall(rollcalls: pd.DataFrame, sizes: pd.DataFrame) -> None:
    away = recast(rollcalls, last_year(rollcalls), unlike_china)
    falling = with_counts(sizes, (80, 80), (50, 60))
    assert traction(away, falling).outcome == Outcome.CONTRADICTED
    assert traction(rollcalls, falling).outcome == Outcome.NOT_SUPPORTED
    level = with_counts(sizes, (80, 80), (80, 80))
    assert traction(away, level).outcome == Outcome.NOT_SUPPORTED, "one of two is not both"


def test_traction_that_goes_two_ways_is_not_supported(
    rollcalls: pd.DataFrame, sizes: pd.DataFrame
) -> None:
    away, nearer = (
        recast(rollcalls, last_year(rollcalls), how) for how in (unlike_china, like_china)
    )
    rising = with_counts(sizes, (80, 80), (95, 95))
    falling = with_counts(sizes, (80, 80), (50, 60))
    assert traction(away, rising).outcome == Outcome.NOT_SUPPORTED
    assert traction(nearer, falling).outcome == Outcome.NOT_SUPPORTED


def test_traction_compares_the_first_meeting_with_the_last(
    rollcalls: pd.DataFrame, sizes: pd.DataFrame
) -> None:
    three = traction(rollcalls, with_counts(sizes, (80, 80), (60, 60), (95, 95)))
    assert three.numbers["attendance_trend"] == "rising"
    assert "drew 80 and then 95 states" in three.reason
    one = traction(rollcalls, with_counts(sizes, (80, 80)))
    assert one.numbers["attendance_trend"] == "cannot be told"
    assert "was not counted twice in states" in one.reason


@pytest.mark.parametrize(("titles", "outcome"), [(19, Outcome.CANNOT_TELL), (20, Outcome.PARTLY)])
def test_traction_needs_twenty_titles(titles: int, outcome: Outcome) -> None:
    numbers = {
        **influence_numbers(titles=titles, everywhere=5),
        "attendance_trend": "cannot be told",
        "attendance_first_and_last": [],
    }
    assert module._traction_outcome(numbers) == outcome
    assert ("comparison needs 20" in module._traction_reason(numbers)) is (titles == 19)


def test_traction_level_attendance_is_no_rise(rollcalls: pd.DataFrame, sizes: pd.DataFrame) -> None:
    found = traction(rollcalls, with_counts(sizes, (80, 80), (80, 80)))
    assert found.outcome == Outcome.NOT_SUPPORTED and "attendance is level" in found.reason


def test_traction_cannot_tell_from_nothing(rollcalls: pd.DataFrame, sizes: pd.DataFrame) -> None:
    found = traction(rollcalls.iloc[:0], sizes.iloc[:0])
    assert found.outcome == Outcome.CANNOT_TELL and "not counted twice" in found.reason
    rising = with_counts(sizes, (80, 80), (95, 95))
    assert traction(rollcalls.iloc[:0], rising).outcome == Outcome.PARTLY


@pytest.mark.parametrize(
    ("first", "last", "trend"),
    [
        ((80, 80), (81, None), "rising"),
        ((80, None), (200, 200), "cannot be told"),
        ((80, 90), (70, 79), "falling"),
        ((80, 90), (85, 95), "cannot be told"),
        ((80, 80), (80, 80), "level"),
        ((80, 90), (80, 90), "cannot be told"),
        ((80, 90), (90, 95), "cannot be told"),
        ((80, 90), (91, 95), "rising"),
        ((80, 90), (70, 80), "cannot be told"),
    ],
)
def test_trend_of_counts_with_bounds(
    first: tuple[int, int | None], last: tuple[int, int | None], trend: str
) -> None:
    assert module._trend(first, last) == trend
