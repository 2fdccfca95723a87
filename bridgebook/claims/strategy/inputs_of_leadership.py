"""Verdicts of the chapter ``strategy/inputs-of-leadership``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods import composite
from bridgebook.verdicts import Finding, rule
from bridgebook.wording import listed

# --- leadership-is-shifting -----------------------------------------------------------------

BASE_YEAR = 2017
"""The year of China's national plan for AI. Series that begin later begin with their first year."""

ENOUGH_YEARS = 2
"""Two points in time are the least from which a movement can be read."""

CLEAR_CHANGE = 0.10
"""China's level relative to the United States has to change by a tenth before we call it a
movement: revisions of such figures are often of that size."""

ENOUGH_SERIES = 4
"""With fewer series there is no picture of several inputs."""


@rule("leadership-is-shifting")
def _shifting(
    *,
    rd_spending: pd.DataFrame,
    ai_research: pd.DataFrame,
    ai_research_reports: pd.DataFrame,
    ai_investment_reports: pd.DataFrame,
    electricity: pd.DataFrame,
    epoch_models: pd.DataFrame,
) -> Finding:
    """Follow China's level relative to the United States in each input that has two dates.

    Computing is left out: no series with two comparable dates exists. TOP500 has dates, but
    stopped describing China.
    """
    levels = relative_levels(
        rd_spending=rd_spending,
        ai_research=ai_research,
        ai_research_reports=ai_research_reports,
        ai_investment_reports=ai_investment_reports,
        electricity=electricity,
        epoch_models=epoch_models,
    )
    moves = movements(levels)
    change = moves["last"] / moves["first"] - 1
    numbers = {
        "series": len(moves),
        "rising": moves.index[change > CLEAR_CHANGE].tolist(),
        "falling": moves.index[change < -CLEAR_CHANGE].tolist(),
        "china_ahead": moves.index[moves["last"] > 1].tolist(),
    }
    return Finding(_shifting_outcome(numbers), _shifting_reason(numbers), numbers)


def relative_levels(
    *,
    rd_spending: pd.DataFrame,
    ai_research: pd.DataFrame,
    ai_research_reports: pd.DataFrame,
    ai_investment_reports: pd.DataFrame,
    electricity: pd.DataFrame,
    epoch_models: pd.DataFrame,
) -> pd.DataFrame:
    """China's value divided by that of the United States, by input and year.

    Parameters
    ----------
    rd_spending, ai_research, ai_research_reports, ai_investment_reports, electricity, epoch_models
        Tables of the data room of these names. Years that a source marks incomplete are left out.

    Returns
    -------
    pandas.DataFrame
        Columns ``input``, ``year`` and ``ratio``.
    """
    counts = ai_research[ai_research["complete"].fillna(False)].astype({"measure": "string"})
    reports = ai_research_reports.astype({"measure": "string"})
    money = ai_investment_reports[~ai_investment_reports["part_year"].fillna(False)]
    money = money.astype({"measure": "string"})
    series = {
        "R&D spending": _ratio(rd_spending, "gerd_ppp2021_bn"),
        "AI papers": _ratio(counts[counts["measure"] == "ai_publications"]),
        "papers in the top 100": _ratio(reports[reports["measure"] == "top100_cited_papers"]),
        "AI patents filed": _ratio(counts[counts["measure"] == "ai_patent_applications"]),
        "top authors by first degree": _ratio(
            reports[reports["measure"] == "neurips_top20pct_first_degree"]
        ),
        "AI venture money": _ratio(money[money["measure"] == "vc_investment"]),
        "electricity": _ratio(electricity, "generation_twh"),
        "notable models": _ratio(_models_by_year(epoch_models), "models"),
    }
    long = pd.concat(series, names=["input", "year"]).rename("ratio").reset_index()
    return long.astype({"year": int, "ratio": float})


def _ratio(rows: pd.DataFrame, column: str = "value") -> pd.Series:
    """China over the United States for every year with both."""
    both = rows[rows["iso3"].astype("string").isin(list(composite.POWERS))]
    both = both.astype({"iso3": "string", column: float, "year": int})
    wide = both.pivot_table(index="year", columns="iso3", values=column, aggfunc="last")
    wide = wide.reindex(columns=list(composite.POWERS)).dropna()
    return wide["CHN"] / wide["USA"]


