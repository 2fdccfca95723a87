"""Verdicts of the chapter ``strategy/rules-at-home``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, Finding, rule
from bridgebook.wording import listed

CHINA = "CHN"

DAYS_PER_MONTH = 365.25 / 12

# --- rules and filings, for several claims ----------------------------------------------------

BINDING = ("law", "regulation")
"""Types of document that bind firms. Plans, principles and standards guide or propose."""

FIELDS = ("rules", "data")
"""Parts of the timeline on AI services and on data; export controls and funds are others."""

IN_FORCE = ("in_force", "amended")


def binding_rules(policy_timeline: pd.DataFrame, iso3: str = CHINA) -> pd.DataFrame:
    """Choose the laws and regulations on AI services and data that took effect, oldest first.

    Drafts carry no day of effect and fall out. An amendment is a row of its own.
    """
    chosen = (
        (policy_timeline["iso3"] == iso3)
        & policy_timeline["type"].isin(BINDING)
        & policy_timeline["lane"].isin(FIELDS)
        & policy_timeline["status"].isin(IN_FORCE)
        & policy_timeline["date_effective"].notna()
    )
    return policy_timeline[chosen].sort_values("date_effective")


def filing_pace(genai_registrations: pd.DataFrame) -> pd.DataFrame:
    """Turn cumulative counts of filed services into filings per month between two counts.

    Returns
    -------
    pandas.DataFrame
        One row for each pair of neighbouring counts: ``start``, ``end``, ``filed`` and
        ``per_month``. Where a count is stated as *more than*, the pace before it is a lower and
        the pace after it an upper bound.

    """
    counts = genai_registrations.sort_values("as_of_date")
    pace = pd.DataFrame(
        {
            "start": counts["as_of_date"].shift(),
            "end": counts["as_of_date"],
            "filed": counts["services_filed"].diff(),
        }
    ).iloc[1:]
    months = (pace["end"] - pace["start"]).dt.days / DAYS_PER_MONTH
    return pace.assign(per_month=pace["filed"].astype(float) / months)


# --- tests of answers ---------------------------------------------------------------------------

SLIGHT_PCT, HEAVY_PCT = 10, 50
"""A test reads *slight* up to one answer in ten, *heavy* from every second one, *some* between. The
lines are ours; they serve to compare a tester's result with words, and testers only by class."""


def affected_pct(answer_tests: pd.DataFrame) -> pd.Series:
    """Give the share of answers each test finds affected, in percent; missing where it has words.

    For a test that counts candid answers it is the rest. What *affected* means differs by test.
    """
    result = answer_tests["result_pct"].astype(float)
    return result.where(answer_tests["measure"] != "candid", 100 - result)


def effect(answer_tests: pd.DataFrame) -> pd.Series:
    """Class each result as slight, some or heavy; words of a tester are taken as they are."""
    share = affected_pct(answer_tests)
    classes = pd.Series("some", index=answer_tests.index, dtype="object")
    classes = classes.mask(share <= SLIGHT_PCT, "slight").mask(share >= HEAVY_PCT, "heavy")
    words = answer_tests["wording"].astype("object")
    return classes.where(share.notna(), words)


def _even(answer_tests: pd.DataFrame) -> bool | None:
    """Whether all results of a developer are of one class; unknown without two results of one.

    Testers asked other things, in other languages, of other versions, and their results must not
    be merged. They can still show that the effect is not the same whatever is asked.
    """
    tested = answer_tests.assign(effect=effect(answer_tests)).dropna(subset=["effect"])
    by = tested.astype({"developer": "string"}).groupby("developer")["effect"]
    several = by.nunique()[by.size() > 1]
    return bool((several == 1).all()) if len(several) else None


# --- governance-is-robust -------------------------------------------------------------------

MANY_RULES = 3
"""Binding rules in force at the time of the article that we want to see before we call them
detailed: one each for recommending, for faking and for generating content would do."""

GENERAL = "ai_law"
"""First theme of a law on AI as a whole. A law that only gained an article on AI has it later."""

FEWEST_READINGS = 3
"""With fewer of the four readings known there is nothing to weigh."""

READINGS = {
    "detailed": "several binding rules were in force",
    "enforced": "services were filed under them",
    "complete": "a general AI law is in force",
    "even": "the effect on answers is the same whatever is asked",
}
"""Four things that *robust* may mean. If you have another aim in mind, add or drop one."""


