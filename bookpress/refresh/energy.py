"""Electricity: the Energy Institute's series as Gapminder publishes it."""

from __future__ import annotations

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number
from bookpress.refresh.countries import POPULATION, population

GENERATION = "gapminder_systema_globalis/electricity_generation_total.csv"


@builder("electricity", reads=[GENERATION, POPULATION], needs=["countries"])
def electricity(inputs: Inputs) -> pd.DataFrame:
    """Generation in TWh, and per head where the population is known."""
    frame = inputs.csv(GENERATION, ["geo", "time", "electricity_generation_total"])
    kwh = number(frame["electricity_generation_total"])
    table = pd.DataFrame(
        {
            "iso3": frame["geo"].str.upper(),
            "year": number(frame["time"]),
            "generation_twh": (kwh / 1e9).round(3),
            "kwh": kwh,
        }
    ).merge(population(inputs), on=["iso3", "year"], how="left")
    table["generation_kwh_per_head"] = (table["kwh"] / table["population"]).round()
    return table.drop(columns=["kwh", "population"]).sort_values(["iso3", "year"])
