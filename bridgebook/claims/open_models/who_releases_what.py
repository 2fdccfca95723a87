"""Verdicts of the chapter ``open-models/who-releases-what``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods import openness, shares
from bridgebook.verdicts import ARTICLE_BEFORE, MAJORITY, Finding, rule
from bridgebook.wording import day_in_words, listed

SINCE = 2023
"""First year that counts: in 2022 the list holds ten Chinese models only, too few to compare."""

MIN_CASES = 20
"""Fewer notable models of a country than this say nothing about its firms or its habits."""

# --- Z.ai and Moonshot ----------------------------------------------------------------------

NAMED = {"Z.ai": "Z.ai (Zhipu AI)", "Moonshot": "Moonshot"}
"""The two firms of the claim, and their names in the table ``epoch_models``."""

NOT_FIRMS = r"University|Institute|Academy|Shanghai AI Lab"
"""The claim is about firms; universities and public institutes are left out by their names."""

ONE_FIRM = {"Huawei Noah's Ark Lab": "Huawei"}
"""Laboratories that belong to a firm of the list."""

LEADING = 5
"""Places that count as leading: the first five, ties included. The list has some twenty firms, so
this is the top quarter."""

SEVERAL_FIRMS = 4.0
"""A field counts as competitive if its models are spread as widely as over four equal firms: with
three or fewer one would speak of an oligopoly."""


@rule("zai-and-moonshot-stand-out")
def _stand_out(*, epoch_models: pd.DataFrame) -> Finding:
    """Ask how many firms publish notable models in China, and where the two firms rank."""
    models = openness.described(openness.on_list(epoch_models, "notable"))
    models = models[(models["group"] == "China") & (models["year"] >= SINCE)]
    firms = models[~models["developer"].str.contains(NOT_FIRMS, case=False, na=True)]
    firms = firms.assign(developer=firms["developer"].replace(ONE_FIRM))
    then = firms.loc[firms["publication_date"] < ARTICLE_BEFORE, "developer"].value_counts()
    now = firms["developer"].value_counts()
    numbers: dict[str, Any] = {
        "models": int(then.sum()),
        "firms": len(then),
        "effective_firms": shares.effective_number(then),
        "largest": str(then.index[0]) if len(then) else "none",
        "largest_share": float(then.iloc[0] / then.sum()) if len(then) else 0.0,
        "models_of": {name: int(then.get(key, 0)) for name, key in NAMED.items()},
        "place_of": _places(then),
        "models_of_in_the_whole_table": {name: int(now.get(key, 0)) for name, key in NAMED.items()},
        "place_of_in_the_whole_table": _places(now),
    }
    return Finding(_stand_out_outcome(numbers), _stand_out_reason(numbers), numbers)


def _places(counts: pd.Series) -> dict[str, int]:
    """Rank of the two firms, 1 for the most models, ties share a place; 0 without a model."""
    ranks = counts.rank(method="min", ascending=False)
    return {name: int(ranks.get(key, 0)) for name, key in NAMED.items()}


def _stand_out_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if numbers["models"] < MIN_CASES:
        return Outcome.CANNOT_TELL
    places = numbers["place_of"].values()
    if not any(places):
        return Outcome.CONTRADICTED
    leading = [0 < place <= LEADING for place in places]
    if not any(leading):
        return Outcome.NOT_SUPPORTED
    open_field = (
        numbers["effective_firms"] >= SEVERAL_FIRMS and numbers["largest_share"] <= MAJORITY
    )
    return Outcome.SUPPORTED if all(leading) and open_field else Outcome.PARTLY


def _stand_out_reason(numbers: Mapping[str, Any]) -> str:
    if numbers["models"] < MIN_CASES:
        return f"Fewer than {MIN_CASES} notable models of Chinese firms before the article."
    who = listed(
        [
            f"{name} has {numbers['models_of'][name]} (place {place})" if place else f"{name} none"
            for name, place in numbers["place_of"].items()
        ]
    )
    later = listed(
        [f"{name} {place}" for name, place in numbers["place_of_in_the_whole_table"].items()]
    )
    return (
        f"From {SINCE} to the time of the article {numbers['firms']} Chinese firms published "
        f"{numbers['models']} notable models. {who}; {numbers['largest']} leads with "
        f"{numbers['largest_share']:.0%} of all. The models are spread as over "
        f"{numbers['effective_firms']:.1f} equal firms. To the end of the table "
        f"the places are {later}."
    )


# --- the two GLM models -----------------------------------------------------------------------

FIRST, SECOND = "GLM-4-Plus", "GLM-4.5"
FIRST_YEAR = 2024
"""Year that the article gives for the first of the two."""


@rule("glm-releases")
def _glm(*, releases: pd.DataFrame) -> Finding:
    """Ask for developer and date of both models; their licences are reported, not judged."""
    rows = releases[releases["model"].isin([FIRST, SECOND])].drop_duplicates("model")
    rows = rows.set_index("model").reindex([FIRST, SECOND])
    dates, doubt = rows["release_date"], rows["unconfirmed"].fillna("")
    numbers = {
        "developers": rows["organisation"].dropna().unique().tolist(),
        "dates": {name: f"{day:%Y-%m-%d}" for name, day in dates.dropna().items()},
        "licences": rows["licence"].fillna("not recorded").to_dict(),
        "weights_can_be_downloaded": rows.index[rows["open_weights"].fillna(False)].tolist(),
        "dates_without_a_source": rows.index[doubt.str.contains("release_date")].tolist(),
    }
    return Finding(_glm_outcome(rows, numbers), _glm_reason(rows), numbers)


def _glm_outcome(rows: pd.DataFrame, numbers: Mapping[str, Any]) -> Outcome:
    if rows["release_date"].isna().any():
        return Outcome.CANNOT_TELL
    by_zai = rows["organisation"].eq("Z.ai").all()
    first, second = rows["release_date"]
    if not by_zai or second <= first:
        return Outcome.CONTRADICTED
    if first.year != FIRST_YEAR or numbers["dates_without_a_source"]:
        return Outcome.PARTLY
    return Outcome.SUPPORTED


def _glm_reason(rows: pd.DataFrame) -> str:
    if rows["release_date"].isna().any():
        return f"The table of releases lacks a date for {FIRST} or {SECOND}."
    said = [
        f"{model} came on {day_in_words(row['release_date'])}, "
        + (f"with open weights ({row['licence']})" if row["open_weights"] else "closed")
        for model, row in rows.iterrows()
    ]
    return f"{'; '.join(said)}. The developer is {listed(rows['organisation'].unique().tolist())}."


# --- is open source a mark of China's approach? -----------------------------------------------

RECENT_YEAR = 2026
"""Flagships are taken from this year, the last of the table ``releases``: licences changed fast, so
older ones do not show what holds today."""


@rule("open-source-marks-approach")
def _mark(*, epoch_models: pd.DataFrame, releases: pd.DataFrame) -> Finding:
    """Ask for the share of open weights, for the terms of the flagships and for joint work."""
    last = epoch_models["publication_date"].max()
    years = range(SINCE, SINCE if pd.isna(last) else last.year + 1)
    pooled = openness.compare(epoch_models, years=years)
    gap, low, high = openness.gap(pooled)
    by_year = {year: openness.gap(openness.compare(epoch_models, years=[year])) for year in years}
    flagships = _flagships(releases)
    joint = _joint(epoch_models, years)
    numbers: dict[str, Any] = {
        **_counted(pooled, "China", "chinese"),
        **_counted(pooled, "United States", "us"),
        "gap": gap,
        "interval_of_the_gap": [low, high],
        "years_with_a_clear_gap": [
            str(year) for year, (_, least, _) in by_year.items() if least > 0
        ],
        "chinese_open_even_if_unknown_are_closed": _cell(pooled, "China", "at_least"),
        "flagships": flagships["model"].tolist(),
        "flagships_on_permissive_terms": _permissive(flagships)["model"].tolist(),
        "flagships_with_unconfirmed_licence": flagships.loc[
            flagships["unconfirmed"].fillna("").str.contains("licence"), "model"
        ].tolist(),
        "joint_share_chinese": _cell(joint, "China", "share"),
        "joint_share_us": _cell(joint, "United States", "share"),
    }
    return Finding(_mark_outcome(numbers), _mark_reason(numbers), numbers)


def _counted(table: pd.DataFrame, group: str, name: str) -> dict[str, int]:
    row = table.reindex([group]).fillna(0).iloc[0]
    return {f"{name}_open": int(row["yes"]), f"{name}_known": int(row["known"])}


def _cell(table: pd.DataFrame, group: str, column: str) -> float:
    return float(table[column].get(group, 0.0))


def _flagships(releases: pd.DataFrame) -> pd.DataFrame:
    """Largest model with open weights that each Chinese developer released in the last year."""
    rows = releases[
        (releases["iso3"] == "CHN")
        & releases["open_weights"]
        & (releases["release_date"].dt.year == RECENT_YEAR)
    ].dropna(subset=["total_params_b"])
    rows = rows.sort_values(["total_params_b", "release_date"])
    return rows.drop_duplicates("organisation", keep="last")


def _permissive(flagships: pd.DataFrame) -> pd.DataFrame:
    return flagships[flagships["licence_class"] == "permissive"]


def _joint(models: pd.DataFrame, years: range) -> pd.DataFrame:
    """Share of notable models that name more than one organisation, by country group."""
    rows = openness.described(openness.on_list(models, "notable"))
    rows = rows[rows["year"].isin(years)]
    return shares.shares(rows["organisation"].str.contains(";"), rows["group"])


def _failed(numbers: Mapping[str, Any]) -> list[str]:
    """Reasons why a higher share does not yet mark the approach."""
    flagships, free = numbers["flagships"], numbers["flagships_on_permissive_terms"]
    failed = []
    if numbers["chinese_open_even_if_unknown_are_closed"] <= MAJORITY:
        failed.append("open weights are no majority in China")
    if len(free) <= MAJORITY * len(flagships):
        doubt = len(numbers["flagships_with_unconfirmed_licence"])
        failed.append(
            f"of the {len(flagships)} largest open models of {RECENT_YEAR}, one for each Chinese "
            f"developer, {len(free)} come under a standard permissive licence"
            + (f" ({doubt} of the licences are unconfirmed)" if doubt else "")
        )
    if numbers["joint_share_chinese"] <= numbers["joint_share_us"]:
        failed.append(
            f"work that names several organisations is no more common than in the United States "
            f"({numbers['joint_share_chinese']:.0%} against {numbers['joint_share_us']:.0%})"
        )
    return failed


def _mark_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if min(numbers["chinese_known"], numbers["us_known"]) < MIN_CASES:
        return Outcome.CANNOT_TELL
    low, high = numbers["interval_of_the_gap"]
    if high < 0:
        return Outcome.CONTRADICTED
    if low <= 0:
        return Outcome.NOT_SUPPORTED
    return Outcome.PARTLY if _failed(numbers) else Outcome.SUPPORTED


def _mark_reason(numbers: Mapping[str, Any]) -> str:
    if min(numbers["chinese_known"], numbers["us_known"]) < MIN_CASES:
        return f"Fewer than {MIN_CASES} notable models of known access in one of the two countries."
    china, us = (numbers[f"{who}_open"] / numbers[f"{who}_known"] for who in ("chinese", "us"))
    first = (
        f"Since {SINCE}, {numbers['chinese_open']} of {numbers['chinese_known']} Chinese notable "
        f"models of known access have open weights ({china:.0%}), in the United States "
        f"{numbers['us_open']} of {numbers['us_known']} ({us:.0%})."
    )
    low, high = numbers["interval_of_the_gap"]
    if low <= 0 <= high:
        return f"{first} Chance alone could make such a difference."
    years = numbers["years_with_a_clear_gap"]
    single = f" Year by year the gap exceeds chance in {listed(years)}." if years else ""
    failed = _failed(numbers)
    but = f" But {listed(failed)}." if failed and low > 0 else ""
    return f"{first}{single}{but}"


# --- outside Silicon Valley ---------------------------------------------------------------------

OUTSIDE_SINCE = 2022
"""First year that counts, to the last full year of the list: one odd year must not decide."""

TENTH = 0.1
"""Models from elsewhere are more than exceptions if they are at least a tenth of a year's list."""

