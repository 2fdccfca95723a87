"""Industrial robots installed: Our World in Data's chart of the figures of the IFR."""

from __future__ import annotations

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number

INSTALLED = "owid_robots_2025/annual-industrial-robots-installed.csv"
VALUE = "Annual industrial robots installed"
WORLD = {"OWID_WRL": "WLD"}


@builder("robots", reads=[INSTALLED], needs=["countries"])
def robots(inputs: Inputs) -> pd.DataFrame:
    """Installations and share of the world, from the rounded figures of the file."""
    frame = inputs.csv(INSTALLED, ["Entity", "Code", "Year", VALUE])
    code = frame["Code"].where(frame["Code"] != "", frame["Entity"].map({"World": "WLD"}))
    table = pd.DataFrame(
        {
            "iso3": code.replace(WORLD),
            "year": number(frame["Year"]),
            "installations": number(frame[VALUE]),
        }
    )
    world = table[table["iso3"] == "WLD"].set_index("year")["installations"]
    share = 100 * table["installations"] / table["year"].map(world)
    table["world_share_pct"] = share.round(1).where(table["iso3"] != "WLD")
    return table.sort_values(["iso3", "year"])