def _models_by_year(models: pd.DataFrame) -> pd.DataFrame:
    """Notable models by country and whole year; a joint model counts for each country."""
    notable = models[models["notable"].fillna(False)].dropna(subset=["countries_iso3"])
    dates = notable["publication_date"]
    whole = dates.dt.year < models["publication_date"].max().year if len(models) else dates.isna()
    notable = notable[whole].assign(
        year=dates.dt.year, iso3=notable["countries_iso3"].astype("string").str.split(";")
    )
    return notable.explode("iso3").groupby(["year", "iso3"]).size().rename("models").reset_index()


def movements(levels: pd.DataFrame) -> pd.DataFrame:
    """First and last ratio of each input since :data:`BASE_YEAR`, if it has two dates."""
    since = levels[levels["year"] >= BASE_YEAR].sort_values(["input", "year"])
    first, last = since.groupby("input").first(), since.groupby("input").last()
    table = pd.DataFrame(
        {
            "from": first["year"],
            "to": last["year"],
            "first": first["ratio"],
            "last": last["ratio"],
        }
    )
    return table[since.groupby("input").size() >= ENOUGH_YEARS]


def _shifting_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if numbers["series"] < ENOUGH_SERIES:
        return Outcome.CANNOT_TELL
    rising, falling = len(numbers["rising"]), len(numbers["falling"])
    if not rising:
        return Outcome.CONTRADICTED if falling == numbers["series"] else Outcome.NOT_SUPPORTED
    if rising <= numbers["series"] / 2:
        return Outcome.NOT_SUPPORTED
    everywhere = rising == numbers["series"] and len(numbers["china_ahead"]) == numbers["series"]
    return Outcome.SUPPORTED if everywhere else Outcome.PARTLY


def _shifting_reason(numbers: Mapping[str, Any]) -> str:
    if numbers["series"] < ENOUGH_SERIES:
        return "Too few inputs have two comparable dates for both countries."
    rising, falling, total = numbers["rising"], numbers["falling"], numbers["series"]
    first = f"China's level relative to the United States rose in {len(rising)} of {total} inputs"
    second = f" and fell in {listed(falling)}" if falling else ""
    ahead = numbers["china_ahead"]
    third = f"China is ahead in {listed(ahead)}" if ahead else "China is ahead in none"
    return f"{first}{second}. {third}."


# --- challenges-western-giants --------------------------------------------------------------

SERIOUS = 0.5
"""A rival for first place has at least half of the leader's level. Half is a convention; the
chapter shows the values, so that the reader can take another."""


@rule("challenges-western-giants")
def _challenges(
    *,
    ai_research_reports: pd.DataFrame,
    ai_investment_reports: pd.DataFrame,
    data_centres: pd.DataFrame,
    gpu_clusters: pd.DataFrame,
) -> Finding:
    """Ask in which of four inputs and outputs China has half of the level of the United States.

    Where two measures of one input exist, both must agree.
    """
    values = composite.measures(
        rd_spending=_none("iso3", "year", "gerd_ppp2021_bn"),
        ai_research=_none("iso3", "year", "measure", "value"),
        ai_research_reports=ai_research_reports,
        ai_investment_reports=ai_investment_reports,
        data_centres=data_centres,
        electricity=_none("iso3", "year", "generation_twh"),
        gpu_clusters=gpu_clusters,
        robots_reports=_none("iso3", "year", "installations_units"),
    )
    ratio = values["CHN"] / values["USA"]
    fields = {
        "notable models": ["models"],
        "private money": ["money", "money_ai_index"],
        "most cited papers": ["top_papers"],
        "computing": ["computing", "clusters"],
    }
    levels = {name: ratio[keys].dropna().round(4).tolist() for name, keys in fields.items()}
    known = {name: found for name, found in levels.items() if found}
    numbers = {
        "levels": known,
        "rival_in": [name for name, found in known.items() if min(found) >= SERIOUS],
        "measures_disagree_in": [
            name for name, found in known.items() if min(found) < SERIOUS <= max(found)
        ],
        "level_or_ahead_in": [name for name, found in known.items() if min(found) >= 1],
    }
    complete = len(known) == len(fields)
    return Finding(_challenges_outcome(numbers, complete), _challenges_reason(numbers), numbers)


