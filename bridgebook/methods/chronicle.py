"""A timeline of events from five tables: policy, money, models, the United Nations, chips.

Each table keeps its own wording and sources; here they share six columns, so that a reader can
see events side by side::

    policy_timeline ┐
    firm_events     │
    releases        ├─▶ events() ─▶ by theme and by country
    ai_governance_… │
    control_timeline┘
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from bridgebook.ledger import THEMES
from bridgebook.wording import day_in_words

MODEL_MAKERS = ("Z.ai", "Moonshot", "DeepSeek", "Alibaba", "OpenAI", "Anthropic", "Google", "Meta")
"""Whose releases the list shows: the firms that the book compares."""

MOVES = ("founded", "funding", "listing", "ownership")
"""Kinds of a firm's events that change its course; yearly results are left out."""

HOME_OF_FIRMS = "CHN"
"""The table of firms' events has Z.ai, Moonshot and DeepSeek only."""

COLUMNS = ["date", "precision", "theme", "iso3", "what", "source"]


def events(
    *,
    policy_timeline: pd.DataFrame,
    firm_events: pd.DataFrame,
    releases: pd.DataFrame,
    ai_governance_timeline: pd.DataFrame,
    control_timeline: pd.DataFrame,
) -> pd.DataFrame:
    """Gather the events.

    Parameters
    ----------
    policy_timeline, firm_events, releases, ai_governance_timeline, control_timeline
        Tables of the data room of these names.

    Returns
    -------
    pandas.DataFrame
        Oldest first: ``date``; ``precision`` (``day``, or a coarser word); ``theme``, one of
        :data:`bridgebook.ledger.THEMES`; ``iso3``, codes of the actors joined by ``;``, may be
        missing; ``what``, a short sentence; ``source``, keys of the bibliography joined by ``;``.
        Scheduled and planned events are left out, for they may not come.
    """
    policy = policy_timeline[~policy_timeline["lane"].isin(["controls", "diplomacy"])]
    moves = firm_events[firm_events["event_type"].isin(MOVES)].drop_duplicates("event_id")
    released = releases[
        releases["organisation"].isin(MODEL_MAKERS) & releases["release_date"].notna()
    ].drop_duplicates("model")
    met = ai_governance_timeline[~ai_governance_timeline["planned"].astype(bool)]
    ruled = control_timeline[control_timeline["direction"] != "scheduled"]
    openness = released["open_weights"].map({True: ", open weights", False: ", closed"})
    parts = [
        _part(policy, "strategy", policy["date"], policy["iso3"], policy["label"]),
        _part(
            moves,
            "strategy",
            moves["date"],
            pd.Series(HOME_OF_FIRMS, index=moves.index),
            _joined(moves["firm"], ": ", moves["label"]),
        ),
        _part(
            released,
            "open-models",
            released["release_date"],
            released["iso3"],
            _joined(released["organisation"], " releases ", released["model"])
            + openness.astype("string").fillna(""),
        ),
        _part(met, "un-diplomacy", met["date"], met["actor_iso3"], met["event"]),
        _part(ruled, "export-controls", ruled["date"], ruled["actor_iso3"], ruled["event"]),
    ]
    # Two tables may contain the same event in the same words; keep one row.
    table = pd.concat(parts).drop_duplicates(["date", "what"])
    return table.sort_values("date", kind="stable").reset_index(drop=True)


def _part(
    rows: pd.DataFrame, theme: str, date: pd.Series, iso3: pd.Series, what: pd.Series
) -> pd.DataFrame:
    if "date_precision" in rows:
        precision = rows["date_precision"].astype("string")
    else:
        confirmed = rows["release_date_basis"].astype("string").ne("not_confirmed")
        precision = confirmed.map({True: "day", False: "day, not confirmed"}).astype("string")
    return pd.DataFrame(
        {
            "date": date,
            "precision": precision,
            "theme": pd.Categorical([theme] * len(rows), categories=list(THEMES)),
            "iso3": iso3.astype("string"),
            "what": what.astype("string"),
            "source": rows["source"].astype("string"),
        },
        columns=COLUMNS,
    )


def _joined(first: pd.Series, between: str, second: pd.Series) -> pd.Series:
    return first.astype("string") + between + second.astype("string")


def when(date: pd.Timestamp, precision: str) -> str:
    """Format a date to its known precision: a day, a month, a quarter or a year."""
    if precision.startswith("day"):
        return day_in_words(date) + ("?" if "not confirmed" in precision else "")
    if precision == "year":
        return f"{date:%Y}"
    if precision == "quarter":
        return f"quarter {date.quarter} of {date:%Y}"
    return f"{date:%B %Y}"


def filter_events(
    table: pd.DataFrame, theme: str | None = None, iso3: str | None = None
) -> pd.DataFrame:
    """Filter events by theme and by actor.

    Parameters
    ----------
    table
        From :func:`events`.
    theme
        One of :data:`bridgebook.ledger.THEMES`, or None for all.
    iso3
        A country's code: events in which it acted, alone or with others. ``"others"``: events in
        which neither China nor the United States did. None: all.
    """
    if theme is not None:
        table = table[table["theme"] == theme]
    if iso3 is None:
        return table
    actors = table["iso3"].fillna("").str.split(";").map(set)
    if iso3 == "others":
        return table[actors.map({"CHN", "USA"}.isdisjoint).astype(bool)]
    return table[actors.map({iso3}.issubset).astype(bool)]


@dataclass(frozen=True)
class Chronicle:
    """Events as a list for readers, with a heading for each year."""

    table: pd.DataFrame

    def _repr_html_(self) -> str:
        if self.table.empty:
            return "<p>No event in our tables.</p>"
        years = self.table.groupby(self.table["date"].dt.year)
        return "".join(
            f"<p><strong>{year}</strong></p><ul>{''.join(self._items(rows))}</ul>"
            for year, rows in years
        )

    @staticmethod
    def _items(rows: pd.DataFrame) -> list[str]:
        return [
            f"<li>{when(date, str(precision))}: {escape(what)}</li>"
            for date, precision, what in zip(
                rows["date"], rows["precision"], rows["what"], strict=True
            )
        ]
