"""Exercises of the chapter ``start/working-with-evidence``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import DataError, load
from bridgebook.exercises import Slip, exercise


@exercise(
    "working-with-evidence-1",
    "count",
    hint="Count the rows in which die_area_mm2 is missing.",
    praise="For these chips no density can be computed, so some rules cannot be applied.",
    slips=(
        Slip(
            "published",
            "You counted the chips whose area is known.",
            lambda: load("chips")["die_area_mm2"].notna().sum(),
        ),
        Slip("all", "That is the number of all chips.", lambda: len(load("chips"))),
        Slip(
            "zeros",
            "You counted areas equal to zero. Missing is not zero: look for isna().",
            lambda: (load("chips")["die_area_mm2"] == 0).sum(),
        ),
    ),
)
def _without_area() -> int:
    return int(load("chips")["die_area_mm2"].isna().sum())


def _designed_in(iso3: str) -> pd.Series:
    return load("chips")["iso3"] == iso3


@exercise(
    "working-with-evidence-2",
    "share",
    hint="The mean of a column of True and False is a share.",
    praise="A share of rows in a hand-picked table, not of chips in the world.",
    slips=(
        Slip(
            "count", "That is the number; divide by all chips.", lambda: _designed_in("CHN").sum()
        ),
        Slip(
            "to-the-rest",
            "You divided by the chips designed elsewhere; divide by all.",
            lambda: _designed_in("CHN").sum() / (~_designed_in("CHN")).sum(),
        ),
        Slip(
            "firms",
            "You took the share of designers; the question is about chips.",
            lambda: (load("chips").groupby("designer")["iso3"].first() == "CHN").mean(),
        ),
    ),
)
def _share_of_chinese_designs() -> float:
    return float(_designed_in("CHN").mean())


def _one(values: pd.Series, what: str) -> float:
    """Take the only value of a selection, or say that the table has changed."""
    if len(values) != 1:
        raise DataError(f"core_ai_industry: expected one row for {what}, found {len(values)}")
    return float(values.iloc[0])


def _core_2023() -> dict[str, float]:
    """Return the size published for 2023 and what the figure for 2024 implies, billion yuan."""
    table = load("core_ai_industry")
    published = table[(table["year"] == 2023) & ~table["derived"]]
    later = table[(table["year"] == 2024) & table["growth_stated_pct"].notna()]
    return {
        "published": _one(published["value_rmb_bn"], "the size published for 2023"),
        "later": _one(later["value_rmb_bn"], "2024 with a stated growth"),
        "growth": _one(later["growth_stated_pct"], "2024 with a stated growth") / 100,
    }


def _readings_2023() -> tuple[float, float]:
    core = _core_2023()
    return core["published"], core["later"] / (1 + core["growth"])


def _downwards() -> float:
    core = _core_2023()
    return core["later"] * (1 - core["growth"]) / core["published"]


@exercise(
    "working-with-evidence-3",
    "ratio",
    hint="Undo the growth stated for 2024 to get 2023; then divide the larger by the smaller.",
    praise="The yardstick moved: both figures describe the same year.",
    slips=(
        Slip(
            "difference",
            "You took the difference in billion yuan; the question asks for the ratio.",
            lambda: max(_readings_2023()) - min(_readings_2023()),
        ),
        Slip(
            "excess",
            "That says by how much the larger exceeds the smaller; give larger over smaller.",
            lambda: max(_readings_2023()) / min(_readings_2023()) - 1,
        ),
        Slip(
            "two-years",
            "You compared 2024 with 2023. Work out first what the later figure implies for 2023.",
            lambda: _core_2023()["later"] / _core_2023()["published"],
        ),
        Slip(
            "subtracted",
            "Growth is undone by dividing by one plus growth, not by subtracting the percentage.",
            _downwards,
        ),
    ),
)
def _ratio_of_readings() -> float:
    readings = _readings_2023()
    return max(readings) / min(readings)


def _quarters() -> pd.DataFrame:
    revenue = load("nvidia_china_revenue")
    return revenue[revenue["period_type"] == "quarter"]


def _with_every_basis(revenue: pd.DataFrame) -> pd.Series:
    """Mark the periods that are reported on every accounting basis of the table."""
    bases = revenue.groupby("fiscal_period", observed=True)["basis"].nunique()
    return bases == load("nvidia_china_revenue")["basis"].nunique()


@exercise(
    "working-with-evidence-4",
    "count",
    hint="For each fiscal quarter, count on how many accounting bases it is reported.",
    praise="Only there can one see how much the change of basis alone moves the number.",
    slips=(
        Slip(
            "rows",
            "You counted rows. A quarter reported on each basis has several.",
            lambda: int(_quarters()["fiscal_period"].map(_with_every_basis(_quarters())).sum()),
        ),
        Slip(
            "all-quarters",
            "You counted all quarters in the table.",
            lambda: _quarters()["fiscal_period"].nunique(),
        ),
        Slip(
            "new-basis",
            "You counted what is reported by headquarters; the old basis is needed too.",
            lambda: (_quarters()["basis"] == "headquarters").sum(),
        ),
        Slip(
            "other-periods",
            "Half years and years are no quarters.",
            lambda: (load("nvidia_china_revenue")["basis"] == "headquarters").sum(),
        ),
    ),
)
def _comparable_quarters() -> int:
    return int(_with_every_basis(_quarters()).sum())
