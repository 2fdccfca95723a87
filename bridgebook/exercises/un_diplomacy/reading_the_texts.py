"""Exercises of the chapter ``un-diplomacy/reading-the-texts``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import DataError, load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import coding

ONE, OTHER = "gaigi-2023", "unga-78-311"
"""The two documents of the second exercise."""

THEME = "non_discriminatory_market"
"""The theme of the first exercise."""


def _codes() -> pd.DataFrame:
    return coding.matrix()


# --- 1: a gap is a gap ------------------------------------------------------------------------


@exercise(
    "reading-the-texts-1",
    "count",
    hint="Take the column of that theme and ask which of its cells are missing.",
    praise="For these documents, what we read does not allow a yes or a no.",
    slips=(
        Slip(
            "told",
            "You counted the documents in which the code could be given.",
            lambda: _codes()[THEME].notna().sum(),
        ),
        Slip(
            "zeros",
            "You counted zeros. Zero is a code: it says that the theme is absent.",
            lambda: (_codes()[THEME] == 0).sum(),
        ),
        Slip(
            "whole-table",
            "That is the number for the whole table; choose one theme.",
            lambda: _codes().isna().sum().sum(),
        ),
    ),
)
def _not_told() -> int:
    return int(_codes()[THEME].isna().sum())


# --- 2: likeness over comparable themes -------------------------------------------------------


def _pair(codes: pd.DataFrame, measure: str = "graded") -> float:
    return float(coding.similarity(codes.loc[[ONE, OTHER]], measure).loc[ONE, OTHER])


def _over_all_themes() -> float:
    """Distance summed over comparable themes, divided by the number of all themes."""
    codes = _codes()
    gap = (codes.loc[ONE] - codes.loc[OTHER]).abs().sum()
    return float(1 - gap / coding.HIGHEST / codes.shape[1])


@exercise(
    "reading-the-texts-2",
    "share",
    hint="Mean distance over the themes that both have, divided by two, taken from one.",
    praise="Always report with it how many themes it rests on.",
    slips=(
        Slip(
            "zeros",
            "You read missing codes as zero. Drop the themes that one of them lacks.",
            lambda: _pair(_codes().fillna(0)),
        ),
        Slip(
            "all-themes",
            "You divided by all themes instead of those that both documents have.",
            _over_all_themes,
        ),
        Slip(
            "not-halved",
            "The largest distance of two codes is two: divide the mean distance by it.",
            lambda: 1 - 2 * (1 - _pair(_codes())),
        ),
        Slip(
            "matching",
            "That is the share of equal codes. Graded likeness counts near misses by half.",
            lambda: _pair(_codes(), "matching"),
        ),
        Slip(
            "jaccard",
            "That is Jaccard: it looks at presence only.",
            lambda: _pair(_codes(), "jaccard"),
        ),
    ),
)
def _likeness() -> float:
    return _pair(_codes())


# --- 3: kappa -----------------------------------------------------------------------------------


def _generous(presence_only: bool = False) -> coding.Agreement:
    """Agreement with a reader who writes *central* wherever the book writes *present*."""
    ours = pd.Series(_codes().to_numpy().ravel()).dropna()
    theirs = ours.where(ours == 0, coding.HIGHEST)
    return (
        coding.agreement(theirs > 0, ours > 0) if presence_only else coding.agreement(theirs, ours)
    )


@exercise(
    "reading-the-texts-3",
    "number",
    tolerance=0.01,
    hint="Build the second coding first; then observed minus expected, divided by one minus "
    "expected.",
    praise="A reader with another idea of the word central, and the same eyes.",
    slips=(
        Slip(
            "raw",
            "That is raw agreement. Take off what chance would give.",
            lambda: _generous().observed,
        ),
        Slip("chance", "That is the agreement to expect by chance.", lambda: _generous().expected),
        Slip(
            "undivided",
            "You took chance off and did not divide by what chance leaves.",
            lambda: _generous().observed - _generous().expected,
        ),
        Slip(
            "presence",
            "You compared presence only. The exercise keeps the three codes.",
            lambda: _generous(presence_only=True).kappa,
        ),
    ),
)
def _kappa_of_the_generous() -> float:
    return _generous().kappa


# --- 4: what holds whatever the gaps hide -------------------------------------------------------


def _certain(theme: str) -> float:
    """By how many documents China's texts certainly lead or trail in naming a theme."""
    codes = _codes()
    lead = load("un_documents").set_index("document_id")["lead_iso3"].astype("string")
    chinese = codes.index.isin(lead.index[(lead == "CHN").fillna(False)])
    ours, others = coding.count_range(codes[chinese]), coding.count_range(codes[~chinese])
    return float(coding.certain_lead(ours, others)[theme])


OPTIONS = {
    "bridging_divides": (
        "The ranges are far apart only by one document, and that one is a national plan."
    ),
    "human_rights": "Look how wide the range for China's texts is: do the two overlap?",
    "open_source": "Look at both ends of both ranges: they overlap.",
    "against_tech_restrictions": "Compare the low end of one range with the high end of the other.",
}


@exercise(
    "reading-the-texts-4",
    "choice",
    hint="",
    praise="No other theme separates the two groups so surely by presence alone.",
    options=OPTIONS,
)
def _sure_difference() -> str:
    sure = [theme for theme in OPTIONS if abs(_certain(theme)) >= 2]
    if len(sure) != 1:
        raise DataError(f"un_themes: {sure} differ for certain, expected one of the options")
    return sure[0]


# --- 5: what zeros do to neighbours -------------------------------------------------------------


def _moved(measure: str = "graded", filled: str = "graded") -> set[str]:
    """Documents whose nearest neighbour changes when gaps are read as zero."""
    codes = _codes()
    before = coding.nearest(coding.similarity(codes, measure))
    after = coding.nearest(coding.similarity(codes.fillna(0), filled))
    return set(before.index[before != after])


@exercise(
    "reading-the-texts-5",
    "names",
    hint="Two runs of similarity and nearest, with and without fillna(0); then compare.",
    praise="These neighbourhoods were made of gaps.",
    universe=lambda: list(_codes().index),
    slips=(
        Slip(
            "unmoved",
            "These are the documents whose neighbour stays the same.",
            lambda: set(_codes().index) - _moved(),
        ),
        Slip(
            "matching",
            "You compared by exact matches. The exercise asks for graded likeness.",
            lambda: _moved("matching", "matching"),
        ),
        Slip(
            "jaccard",
            "You compared by presence only. The exercise asks for graded likeness.",
            lambda: _moved("jaccard", "jaccard"),
        ),
    ),
)
def _neighbours_that_moved() -> set[str]:
    return _moved()
