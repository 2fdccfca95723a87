"""Exercises of the chapter ``start/the-article``."""

from __future__ import annotations

import pandas as pd

from bridgebook.exercises import Slip, exercise
from bridgebook.verdicts import claims


def _in_paragraph(number: int, kind: str | None = None) -> int:
    ledger = claims()
    chosen = ledger[ledger["paragraph"] == number]
    return len(chosen if kind is None else chosen[chosen["kind"] == kind])


@exercise(
    "the-article-1",
    "count",
    hint="Filter the ledger by paragraph and count the rows.",
    praise="Most of what the article says about firms and models is in this one paragraph.",
    slips=(
        Slip("all", "You counted the claims of the whole article.", lambda: len(claims())),
        Slip("first", "That is paragraph one.", lambda: _in_paragraph(1)),
        Slip(
            "facts",
            "You counted facts alone; every kind of claim counts.",
            lambda: _in_paragraph(2, "fact"),
        ),
    ),
)
def _claims_in_paragraph_2() -> int:
    return _in_paragraph(2)


def _facts(ledger: pd.DataFrame) -> pd.Series:
    return ledger["kind"] == "fact"


@exercise(
    "the-article-2",
    "share",
    hint="Divide the number of claims of the kind fact by the number of all claims.",
    praise="The rest needs more than looking something up.",
    slips=(
        Slip("count", "That is the number; divide by all claims.", lambda: _facts(claims()).sum()),
        Slip(
            "testable",
            "You took the claims that can be tested, not the facts.",
            lambda: (claims()["testable"] == "yes").mean(),
        ),
        Slip(
            "to-the-rest",
            "You divided by the claims that are not facts; divide by all.",
            lambda: _facts(claims()).sum() / (~_facts(claims())).sum(),
        ),
    ),
)
def _share_of_facts() -> float:
    return float(_facts(claims()).mean())
