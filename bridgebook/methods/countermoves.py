"""Event data on export controls: who acted, in which direction, and each measure's status.

An event table is a set of decisions: what counts as one event, who acted, whether it tightened or
loosened, and whether it was binding. Each decision is a constant here, with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from bridgebook.wording import day_in_words

AS_OF = pd.Timestamp("2026-11-23")
"""Day for which the book states each measure's status: the as-of date of its tables."""

BINDING = (
    "rule",
    "entity_list",
    "letter",
    "licence",
    "licence_requirement",
    "export_ban",
    "suspension",
    "purchase_control",
)
"""Instruments that change what firms may ship or buy. Left out: bills, announcements, talks and
guidance, which change nothing by themselves; enforcement, which applies a rule that exists; and a
duty, which is a price and not a permission."""

FIRMS = ("NVIDIA", "DeepSeek", "Alibaba T-Head")
"""Actors that are not governments: a firm's announcement about a licence is not the licence."""

EFFECT: Mapping[str, str] = MappingProxyType(
    {"tighten": "restrict", "respond": "restrict", "loosen": "loosen"}
)
"""What an act of each direction does to trade. An answer by the other side restricts as well."""


def binding_acts(timeline: pd.DataFrame) -> pd.DataFrame:
    """Keep the acts of governments that bind, and say what each does to trade.

    Parameters
    ----------
    timeline
        The table ``control_timeline``, or some of its rows.

    Returns
    -------
    pandas.DataFrame
        The same columns and ``effect``: restrict or loosen. Events of other instruments, of firms
        and of mixed or open direction are left out, and so are rows that no source confirms
        (``verified`` is no).

    """
    chosen = timeline[
        timeline["instrument"].isin(BINDING)
        & ~timeline["actor"].isin(FIRMS)
        & (timeline["verified"] != "no")
    ].copy()
    chosen["effect"] = chosen["direction"].astype("string").map(EFFECT).astype("string")
    return chosen.dropna(subset="effect")


def dodge(days: pd.Series, width: int) -> pd.Series:
    """Assign marks on a timeline to levels, so that no two on one level touch.

    Parameters
    ----------
    days
        Dates of the marks of one lane, in any order, none missing.
    width
        Smallest distance in days between two marks of one level.

    Returns
    -------
    pandas.Series
        Levels 0, 1, 2 …, same index. Each mark takes the lowest level that is free, so the number
        of levels is the smallest possible.

    """
    last: list[pd.Timestamp] = []
    levels: dict[int, int] = {}
    order = days.reset_index(drop=True).sort_values(kind="stable")
    gap = pd.Timedelta(days=width)
    for place, day in order.items():
        level = next((n for n, before in enumerate(last) if day - before >= gap), len(last))
        last[level : level + 1] = [day]
        levels[place] = level
    return pd.Series([levels[place] for place in range(len(days))], index=days.index, dtype="int64")


STATE: Mapping[str, str] = MappingProxyType(
    {
        "in_force": "in force",
        "in_force_named_firms": "in force",
        "superseded": "superseded",
        "not_enforced": "not enforced",
        "dormant": "hardly used",
        "not_established": "not known",
        "not_law": "not law",
    }
)
"""Words for the codes of ``control_rules.status_2026_11``."""

DETAIL: Mapping[str, str] = MappingProxyType(
    {"in_force_named_firms": "for the firms that got a letter"}
)
"""Details to add to the words of :data:`STATE`, by the same codes."""

STEP: Mapping[str, str] = MappingProxyType(
    {
        "bill_introduced": "introduced",
        "bill_reported": "reported by committee",
        "bill_passed_house": "passed the House",
        "bill_dropped": "dropped",
    }
)
"""How far a bill came, by the code of ``control_rules.consequence``."""

