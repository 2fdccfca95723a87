"""The table of countries: UN list, World Bank classes, population, year of UN membership."""

from __future__ import annotations

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number

CLASSES = "country_classification_commons/countries_master.csv"
NAMES = "country_converter/country_data.tsv"
POPULATION = "worldbank_wdi_2026/population.csv"

OBSERVERS = ("PSE", "VAT")
OTHERS = (
    *("ASM", "BMU", "COK", "CYM", "FRO", "GRL", "GUF", "GUM"),
    *("HKG", "MAC", "NIU", "PRI", "TWN", "VIR", "XKX"),
)
"""Areas that some table reports on although they are not members of the United Nations."""

GROUPS = {
    "EUU": "European Union",
    "OED": "OECD members",
    "WLD": "World",
    "X_APX": "Asia Pacific without China",
    "X_ECA": "Europe and Central Asia",
    "X_EUR": "Europe",
    "X_NAC": "North America",
    "X_ROW": "Rest of the world",
}
"""Groups that some table reports on; a code with X_ is a region of one source."""

CLASS_COLUMNS = {
    "country_name_en": "name_un",
    "iso2": "iso2",
    "m49": "m49",
    "region_name_en": "un_region",
    "sub_region_name_en": "un_subregion",
    "intermediate_region_name_en": "un_intermediate_region",
    "wb_income_name": "wb_income_group",
    "wb_region_name": "wb_region",
    "is_ldc": "is_ldc",
    "is_lldc": "is_lldc",
    "is_sids": "is_sids",
}
FLAGS = ["is_ldc", "is_lldc", "is_sids"]


@builder("countries", reads=[CLASSES, NAMES, POPULATION])
def countries(inputs: Inputs) -> pd.DataFrame:
    """Join the classifications; GDP is carried over from the committed table."""
    classes = inputs.csv(CLASSES, ["iso3", *CLASS_COLUMNS]).set_index("iso3")
    names = inputs.csv(NAMES, ["ISO3", "ISO2", "name_short", "UNmember"], sep="\t").set_index(
        "ISO3"
    )
    since = number(names["UNmember"])
    codes = sorted({*since.dropna().index, *OBSERVERS, *OTHERS})
    table = classes.reindex(codes)[list(CLASS_COLUMNS)].rename(columns=CLASS_COLUMNS)
    table.insert(0, "name", names["name_short"])
    table["iso2"] = table["iso2"].fillna(names["ISO2"])
    table["un_member_since_year"] = since
    member = table["un_member_since_year"].notna()
    table["kind"] = "other"
    table.loc[table.index.isin(OBSERVERS), "kind"] = "un_observer"
    table.loc[member, "kind"] = "un_member"
    for flag in FLAGS:
        table[flag] = table[flag].map({"True": True, "False": False}).where(member)
    table["m49"] = number(table["m49"])
    population = _latest_population(inputs)
    table["population"] = population["Value"]
    table["population_year"] = population["Year"].where(table["population"].notna())
    groups = pd.DataFrame({"name": GROUPS, "kind": "group"})
    table = pd.concat([table, groups]).rename_axis("iso3").reset_index()
    gdp = inputs.table("countries")[["iso3", "gdp_current_usd", "gdp_year"]]
    return table.merge(gdp, on="iso3", how="left")


def _latest_population(inputs: Inputs) -> pd.DataFrame:
    """Population of the last year that the file has, by code."""
    frame = inputs.csv(POPULATION, ["Country Code", "Year", "Value"])
    frame = frame.assign(Year=number(frame["Year"]), Value=number(frame["Value"]))
    return frame[frame["Year"] == frame["Year"].max()].set_index("Country Code")


def population(inputs: Inputs) -> pd.DataFrame:
    """Population by country and year: columns ``iso3``, ``year``, ``population``."""
    frame = inputs.csv(POPULATION, ["Country Code", "Year", "Value"])
    return pd.DataFrame(
        {
            "iso3": frame["Country Code"],
            "year": number(frame["Year"]),
            "population": number(frame["Value"]),
        }
    )