def _none(*columns: str) -> pd.DataFrame:
    """A table without rows, for measures that this rule does not use."""
    return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})


def _challenges_outcome(numbers: Mapping[str, Any], complete: bool) -> Outcome:
    if not complete:
        return Outcome.CANNOT_TELL
    total, rival = len(numbers["levels"]), len(numbers["rival_in"])
    if rival == total:
        return Outcome.SUPPORTED
    if rival >= total / 2:
        return Outcome.PARTLY
    if rival or numbers["measures_disagree_in"]:
        return Outcome.NOT_SUPPORTED
    return Outcome.CONTRADICTED


def _challenges_reason(numbers: Mapping[str, Any]) -> str:
    total = len(numbers["levels"])
    rival = numbers["rival_in"]
    where = f": {listed(rival)}" if rival else ""
    first = f"China has half of the United States' level or more in {len(rival)} of {total}{where}"
    below = [name for name, found in numbers["levels"].items() if max(found) < SERIOUS]
    second = f" It is below half in {listed(below)}." if below else ""
    open_ = numbers["measures_disagree_in"]
    third = f" Two measures disagree about {listed(open_)}." if open_ else ""
    level = numbers["level_or_ahead_in"]
    fourth = f" It is level or ahead in {listed(level)}." if level else " It is ahead in none."
    return f"{first}.{second}{third}{fourth}"


# --- not-a-foregone-conclusion --------------------------------------------------------------

OPEN_SHARE = 0.10
"""If each country leads under at least a tenth of all weightings, weights and not data decide."""


@rule("not-a-foregone-conclusion")
def _open(
    *,
    rd_spending: pd.DataFrame,
    ai_research: pd.DataFrame,
    ai_research_reports: pd.DataFrame,
    ai_investment_reports: pd.DataFrame,
    data_centres: pd.DataFrame,
    electricity: pd.DataFrame,
    gpu_clusters: pd.DataFrame,
    robots_reports: pd.DataFrame,
) -> Finding:
    """Compute the share of weightings under which each country leads, for every variant.

    Inputs of today are no forecast, so the best outcome here is *partly supported*.
    """
    values = composite.measures(
        rd_spending=rd_spending,
        ai_research=ai_research,
        ai_research_reports=ai_research_reports,
        ai_investment_reports=ai_investment_reports,
        data_centres=data_centres,
        electricity=electricity,
        gpu_clusters=gpu_clusters,
        robots_reports=robots_reports,
    )
    complete = values.loc[list(composite.MEASURES), list(composite.POWERS)].notna().all(axis=None)
    if not complete:
        return Finding(Outcome.CANNOT_TELL, "An input is missing for one of the countries.", {})
    china = composite.variants(values)["china"].dropna()
    contested = china.between(OPEN_SHARE, 1 - OPEN_SHARE)
    numbers = {
        "variants": len(china),
        "contested_variants": int(contested.sum()),
        "china_lowest_share": float(china.min()),
        "china_highest_share": float(china.max()),
        "china_more_than_half": int((china > 0.5).sum()),
    }
    return Finding(_open_outcome(numbers), _open_reason(numbers), numbers)


def _open_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if numbers["contested_variants"] == numbers["variants"]:
        return Outcome.PARTLY
    # If only some ways to measure leave it open, the answer depends on the way chosen.
    return Outcome.CANNOT_TELL if numbers["contested_variants"] else Outcome.NOT_SUPPORTED


def _open_reason(numbers: Mapping[str, Any]) -> str:
    low, high = numbers["china_lowest_share"], numbers["china_highest_share"]
    first = (
        f"Over {numbers['variants']} ways to measure and scale, one choice changed at a time, "
        "China leads under "
        f"{low:.0%} to {high:.0%} of all weightings and the United States under the others"
    )
    if numbers["contested_variants"] == numbers["variants"]:
        second = "So today's inputs settle nothing; what they lead to, no table says."
    elif numbers["contested_variants"]:
        second = (
            f"Only {numbers['contested_variants']} of these leave each country at least a tenth."
        )
    else:
        second = "Under each of them one country leads almost whatever the weights."
    return f"{first}. {second}"
