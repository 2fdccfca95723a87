"""The Entity List as it stood on a day, from the Consolidated Screening List.

The list names for each firm the notices in the Federal Register. Volume and page give the year;
the day comes from ``fr_dates``, a table made by hand.
"""

from __future__ import annotations

import re

import pandas as pd

from bookpress.refresh.builders import Inputs, builder
from bookpress.refresh.upstream import RefreshError

ROWS = "csl_snapshot/entity_list_rows_2026-07-31.csv"

CHINA = ("CHN", "HKG", "MAC")
AREAS = {"CRIMEA (OCCUPIED)": "UKR"}
"""Address codes that are no country code; the source writes it beside that of Ukraine."""

CITATION = re.compile(r"(\d{2})\s*FR\s*(\d+)")
VOLUME_SLIPS = {(67, 24266): 66, **dict.fromkeys([(v, 37423) for v in (84, 85, 86, 87)], 83)}
"""Volumes that are wrong in the source; 37423 was counted up like cells of a spreadsheet."""

FIRST_YEAR = 1935
"""Volume 1 of the Federal Register is the year after this one."""

CHIP_OR_AI = re.compile(
    "huawei|hisilicon|semiconduct|microelectr|integrated circuit|supercomput|"
    "artificial intelligence|smic|yangtze memory|cambricon|sensetime|megvii|yitu|iflytek|"
    "intellifusion|sugon|phytium|loongson|inspur|biren|moore thread|sophgo|zhipu|naura|piotech|"
    "acm research|skyverse|sicarrier|swaysure|pengxinxu|wingtech|kingsemi|empyrean",
    re.IGNORECASE,
)
"""Words in a name that suggest chips, computing or AI."""


@builder("entity_list", reads=[ROWS], needs=["countries", "fr_dates"])
def entity_list(inputs: Inputs) -> pd.DataFrame:
    """One row per listed entity; entries that differ only in later notices are one."""
    columns = ["name", "aliases", "address_countries_iso2", "license_requirement"]
    raw = inputs.csv(ROWS, [*columns, "license_policy", "federal_register_notice"])
    names = raw["name"].str.replace(r"\s+", " ", regex=True).str.strip()
    first = raw["federal_register_notice"].map(_first_citation)
    addresses = _addresses(inputs, raw["address_countries_iso2"])
    dates = inputs.table("fr_dates").set_index("fr_citation")["issue_date"]
    unknown = sorted(set(first.dropna()) - set(dates.index))
    if unknown:
        raise RefreshError(
            f"entity_list: {len(unknown)} citations are not in fr_dates: {', '.join(unknown[:5])}"
        )
    table = pd.DataFrame(
        {
            "list_row": raw.index + 2,
            "name": names,
            "iso3": addresses.map(_listing_country),
            "address_iso3": addresses,
            "first_fr_citation": first,
            "listed_year": first.str.split().str[0].astype("Float64") + FIRST_YEAR,
            "listed_date": first.map(dates),
            "n_aliases": raw["aliases"].map(lambda cell: len([a for a in cell.split(" | ") if a])),
            "policy": raw["license_policy"].map(policy_code),
            "requirement": raw["license_requirement"].map(requirement_code),
            "foreign_product_rule": raw["license_requirement"].map(product_rule_code),
            "chip_or_ai_name": names.str.contains(CHIP_OR_AI),
        }
    )
    return table[~table.duplicated(["name", "address_iso3", "first_fr_citation"])]


def _addresses(inputs: Inputs, cells: pd.Series) -> pd.Series:
    """Codes of all countries with an address, each once, joined by semicolons."""
    countries = inputs.table("countries").dropna(subset=["iso2"])
    codes = dict(zip(countries["iso2"], countries["iso3"], strict=True)) | AREAS
    strange = {code for cell in cells for code in cell.split(";") if code} - set(codes)
    if strange:
        raise RefreshError(f"{ROWS}: no country for {', '.join(sorted(strange))}")
    return cells.map(
        lambda cell: ";".join(
            dict.fromkeys(codes[code] for code in sorted(set(cell.split(";"))) if code)
        )
    )


def _listing_country(addresses: str) -> str | None:
    """Say where an entity counts: China if it has an address there, else its first country."""
    codes = addresses.split(";")
    return next((code for code in CHINA if code in codes), codes[0]) or None


def _first_citation(notices: str) -> str | None:
    """Volume and page of the first notice, such as ``90 FR 4617``; slips of the source fixed."""
    found = CITATION.search(notices)
    if not found:
        return None
    volume, page = int(found[1]), int(found[2])
    return f"{VOLUME_SLIPS.get((volume, page), volume)} FR {page}"


def _flat(text: str) -> str:
    """Lower case with single blanks, and the list's own misspellings fixed."""
    flat = " ".join(text.lower().split())
    return flat.replace("casa-by-case", "case-by-case").replace("case-by case", "case-by-case")


def policy_code(text: str) -> str:
    """Code how applications are judged.

    Raises
    ------
    RefreshError
        If the wording is new: it must not get a code by accident.
    """
    flat = _flat(text)
    case_by_case = "case-by-case" in flat
    if re.fullmatch(r"presumption (of|for) denial\.?", flat):
        return "presumption_of_denial"
    if flat.startswith("policy of denial"):
        return "denial_with_exceptions" if "apart from" in flat or case_by_case else "denial"
    if case_by_case and "presumption of denial" in flat:
        return "mixed"
    if flat.startswith(("case-by-case", "presumption of approval")):
        return "case_by_case"
    if flat.startswith("see §"):
        return "by_reference"
    if flat.startswith("for all items"):  # the text of the requirement stands here in two rows
        return "not_stated"
    raise RefreshError(
        f"entity_list: a review policy in new words: {text!r}. Extend policy_code()."
    )


def requirement_code(text: str) -> str:
    """Code which items need a licence.

    Raises
    ------
    RefreshError
        If the wording is new.
    """
    flat = _flat(text)
    if flat.startswith("for items on the ccl"):
        return "listed"
    if "when used in projects" in flat or flat.endswith("(see § 746.8(a)(4) of the ear)"):
        return "projects"
    if re.search(r"apart from|except for|except ear99|may be overcome|with case-by-case", flat):
        return "all_but"
    if re.match(r"(for )?all items subject to the ear", flat):
        return "all"
    raise RefreshError(
        f"entity_list: a licence requirement in new words: {text!r}. Extend requirement_code()."
    )


def product_rule_code(text: str) -> str:
    """Code which rule on foreign-made products the requirement names (section 734.9)."""
    flat = text.replace(" ", "")
    if "734.9(g)" in flat:
        return "footnote_3"
    if re.search(r"734\.9\(e\)(\(1\)|1)", flat):
        return "footnote_1"
    if "734.9(e)(3)" in flat:
        return "footnote_5"
    if "734.9(e)(2)" in flat or re.search(r"734\.9\(e\).*ear\)?\)4\.?$", flat, re.IGNORECASE):
        return "footnote_4"
    return "unclear" if "734.9(e)" in flat else "none"
