"""An index made of several measures, and how far its winner depends on the weights.

A composite index needs three decisions before it needs data: which measures go in, how unlike units
are brought to one scale, and how much each counts::

    measures() ─▶ normalise() ─▶ index()                    one weighting, one winner
                              └▶ share_of_weightings()      all weightings, exactly, two countries
                              └▶ weightings() ─▶ leads()    many weightings drawn at random

The last two answer a question that a single ranking hides: under how many weightings would the
other one have won?
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

POWERS = ("CHN", "USA")
"""The two countries for which every measure is known."""

PLACES = {
    "CHN": "China",
    "USA": "US",
    "EUU": "EU",
    "JPN": "Japan",
    "KOR": "Korea",
    "IND": "India",
    "GBR": "UK",
}
"""Countries and groups of the scoreboard with short names."""

MEASURES = {
    "research": "R&D spending, 2023",
    "papers": "AI papers, 2022",
    "top_papers": "Papers in the top 100, 2024",
    "patents": "AI patents filed, 2019",
    "talent": "Top authors, by work, 2022",
    "money": "AI venture money, 2025",
    "computing": "Data-centre electricity, 2024",
    "electricity": "Electricity, 2024",
}
"""The eight inputs of the index, by key: what is measured and the year."""

SWAPS = {
    "talent": "talent_degree",
    "computing": "clusters",
    "patents": "patents_granted",
    "money": "money_ai_index",
}
"""Another measure of the same input, where one is available."""

EXTRAS = {
    "talent_degree": "Top authors, by first degree, 2022",
    "clusters": "Known AI clusters",
    "patents_granted": "AI patents granted, 2024",
    "money_ai_index": "Private AI money, 2025",
    "models": "Notable models, 2025",
    "robots": "Robots installed, 2024",
    "firms": "New AI firms with funds, 2025",
}
"""Measures outside the eight, by key."""

METHODS = ("leader", "ratio", "minmax")
"""Ways to bring measures to one scale: see :func:`normalise`."""

SEED = 20260923
"""Random seed, so that everyone draws the same weightings."""


# --- the measures -------------------------------------------------------------------------


def measures(
    *,
    rd_spending: pd.DataFrame,
    ai_research: pd.DataFrame,
    ai_research_reports: pd.DataFrame,
    ai_investment_reports: pd.DataFrame,
    data_centres: pd.DataFrame,
    electricity: pd.DataFrame,
    gpu_clusters: pd.DataFrame,
    robots_reports: pd.DataFrame,
) -> pd.DataFrame:
    """Collect the eight inputs and the additional measures, each in its own unit.

    Parameters
    ----------
    rd_spending, ai_research, ai_research_reports, ai_investment_reports, data_centres, \
