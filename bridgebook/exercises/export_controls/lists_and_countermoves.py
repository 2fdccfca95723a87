"""Exercises of the chapter ``export-controls/lists-and-countermoves``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import countermoves, survivorship

CHINA = "CHN|HKG|MAC"
"""Mainland, Hong Kong and Macau, as the chapter counts them."""


def _chinese() -> pd.DataFrame:
    """Return the rows of the Entity List with an address in China."""
    entries = load("entity_list")
    return entries[entries["address_iso3"].str.contains(CHINA).fillna(False)]


def _denied(entries: pd.DataFrame) -> float:
    return float((entries["policy"] == "presumption_of_denial").mean())


@exercise(
    "lists-and-countermoves-1",
    "share",
    hint="Rows whose policy is presumption_of_denial, divided by all rows with a Chinese address.",
    praise="For most listed names an application starts from no; it is not a ban by name.",
    slips=(
        Slip(
            "all-countries",
            "You took the rows of all countries; keep those with a Chinese address.",
            lambda: _denied(load("entity_list")),
        ),
        Slip(
            "every-denial",
            "You also counted the policies that are called denial; the question names one policy.",
            lambda: _chinese()["policy"].astype("string").str.contains("denial").mean(),
        ),
        Slip(
            "count",
            "That is how many rows; divide by all Chinese rows.",
            lambda: (_chinese()["policy"] == "presumption_of_denial").sum(),
        ),
    ),
)
def _share_presumed_denied() -> float:
    return _denied(_chinese())


def _listed_by(year: int) -> int:
    return int((_chinese()["listed_date"] <= survivorship.year_end(year)).sum())


def _years(year: int) -> float:
    return survivorship.years_between(survivorship.year_end(year), survivorship.SNAPSHOT)


@exercise(
    "lists-and-countermoves-2",
    "share",
    hint="Counted then, minus still listed, divided by counted then.",
    praise="So the list of 2018 looks that much shorter in the snapshot than it was.",
    slips=(
        Slip(
            "base",
            "You divided by the survivors; the list of the time is the base.",
            lambda: survivorship.COUNTED[2018] / _listed_by(2018) - 1,
        ),
        Slip(
            "what-is-left",
            "That is the share that is still there; the question asks for the missing.",
            lambda: _listed_by(2018) / survivorship.COUNTED[2018],
        ),
        Slip(
            "difference",
            "That is the number missing; divide by the count of the time.",
            lambda: survivorship.COUNTED[2018] - _listed_by(2018),
        ),
        Slip(
            "year",
            "You used the count of 2023.",
            lambda: 1 - _listed_by(2023) / survivorship.COUNTED[2023],
        ),
        Slip(
            "one-year-only",
            "You took the entries of 2018 alone; the list held those of earlier years too.",
            lambda: 1 - (_chinese()["listed_year"] == 2018).sum() / survivorship.COUNTED[2018],
        ),
    ),
)
def _missing_of_2018() -> float:
    return 1 - _listed_by(2018) / survivorship.COUNTED[2018]


@exercise(
    "lists-and-countermoves-3",
    "percent",
    tolerance=0.02,
    hint="implied_rate() takes the count of the time, today's survivors, and the years between.",
    praise="Close to the rate from the count of 2023, which is some comfort.",
    slips=(
        Slip(
            "linear",
            "You divided the total loss by the years; each year's loss comes off a smaller list.",
            lambda: 100 * _missing_of_2018() / _years(2018),
        ),
        Slip("year", "You used the count of 2023.", lambda: _rate(2023, _years(2023))),
        Slip(
            "total",
            "That is the loss over the whole time, not per year.",
            lambda: 100 * _missing_of_2018(),
        ),
        Slip(
            "whole-years",
            "You subtracted the years; count the time from the last day of 2018 to the snapshot.",
            lambda: _rate(2018, 8),
        ),
    ),
)
def _rate_of_2018() -> float:
    return _rate(2018, _years(2018))


def _rate(year: int, years: float) -> float:
    """Yearly rate of leaving in percent that the count of a year implies."""
    return 100 * survivorship.implied_rate(survivorship.COUNTED[year], _listed_by(year), years)


HUAWEI = "entity-list-2019-05-21"


@exercise(
    "lists-and-countermoves-4",
    "choice",
    hint="",
    praise="Where a count has no source, a gap to it has no meaning yet.",
    options={
        "removed": "Removals make survivors fewer than the count. Is that what the row shows?",
        "merged": "That may well have happened, but look at what the official count rests on.",
        "later_added": "Perhaps, but look at what the official count rests on.",
        "nothing": "Look at the basis of the official count: is it a rule or a report?",
    },
)
def _reading_of_huawei() -> str:
    row = load("entity_list_events").set_index("event_id").loc[HUAWEI]
    if row["official_china_basis"] not in ("rule", "report"):
        return "nothing"
    return "removed" if row["surviving_china"] < row["official_china"] else "merged"


def _standing(state: str, day: pd.Timestamp = countermoves.AS_OF) -> set[str]:
    table = countermoves.status(load("control_rules"), load("control_timeline"), day)
    return set(table.loc[table["state"] == state, "measure"].astype(str))


@exercise(
    "lists-and-countermoves-5",
    "names",
    hint="Call status() with another day and keep the rows that say suspended.",
    praise="On that day the table would have known an answer; now the day has passed.",
    universe=lambda: countermoves.status(load("control_rules"), load("control_timeline"))[
        "measure"
    ],
    slips=(
        Slip(
            "today",
            "Those are suspended on 23 November. Ask for another day.",
            lambda: _standing(countermoves.SUSPENDED),
        ),
        Slip(
            "not-known",
            "Those are the measures whose state is not known today; ask for the day before.",
            lambda: _standing(countermoves.STATE["not_established"]),
        ),
        Slip(
            "no-end",
            "You took the measures without a recorded end; they were never suspended.",
            lambda: _standing(countermoves.NO_END),
        ),
    ),
)
def _suspended_on_the_day() -> set[str]:
    return _standing(countermoves.SUSPENDED, pd.Timestamp("2026-11-01"))
