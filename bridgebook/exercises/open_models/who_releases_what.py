"""Exercises of the chapter ``open-models/who-releases-what``."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from bridgebook.catalog import DataError, load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import openness

FULL_YEAR = (2025,)
"""Last full year of the list."""


def _counts(
    country: str, which: str = "language", meaning: str = "weights", years: Iterable[int] = (2024,)
) -> pd.Series:
    """Counts and share of one country group under some choices."""
    return openness.compare(load("epoch_models"), which, meaning, years).loc[country]


@exercise(
    "who-releases-what-1",
    "share",
    hint="Filter by list, year and country, then divide the open ones by those that are known.",
    praise="And you know what it is a share of.",
    slips=(
        Slip(
            "all-domains",
            "You took all notable models; the question asks for those that work with language.",
            lambda: _counts("United States", "notable")["share"],
        ),
        Slip(
            "other-country",
            "That is China's share.",
            lambda: _counts("China")["share"],
        ),
        Slip(
            "large-list",
            "You added the large models; the question asks for notable ones.",
            lambda: _counts("United States", "large")["share"],
        ),
        Slip(
            "unrestricted",
            "You counted models without restrictions only; open weights may come with terms.",
            lambda: _counts("United States", meaning="unrestricted")["share"],
        ),
        Slip(
            "count",
            "That is how many there are. Divide by the models whose access is known.",
            lambda: _counts("United States")["yes"],
        ),
    ),
)
def _us_language_2024() -> float:
    return float(_counts("United States")["share"])


def _gap(which: str = "developers", meaning: str = "unrestricted") -> tuple[float, ...]:
    table = openness.compare(load("epoch_models"), which, meaning, FULL_YEAR)
    return openness.gap(table)


def _ends_subtracted() -> float:
    """Lower end of the one interval minus upper end of the other: too wide."""
    table = openness.compare(load("epoch_models"), "developers", "unrestricted", FULL_YEAR)
    return float(table.loc["China", "low"] - table.loc["United States", "high"])


@exercise(
    "who-releases-what-2",
    "number",
    hint="Compare with the list of developers and the strictest meaning, then ask for the gap.",
    praise="Look how far from zero it lies: that is all that chance leaves of the gap.",
    slips=(
        Slip(
            "models",
            "You counted models. Here each developer is one case.",
            lambda: _gap("notable")[1],
        ),
        Slip(
            "weights",
            "You used the widest meaning of open; the question asks for no restrictions.",
            lambda: _gap(meaning="weights")[1],
        ),
        Slip("point", "That is the gap itself, not the end of its interval.", lambda: _gap()[0]),
        Slip("upper", "That is the upper end.", lambda: _gap()[2]),
        Slip(
            "ends-subtracted",
            "You subtracted ends of the two single intervals. The difference has its own interval.",
            _ends_subtracted,
        ),
    ),
)
def _gap_of_developers() -> float:
    return _gap()[1]


def _coded() -> pd.DataFrame:
    """Open models that both tables code: ``licence_class`` and ``accessibility`` by model."""
    models = openness.described(openness.on_list(load("epoch_models"), "notable"))
    models = models[models["year"] >= 2022].set_index("model")
    ours = load("releases").dropna(subset=["epoch_model"]).set_index("epoch_model")
    coded = models.join(ours["licence_class"], how="inner")
    return coded[openness.is_open(coded).fillna(False)]


def _permissive(epoch_says: Iterable[str]) -> set[str]:
    coded = _coded()
    chosen = (coded["licence_class"] == "permissive") & coded["accessibility"].isin(epoch_says)
    return set(coded.index[chosen])


def _bespoke_and_free() -> set[str]:
    coded = _coded()
    other = (coded["licence_class"] == "bespoke") & (coded["accessibility"] == "open_unrestricted")
    return set(coded.index[other])


@exercise(
    "who-releases-what-3",
    "names",
    hint="One condition on our class, one on Epoch's, joined by and.",
    praise="Two careful coders, one licence, two classes.",
    universe=lambda: _coded().index,
    slips=(
        Slip(
            "other-way-round",
            "Those are the models with terms of their own that Epoch codes as unrestricted.",
            _bespoke_and_free,
        ),
        Slip(
            "either",
            "You took all disagreements; the question asks for one kind.",
            lambda: _permissive(["open_restricted", "open_non_commercial"]) | _bespoke_and_free(),
        ),
        Slip(
            "agree",
            "Those are the models on which both agree.",
            lambda: _permissive(["open_unrestricted"]),
        ),
    ),
)
def _coders_differ() -> set[str]:
    return _permissive(["open_restricted", "open_non_commercial"])


def _download_share(source: str, iso3: str) -> float:
    """Percent of downloads that one report gives one country."""
    table = load("adoption")
    row = table[
        (table["indicator"] == "download_share")
        & (table["source"] == source)
        & (table["iso3"] == iso3)
    ]
    if len(row) != 1:
        raise DataError(f"adoption: expected one row of {source!r} for {iso3!r}, found {len(row)}")
    return float(row["value"].iloc[0])


EARLIER, LATER = "open_intelligence", "hf_spring_2026"
PAIR = ("CHN", "USA")


@exercise(
    "who-releases-what-4",
    "choice",
    hint="",
    praise="Both shares jump alike: the same pulls over a smaller whole would look like that.",
    options={
        "growth": "If China had grown against the rest, how would the American share have moved?",
        "denominator": "Compare how both countries' shares moved, and what each report divides by.",
        "takeover": "A takeover from the United States would have lowered the American share.",
        "error": "Both can be right. Read the column population.",
    },
)
def _why_the_share_rose() -> str:
    rise = {iso3: _download_share(LATER, iso3) / _download_share(EARLIER, iso3) for iso3 in PAIR}
    if min(rise.values()) <= 1:
        raise DataError("adoption: the shares of the two reports no longer rise together")
    return "denominator"


def _part(iso3: str) -> float:
    return _download_share(EARLIER, iso3) / _download_share(LATER, iso3)


@exercise(
    "who-releases-what-5",
    "share",
    hint="If the count of downloads is the same, share times denominator is the same in both.",
    praise="An upper limit of what a change of denominator can explain, not a proof of one.",
    slips=(
        Slip(
            "american", "Those are the American shares. Take China's first.", lambda: _part("USA")
        ),
        Slip(
            "points",
            "That is the difference of the shares; you need their ratio.",
            lambda: (_download_share(LATER, "CHN") - _download_share(EARLIER, "CHN")) / 100,
        ),
        Slip(
            "left-out",
            "That is the part left out; the question asks for the part counted.",
            lambda: 1 - _part("CHN"),
        ),
    ),
)
def _part_counted() -> float:
    return _part("CHN")