electricity, gpu_clusters, robots_reports
        Tables of the data room of these names.

    Returns
    -------
    pandas.DataFrame
        One row for each key of :data:`MEASURES` and :data:`EXTRAS`, one column for each of
        :data:`PLACES`; missing where no source has a figure. A missing value is not zero.
    """
    reports = ai_research_reports.astype({"measure": "string", "edition": "string"})
    money = ai_investment_reports.astype({"measure": "string"})
    counts = ai_research.astype({"measure": "string"})
    centres = data_centres.astype({"measure": "string", "kind": "string"})
    power = centres[(centres["measure"] == "electricity") & (centres["kind"] == "estimate")]
    by_measure = {
        "research": _in_year(rd_spending, 2023, "gerd_ppp2021_bn"),
        "papers": _in_year(counts[counts["measure"] == "ai_publications"], 2022),
        "top_papers": _in_year(reports[reports["measure"] == "top100_cited_papers"], 2024),
        "patents": _in_year(counts[counts["measure"] == "ai_patent_applications"], 2019),
        "talent": _in_year(reports[reports["measure"] == "neurips_top20pct_work"], 2022),
        "money": _in_year(money[money["measure"] == "vc_investment"], 2025),
        "computing": _in_year(power, 2024),
        "electricity": _in_year(electricity, 2024, "generation_twh"),
        "talent_degree": _in_year(
            reports[reports["measure"] == "neurips_top20pct_first_degree"], 2022
        ),
        "clusters": known_clusters(gpu_clusters),
        "patents_granted": _in_year(
            reports[reports["measure"] == "ai_patents_granted_share"], 2024
        ),
        "money_ai_index": _in_year(money[money["measure"] == "private_investment"], 2025),
        "models": _in_year(reports[reports["measure"] == "notable_ai_models"], 2025),
        "robots": _in_year(robots_reports, 2024, "installations_units"),
        "firms": _in_year(money[money["measure"] == "newly_funded_firms"], 2025),
    }
    table = pd.DataFrame({key: values.reindex(list(PLACES)) for key, values in by_measure.items()})
    return table.T.astype(float)


def known_clusters(gpu_clusters: pd.DataFrame) -> pd.Series:
    """AI chips in known, existing clusters by country, in units of NVIDIA's H100.

    Parameters
    ----------
    gpu_clusters
        Table of that name; only rows of its source's own standard analysis count.
    """
    existing = gpu_clusters["status"].astype("string") == "existing"
    standard = gpu_clusters["standard_analysis"].astype("boolean").fillna(False)
    known = gpu_clusters[existing & standard].astype({"iso3": "string"})
    return known.groupby("iso3")["h100_equivalents"].sum()


def _in_year(rows: pd.DataFrame, year: int, column: str = "value") -> pd.Series:
    """Values of one year by country."""
    chosen = rows[rows["year"] == year].astype({"iso3": "string"})
    return chosen.groupby("iso3")[column].last().astype(float)


# --- one scale ----------------------------------------------------------------------------


def normalise(values: pd.DataFrame, method: str = "leader") -> pd.DataFrame:
    """Bring measures of unlike units to one scale.

    Parameters
    ----------
    values
        One row for each measure, one column for each country; positive, missing allowed.
    method
        ``"leader"``: divide by the largest value, so that the leader has 100 and half as much has
        50. ``"minmax"``: the largest value gets 100 and the smallest 0, wherever they lie.
        ``"ratio"``: 100 plus ten points for each doubling above the row's geometric mean, so that
        only factors count.

    Returns
    -------
    pandas.DataFrame
        Same shape. With ``"minmax"`` a row of equal values becomes 50 throughout.

    Raises
    ------
    ValueError
        If the method is unknown or a value is not positive.
    """
    if method not in METHODS:
        raise ValueError(f"normalise(): method is one of {', '.join(METHODS)}, not {method!r}")
    if (values <= 0).any(axis=None):
        raise ValueError("normalise(): values must be positive; leave unknown ones missing")
    largest, smallest = values.max(axis="columns"), values.min(axis="columns")
    if method == "leader":
        return 100 * values.div(largest, axis="index")
    if method == "ratio":
        logs = np.log2(values)
        return 100 + 10 * logs.sub(logs.mean(axis="columns"), axis="index")
    spread = (largest - smallest).where(largest > smallest)
    scaled = 100 * values.sub(smallest, axis="index").div(spread, axis="index")
    return scaled.mask(spread.isna(), 50.0, axis="index").where(values.notna())


# --- one weighting ------------------------------------------------------------------------


def index(scores: pd.DataFrame, weights: Mapping[str, float]) -> pd.Series:
    """Weighted mean of the scores of each country.

    Parameters
    ----------
    scores
        From :func:`normalise`.
    weights
        One weight for each row, zero or more, not all zero; they need not add up to one.

    Returns
    -------
    pandas.Series
        One value for each country; missing for a country that lacks a measure with a weight.

    Raises
    ------
    ValueError
        If the weights do not fit the rows, one is negative, or all are zero.
    """
    weight = pd.Series(dict(weights), dtype=float)
    if set(weight.index) != set(scores.index):
        raise ValueError("index(): give one weight for each measure")
    if (weight < 0).any() or weight.sum() == 0:
        raise ValueError("index(): weights are zero or more, and not all zero")
    used = weight[weight > 0] / weight.sum()
    return scores.loc[used.index].mul(used, axis="index").sum(skipna=False)


# --- all weightings -----------------------------------------------------------------------


def share_of_weightings(advantages: pd.Series) -> float:
    """Share of all weightings under which the weighted sum of the advantages is positive.

    Every way to divide the weight among the measures counts the same. The set of weightings is a
    simplex: a segment for two measures, a triangle for three. A measure on which A is ahead by
    ``a`` and one on which B is ahead by ``b`` cut it in two, at the weighting where both cancel;
    the parts have the sizes ``a / (a + b)`` and ``b / (a + b)``, and each is the same question
    with one measure fewer. No random numbers are needed.

    Parameters
    ----------
    advantages
        Score of A minus score of B, one for each measure. Zeros change nothing.

    Returns
    -------
    float
        Between 0 and 1; missing if no advantage is known or all are zero.
    """
    known = advantages.dropna().astype(float)
    ahead, behind = known[known > 0].tolist(), (-known[known < 0]).tolist()
    if not ahead and not behind:
        return float("nan")
    shares = np.zeros((len(ahead) + 1, len(behind) + 1))
    shares[1:, 0] = 1.0
    for i, a in enumerate(ahead, start=1):
        for j, b in enumerate(behind, start=1):
            shares[i, j] = (a * shares[i, j - 1] + b * shares[i - 1, j]) / (a + b)
    return float(shares[-1, -1])


def weightings(measures: int, draws: int = 20_000, seed: int = SEED) -> NDArray[Any]:
    """Draw weightings at random, each as likely as any other.

    Parameters
    ----------
    measures
        How many weights.
    draws
        How many weightings.
    seed
        Same seed, same weightings.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws, measures)``; each row is zero or more and adds up to one.
    """
    return np.random.default_rng(seed).dirichlet(np.ones(measures), size=draws)


def leads(scores: pd.DataFrame, drawn: NDArray[Any]) -> pd.Series:
    """Share of the drawn weightings under which each country has the highest index.

    Parameters
    ----------
    scores
        From :func:`normalise`, without missing values; rows as the columns of ``drawn``.
    drawn
        From :func:`weightings`, perhaps only some of its rows.

    Returns
    -------
    pandas.Series
        One share for each country, adding up to one; ties go to the first.
    """
    totals = drawn @ scores.to_numpy(dtype=float)
    first = pd.Series(totals.argmax(axis=1)).value_counts(normalize=True)
    return pd.Series(
        first.reindex(range(scores.shape[1]), fill_value=0.0).to_numpy(), index=scores.columns
    )


def never_first(values: pd.DataFrame) -> list[str]:
    """Countries that one other country equals or beats on every measure they have.

    Whatever the weights, they cannot lead.

    Parameters
    ----------
    values
        One row for each measure, one column for each country.
    """
    return [
        place
        for place in values
        if any(_beats(values[other], values[place]) for other in values.columns if other != place)
    ]


def _beats(one: pd.Series, other: pd.Series) -> bool:
    known = other.notna()
    return bool(known.any() and (one >= other)[known].all() and (one > other)[known].any())


# --- the choices of this book ---------------------------------------------------------------


def variants(values: pd.DataFrame) -> pd.DataFrame:
    """China's share of all weightings under every choice of scale and of measure.

    Parameters
    ----------
    values
        From :func:`measures`.

    Returns
    -------
    pandas.DataFrame
        One row for each variant: ``scale``, ``change`` (what differs from the eight inputs) and
        ``china``, the exact share of weightings under which China is ahead of the United States.
    """
    eight = list(MEASURES)
    sets = {"the eight inputs": eight}
    for old, new in SWAPS.items():
        sets[f"{old}: {EXTRAS[new]}"] = [new if key == old else key for key in eight]
    sets["with robots as ninth"] = [*eight, "robots"]
    sets["with new firms as ninth"] = [*eight, "firms"]
    rows = []
    for method in METHODS:
        for change, keys in sets.items():
            scores = normalise(values.loc[keys, list(POWERS)], method)
            share = share_of_weightings(scores["CHN"] - scores["USA"])
            rows.append({"scale": method, "change": change, "china": share})
    return pd.DataFrame(rows)
