"""Exercises of the chapter ``export-controls/did-they-bite``."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from bridgebook.catalog import DataError, load
from bridgebook.claims.export_controls.did_they_bite import LARGE_FLOP
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import compute

QUARTER = "FY2026Q1"
"""The quarter to April 2025, known on both bases."""

SINCE = pd.Timestamp("2025-07-01")
"""From this day on the exercise counts who names the hardware."""


def _revenue(basis: str, period: str = QUARTER) -> float:
    table = load("nvidia_china_revenue")
    rows = table[(table["fiscal_period"] == period) & (table["basis"] == basis)]
    if len(rows) != 1:
        raise DataError(
            f"nvidia_china_revenue: expected one row for {period} by {basis}, found {len(rows)}"
        )
    return float(rows["china_hk_revenue_usd_m"].iloc[0])


@exercise(
    "did-they-bite-1",
    "ratio",
    hint="Two rows of the same fiscal quarter, one for each basis; divide headquarters by billing.",
    praise="Nothing was sold in between: only the rule of counting changed.",
    slips=(
        Slip(
            "next-quarter",
            "You took the quarter after. The question is about the one that ended in April 2025.",
            lambda: _revenue("headquarters", "FY2026Q2") / _revenue("billing", "FY2026Q2"),
        ),
        Slip(
            "growth",
            "That is how much more it is. The question asks how many times as much.",
            lambda: _revenue("headquarters") / _revenue("billing") - 1,
        ),
        Slip(
            "difference",
            "That is the difference in million dollars; divide instead.",
            lambda: _revenue("headquarters") - _revenue("billing"),
        ),
        Slip(
            "year",
            "You divided the whole year by one quarter.",
            lambda: _revenue("headquarters", "FY2026") / _revenue("billing"),
        ),
    ),
)
def _two_bases() -> float:
    return _revenue("headquarters") / _revenue("billing")


def _naming(
    since: pd.Timestamp = SINCE,
    flop: float = LARGE_FLOP,
    iso3: str = "CHN",
    until: pd.Timestamp | None = None,
) -> float:
    """Share of models that name their training hardware."""
    models = load("epoch_models")
    chosen = models[
        (models["iso3"] == iso3)
        & (models["training_compute_flop"] >= flop)
        & (models["publication_date"] >= since)
    ]
    if until is not None:
        chosen = chosen[chosen["publication_date"] < until]
    return float(chosen["training_hardware"].notna().mean())


@exercise(
    "did-they-bite-2",
    "share",
    hint="Three conditions on the rows; then the mean of a column that says whether a cell is "
    "filled.",
    praise="About most of the newest models nothing is known in this respect.",
    slips=(
        Slip(
            "before",
            "You took the models before that day.",
            lambda: _naming(pd.Timestamp("2024-01-01"), until=SINCE),
        ),
        Slip(
            "all-years",
            "You took all years. Filter by the day of publication.",
            lambda: _naming(pd.Timestamp("1950-01-01")),
        ),
        Slip(
            "all-sizes",
            "You took models of any size, or of unknown size. Filter by training compute.",
            lambda: _naming(flop=0.0),
        ),
        Slip(
            "american",
            "You took the models of the United States.",
            lambda: _naming(iso3="USA"),
        ),
    ),
)
def _share_that_names() -> float:
    return _naming()


@lru_cache(maxsize=8)
def _given(yardstick: str = "arithmetic") -> dict[str, compute.Assumption]:
    return compute.assumptions(load("compute_supply"), load("chips"), yardstick)


def _other_makers(usable: bool = True) -> float:
    x = compute.draw(_given())
    made = x["other_cards"] * x["h100_per_other"]
    return float(np.median(made * x["usable"] if usable else made))


def _at_ends(end: str) -> float:
    given = _given()
    return float(
        np.prod([getattr(given[name], end) for name in ("other_cards", "h100_per_other", "usable")])
    )


@exercise(
    "did-they-bite-3",
    "number",
    hint="Draw each of the three numbers, multiply draw by draw, and take the median of the "
    "products.",
    praise="You carried three ranges through one product.",
    tolerance=0.02,
    slips=(
        Slip(
            "centres",
            "That is the product of the three likeliest values. The ranges lean to one side, so "
            "the median of the products lies elsewhere.",
            lambda: _at_ends("central"),
        ),
        Slip(
            "usable",
            "You left out the usable share.",
            lambda: _other_makers(usable=False),
        ),
        Slip("low-ends", "That is the product of the low ends.", lambda: _at_ends("low")),
        Slip("high-ends", "That is the product of the high ends.", lambda: _at_ends("high")),
    ),
)
def _median_of_other_makers() -> float:
    return _other_makers()


@exercise(
    "did-they-bite-4",
    "choice",
    hint="",
    praise="A list of what is disclosed says little about what is not.",
    options={
        "not_used": (
            "That would follow if every model named its hardware. Look at exercise 2 again."
        ),
        "hidden": (
            "That supposes a motive. Something may be missing from the table for other reasons, "
            "and chips can serve users without training anything."
        ),
        "cannot_tell": "",
    },
)
def _no_model_names_the_h20() -> str:
    named = load("training_hardware")["hardware"].dropna()
    if named.str.contains("H20").any():
        raise DataError("training_hardware: a model names the H20, the exercise has no point")
    if _naming() == 1:
        return "not_used"
    return "cannot_tell"


def _us_clusters(column: str = "value") -> float:
    supply = load("compute_supply")
    rows = supply[(supply["series"] == "known_cluster_capacity") & (supply["iso3"] == "USA")]
    if len(rows) != 1:
        raise DataError(
            f"compute_supply: expected one row of US cluster capacity, found {len(rows)}"
        )
    return float(rows[column].iloc[0])


def _without_smuggling(yardstick: str = "arithmetic") -> float:
    return compute.total_at(_given(yardstick), smuggled=0)


@exercise(
    "did-they-bite-5",
    "number",
    hint="Set the smuggled chips to zero, see what is missing, and divide by the size of one chip.",
    praise="The total is linear in this assumption, so one subtraction answers it.",
    slips=(
        Slip(
            "already-counted",
            "You started from a total that contains smuggled chips already.",
            lambda: _us_clusters() - compute.total_at(_given()),
        ),
        Slip(
            "memory",
            "You used the total by memory; the clusters are counted by arithmetic.",
            lambda: _us_clusters() - _without_smuggling("memory"),
        ),
        Slip(
            "low-filter",
            "You took the low end for the clusters; the question asks for all rows.",
            lambda: _us_clusters("low") - _without_smuggling(),
        ),
        Slip(
            "total",
            "That is the capacity of the clusters; part of it is there without smuggling.",
            _us_clusters,
        ),
        Slip(
            "rest",
            "That is what is there without smuggling; the question asks what is missing.",
            _without_smuggling,
        ),
    ),
)
def _smuggling_to_break_even() -> float:
    size = _given()["h100_per_smuggled"].central
    return (_us_clusters() - _without_smuggling()) / size