PAUSED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "china-metals-ban": ("china-metals-ban-suspended", "china-metals-suspension-due"),
        "china-rare-earths-2025": ("china-suspends", "china-suspension-due"),
    }
)
"""Measures outside the United States that were suspended: the event that suspended each, and the
day on which the suspension runs out. The table has no column for this; sources: ``jonesday2025``,
``businesstimes_gallium2025``."""

MEASURES: Mapping[str, str] = MappingProxyType(
    {"licence_requirement": "licences for ", "export_ban": "ban on "}
)
"""Instruments that are general rules, and how the table of states names them; a decision on single
licences is not one."""

BY: Mapping[str, str] = MappingProxyType({"USA": "US", "CHN": "China", "NLD": "Netherlands"})
NO_END = "no end recorded"
SUSPENDED = "suspended"


def status(rules: pd.DataFrame, timeline: pd.DataFrame, day: pd.Timestamp = AS_OF) -> pd.DataFrame:
    """Give the status of every rule, bill and foreign measure.

    Parameters
    ----------
    rules
        The table ``control_rules``. Its states hold for :data:`AS_OF`.
    timeline
        The table ``control_timeline``. The states of measures of other countries follow from their
        suspensions and from the days on which these run out.
    day
        For the measures from the timeline: the day in question.

    Returns
    -------
    pandas.DataFrame
        Columns ``measure``, ``by``, ``since`` (day of effect; of the last step for bills),
        ``state`` in two or three words and ``detail``, empty where there is nothing to add. Rules
        first, then measures of other countries, bills last.

    """
    own = rules.drop_duplicates("rule_id")
    code = own["status_2026_11"].astype("string")
    step = own["consequence"].astype("string").map(STEP) + _votes(own)
    ours = pd.DataFrame(
        {
            "measure": own["rule_short"],
            "by": BY["USA"],
            "since": own["effective_date"].fillna(own["announced_date"]),
            "state": code.map(STATE),
            "detail": code.map(DETAIL).fillna(step).fillna(_pause(own)).fillna(""),
            "bill": own["kind"] == "bill",
        }
    ).sort_values("since")
    theirs = timeline[
        timeline["instrument"].isin(list(MEASURES))
        & (timeline["actor_iso3"] != "USA")
        & (timeline["date"] <= day)
    ]
    by = theirs["actor_iso3"].astype("string").map(BY)
    what = theirs["instrument"].astype("string").map(MEASURES) + theirs["target"]
    days = timeline.set_index("event_id")["date"]
    states = [_foreign_state(event, days, day) for event in theirs["event_id"]]
    foreign = pd.DataFrame(
        {
            "measure": by + ": " + what,
            "by": by,
            "since": theirs["date"],
            "state": [state for state, _ in states],
            "detail": [detail for _, detail in states],
        }
    )
    bill = ours.pop("bill")
    return pd.concat([ours[~bill], foreign, ours[bill]], ignore_index=True)


def _pause(rules: pd.DataFrame) -> pd.Series:
    """Write until when a rule that suspends another runs; missing for other rules."""
    end = rules["end_date"].where(rules["consequence"] == "suspension")
    return "until " + end.map(day_in_words, na_action="ignore").astype("string")


def _votes(rules: pd.DataFrame) -> pd.Series:
    """Write the votes of a bill, ``' 369 to 22'``; empty where none are recorded."""
    shown = rules["votes_for"].astype("string") + " to " + rules["votes_against"].astype("string")
    return (" " + shown).fillna("")


def _foreign_state(event: str, days: pd.Series, day: pd.Timestamp) -> tuple[str, str]:
    """State of one measure outside the United States on a day, and its detail."""
    begin, due = (days.get(name, pd.NaT) for name in PAUSED.get(event, ("", "")))
    if pd.isna(begin) or day < begin:
        return NO_END, ""
    if pd.isna(due):
        return SUSPENDED, ""
    until = f"until {day_in_words(due)}"
    return (SUSPENDED, until) if day <= due else (STATE["not_established"], f"suspended {until}")