@rule("governance-is-robust")
def _robust(
    *,
    policy_timeline: pd.DataFrame,
    genai_registrations: pd.DataFrame,
    answer_tests: pd.DataFrame,
) -> Finding:
    """Ask on how many of four readings of *robust* the rules hold."""
    rules = binding_rules(policy_timeline)
    then = rules[rules["date_effective"] < ARTICLE_BEFORE]
    counts = genai_registrations.sort_values("as_of_date")
    before = counts.loc[counts["as_of_date"] < ARTICLE_BEFORE, "services_filed"].dropna()
    leading = rules["themes"].astype("string").str.split(";").str[0]
    general = bool(((rules["type"] == "law") & (leading == GENERAL)).any())
    known = not policy_timeline.empty
    holds: dict[str, bool | None] = {
        "detailed": len(then) >= MANY_RULES if known else None,
        "enforced": bool(before.iloc[-1] > before.iloc[0]) if len(before) > 1 else None,
        "complete": general if known else None,
        "even": _even(answer_tests),
    }
    numbers = {
        "binding_rules_at_the_article": len(then),
        "binding_rules_now": len(rules),
        "services_filed_at_the_article": int(before.iloc[-1]) if len(before) else 0,
        "services_filed_now": int(counts["services_filed"].iloc[-1]) if len(counts) else 0,
        "general_ai_law": general,
        "testers": int(answer_tests["tester"].nunique()),
        "readings_that_hold": [READINGS[name] for name, held in holds.items() if held],
        "readings_that_do_not": [READINGS[name] for name, held in holds.items() if held is False],
    }
    return Finding(_robust_outcome(holds), _robust_reason(numbers, holds), numbers)


def _robust_outcome(holds: Mapping[str, bool | None]) -> Outcome:
    known = [held for held in holds.values() if held is not None]
    if len(known) < FEWEST_READINGS:
        return Outcome.CANNOT_TELL
    if all(known):
        return Outcome.SUPPORTED
    return Outcome.PARTLY if any(known) else Outcome.NOT_SUPPORTED


def _robust_reason(numbers: Mapping[str, Any], holds: Mapping[str, bool | None]) -> str:
    if sum(held is not None for held in holds.values()) < FEWEST_READINGS:
        return "Too few of the four readings of the word can be checked."
    law = "is" if numbers["general_ai_law"] else "is not"
    found = {
        True: "find one and the same effect on answers",
        False: "find effects on answers from slight to heavy, depending on what, how and whom they "
        "asked",
        None: "are too few to say whether the effect on answers is even",
    }[holds["even"]]
    sentences = (
        f"{numbers['binding_rules_at_the_article']} binding rules on AI services and data were in "
        f"force when the article appeared. At least {numbers['services_filed_at_the_article']} "
        f"services were filed by then, {numbers['services_filed_now']} by now",
        f"A general law on AI {law} in force",
        f"Tests by {numbers['testers']} testers {found}",
        "Whether that is robust depends on the aim one has in mind",
    )
    return ". ".join(sentences) + "."


# --- data-as-production-factor ----------------------------------------------------------------

FACTOR = "data_factor"

TOP = ("CPC Central Committee", "State Council")
"""Bodies whose word sets doctrine. Agencies carry it out."""

SIZE_OF_DATA = "size of the big-data industry"

DATA_PLANS = ("data industry", "big-data industry", "data transactions", "trusted data spaces")
"""Words by which a target of ``plan_targets`` is one for data as a good."""

NAMED = pd.Timestamp("2019-10-01")
"""Month in which the party named data a factor of production. The plan of 2017 carries the theme in
our timeline, but what we have of it does not use the word."""

MANY_DOCUMENTS = 3
"""A single mention may be a phrase; from three documents over the years on we speak of a line."""


def factor_documents(policy_timeline: pd.DataFrame) -> pd.DataFrame:
    """Choose China's documents before the article that treat data as a factor of production.

    The agency for it, founded in 2023, is an institution and no document; it is left out.
    """
    themes = policy_timeline["themes"].astype("string").str.split(";")
    chosen = (
        (policy_timeline["iso3"] == CHINA)
        & policy_timeline["date"].between(NAMED, ARTICLE_BEFORE, inclusive="left")
        & (policy_timeline["type"] != "institution")
        & themes.explode().eq(FACTOR).groupby(level=0).any()
    )
    return policy_timeline[chosen].sort_values("date")


