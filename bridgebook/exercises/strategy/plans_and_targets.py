"""Exercises of the chapter ``strategy/plans-and-targets``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods.yardsticks import linked, needed_growth_pct

YUAN_PER_DOLLAR = 7.1
"""Rate of exchange that the chapter assumes."""


def _size(figure: str) -> float:
    core = load("core_ai_industry").set_index("figure_id")["value_rmb_bn"]
    return float(core[figure])


def _goal(year: int, what: str = "core") -> float:
    goals = load("plan_targets").set_index("target_id")["target_value"]
    return float(goals[f"ngaidp-{what}-{'industry' if what == 'core' else 'industries'}-{year}"])


def _by_goal(figure: str = "2025-miit", year: int = 2030, what: str = "core") -> float:
    return _size(figure) / _goal(year, what)


@exercise(
    "plans-and-targets-1",
    "ratio",
    hint="The figure with the id 2025-miit, divided by the core target of 2030.",
    praise="A fifth more than the target, five years before its year, by the widest figure.",
    slips=(
        Slip("target-2025", "That is the target of 2025.", lambda: _by_goal(year=2025)),
        Slip(
            "conference",
            "That is the earlier of two figures for 2025; the question asks for the last.",
            lambda: _by_goal("2025-conference"),
        ),
        Slip(
            "related",
            "That is the target of the related industries.",
            lambda: _by_goal(what="related"),
        ),
        Slip("inverse", "You divided the target by the figure.", lambda: 1 / _by_goal()),
    ),
)
def _past_the_goal() -> float:
    return _by_goal()


def _rates() -> pd.Series:
    core = load("core_ai_industry").dropna(subset=["growth_stated_pct"])
    return core.set_index("year")["growth_stated_pct"].astype(float)


def _back(year: int = 2021, figure: str = "2024-caict", at: int = 2024) -> float:
    return float(linked(_size(figure), at, _rates(), 0, 2024)[year])


@exercise(
    "plans-and-targets-2",
    "number",
    hint="Begin at 900 in 2024 and divide by one plus each stated rate, back to 2021.",
    praise="By this ruler the target for 2025 was passed in 2021, a third above it.",
    slips=(
        Slip("one-step", "That is 2023: one step back. Go on to 2021.", lambda: _back(2023)),
        Slip("two-steps", "That is 2022: two steps back. One is missing.", lambda: _back(2022)),
        Slip(
            "old-ruler",
            "That is 2021 by the ruler of 2022.",
            lambda: _back(figure="2022-caict", at=2022),
        ),
        Slip(
            "subtracted",
            "You took the percentages off. To undo growth, divide by one plus the rate.",
            lambda: _size("2024-caict") * float((1 - _rates() / 100).prod()),
        ),
        Slip(
            "added-up",
            "You added the rates first. Growth multiplies.",
            lambda: _size("2024-caict") / (1 + float(_rates().sum()) / 100),
        ),
    ),
)
def _size_of_2021() -> float:
    return _back()


@exercise(
    "plans-and-targets-3",
    "choice",
    hint="",
    praise="The number is a true quotation of another target.",
    options={
        "ten_times_less": "Both targets are in the table of the section on core and related.",
        "different_year": "Look up the year of the target of ten thousand billion yuan.",
        "yuan": "Divide ten thousand billion yuan by 7.1. In which currency is the result?",
        "none": "Which of the two targets of 2030 is called the AI industry?",
    },
)
def _what_it_is_a_target_of() -> str:
    quoted = 1400 * YUAN_PER_DOLLAR
    related, core = _goal(2030, "related"), _goal(2030)
    is_related = abs(quoted / related - 1) < abs(quoted / core - 1)
    return "ten_times_less" if is_related and related == 10 * core else "none"


def _storage() -> tuple[float, float]:
    row = load("plan_targets").set_index("target_id").loc["compute-storage-2025"]
    return float(row["target_value"]), float(row["outcome_value"])


def _rest() -> float:
    goal, stated = _storage()
    return 100 * (goal / stated - 1)


@exercise(
    "plans-and-targets-4",
    "number",
    hint="Divide the target by the last statement; what is above one is growth.",
    praise="Not much for half a year: below at the last count is not the same as missed.",
    slips=(
        Slip(
            "of-the-target",
            "That is the gap as a part of the target. Growth starts from the last statement.",
            lambda: 100 * (1 - _storage()[1] / _storage()[0]),
        ),
        Slip("exabytes", "That is the gap in exabytes.", lambda: _storage()[0] - _storage()[1]),
        Slip(
            "a-year",
            "That is growth at the pace of a whole year. The question asks for the half year.",
            lambda: 100 * ((_storage()[0] / _storage()[1]) ** 2 - 1),
        ),
    ),
)
def _growth_of_storage() -> float:
    return _rest()


def _pace(figure: str = "2024-cnnic", years: int = 6) -> float:
    return needed_growth_pct(_size(figure), _goal(2030), years)


@exercise(
    "plans-and-targets-5",
    "percent",
    hint="The target divided by the figure, to the power of one over the number of years.",
    praise="Below each stated growth rate: the last target could be met by a slow road too.",
    slips=(
        Slip(
            "linear",
            "You divided the whole growth by the years. Growth on growth needs less each year.",
            lambda: 100 * (_goal(2030) / _size("2024-cnnic") - 1) / 6,
        ),
        Slip("seven-years", "From 2024 to 2030 there are six steps.", lambda: _pace(years=7)),
        Slip("caict", "That is from the largest figure for 2024.", lambda: _pace("2024-caict")),
    ),
)
def _slow_road() -> float:
    return _pace()
