"""Exercises of the chapter ``strategy/money-and-the-state``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.claims.strategy import money_and_the_state as rules
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import breaks

HINGE = breaks.PLAN_YEAR
FLOOR_BN = 1.4
"""Billions of dollars: OpenAI's floor for state money, and the press's figure for all money."""

LOOKED_AT = 7
"""Countries that the ministry of exercise 3 looked at, besides its own."""


def _series(key: str) -> pd.DataFrame:
    names = ("ai_investment", "ai_investment_reports", "ai_research")
    return breaks.levels(**{name: load(name) for name in names})[key]


def _ratio(key: str = "disclosed", year: int = HINGE - 1) -> float:
    return float(breaks.relative(_series(key)).loc[year, "CHN"])


@exercise(
    "money-and-the-state-1",
    "share",
    hint="China's value of that year and series, divided by the American one.",
    praise="Nearly half, and a year later under a third: single years of such series fluctuate.",
    slips=(
        Slip(
            "estimated",
            "That is the series with estimates. The question asks for disclosed sums only.",
            lambda: _ratio("estimated"),
        ),
        Slip("oecd", "That is the OECD's count of venture capital.", lambda: _ratio("oecd")),
        Slip("next-year", "That is the year of the plan.", lambda: _ratio(year=HINGE)),
        Slip(
            "inverse",
            "That is the United States over China; turn it round.",
            lambda: 1 / _ratio(),
        ),
        Slip(
            "of-the-sum",
            "You divided by the sum of both countries.",
            lambda: _ratio() / (1 + _ratio()),
        ),
    ),
)
def _disclosed_share() -> float:
    return _ratio()


def _korea(base: str = "CHN", window: int = breaks.WINDOW) -> float:
    ratio = breaks.relative(_series("papers"), base)
    return float(breaks.bend(ratio, HINGE, window)["KOR"])


@exercise(
    "money-and-the-state-2",
    "number",
    hint="Divide by China with the function relative, then take the bend of Korea's column.",
    praise="Against America China gains a little, against Korea it loses a little.",
    tolerance=0.02,
    slips=(
        Slip(
            "usa",
            "That is Korea relative to the United States. Divide by China.",
            lambda: _korea("USA"),
        ),
        Slip(
            "korea-alone",
            "That is the bend of Korea alone. Divide by China's series first.",
            lambda: float(breaks.bend(_series("papers"), HINGE)["KOR"]),
        ),
        Slip(
            "china-alone",
            "That is the bend of China alone.",
            lambda: float(breaks.bend(_series("papers"), HINGE)["CHN"]),
        ),
        Slip(
            "turned",
            "The sign is turned: that is China over Korea.",
            lambda: -_korea(),
        ),
        Slip(
            "three-years",
            "That is with three years on each side.",
            lambda: _korea(window=3),
        ),
    ),
)
def _more_than_in_china() -> float:
    return _korea()


@exercise(
    "money-and-the-state-3",
    "choice",
    hint="",
    praise="Worth a second look, with countries chosen before the data are seen.",
    options={
        "works": "How often would some country come first if no programme did anything?",
        "hint": "Compare the chance of a first place among so few with the line of the chapter.",
        "nothing": "A first place is less likely by chance than any other. Is that quite nothing?",
        "refuted": "The result points the programme's way. How could it refute it?",
    },
)
def _what_a_first_place_says() -> str:
    bends = pd.Series(range(LOOKED_AT + 1))
    by_chance = breaks.rank_share(bends, LOOKED_AT)
    return "works" if by_chance <= rules.SPECIAL else "hint"


def _parties() -> tuple[int, int]:
    """Count state and other investors in the report of April 2025."""
    events = load("firm_events").set_index("item_id")
    row = events.loc["zai-tutoring-2025-04-raised-to-date"]
    return len(row["state_parties"].split(";")), len(row["other_parties"].split(";"))


def _missing_money() -> float:
    state, other = _parties()
    return FLOOR_BN * other / (state + other)


@exercise(
    "money-and-the-state-4",
    "number",
    hint="The floor, minus the part of the money of April that came from the state.",
    praise="Most of a billion in ten weeks: possible, and the sort of thing that leaves traces.",
    slips=(
        Slip(
            "april",
            "That is what the state had given by April. How much is missing to the floor?",
            lambda: FLOOR_BN - _missing_money(),
        ),
        Slip(
            "ratio-of-parts",
            "You divided by the private investors. The parts are parts of all investors.",
            lambda: FLOOR_BN * (1 - _parties()[0] / _parties()[1]),
        ),
        Slip(
            "nothing-yet",
            "You let the state start from nothing. Some of the money of April was its own.",
            lambda: FLOOR_BN,
        ),
    ),
)
def _money_to_add() -> float:
    return _missing_money()


def _as_much(window: int, strict: bool = False) -> int:
    bends = breaks.bend(_series("papers"), HINGE, window)
    others = bends.drop("CHN")
    return int((others > bends["CHN"]).sum() if strict else (others >= bends["CHN"]).sum())


@exercise(
    "money-and-the-state-5",
    "count",
    hint="Take the bend of all countries with the wider window, drop China, and count.",
    praise="Other numbers, the same conclusion: that is what a check of the window is for.",
    slips=(
        Slip(
            "with-china",
            "China is always at least as large as itself. Count the others only.",
            lambda: _as_much(3) + 1,
        ),
        Slip("two-years", "That is with two years on each side.", lambda: _as_much(2)),
        Slip(
            "less",
            "You counted those that sped up by less.",
            lambda: len(breaks.COUNTRIES) - 1 - _as_much(3),
        ),
    ),
)
def _more_than_china() -> int:
    return _as_much(3)
