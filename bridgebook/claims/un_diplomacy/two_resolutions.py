"""Verdicts of the chapter ``un-diplomacy/two-resolutions``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, Finding, rule
from bridgebook.wording import day_in_words, listed

LEAD = "CHN"
"""The state that the article names as the leader of the text."""

SUBJECT = ("international", "cooperation")
"""Words of the article's title for the text. A text is meant if its own title has both."""

MORE_THAN = 140
"""The article says *over 140 countries*; a count has to be larger than this."""

ADOPTION = {"without_vote": "without a vote", "recorded_vote": "by recorded vote"}
"""Ways of adoption in words."""

GROUP = "gof-ai-capacity-2024"
"""Row of ``un_group_info`` for the Group of Friends that the article names in full."""

LEADERS = {"CHN": "China", "ZMB": "Zambia"}
"""The states that the article names as leaders of the group."""


def _the_text(resolutions: pd.DataFrame) -> pd.DataFrame:
    """Rows that fit the article's title: an adopted text on civilian AI with its two words."""
    rows = resolutions[
        (resolutions["topic"] == "ai_civil")
        & (resolutions["kind"] == "resolution")
        & (resolutions["date_adopted"] < ARTICLE_BEFORE)
    ]
    title = rows["short_title"].astype("string").str.lower()
    fits = pd.Series(True, index=rows.index)
    for word in SUBJECT:
        fits &= title.str.contains(word, regex=False)
    return rows[fits].sort_values("date_adopted")


def _value(row: pd.Series, column: str) -> Any:
    """A cell, or None if it is missing."""
    return None if pd.isna(row[column]) else row[column]


# --- who led it -----------------------------------------------------------------------------


@rule("resolution-was-china-led")
def _led(*, un_resolutions: pd.DataFrame) -> Finding:
    """Ask who led the text that fits the article's title, how it passed, and what it is about."""
    found = _the_text(un_resolutions)
    if found.empty:
        reason = "No adopted text in our table has the article's subject in its title."
        return Finding(Outcome.CANNOT_TELL, reason, {"texts_that_fit": 0})
    row = found.iloc[0]
    others = str(_value(row, "other_leads_iso3") or "").split(";")
    numbers = {
        "texts_that_fit": len(found),
        "symbol": _value(row, "symbol") or "number not found",
        "lead": _value(row, "lead_iso3") or "no single state",
        "basis_of_the_lead": str(row["lead_basis"]),
        "other_leads": sum(bool(name) for name in others),
        "adopted": day_in_words(row["date_adopted"]),
        "way_of_adoption": ADOPTION.get(str(row["adoption_mode"]), str(row["adoption_mode"])),
        "title": str(row["short_title"]),
    }
    return Finding(_led_outcome(numbers), _led_reason(numbers), numbers)


def _led_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if numbers["lead"] == "no single state":
        return Outcome.NOT_SUPPORTED
    if numbers["lead"] != LEAD:
        return Outcome.CONTRADICTED
    alone = numbers["other_leads"] == 0
    sure = numbers["basis_of_the_lead"] == "verified"
    return Outcome.SUPPORTED if sure and alone else Outcome.PARTLY


def _led_reason(numbers: Mapping[str, Any]) -> str:
    first = (
        f"{numbers['symbol']}, adopted on {numbers['adopted']} {numbers['way_of_adoption']}, "
        f"has the title “{numbers['title']}”."
    )
    if numbers["lead"] == "no single state":
        return f"{first} Our table names no single state as its lead."
    if numbers["lead"] != LEAD:
        return f"{first} Its lead was {numbers['lead']}, not China."
    if numbers["other_leads"]:
        return f"{first} China led it together with others."
    sure = "verified" if numbers["basis_of_the_lead"] == "verified" else "inferred"
    return f"{first} China led it ({sure})."


# --- how many supported it ---------------------------------------------------------------------


@rule("resolution-over-140")
def _over_140(*, un_resolutions: pd.DataFrame, un_sponsors: pd.DataFrame) -> Finding:
    """Count support in three senses: names on the draft, as reported and as known, and votes."""
    found = _the_text(un_resolutions)
    if found.empty:
        reason = "No adopted text in our table has the article's subject in its title."
        return Finding(Outcome.CANNOT_TELL, reason, {"texts_that_fit": 0})
    row = found.iloc[0]
    of_text = un_sponsors["resolution_id"].astype(str) == str(row["resolution_id"])
    named = un_sponsors[of_text & un_sponsors["counted"].fillna(False).astype(bool)]
    numbers = {
        "symbol": _value(row, "symbol") or "number not found",
        "sponsors_reported": [
            int(count)
            for column in ("sponsors_low", "sponsors_high")
            if (count := _value(row, column)) is not None
        ],
        "sponsors_named": int(named["iso3"].nunique()),
        "list_of_names_is_complete": "yes" if _value(row, "sponsor_list_complete") else "no",
        "yes_votes": "nobody asked for a vote" if _value(row, "yes") is None else int(row["yes"]),
    }
    return Finding(_over_140_outcome(numbers), _over_140_reason(numbers), numbers)


