"""Verdicts of the chapter ``strategy/plans-and-targets``."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, MAJORITY, Finding, rule
from bridgebook.wording import listed

CHINA = "CHN"

# --- one approach of three parts --------------------------------------------------------------

PARTS: dict[str, frozenset[str]] = {
    "technology": frozenset(
        {
            "capital",
            "chips",
            "compute",
            "data_factor",
            "diffusion",
            "digital_economy",
            "industry",
            "manufacturing",
            "national_champions",
            "open_source",
            "research",
            "robotics",
        }
    ),
    "rules": frozenset(
        {
            "ai_law",
            "content",
            "data_protection",
            "ethics",
            "governance",
            "labelling",
            "registration",
            "safety",
            "security",
        }
    ),
    "diplomacy": frozenset({"diplomacy"}),
}
"""The article's three parts, by the themes that the timeline gives its documents. A theme such as
*coordination* or *export controls* belongs to none of them."""


def parts_of(policy_timeline: pd.DataFrame) -> pd.DataFrame:
    """Say which of the three parts each document touches.

    Returns
    -------
    pandas.DataFrame
        Index of the input, one boolean column for each of :data:`PARTS`.
    """
    themes = policy_timeline["themes"].astype("string").fillna("").str.split(";")
    columns = {
        part: [bool(words & set(found)) for found in themes] for part, words in PARTS.items()
    }
    return pd.DataFrame(columns, index=policy_timeline.index)


@rule("three-part-strategy")
def _three_parts(*, policy_timeline: pd.DataFrame) -> Finding:
    """Count documents in each part, and those that join parts.

    *Supported* asks for a plan that joins all three; *partly* for the three parts and any
    document that joins two of them.
    """
    then = policy_timeline[policy_timeline["date"] < ARTICLE_BEFORE]
    chinese = then[then["iso3"] == CHINA]
    parts = parts_of(chinese)
    joined = parts.sum(axis="columns")
    of_three = chinese.loc[joined == len(PARTS)]
    other = parts_of(then[then["iso3"] == "USA"])
    numbers: dict[str, Any] = {
        "documents_in_each_part": {str(part): int(n) for part, n in parts.sum().items()},
        "american_documents_in_each_part": {str(part): int(n) for part, n in other.sum().items()},
        "documents_that_join_two_parts": [str(name) for name in chinese.loc[joined == 2, "label"]],
        "documents_that_join_all_three": [str(name) for name in of_three["label"]],
        "plans_that_join_all_three": int((of_three["type"] == "plan").sum()),
    }
    return Finding(_three_outcome(numbers), _three_reason(numbers), numbers)


def _three_outcome(numbers: dict[str, Any]) -> Outcome:
    counts = numbers["documents_in_each_part"].values()
    if not any(counts):
        return Outcome.CANNOT_TELL
    if not all(counts):
        return Outcome.NOT_SUPPORTED
    if numbers["plans_that_join_all_three"]:
        return Outcome.SUPPORTED
    joined = numbers["documents_that_join_two_parts"] or numbers["documents_that_join_all_three"]
    return Outcome.PARTLY if joined else Outcome.NOT_SUPPORTED


def _three_reason(numbers: dict[str, Any]) -> str:
    counts = numbers["documents_in_each_part"]
    if not any(counts.values()):
        return "No Chinese document from before the article is in the timeline."
    touched = listed([f"{n} touch {part}" for part, n in counts.items()])
    text = f"Of the Chinese documents in our timeline from before the article, {touched}."
    three = numbers["documents_that_join_all_three"]
    text += (
        f" {len(numbers['documents_that_join_two_parts'])} join two of the parts, and "
        f"{listed(three) if three else 'none'} all three."
    )
    if three and not numbers["plans_that_join_all_three"]:
        text += " That is a programme offered abroad, not a plan that binds offices at home."
    return text


# --- planning far ahead -----------------------------------------------------------------------

AI_IN_TITLE = r"\bAI\b|Artificial Intelligence"
"""A plan counts here if its title names AI: general five-year plans name everything."""

DUE = ARTICLE_BEFORE.year
"""Targets for this year or earlier had come due, or nearly, when the article appeared."""

ON_RULES = r"\blaws?\b|\brules?\b|\bethics\b"
"""Words by which a target is one for rules."""

READINGS = {
    "extended": "later plans reach further",
    "both": "targets for industry and for rules",
    "repeated": "most indicators are set again by a later plan",
}
"""What planning far ahead would leave behind, without a line for how far is far."""


def furthest_years(policy_timeline: pd.DataFrame) -> pd.Series:
    """Furthest year of China's plans on AI, at each plan that moved it outward.

    Returns
    -------
    pandas.Series
        Last year of the period by date of the plan, increasing.
    """
    plans = policy_timeline[
        (policy_timeline["iso3"] == CHINA)
        & (policy_timeline["type"] == "plan")
        & (policy_timeline["date"] < ARTICLE_BEFORE)
        & policy_timeline["title"].astype("string").str.contains(AI_IN_TITLE).fillna(False)
    ].dropna(subset=["period_end_year"])
    ends = plans.sort_values("date").set_index("date")["period_end_year"].astype(int)
    furthest = ends.cummax()
    return furthest[furthest.gt(furthest.shift(fill_value=0))]


def national_targets(plan_targets: pd.DataFrame) -> pd.DataFrame:
    """Choose China's national targets of known year, one row for each however many outcomes."""
    chosen = (
        (plan_targets["iso3"] == CHINA)
        & (plan_targets["kind"] == "target")
        & plan_targets["plan_year"].notna()
    )
    return plan_targets[chosen].drop_duplicates(["plan", "indicator", "target_year"])


