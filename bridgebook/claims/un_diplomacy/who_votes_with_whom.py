"""Verdicts of the chapter ``un-diplomacy/who-votes-with-whom``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods import composition, voting
from bridgebook.verdicts import Finding, rule

BEFORE = 2022
"""Last full year before China announced its initiative on AI governance (October 2023)."""

CLEAR_CHANGE = 0.05
"""Agreement on the same titles has to change by five points before we speak of a move: since 2000
it never changed by half as much from one year to the next."""

MIN_TITLES = 20
"""With fewer shared titles a single text could move the average by more than a clear change."""

AI_SERIES = "core"
"""Resolutions whose subject is AI or autonomous weapons, in the column ``relation``."""

CHINA_TEXT, US_TEXT = "res-78-311", "res-78-265"
"""The two resolutions of 2024 that ran in parallel."""

FRIENDS = "gof-ai-capacity-2024"
"""The Group of Friends that China and Zambia lead."""


@rule("influence-is-growing")
def _influence(
    *, unga_rollcalls: pd.DataFrame, un_resolutions: pd.DataFrame, countries: pd.DataFrame
) -> Finding:
    """Ask whether others moved towards China, on all texts and on AI, and whose list was longer."""
    sponsors = un_resolutions.set_index("resolution_id")
    numbers: dict[str, Any] = {
        **_movement(unga_rollcalls, countries),
        **_ai_series(unga_rollcalls, un_resolutions, countries),
        "sponsors_of_the_chinese_text_at_least": _count(sponsors, CHINA_TEXT, "sponsors_low"),
        "sponsors_of_the_us_text_at_most": _count(sponsors, US_TEXT, "sponsors_high"),
    }
    return Finding(_influence_outcome(numbers), _influence_reason(numbers), numbers)


def _movement(rollcalls: pd.DataFrame, countries: pd.DataFrame) -> dict[str, Any]:
    """How far others moved from or towards China on the titles of both years."""
    years = rollcalls["date"].dt.year
    last = int(years.max()) if len(years) else BEFORE
    votes = voting.ballots(rollcalls, countries)
    before, after = composition.matched(rollcalls, votes, BEFORE, last)
    change = composition.changes(before, after, "CHN")["change"]
    moves = composition.who_moved(before, after, "CHN")
    return {
        "first_year": BEFORE,
        "last_year": last,
        "titles_in_both_years": len(before) if last > BEFORE else 0,
        "change_with_china_points": _points(change.mean()),
        "of_which_others_moved_points": _points(moves["own"].mean()),
        "states_compared": len(change),
        "states_towards_china": int((change >= CLEAR_CHANGE).sum()),
        "states_away_from_china": int((change <= -CLEAR_CHANGE).sum()),
    }


def _ai_series(
    rollcalls: pd.DataFrame, resolutions: pd.DataFrame, countries: pd.DataFrame
) -> dict[str, Any]:
    """How the share of others that vote like China changed on AI texts voted more than once."""
    about_ai = resolutions.loc[resolutions["relation"] == AI_SERIES, "rollcall"].dropna()
    texts = rollcalls[rollcalls["symbol"].isin(about_ai)].sort_values("date")
    votes = voting.ballots(texts, countries)
    others = voting.likeness(votes, "CHN").drop(columns=list(composition.POWERS), errors="ignore")
    by_title = others.mean(axis="columns").groupby(texts["title"].str.casefold().to_numpy())
    series = by_title.agg(["first", "last", "size"])
    repeated = series[series["size"] > 1]
    return {
        "ai_texts_voted_repeatedly": len(repeated),
        "change_on_ai_texts_points": _points((repeated["last"] - repeated["first"]).mean()),
    }


def _points(share: float) -> float:
    return round(100 * float(share), 1)


def _count(sponsors: pd.DataFrame, text: str, column: str) -> int | None:
    if text not in sponsors.index or pd.isna(sponsors.loc[text, column]):
        return None
    return int(sponsors.loc[text, column])


def _direction(points: float) -> int:
    """1 for a clear move towards China, -1 for one away, 0 otherwise (nothing known included)."""
    return int(points >= 100 * CLEAR_CHANGE) - int(points <= -100 * CLEAR_CHANGE)


def _influence_outcome(numbers: Mapping[str, Any]) -> Outcome:
    chinese = numbers["sponsors_of_the_chinese_text_at_least"]
    american = numbers["sponsors_of_the_us_text_at_most"]
    if numbers["titles_in_both_years"] < MIN_TITLES or chinese is None or american is None:
        return Outcome.CANNOT_TELL
    everywhere = _direction(numbers["change_with_china_points"])
    on_ai = _direction(numbers["change_on_ai_texts_points"])
    if everywhere < 0 and on_ai <= 0:
        return Outcome.CONTRADICTED
    longer = chinese > american
    if everywhere > 0 and on_ai > 0 and longer:
        return Outcome.SUPPORTED
    return Outcome.PARTLY if longer and everywhere + on_ai > 0 else Outcome.NOT_SUPPORTED


def _influence_reason(numbers: Mapping[str, Any]) -> str:
    chinese = numbers["sponsors_of_the_chinese_text_at_least"]
    american = numbers["sponsors_of_the_us_text_at_most"]
    if numbers["titles_in_both_years"] < MIN_TITLES:
        return _too_few(numbers)
    if chinese is None or american is None:
        return "The number of co-sponsors of one of the two resolutions of 2024 is not known."
    series = numbers["ai_texts_voted_repeatedly"]
    change = _signed(numbers["change_on_ai_texts_points"])
    on_ai = (
        f"on the {series} AI texts voted repeatedly by {change}"
        if series
        else "no AI text was voted twice"
    )
    order = "more" if chinese > american else "not clearly more"
    return (
        f"{_moved(numbers)}; {on_ai}. China's text of 2024 had {order} co-sponsors (at least "
        f"{chinese}) than the parallel one led by the United States (at most {american}), but each "
        "power co-sponsored the other's, and one number shows no growth."
    )


def _moved(numbers: Mapping[str, Any]) -> str:
    change = _signed(numbers["change_with_china_points"])
    return (
        f"On the {numbers['titles_in_both_years']} titles voted in {numbers['first_year']} and in "
        f"{numbers['last_year']} agreement of other states with China changed by "
        f"{change} points; {numbers['states_towards_china']} of "
        f"{numbers['states_compared']} states came five points nearer, "
        f"{numbers['states_away_from_china']} went five points away"
    )


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−")


def _too_few(numbers: Mapping[str, Any]) -> str:
    return (
        f"Only {numbers['titles_in_both_years']} titles were voted in {numbers['first_year']} and "
        f"in a later year; the comparison needs {MIN_TITLES}."
    )


@rule("bridging-gains-traction")
def _traction(
    *, unga_rollcalls: pd.DataFrame, countries: pd.DataFrame, un_group_sizes: pd.DataFrame
) -> Finding:
    """Ask whether votes moved towards China and whether more states came to its meetings."""
    numbers = {**_movement(unga_rollcalls, countries), **_attendance(un_group_sizes)}
    return Finding(_traction_outcome(numbers), _traction_reason(numbers), numbers)


def _attendance(sizes: pd.DataFrame) -> dict[str, Any]:
    """Counts of states at the meetings of the group, first and last; other units do not compare."""
    rows = sizes[(sizes["group_id"] == FRIENDS) & (sizes["what"] == "attenders")]
    states = rows[rows["unit_counted"] == "states"].sort_values("date")
    ends = (
        [
            (int(row["count_low"]), None if pd.isna(row["count_high"]) else int(row["count_high"]))
            for _, row in states.iloc[[0, -1]].iterrows()
        ]
        if len(states) > 1
        else []
    )
    return {
        "attendance_counts": len(rows),
        "attendance_counts_of_states": len(states),
        "attendance_first_and_last": [_range(*end) for end in ends],
        "attendance_trend": _trend(*ends) if ends else "cannot be told",
    }


def _range(low: int, high: int | None) -> str:
    if high is None:
        return f"more than {low}"
    return f"{low}" if low == high else f"{low} to {high}"


def _trend(first: tuple[int, int | None], last: tuple[int, int | None]) -> str:
    """Compare two counts of which only bounds may be known."""
    if first[1] is not None and last[0] > first[1]:
        return "rising"
    if last[1] is not None and last[1] < first[0]:
        return "falling"
    equal = first == last and first[0] == first[1]
    return "level" if equal else "cannot be told"


def _traction_outcome(numbers: Mapping[str, Any]) -> Outcome:
    votes_known = numbers["titles_in_both_years"] >= MIN_TITLES
    trend = numbers["attendance_trend"]
    if not votes_known and trend == "cannot be told":
        return Outcome.CANNOT_TELL
    votes = _direction(numbers["change_with_china_points"]) if votes_known else 0
    meetings = {"rising": 1, "falling": -1}.get(trend, 0)
    if votes > 0 and meetings > 0:
        return Outcome.SUPPORTED
    if votes < 0 and meetings < 0:
        return Outcome.CONTRADICTED
    return Outcome.PARTLY if votes + meetings > 0 else Outcome.NOT_SUPPORTED


def _traction_reason(numbers: Mapping[str, Any]) -> str:
    known = numbers["titles_in_both_years"] >= MIN_TITLES
    votes = f"{_moved(numbers)}." if known else _too_few(numbers)
    ends = numbers["attendance_first_and_last"]
    if not ends:
        return f"{votes} Attendance at the Group of Friends was not counted twice in states."
    word = numbers["attendance_trend"]
    trend = (
        "so the direction is unclear" if word == "cannot be told" else f"so attendance is {word}"
    )
    rest = numbers["attendance_counts"] - numbers["attendance_counts_of_states"]
    mixed = " A later count mixes states and organisations." if rest else ""
    return (
        f"{votes} Meetings of the Group of Friends drew {ends[0]} and then {ends[1]} states, "
        f"{trend}.{mixed} Neither measure records agreement with an idea."
    )