def _over_140_outcome(numbers: Mapping[str, Any]) -> Outcome:
    votes, named = numbers["yes_votes"], numbers["sponsors_named"]
    voted = isinstance(votes, int)
    if named > MORE_THAN or (voted and votes > MORE_THAN):
        # Each of these states can be looked up.
        return Outcome.SUPPORTED
    if numbers["list_of_names_is_complete"] == "yes":
        return Outcome.CONTRADICTED
    reported = numbers["sponsors_reported"]
    if not reported:
        return Outcome.NOT_SUPPORTED if voted else Outcome.CANNOT_TELL
    if min(reported) > MORE_THAN:
        return Outcome.PARTLY
    return Outcome.CANNOT_TELL if max(reported) > MORE_THAN else Outcome.NOT_SUPPORTED


def _over_140_reason(numbers: Mapping[str, Any]) -> str:
    reported, named = numbers["sponsors_reported"], numbers["sponsors_named"]
    if not reported:
        first = "No count of co-sponsors was found."
    else:
        low, high = min(reported), max(reported)
        count = f"{low}" if low == high else f"{low} to {high}"
        first = f"Going by reports it had {count} co-sponsors."
    complete = numbers["list_of_names_is_complete"] == "yes"
    known = (
        f"The list of names is complete and has {named}."
        if complete
        else f"{named} of them are known to us by name; the list is not complete."
    )
    votes = numbers["yes_votes"]
    if isinstance(votes, int):
        return f"{first} {known} In a recorded vote {votes} said yes."
    return f"{first} {known} Nobody asked for a vote, so as a count of votes it has no meaning."


# --- who leads the group -----------------------------------------------------------------------


@rule("group-led-by-china-and-zambia")
def _group(
    *, un_groups: pd.DataFrame, un_group_info: pd.DataFrame, un_group_sizes: pd.DataFrame
) -> Finding:
    """Ask who chairs the group, whether it met, and what is known of its size."""
    info = un_group_info[un_group_info["group_id"] == GROUP]
    rows = un_groups[un_groups["group_id"] == GROUP]
    chairs = rows[(rows["role"] == "co_chair") & (rows["verified"] == "yes")]
    sizes = un_group_sizes[un_group_sizes["group_id"] == GROUP].sort_values("date")
    by_what = sizes["what"].astype(str).value_counts()
    numbers = {
        "co_chairs": sorted(set(chairs["iso3"].astype(str))),
        "first_meeting": (
            day_in_words(info["start_date"].iloc[0])
            if len(info) and info["start_date"].notna().all()
            else "not found"
        ),
        "reports_of_attendance": int(by_what.get("attenders", 0)),
        "reports_of_membership": int(by_what.get("members", 0)),
        "attendance_reported_at_least": [int(count) for count in sizes["count_low"].dropna()],
    }
    return Finding(_group_outcome(numbers), _group_reason(numbers), numbers)


def _group_outcome(numbers: Mapping[str, Any]) -> Outcome:
    chairs = set(numbers["co_chairs"])
    if not chairs:
        return Outcome.CANNOT_TELL
    if not chairs & set(LEADERS):
        return Outcome.CONTRADICTED
    if chairs != set(LEADERS):
        return Outcome.PARTLY
    met = numbers["first_meeting"] != "not found" and numbers["reports_of_attendance"]
    return Outcome.SUPPORTED if met else Outcome.PARTLY


def _group_reason(numbers: Mapping[str, Any]) -> str:
    chairs = numbers["co_chairs"]
    if not chairs:
        return "Our table names no chair of the group."
    who = listed([LEADERS.get(code, code) for code in chairs])
    first = f"The group is chaired by {who}."
    if numbers["first_meeting"] == "not found":
        return f"{first} No meeting was found."
    members = numbers["reports_of_membership"]
    size = (
        "no number of members was found"
        if not members
        else f"{members} reports of a number of members were found"
    )
    met = numbers["reports_of_attendance"]
    times = "attendance was reported once" if met == 1 else f"attendance was reported {met} times"
    return f"{first} It first met on {numbers['first_meeting']}; {times}, {size}."