def set_again(plan_targets: pd.DataFrame) -> pd.Series:
    """Say of each numeric indicator that came due whether a later plan set it again.

    An indicator has come due when the last target of the plan that brought it has: the plan of
    2017 still runs to 2030.

    Returns
    -------
    pandas.Series
        Boolean, by indicator: True if a plan of a later year has the same indicator in the same
        unit. A new name for an old thing counts as new.
    """
    numeric = national_targets(plan_targets).dropna(subset=["target_value"])
    numeric = numeric.assign(
        name=numeric["indicator"].astype("string"), unit=numeric["target_unit"].astype("string")
    )
    by_name = numeric.groupby(["name", "unit"])
    first_plan = numeric[numeric["plan_year"] == by_name["plan_year"].transform("min")]
    last = first_plan.groupby(["name", "unit"])["target_year"].max()
    again = by_name["plan_year"].agg(lambda years: len(set(years)) > 1)
    return again[last <= DUE].droplevel("unit").rename_axis("indicator").astype(bool)


@rule("long-term-strategy")
def _long_term(*, policy_timeline: pd.DataFrame, plan_targets: pd.DataFrame) -> Finding:
    """Ask whether later plans extend and repeat what earlier ones set, for industry and rules."""
    furthest = furthest_years(policy_timeline)
    again = set_again(plan_targets)
    targets = national_targets(plan_targets)
    on_rules = targets["indicator"].astype("string").str.contains(ON_RULES).fillna(False)
    holds = {
        "extended": len(furthest) > 1 if len(furthest) else None,
        "both": bool(on_rules.any() and not on_rules.all()) if len(targets) else None,
        "repeated": bool(again.mean() > MAJORITY) if len(again) else None,
    }
    numbers: dict[str, Any] = {
        "furthest_year_of_a_plan_on_ai": [str(year) for year in furthest],
        "national_targets": len(targets),
        "of_them_on_rules": int(on_rules.sum()),
        "indicators_that_came_due": len(again),
        "of_them_set_again": [str(name) for name in again.index[again]],
        "readings_that_hold": [READINGS[name] for name, held in holds.items() if held],
        "readings_that_do_not": [READINGS[name] for name, held in holds.items() if held is False],
    }
    return Finding(_long_outcome(holds), _long_reason(numbers), numbers)


def _long_outcome(holds: dict[str, bool | None]) -> Outcome:
    known = [held for held in holds.values() if held is not None]
    if len(known) < len(holds):
        return Outcome.CANNOT_TELL
    if all(known):
        return Outcome.SUPPORTED
    return Outcome.PARTLY if any(known) else Outcome.NOT_SUPPORTED


def _long_reason(numbers: dict[str, Any]) -> str:
    if not numbers["furthest_year_of_a_plan_on_ai"] or not numbers["indicators_that_came_due"]:
        return "Too few plans or targets are in the tables."
    years = numbers["furthest_year_of_a_plan_on_ai"]
    reach = f"from {years[0]} to {' and then '.join(years[1:])}" if len(years) > 1 else years[0]
    again = numbers["of_them_set_again"]
    return (
        f"The furthest year in a plan on AI moved {reach}. Of {numbers['national_targets']} "
        f"national targets in our table {numbers['of_them_on_rules']} concerns rules. Of "
        f"{numbers['indicators_that_came_due']} indicators with a number that came due by {DUE}, "
        f"later plans in our table set {len(again)} again; the plan of 2026 was read through the "
        "press. The direction is kept for long; few yardsticks are taken over."
        if len(again) <= MAJORITY * numbers["indicators_that_came_due"]
        else f"The furthest year in a plan on AI moved {reach}, and later plans set "
        f"{len(again)} of {numbers['indicators_that_came_due']} indicators again."
    )


# --- outcomes compared with targets -------------------------------------------------------------

HOW = {
    "same_measure": "same measure",
    "changed_definition": "definition changed",
    "proxy": "something similar",
}
"""What the outcome measures, compared with what the target names."""


def due_targets(plan_targets: pd.DataFrame, year: int = DUE) -> pd.DataFrame:
    """China's targets that were due by a year, with what was reported for them.

    Returns
    -------
    pandas.DataFrame
        One row for each target and outcome: the table's columns, ``ratio`` (outcome divided by
        target, missing unless both are numbers of one unit) and ``evidence``: one of
        :data:`HOW`, or ``none``.
    """
    due = plan_targets[
        (plan_targets["iso3"] == CHINA)
        & (plan_targets["kind"] == "target")
        & (plan_targets["target_year"] <= year)
    ]
    alike = due["outcome_unit"].astype("string") == due["target_unit"].astype("string")
    ratio = (due["outcome_value"] / due["target_value"]).where(alike.fillna(False))
    evidence = due["comparability"].astype("string").fillna("none")
    return due.assign(ratio=ratio, evidence=evidence)


def tally(due: pd.DataFrame) -> pd.Series:
    """Count targets by the best evidence there is for each, from :func:`due_targets`."""
    order = pd.CategoricalDtype([*HOW, "none"], ordered=True)
    best = due.assign(evidence=due["evidence"].astype(order)).sort_values("evidence")
    best = best.drop_duplicates(["plan", "indicator", "target_year"])
    return best["evidence"].value_counts().reindex(order.categories).astype(int)
