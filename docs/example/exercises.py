"""Exercises of the chapter ``export-controls/how-much-memory``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.exercises import Slip, exercise

LARGE = 192


def _sold() -> pd.DataFrame:
    """Data-centre chips on sale."""
    return load("chips").query("segment == 'datacenter' and release_status == 'released'")


def _share() -> float:
    best = _sold().groupby("iso3", observed=True)["memory_gb"].max()
    return float(best["CHN"] / best["USA"])


@exercise(
    "how-much-memory-1",
    "share",
    hint="Take the most memory of each country, then divide.",
    praise="Now say which chips the two numbers belong to.",
    slips=(Slip("turned", "You divided the wrong way round.", lambda: 1 / _share()),),
)
def _share_of_the_best() -> float:
    return _share()


@exercise(
    "how-much-memory-2",
    "count",
    hint="Missing cells are those for which `isna` is true.",
    praise="Missing is not zero.",
    slips=(
        Slip(
            "known",
            "Those are the chips whose price is known.",
            lambda: int(load("chips")["price_usd"].notna().sum()),
        ),
    ),
)
def _unknown() -> int:
    return int(load("chips")["price_usd"].isna().sum())


@exercise(
    "how-much-memory-3",
    "choice",
    hint="",
    praise="A plan is not a product.",
    options={
        "segment": "That keeps out what is made for gamers.",
        "status": "Read the query again.",
        "unit": "All memory is in gigabytes.",
    },
)
def _what_decides() -> str:
    return "status"


@exercise(
    "how-much-memory-4",
    "names",
    hint="Ask for the rows first, then for the names.",
    praise="Few firms build chips of that size.",
    universe=lambda: load("chips")["designer"],
    slips=(
        Slip(
            "all-segments",
            "You included chips that are not on sale, or not for data centres.",
            lambda: set(load("chips").query("memory_gb >= @LARGE")["designer"]),
        ),
    ),
)
def _large() -> set[str]:
    return set(_sold().query("memory_gb >= @LARGE")["designer"])
