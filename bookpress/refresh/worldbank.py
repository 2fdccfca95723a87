"""Research and development: World Bank indicators, put into money with Gapminder's GDP series."""

from __future__ import annotations

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number
from bookpress.refresh.countries import POPULATION, population

SPENDING = "worldbank_wdi_2026/API_GB.XPD.RSDV.GD.ZS.csv"
RESEARCHERS = "worldbank_wdi_2026/API_SP.POP.SCIE.RD.P6.csv"
GDP = "gapminder_systema_globalis/gdp_per_capita_ppp_wb.csv"

HEADER_LINES = 4
"""A World Bank download begins with its name and date."""


@builder("rd_spending", reads=[SPENDING, RESEARCHERS, GDP, POPULATION], needs=["countries"])
def rd_spending(inputs: Inputs) -> pd.DataFrame:
    """Country-years with spending or researchers, without groups that the book does not use."""
    keys = ["iso3", "year"]
    table = _indicator(inputs, SPENDING, "gerd_pct_gdp").merge(
        _indicator(inputs, RESEARCHERS, "researchers_per_million"), on=keys, how="outer"
    )
    table = table[table["iso3"].isin(inputs.table("countries")["iso3"])]
    table = table.merge(_gdp_per_head(inputs), on=keys, how="left")
    table = table.merge(population(inputs), on=keys, how="left")
    gdp = table["gdp_per_head"] * table["population"]
    table["gerd_ppp2021_bn"] = (table["gerd_pct_gdp"] / 100 * gdp / 1e9).round(3)
    table["gerd_pct_gdp"] = table["gerd_pct_gdp"].round(4)
    table["researchers_per_million"] = table["researchers_per_million"].round(1)
    return table.drop(columns=["gdp_per_head", "population"]).sort_values(keys)


def _indicator(inputs: Inputs, path: str, name: str) -> pd.DataFrame:
    """Turn one World Bank file, a column per year, into rows of country and year."""
    frame = inputs.csv(path, ["Country Code", "Indicator Code"], skiprows=HEADER_LINES)
    years = [column for column in frame.columns if column.isdigit()]
    long = frame.melt("Country Code", years, "year", name).rename(columns={"Country Code": "iso3"})
    long[["year", name]] = long[["year", name]].apply(number)
    return long.dropna(subset=[name])


def _gdp_per_head(inputs: Inputs) -> pd.DataFrame:
    frame = inputs.csv(GDP, ["geo", "time", "alternative_gdp_per_capita_ppp_wb"])
    return pd.DataFrame(
        {
            "iso3": frame["geo"].str.upper(),
            "year": number(frame["time"]),
            "gdp_per_head": number(frame["alternative_gdp_per_capita_ppp_wb"]),
        }
    )
