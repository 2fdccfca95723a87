"""Exercises of the chapter ``un-diplomacy/the-ai-divide``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import inequality, memberships

INTERNET = "internet_users_2023_pct"
READINESS = "readiness_2025_score"
BLETCHLEY, NEW_DELHI, G77 = "bletchley-declaration-2023", "new-delhi-declaration-2026", "g77"


def _members() -> pd.DataFrame:
    countries = load("countries")
    return countries[countries["kind"] == "un_member"].set_index("iso3")


def _values(column: str) -> pd.Series:
    """One value for each member of the United Nations, in their order."""
    return load("ai_divide").set_index("iso3")[column].reindex(_members().index)


def _compared(values: pd.Series, high: str = "High income") -> pd.Series:
    return inequality.between_groups(values, _members()["wb_income_group"], high, "Low income")


def _means(values: pd.Series) -> pd.Series:
    return values.astype(float).groupby(_members()["wb_income_group"].astype(str)).mean()


@exercise(
    "the-ai-divide-1",
    "ratio",
    hint="Median of the high-income states over median of the low-income states, missing left out.",
    praise="A ratio has no unit; the gap of the same two medians is in percentage points.",
    slips=(
        Slip(
            "gap",
            "That is the gap in points. The question asks how many times.",
            lambda: _compared(_values(INTERNET))["gap"],
        ),
        Slip(
            "means",
            "You divided means. A few states far from the others move a mean; take medians.",
            lambda: (lambda m: m["High income"] / m["Low income"])(_means(_values(INTERNET))),
        ),
        Slip(
            "zeros",
            "You counted states without a value as zero. Missing is not zero.",
            lambda: _compared(_values(INTERNET).fillna(0))["ratio"],
        ),
        Slip(
            "odds",
            "That is the odds ratio, which divides users by non-users first.",
            lambda: _compared(_values(INTERNET))["odds_ratio"],
        ),
        Slip(
            "upper-middle",
            "You took the upper-middle-income states for the high-income ones.",
            lambda: _compared(_values(INTERNET), "Upper middle income")["ratio"],
        ),
    ),
)
def _ratio() -> float:
    return float(_compared(_values(INTERNET))["ratio"])


@exercise(
    "the-ai-divide-2",
    "share",
    hint="The function takes weights as its second argument; population is in the table countries.",
    praise="Fewer people than countries are at the very bottom, so the curve sags less.",
    tolerance=0.002,
    slips=(
        Slip(
            "countries",
            "Every country counted once. The question asks for every person once.",
            lambda: inequality.gini(_values(INTERNET)),
        ),
        Slip(
            "zeros",
            "You counted people in states without a value as offline. Missing is not zero.",
            lambda: inequality.gini(_values(INTERNET).fillna(0), _members()["population"]),
        ),
        Slip(
            "users-as-values",
            "You multiplied by population and then counted each country once. That measures how "
            "unequal countries are in size, more than anything.",
            lambda: inequality.gini(_values(INTERNET) * _members()["population"].astype(float)),
        ),
        Slip(
            "readiness",
            "That is the readiness score; the question is about internet use.",
            lambda: inequality.gini(_values(READINESS), _members()["population"]),
        ),
    ),
)
def _gini_of_people() -> float:
    return inequality.gini(_values(INTERNET), _members()["population"])


@exercise(
    "the-ai-divide-3",
    "choice",
    hint="",
    praise="So a Gini needs a true zero. A share of people has one, a score of an index does not.",
    options={
        "rises": "Try it: add ten to the column and compute again. Whose share of the total grew?",
        "stays": "It would stay if every score were multiplied. Adding is another matter: try it.",
        "falls": "Try it: add ten to the column and compute again.",
    },
)
def _moved_zero() -> str:
    scores = _values(READINESS)
    change = inequality.gini(scores + 10) - inequality.gini(scores)
    return "falls" if change < 0 else "rises" if change > 0 else "stays"


def _parts() -> pd.DataFrame:
    clubs = [BLETCHLEY, NEW_DELHI, G77]
    return memberships.parts(load("un_groups"), clubs, list(_members().index))


@exercise(
    "the-ai-divide-4",
    "names",
    hint="Three conditions on one row, joined by &.",
    praise="Clubs overlap: one state can side with the South and sign with the hosts of summits.",
    universe=lambda: _members().index,
    slips=(
        Slip(
            "without-g77",
            "You left out the Group of 77.",
            lambda: set(_parts().query(f"`{BLETCHLEY}` != '' & `{NEW_DELHI}` != ''").index),
        ),
        Slip(
            "without-new-delhi",
            "You left out the New Delhi declaration.",
            lambda: set(_parts().query(f"`{BLETCHLEY}` != '' & `{G77}` != ''").index),
        ),
        Slip(
            "without-bletchley",
            "You left out the Bletchley declaration.",
            lambda: set(_parts().query(f"`{NEW_DELHI}` != '' & `{G77}` != ''").index),
        ),
        Slip(
            "any",
            "You joined the conditions by or; the question wants all three at once.",
            lambda: set(_parts().index[_parts().ne("").any(axis="columns")]),
        ),
    ),
)
def _in_all_three() -> set[str]:
    table = _parts()
    return set(table.index[table.isin(["belongs", "chairs"]).all(axis="columns")])


@exercise(
    "the-ai-divide-5",
    "share",
    hint="Non-users are 100 minus users; the rest is one call.",
    praise=(
        "The same countries, the same year, another number: whether one divides up what people "
        "have or what they lack is a choice."
    ),
    slips=(
        Slip(
            "users",
            "That is the coefficient of users. Turn the column round first.",
            lambda: inequality.gini(_values(INTERNET)),
        ),
        Slip(
            "one-minus",
            "You took one minus the coefficient of users. The two do not add up to one.",
            lambda: 1 - inequality.gini(_values(INTERNET)),
        ),
        Slip(
            "people",
            "You weighted by population; the question counts each country once.",
            lambda: inequality.gini(100 - _values(INTERNET), _members()["population"]),
        ),
    ),
)
def _gini_of_non_users() -> float:
    return inequality.gini(100 - _values(INTERNET))
