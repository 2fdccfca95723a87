"""Papers, patents and investment: the Country Activity Tracker of CSET and ETO."""

from __future__ import annotations

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number

FOLDER = "cset_cat_2024"
RESEARCH = {
    "ai_publications": ("publications_yearly_articles.csv", "num_articles"),
    "ai_citations_received": ("publications_yearly_citations.csv", "num_citations"),
    "ai_patent_applications": ("patents_yearly_applications.csv", "num_patent_applications"),
    "ai_patents_granted": ("patents_yearly_granted.csv", "num_patent_granted"),
}
INVESTMENT = {
    "private_investment_disclosed": ("companies_yearly_disclosed.csv", "disclosed_investment"),
    "private_investment_estimated": ("companies_yearly_estimated.csv", "estimated_investment"),
}
"""For each measure its file and column."""

ALL_FIELDS = "All"
"""Value of the column ``field`` that stands for the total."""

ALIASES: dict[str, str | None] = {
    "Cape Verde": "CPV",
    "Cayman Islands (the)": "CYM",
    "Central African Republic (the)": "CAF",
    "China (mainland)": "CHN",
    "EU": "EUU",
    "Micronesia": "FSM",
    "Moldova, Republic of": "MDA",
    "OECD": "OED",
    "Swaziland": "SWZ",
    "São Tomé and Príncipe": "STP",
    "Turkey": "TUR",
    "Vatican City": "VAT",
    # Groups that no chapter uses.
    "ASEAN": None,
    "Africa": None,
    "Asia Pacific": None,
    "Five Eyes": None,
    "Global Partnership on Artificial Intelligence": None,
    "Latin America and the Caribbean": None,
    "NATO": None,
    "Northern America": None,
    "Oceania": None,
    "Quad": None,
}


def _paths(files: dict[str, tuple[str, str]]) -> list[str]:
    return [f"{FOLDER}/{file}" for file, _ in files.values()]


@builder("ai_research", reads=_paths(RESEARCH), needs=["countries"])
def ai_research(inputs: Inputs) -> pd.DataFrame:
    """Counts of papers, citations and patents by country and year, all fields together."""
    return _stack(inputs, RESEARCH)


@builder("ai_investment", reads=_paths(INVESTMENT), needs=["countries"])
def ai_investment(inputs: Inputs) -> pd.DataFrame:
    """Equity investment in AI firms by country and year, all fields together."""
    return _stack(inputs, INVESTMENT).rename(columns={"value": "investment_usd_m"})


def _stack(inputs: Inputs, files: dict[str, tuple[str, str]]) -> pd.DataFrame:
    parts = []
    for measure, (file, column) in files.items():
        path = f"{FOLDER}/{file}"
        frame = inputs.csv(path, ["country", "field", "year", column])
        frame = frame[frame["field"] == ALL_FIELDS]
        parts.append(
            pd.DataFrame(
                {
                    "iso3": inputs.iso3(frame["country"], path, ALIASES),
                    "year": number(frame["year"]),
                    "measure": measure,
                    "value": number(frame[column]),
                    # The file on citations does not say which years are complete.
                    "complete": frame.get("complete", pd.Series("", index=frame.index)).map(
                        {"True": True, "False": False}
                    ),
                }
            )
        )
    table = pd.concat(parts).dropna(subset=["iso3"])
    return table.sort_values(["measure", "iso3", "year"])