def official_sizes(plan_targets: pd.DataFrame) -> pd.DataFrame:
    """Choose the official sizes of the data industry that are reported against the same target."""
    rows = plan_targets[plan_targets["indicator"] == SIZE_OF_DATA]
    return rows.dropna(subset=["outcome_value"])


@rule("data-as-production-factor")
def _factor(*, policy_timeline: pd.DataFrame, plan_targets: pd.DataFrame) -> Finding:
    """Ask whether the doctrine was stated at the top, more than once, and turned into targets.

    The claim is about policy. That the official sizes of the industry disagree is reported but does
    not decide: a state can treat as important what it measures badly.
    """
    documents = factor_documents(policy_timeline)
    top = documents["issuing_body"].astype("string").str.contains("|".join(TOP)).fillna(False)
    on_data = plan_targets["indicator"].astype("string").str.contains("|".join(DATA_PLANS))
    targets = plan_targets[
        on_data.fillna(False)
        & (plan_targets["iso3"] == CHINA)
        & (plan_targets["kind"] == "target")
        & (plan_targets["plan_year"] <= ARTICLE_BEFORE.year)
    ].drop_duplicates(["plan", "indicator", "target_year"])
    sizes = official_sizes(plan_targets)["outcome_value"]
    numbers = {
        "documents": len(documents),
        "of_them_from_the_top": int(top.sum()),
        "first_year": int(documents["date"].dt.year.min()) if len(documents) else 0,
        "targets_in_numbers": len(targets),
        "official_sizes_bn_yuan": [float(size) for size in sizes],
        "largest_by_smallest_size": float(sizes.max() / sizes.min()) if len(sizes) > 1 else 1.0,
    }
    if policy_timeline.empty:
        return Finding(Outcome.CANNOT_TELL, "There is no list of documents to look at.", numbers)
    return Finding(_factor_outcome(numbers), _factor_reason(numbers), numbers)


def _factor_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if not numbers["documents"]:
        return Outcome.NOT_SUPPORTED
    line = numbers["documents"] >= MANY_DOCUMENTS and numbers["of_them_from_the_top"]
    return Outcome.SUPPORTED if line and numbers["targets_in_numbers"] else Outcome.PARTLY


def _factor_reason(numbers: Mapping[str, Any]) -> str:
    if not numbers["documents"]:
        return "No document in our timeline treats data as a factor of production."
    first = (
        f"{numbers['documents']} documents since {numbers['first_year']} say so, "
        f"{numbers['of_them_from_the_top']} of them from the party's Central Committee or the "
        f"State Council, and plans set {numbers['targets_in_numbers']} targets in numbers"
    )
    sizes = numbers["official_sizes_bn_yuan"]
    if len(sizes) < 2:
        return f"{first}."
    return (
        f"{first}. How large the data industry is remains open: official figures differ by a "
        f"factor of {numbers['largest_by_smallest_size']:.1f}. And no table shows that it fed the "
        "models."
    )


# --- oversight-against-innovation -----------------------------------------------------------

SURVEY = "users-cnnic"

FEWEST_SIGNS = 2
"""Of four signs we want to know at least two before we say anything."""

SIGNS = {
    "filings": "filings slowed",
    "models": "notable models became fewer in some year",
    "use": "use fell",
    "answers": "a test finds more than a slight effect on answers",
}
"""What a pull of oversight against innovation would leave behind in public data."""


