"""Exercises of the chapter ``un-diplomacy/two-resolutions``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import voting

US_LED, CHINESE_LED = "res-78-265", "res-78-311"
THIRD_LIST = 130
"""Sponsors of the made-up third text in the first exercise."""

CLAIMED = (185, 1)
"""Yes and no votes that a web page invented."""


def _members() -> int:
    return len(voting.member_states())


def _stated(resolution: str) -> int:
    texts = load("un_resolutions").set_index("resolution_id")
    return int(texts.loc[resolution, "sponsors_stated"])


@exercise(
    "two-resolutions-1",
    "count",
    hint="Add the two lengths. How many members would that need, and how many are there?",
    praise="So many states would have to be counted twice.",
    slips=(
        Slip(
            "largest",
            "That is the most they can share. The question asks for the least.",
            lambda: min(THIRD_LIST, _stated(CHINESE_LED)),
        ),
        Slip(
            "sum",
            "That is the sum of the two lengths. Compare it with the number of members.",
            lambda: THIRD_LIST + _stated(CHINESE_LED),
        ),
        Slip(
            "outside-one",
            "That is how many members are not on one of the lists. Take it from the other list.",
            lambda: _members() - _stated(CHINESE_LED),
        ),
        Slip(
            "outside-other",
            "That is how many members are not on the made-up list. Take it from the other list.",
            lambda: _members() - THIRD_LIST,
        ),
        Slip(
            "difference",
            "That is how much one list is longer than the other; it says nothing on the overlap.",
            lambda: _stated(CHINESE_LED) - THIRD_LIST,
        ),
        Slip(
            "other-list",
            "You used the sponsors of the US-led text instead of those of the Chinese-led one.",
            lambda: THIRD_LIST + _stated(US_LED) - _members(),
        ),
        Slip(
            "chance",
            "That is what chance would give on average. The question asks what must be.",
            lambda: round(THIRD_LIST * _stated(CHINESE_LED) / _members()),
        ),
    ),
)
def _least_shared() -> int:
    return max(0, THIRD_LIST + _stated(CHINESE_LED) - _members())


FIRST_CIRCLE = ("lead", "at_tabling")


def _names(resolution: str, stages: tuple[str, ...] = ()) -> set[str]:
    sponsors = load("un_sponsors")
    rows = sponsors[sponsors["resolution_id"].astype(str) == resolution]
    rows = rows[rows["counted"].fillna(False).astype(bool)]
    if stages:
        rows = rows[rows["sponsor_stage"].isin(stages)]
    return set(rows["iso3"].astype(str))


@exercise(
    "two-resolutions-2",
    "names",
    hint="Keep the stages of the first circle, make one set for each text, and intersect them.",
    praise="Of the states that co-sponsored early, hardly any did so for both texts.",
    universe=voting.member_states,
    slips=(
        Slip(
            "later-names",
            "You included states that joined after the text was presented.",
            lambda: _names(US_LED) & _names(CHINESE_LED),
        ),
        Slip(
            "union",
            "That is everybody on either list. The question asks for both: use &.",
            lambda: _names(US_LED, FIRST_CIRCLE) | _names(CHINESE_LED, FIRST_CIRCLE),
        ),
        Slip(
            "one-list",
            "That is the whole first circle of the Chinese-led text.",
            lambda: _names(CHINESE_LED, FIRST_CIRCLE),
        ),
        Slip(
            "other-list",
            "That is the whole first circle of the US-led text.",
            lambda: _names(US_LED, FIRST_CIRCLE),
        ),
        Slip(
            "difference",
            "That is who is on the Chinese-led list only.",
            lambda: _names(CHINESE_LED, FIRST_CIRCLE) - _names(US_LED, FIRST_CIRCLE),
        ),
    ),
)
def _on_both_first_circles() -> set[str]:
    return _names(US_LED, FIRST_CIRCLE) & _names(CHINESE_LED, FIRST_CIRCLE)


def _rollcalls_with(**counts: int) -> pd.DataFrame:
    calls = load("unga_rollcalls")
    for column, value in counts.items():
        calls = calls[calls[column] == value]
    return calls


@exercise(
    "two-resolutions-3",
    "count",
    hint="Two conditions joined by &: the yes votes and the no votes. Leave the year out.",
    praise="The numbers are ordinary. What was invented is the vote.",
    slips=(
        Slip(
            "yes-only",
            "You asked for the yes votes only; the no votes have to fit too.",
            lambda: len(_rollcalls_with(yes=CLAIMED[0])),
        ),
        Slip(
            "no-only",
            "You asked for the no votes only; the yes votes have to fit too.",
            lambda: len(_rollcalls_with(no=CLAIMED[1])),
        ),
        Slip(
            "without-abstentions",
            "You also required that no state abstained. The claim does not say so.",
            lambda: len(_rollcalls_with(yes=CLAIMED[0], no=CLAIMED[1], abstain=0)),
        ),
        Slip(
            "at-least",
            "You counted votes with that many yes votes or more.",
            lambda: int((_rollcalls_with(no=CLAIMED[1])["yes"] >= CLAIMED[0]).sum()),
        ),
        Slip(
            "one-year",
            "That is the number for one year. The question is about the whole table.",
            lambda: 0,
        ),
    ),
)
def _votes_with_that_result() -> int:
    return len(_rollcalls_with(yes=CLAIMED[0], no=CLAIMED[1]))


GROUP = "gof-ai-capacity-2024"


@exercise(
    "two-resolutions-4",
    "choice",
    hint="",
    praise="Attendance of different meetings, counted in different ways, is no time series.",
    options={
        "shrinking": "Look at what is counted each time, in the columns what and unit_counted.",
        "growing": "The reported numbers fall. Does the column bound let you say more?",
        "neither": "Compare the columns what, unit_counted and bound row by row.",
    },
)
def _what_the_attendance_shows() -> str:
    sizes = load("un_group_sizes")
    reports = sizes[sizes["group_id"] == GROUP].sort_values("date")
    one_measure = len(set(reports["unit_counted"])) == 1 and set(reports["bound"]) == {"exact"}
    if not one_measure or (reports["what"] != "members").any():
        return "neither"
    falls = reports["count_low"].iloc[-1] < reports["count_low"].iloc[0]
    return "shrinking" if falls else "growing"


@exercise(
    "two-resolutions-5",
    "count",
    hint="Try every length from 0 up and look at the smaller of the two bounds.",
    praise="Below that length, two long lists may still share less than half of the members.",
    slips=(
        Slip(
            "half",
            "That is a majority of the members. Two lists of that length may hardly overlap.",
            lambda: _members() // 2 + 1,
        ),
        Slip(
            "half-of-the-list",
            "You asked for half of each list. The question asks for half of all members.",
            lambda: next(n for n in range(_members()) if 2 * n - _members() > n / 2),
        ),
        Slip(
            "one-too-few",
            "Close: with lists of that length the overlap can still be less than a majority.",
            lambda: _majority_length() - 1,
        ),
    ),
)
def _lists_that_share_a_majority() -> int:
    return _majority_length()


def _majority_length() -> int:
    """Shortest equal length at which two lists must share more than half of all members."""
    members = _members()
    return next(
        n for n in range(members + 1) if voting.overlap_bounds(n, n, members)[0] > members / 2
    )
