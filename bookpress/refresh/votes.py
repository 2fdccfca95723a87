"""Roll calls of the General Assembly, agreement computed from them, and ideal points."""

from __future__ import annotations

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number
from bookpress.refresh.upstream import RefreshError
from bridgebook.methods import voting

ROLLCALLS = "undl_votes/unga_rollcalls_2000_2025.csv"
IDEAL = "bsv_ideal_points/IdealpointestimatesAll_Apr2020.csv"

FIRST_SESSION_YEAR = 1945
"""Session s begins in September of year s + 1945."""

FIRST_YEAR = 2000
"""The roll calls of the book begin here, and so do its ideal points."""


@builder("unga_rollcalls", reads=[ROLLCALLS], needs=["countries"])
def unga_rollcalls(inputs: Inputs) -> pd.DataFrame:
    """One row per recorded vote, with one letter for each member state."""
    frame = inputs.csv(ROLLCALLS, ["symbol", "date", "title", "source"])
    states = voting.member_states(inputs.table("countries"))
    there = [c for c in frame.columns if c not in ("symbol", "date", "title", "source")]
    if sorted(there) != states:
        odd = sorted(set(there) ^ set(states))
        raise RefreshError(f"{ROLLCALLS}: columns and member states differ: {', '.join(odd[:5])}")
    letters = frame[states].replace("", voting.NO_VOTE)
    table = frame[["date", "source"]].copy()
    # Parts of a resolution: A/RES/55/33[A] and A/RES/78/183 A become A/RES/55/33-A and so on.
    symbol = frame["symbol"].str.replace(r"[\[ ]([\w-]+)\]?$", r"-\1", regex=True)
    table.insert(0, "symbol", symbol)
    table["title"] = frame["title"].str.replace(r"\s+", " ", regex=True).str.strip()
    table["votes"] = letters.agg("".join, axis="columns")
    counts = voting.totals(voting.ballots(table, inputs.table("countries"))).reset_index()
    table = table.merge(counts[["symbol", "yes", "no", "abstain"]], on="symbol")
    return table.sort_values(["date", "symbol"])


@builder("unga_agreement", reads=[], needs=["unga_rollcalls", "countries"])
def unga_agreement(inputs: Inputs) -> pd.DataFrame:
    """Agreement with China and the United States by state and year, from the roll calls."""
    rollcalls = inputs.table("unga_rollcalls")
    votes = voting.ballots(rollcalls, inputs.table("countries"))
    dates = pd.to_datetime(rollcalls.set_index(rollcalls["symbol"].astype(str))["date"])
    return voting.country_years(votes, dates.dt.year.rename("year"))


@builder("ideal_points", reads=[IDEAL], needs=["countries"])
def ideal_points(inputs: Inputs) -> pd.DataFrame:
    """Ideal points of the member states since 2000, with their 90 percent intervals."""
    frame = inputs.csv(IDEAL, ["session", "IdealPoint", "Q5%", "Q95%", "iso3c"])
    table = pd.DataFrame(
        {
            "iso3": frame["iso3c"],
            "year": number(frame["session"]) + FIRST_SESSION_YEAR,
            "ideal_point": number(frame["IdealPoint"]).round(3),
            "low": number(frame["Q5%"]).round(3),
            "high": number(frame["Q95%"]).round(3),
        }
    )
    states = voting.member_states(inputs.table("countries"))
    table = table[(table["year"] >= FIRST_YEAR) & table["iso3"].isin(states)]
    return table.sort_values(["iso3", "year"])
