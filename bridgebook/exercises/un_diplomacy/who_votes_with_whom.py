"""Exercises of the chapter ``un-diplomacy/who-votes-with-whom``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import DataError, load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import composition, voting

CLEAR = 0.05
MANY_BALLOTS = 10
EARLY, LATE = 2019, 2025


def _votes_on_ai(first_year: int = LATE) -> pd.DataFrame:
    """Ballots of the recorded votes on AI and near topics since a year."""
    symbols = load("un_resolutions")["rollcall"].dropna()
    rollcalls = load("unga_rollcalls")
    chosen = rollcalls["symbol"].isin(symbols) & (rollcalls["date"].dt.year >= first_year)
    return voting.ballots(rollcalls[chosen])


def _china_and_us(votes: pd.DataFrame, graded: bool) -> float:
    return float(voting.agreement(votes, "CHN", graded)["USA"])


@exercise(
    "who-votes-with-whom-1",
    "share",
    hint="One point, half a point or none for each vote; then divide by the number of votes.",
    praise="By the strict measure they did not agree at all that year.",
    slips=(
        Slip(
            "strict",
            "That is strict agreement. An abstention against a no earns half a point.",
            lambda: _china_and_us(_votes_on_ai(), graded=False),
        ),
        Slip(
            "points",
            "Those are the points; divide by the number of votes.",
            lambda: _china_and_us(_votes_on_ai(), graded=True) * len(_votes_on_ai()),
        ),
        Slip(
            "abstention-is-no",
            "You counted an abstention as a no: against one it earns half a point, not a whole.",
            lambda: _china_and_us(_votes_on_ai().replace(0.5, 0.0), graded=False),
        ),
        Slip(
            "all-years",
            "You took the votes of 2023 and 2024 as well.",
            lambda: _china_and_us(_votes_on_ai(2000), graded=True),
        ),
    ),
)
def _graded_on_ai() -> float:
    return _china_and_us(_votes_on_ai(), graded=True)


def _no_votes(year: int) -> tuple[pd.Series, pd.Series]:
    """Whether the US voted no on each roll call of a year, and how many states did."""
    rollcalls = load("unga_rollcalls")
    votes = voting.ballots(rollcalls[rollcalls["date"].dt.year == year])
    no = votes.eq(voting.BALLOTS["N"])
    return no["USA"], no.sum(axis="columns")


def _alone(year: int) -> int:
    us, everyone = _no_votes(year)
    return int((us & (everyone == 1)).sum())


@exercise(
    "who-votes-with-whom-2",
    "count",
    hint="Keep the roll calls of 2005 with a single no, and look whose it is.",
    praise="Fewer than in 2025, and not nothing: compare with the years in between.",
    slips=(
        Slip(
            "any-no",
            "Those are all its no votes; in most of them others said no as well.",
            lambda: int(_no_votes(2005)[0].sum()),
        ),
        Slip("wrong-year", "That is the number for 2025.", lambda: _alone(2025)),
        Slip(
            "at-most-two",
            "You included roll calls in which one other state said no too.",
            lambda: int((_no_votes(2005)[0] & (_no_votes(2005)[1] <= 2)).sum()),
        ),
    ),
)
def _alone_in_2005() -> int:
    return _alone(2005)


def _moves(power: str, graded: bool = False) -> pd.Series:
    """Change of every state's agreement on the titles of both years."""
    rollcalls = load("unga_rollcalls")
    votes = voting.ballots(rollcalls)
    pair = composition.matched(rollcalls, votes, EARLY, LATE)
    return composition.changes(*pair, power, graded)["change"]


def _moves_on_all_texts() -> pd.Series:
    rollcalls = load("unga_rollcalls")
    votes = voting.ballots(rollcalls)
    years = rollcalls["date"].dt.year.to_numpy()
    return composition.changes(votes[years == EARLY], votes[years == LATE], "CHN")["change"]


@exercise(
    "who-votes-with-whom-3",
    "share",
    hint="composition.matched, then composition.changes; the mean of a condition is a share.",
    praise="A minority; most states stayed where they were.",
    slips=(
        Slip(
            "all-texts",
            "You compared all texts of both years. Hold the titles fixed.",
            lambda: float((_moves_on_all_texts() >= CLEAR).mean()),
        ),
        Slip(
            "away",
            "That is the share that went away from China.",
            lambda: float((_moves("CHN") <= -CLEAR).mean()),
        ),
        Slip(
            "either-way",
            "You counted moves in both directions.",
            lambda: float((_moves("CHN").abs() >= CLEAR).mean()),
        ),
        Slip(
            "any-rise",
            "You counted every rise, however small.",
            lambda: float((_moves("CHN") > 0).mean()),
        ),
        Slip(
            "graded",
            "That is for graded agreement; the question asks for the strict one.",
            lambda: float((_moves("CHN", graded=True) >= CLEAR).mean()),
        ),
        Slip(
            "us",
            "You compared with the United States.",
            lambda: float((_moves("USA") >= CLEAR).mean()),
        ),
        Slip(
            "count",
            "That is the number of states; divide by all states compared.",
            lambda: int((_moves("CHN") >= CLEAR).sum()),
        ),
    ),
)
def _came_nearer() -> float:
    return float((_moves("CHN") >= CLEAR).mean())


@exercise(
    "who-votes-with-whom-4",
    "choice",
    hint="",
    praise="A new administration took office in between; the others hardly changed a ballot.",
    options={
        "others": "Look at the column own: how much of the change is it?",
        "us": "Look at the columns own and reference.",
        "agenda": "The comparison holds the titles fixed, so the agenda is the same.",
    },
)
def _who_moved_in_2009() -> str:
    rollcalls = load("unga_rollcalls")
    pair = composition.matched(rollcalls, voting.ballots(rollcalls), 2008, 2009)
    parts = composition.who_moved(*pair, "USA").mean()
    if abs(parts["own"]) == abs(parts["reference"]):
        raise DataError("unga_rollcalls: neither side moved more between 2008 and 2009")
    return "others" if abs(parts["own"]) > abs(parts["reference"]) else "us"


def _restless(at_least: int = MANY_BALLOTS, absence_counts: bool = False) -> set[str]:
    rollcalls = load("unga_rollcalls")
    before, after = composition.matched(rollcalls, voting.ballots(rollcalls), LATE - 1, LATE)
    if absence_counts:
        changed = (before != after).sum()
    else:
        changed = composition.own_changes(before, after)["changed"]
    return set(changed.index[changed >= at_least])


@exercise(
    "who-votes-with-whom-5",
    "names",
    hint="Count, for each state, the titles with two ballots that differ.",
    praise="A handful of states; all the others stayed closer to their old ballots.",
    universe=lambda: voting.member_states(),
    slips=(
        Slip(
            "absences",
            "You counted absences as changes: a missing ballot differs from everything.",
            lambda: _restless(absence_counts=True),
        ),
        Slip(
            "more-than",
            "At least ten includes ten.",
            lambda: _restless(MANY_BALLOTS + 1),
        ),
        Slip(
            "without-us",
            "The United States is a state too.",
            lambda: _restless() - {"USA"},
        ),
    ),
)
def _changed_ten_ballots() -> set[str]:
    return _restless()
