"""Exercises of the chapter ``strategy/rules-at-home``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.claims.strategy import rules_at_home as rules
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import surveys

# --- two estimates of use ---------------------------------------------------------------------


def _survey(position: int = -1) -> float:
    reports = load("ai_adoption_reports").sort_values("period_end")
    return float(reports.loc[reports["series_id"] == rules.SURVEY, "value_pct"].iloc[position])


def _telemetry(iso3: str = "CHN", position: int = -1) -> float:
    rows = load("ai_adoption").sort_values("period_end")
    return float(rows.loc[rows["iso3"] == iso3, "users_pct"].iloc[position])


@exercise(
    "rules-at-home-1",
    "ratio",
    hint="The last value of the survey over the last value of the telemetry, both for China.",
    praise="Two honest counts of one country, and neither is the number of AI users.",
    slips=(
        Slip(
            "points",
            "That is the difference in points. The question asks how many times.",
            lambda: _survey() - _telemetry(),
        ),
        Slip(
            "same-summer",
            "You compared both in mid-2025. Take the last value of each.",
            lambda: _survey(1) / _telemetry(position=0),
        ),
        Slip(
            "first-wave",
            "You took the first wave of the survey. Take the last.",
            lambda: _survey(0) / _telemetry(),
        ),
        Slip(
            "united-states",
            "You divided by the telemetry of the United States.",
            lambda: _survey() / _telemetry("USA"),
        ),
    ),
)
def _apart() -> float:
    return _survey() / _telemetry()


# --- filings ----------------------------------------------------------------------------------


def _counts(column: str = "services_filed") -> pd.Series:
    table = load("genai_registrations").sort_values("as_of_date")
    return table.set_index("as_of_date")[column].astype(float)


def _months(counts: pd.Series, start: str) -> float:
    return float((counts.index[-1] - pd.Timestamp(start)).days) / rules.DAYS_PER_MONTH


END_OF_2024 = "2024-12-31"


@exercise(
    "rules-at-home-2",
    "number",
    hint="Filed in between, divided by the months in between.",
    praise="A cumulative count becomes a pace only when two of its values are subtracted.",
    tolerance=0.02,
    slips=(
        Slip(
            "cumulative",
            "You divided the whole count. Subtract what was filed before the period began.",
            lambda: _counts().iloc[-1] / _months(_counts(), END_OF_2024),
        ),
        Slip(
            "per-year",
            "That is per year. Divide by the months, not by the years.",
            lambda: 12 * _pace(),
        ),
        Slip(
            "registered-too",
            "You added the registered applications. They are another procedure, so leave them out.",
            lambda: _pace() + _pace("applications_registered"),
        ),
        Slip(
            "registered",
            "Those are registered applications; the question asks for filed services.",
            lambda: _pace("applications_registered"),
        ),
        Slip(
            "from-the-start",
            "Your period begins with the first count, one year too early.",
            lambda: (_counts().iloc[-1] - _counts().iloc[0]) / _months(_counts(), "2023-12-31"),
        ),
    ),
)
def _filed_per_month() -> float:
    return _pace()


def _pace(column: str = "services_filed") -> float:
    counts = _counts(column)
    return float((counts.iloc[-1] - counts[END_OF_2024]) / _months(counts, END_OF_2024))


# --- who is asked -----------------------------------------------------------------------------


def _agree(iso3: str, year: int = 2024) -> float:
    rows = load("attitudes")
    rows = rows[(rows["question"] == "benefits_outweigh") & (rows["respondent_iso3"] == iso3)]
    return float(rows.loc[rows["wave_date"].dt.year == year, "agree_pct"].iloc[0]) / 100


def _online(iso3: str) -> float:
    return float(load("ai_divide").set_index("iso3").loc[iso3, "internet_users_2023_pct"]) / 100


@exercise(
    "rules-at-home-3",
    "share",
    hint="worst_case() gives both ends; the question asks for the lower one.",
    praise="Nothing was assumed about people offline, and still something is known.",
    slips=(
        Slip(
            "upper",
            "That is the upper end, at which everybody offline agrees.",
            lambda: surveys.worst_case(_agree("IDN"), _online("IDN"))[1],
        ),
        Slip(
            "raw",
            "That is the figure as published, which leaves out the people offline.",
            lambda: _agree("IDN"),
        ),
        Slip(
            "china",
            "You computed it for China.",
            lambda: surveys.worst_case(_agree("CHN"), _online("CHN"))[0],
        ),
        Slip(
            "offline",
            "You multiplied by the share of people offline instead of online.",
            lambda: _agree("IDN") * (1 - _online("IDN")),
        ),
        Slip(
            "half",
            "You assumed that half of the people offline agree. The worst case assumes none.",
            lambda: surveys.with_others(_agree("IDN"), _online("IDN"), 0.5),
        ),
    ),
)
def _lower_end() -> float:
    return float(surveys.worst_case(_agree("IDN"), _online("IDN"))[0])


# --- tests of answers ---------------------------------------------------------------------------


@exercise(
    "rules-at-home-4",
    "choice",
    hint="",
    praise="The order turns from one test to the other. A ranking needs the name of its test.",
    options={
        "kimi": "In one test, yes. Look at the other test that has figures for both.",
        "deepseek": "In one test, yes. Look at the other test that has figures for both.",
        "it_depends": "Both tests with figures agree on the order. Look again.",
        "cannot_compare": "Across tests one cannot. Inside one test both models met one ruler.",
    },
)
def _order() -> str:
    tests = load("answer_tests")
    share = tests.assign(affected=rules.affected_pct(tests)).dropna(subset=["affected"])
    table = share.pivot_table("affected", "tester", "developer", observed=True).dropna()
    first = set(table.idxmin(axis="columns"))
    if not first:
        return "cannot_compare"
    if len(first) > 1:
        return "it_depends"
    return {"Moonshot": "kimi", "DeepSeek": "deepseek"}[first.pop()]


# --- how much must a survey reach -----------------------------------------------------------------


@exercise(
    "rules-at-home-5",
    "share",
    hint="most_reached() takes the other figure first, then the survey's own.",
    praise="Above that part no opinion of the others could turn the order round.",
    slips=(
        Slip(
            "swapped",
            "You swapped the two figures.",
            lambda: surveys.most_reached(_agree("CHN"), _agree("USA")),
        ),
        Slip(
            "rest",
            "That is the part not reached. The question asks for the part that is.",
            lambda: 1 - surveys.most_reached(_agree("USA"), _agree("CHN")),
        ),
        Slip(
            "older-wave",
            "You took the wave of 2021.",
            lambda: surveys.most_reached(_agree("USA", 2021), _agree("CHN", 2021)),
        ),
        Slip(
            "difference",
            "That is the distance between the two figures.",
            lambda: _agree("CHN") - _agree("USA"),
        ),
        Slip(
            "worst-case",
            "That is the lower end for people online. The question asks how few would be enough.",
            lambda: surveys.worst_case(_agree("CHN"), _online("CHN"))[0],
        ),
    ),
)
def _enough() -> float:
    return float(surveys.most_reached(_agree("USA"), _agree("CHN")))