@rule("oversight-against-innovation")
def _against(
    *,
    policy_timeline: pd.DataFrame,
    genai_registrations: pd.DataFrame,
    ai_adoption_reports: pd.DataFrame,
    epoch_models: pd.DataFrame,
    answer_tests: pd.DataFrame,
) -> Finding:
    """Look for signs of a brake while binding rules grew.

    The claim is one of cause. Series that move together show none, and a service that was never
    built leaves no row. So the best outcome is *partly supported*: some signs are there.
    """
    pace = filing_pace(genai_registrations).dropna(subset=["per_month"])
    rules = binding_rules(policy_timeline)["date_effective"]
    models = notable_models(epoch_models)
    survey = ai_adoption_reports[ai_adoption_reports["series_id"] == SURVEY]
    use = survey.sort_values("period_end")["value_pct"]
    classes = effect(answer_tests).dropna()
    testers = answer_tests.loc[classes.index, "tester"].astype("string")
    start, end = genai_registrations["as_of_date"].agg(["min", "max"])
    numbers = {
        "binding_rules_before_the_count": int((rules <= start).sum()),
        "binding_rules_since": int(((rules > start) & (rules <= end)).sum()),
        "filed_per_month_first": float(pace["per_month"].iloc[0]) if len(pace) else float("nan"),
        "filed_per_month_last": float(pace["per_month"].iloc[-1]) if len(pace) else float("nan"),
        "notable_models": {str(year): int(n) for year, n in models.items()},
        "survey_use_pct": [float(value) for value in use],
        "testers": int(testers.nunique()),
        "testers_with_an_effect": int(testers[classes != "slight"].nunique()),
        "testers_with_a_slight_one": int(testers[classes == "slight"].nunique()),
    }
    signs = {
        "filings": _fell(pace["per_month"]),
        "models": bool((models.diff() < 0).any()) if len(models) > 1 else None,
        "use": _fell(use),
        "answers": bool((classes != "slight").any()) if len(classes) else None,
    }
    numbers["signs_found"] = [SIGNS[name] for name, seen in signs.items() if seen]
    numbers["signs_looked_for"] = sum(seen is not None for seen in signs.values())
    return Finding(_against_outcome(numbers), _against_reason(numbers, signs), numbers)


def notable_models(epoch_models: pd.DataFrame, iso3: str = CHINA) -> pd.Series:
    """Count notable models with a developer in a country, by year, from :data:`FIRST_YEAR`.

    The last year is left out: the file ends in its middle.
    """
    of_country = epoch_models["countries_iso3"].astype("string").str.contains(iso3).fillna(False)
    years = epoch_models["publication_date"].dt.year
    chosen = years[of_country & epoch_models["notable"].fillna(False)]
    counts = chosen.astype(int).rename("year").value_counts().sort_index()
    last = years.max()
    return counts[(counts.index >= FIRST_YEAR) & (counts.index < last)]


FIRST_YEAR = 2021
"""The year before the first rule on AI services, on recommending, took effect (March 2022)."""


def _fell(series: pd.Series) -> bool | None:
    """Whether the last value lies below the first; unknown without two values."""
    return bool(series.iloc[-1] < series.iloc[0]) if len(series) > 1 else None


def _against_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if numbers["signs_looked_for"] < FEWEST_SIGNS or not numbers["binding_rules_since"]:
        return Outcome.CANNOT_TELL
    return Outcome.PARTLY if numbers["signs_found"] else Outcome.NOT_SUPPORTED


def _against_reason(numbers: Mapping[str, Any], signs: Mapping[str, bool | None]) -> str:
    if not numbers["binding_rules_since"]:
        return "No rule took effect while services were counted, so there is nothing to compare."
    if numbers["signs_looked_for"] < FEWEST_SIGNS:
        return "Too few of the signs of a brake can be looked for."
    grew = {
        "filings": (
            f"filings went from {numbers['filed_per_month_first']:.0f} to "
            f"{numbers['filed_per_month_last']:.0f} a month"
        ),
        "models": "notable models a year were "
        + listed([str(n) for n in numbers["notable_models"].values()]),
        "use": "use in the national survey went from {:.1f} to {:.1f} percent".format(
            *_ends(numbers["survey_use_pct"])
        ),
    }
    known = [sentence for name, sentence in grew.items() if signs[name] is not None]
    since = numbers["binding_rules_since"]
    first = f"While {since} more binding {'rule' if since == 1 else 'rules'} took effect, "
    answers = (
        f" Of {numbers['testers']} testers {numbers['testers_with_an_effect']} find more than a "
        f"slight effect on answers somewhere, and {numbers['testers_with_a_slight_one']} a slight "
        "one somewhere."
        if numbers["testers"]
        else ""
    )
    return (
        f"{first}{listed(known)}.{answers} Services that were never built, and what these would "
        "have been without rules, cannot be counted."
    )


def _ends(values: Any) -> tuple[Any, Any]:
    given = list(values.values()) if isinstance(values, Mapping) else list(values)
    return (given[0], given[-1]) if given else (0, 0)