SEVERAL_COUNTRIES = 3
"""Fewer countries than this would show one rival, not that ideas can come from outside."""


@rule("innovation-outside-silicon-valley")
def _outside(*, epoch_models: pd.DataFrame) -> Finding:
    """Ask which notable models name no organisation in the United States at all.

    The table knows countries, not valleys: counting a model from Boston or Seattle as Silicon
    Valley makes the test harder for the claim.
    """
    models = openness.described(openness.on_list(epoch_models, "notable"))
    models = models.dropna(subset=["countries_iso3"])
    last = int(models["year"].max()) if len(models) else OUTSIDE_SINCE
    models = models[models["year"].between(OUTSIDE_SINCE, last - 1)]
    elsewhere = ~models["countries_iso3"].str.contains("USA")
    table = shares.shares(elsewhere, models["year"])
    countries = models.loc[elsewhere, "iso3"].value_counts()
    numbers: dict[str, Any] = {
        "models": len(models),
        "without_a_us_organisation": int(elsewhere.sum()),
        "share_by_year": {str(year): float(value) for year, value in table["share"].items()},
        "countries": len(countries),
        "from_china": int(countries.get("CHN", 0)),
    }
    return Finding(_outside_outcome(numbers), _outside_reason(numbers), numbers)


def _outside_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if numbers["models"] < MIN_CASES:
        return Outcome.CANNOT_TELL
    if not numbers["without_a_us_organisation"]:
        return Outcome.CONTRADICTED
    often = [share >= TENTH for share in numbers["share_by_year"].values()]
    if not any(often):
        return Outcome.NOT_SUPPORTED
    wide = numbers["countries"] >= SEVERAL_COUNTRIES
    return Outcome.SUPPORTED if all(often) and wide else Outcome.PARTLY


def _outside_reason(numbers: Mapping[str, Any]) -> str:
    if numbers["models"] < MIN_CASES:
        return f"Fewer than {MIN_CASES} notable models in the full years since {OUTSIDE_SINCE}."
    by_year = numbers["share_by_year"]
    least, most = min(by_year.values()), max(by_year.values())
    return (
        f"{numbers['without_a_us_organisation']} of {numbers['models']} notable models of "
        f"{min(by_year)} to {max(by_year)} name no organisation in the United States: "
        f"{least:.0%} to {most:.0%} a year, from {numbers['countries']} countries, "
        f"{numbers['from_china']} of them from China. Notable is a judgement of the list's makers, "
        f"and a notable model is not yet a new idea."
    )
