"""Verdicts of the chapter ``un-diplomacy/the-ai-divide``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods.inequality import between_groups
from bridgebook.verdicts import Finding, rule
from bridgebook.wording import listed

# --- group-narrows-the-divide ---------------------------------------------------------------

GROUP = "gof-ai-capacity-2024"
"""The Group of Friends for International Cooperation on AI Capacity-Building."""

PLAN = "cap-plan-2024"
"""The plan with which China proposed the group in September 2024. No charter of the group itself
was found, so its aims are read here."""

AIMS = {
    "bridging_divides": "narrowing divides",
    "un_central_role": "a central role for the United Nations",
}
"""Themes of ``un_themes`` that represent the two aims the article names."""

STATED = 1
"""A theme coded 1 (present) or 2 (central) counts as a stated aim."""

INDEPENDENT = frozenset({"recipient", "evaluator"})
"""Who would have to count a delivery for it to be evidence from outside. The giver has a stake, and
the press we read repeats the organisers' figures."""


@rule("group-narrows-the-divide")
def _group(
    *, un_themes: pd.DataFrame, ai_capacity_pledges: pd.DataFrame, un_group_info: pd.DataFrame
) -> Finding:
    """Ask what the group is said to be for, what was delivered, and who counted."""
    codes = un_themes[un_themes["document_id"] == PLAN].set_index("theme")["code"]
    known = codes.reindex(list(AIMS)).dropna()
    given = _delivered(ai_capacity_pledges)
    lists = un_group_info.loc[un_group_info["group_id"] == GROUP, "list_complete"]
    numbers = {
        "aims_stated": [AIMS[theme] for theme in known.index[known >= STATED]],
        "aims_read_in_the_plan": len(known),
        "reports_of_delivery": len(given),
        "reports_counted_from_outside": int(_from_outside(given).sum()),
        "member_list_published": bool(lists.astype("string").isin(["complete", "almost"]).any()),
    }
    return Finding(_group_outcome(numbers), _group_reason(numbers), numbers)


def _delivered(pledges: pd.DataFrame) -> pd.DataFrame:
    """Keep what China is reported to have done; one row is one report, not one event."""
    return pledges[(pledges["kind"] == "delivery") & (pledges["actor_iso3"] == "CHN")]


def _from_outside(delivered: pd.DataFrame) -> pd.Series:
    return delivered["counted_by"].astype("string").isin(list(INDEPENDENT))


def _group_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if numbers["aims_read_in_the_plan"] < len(AIMS):
        return Outcome.CANNOT_TELL
    if not numbers["aims_stated"]:
        return Outcome.CONTRADICTED
    if len(numbers["aims_stated"]) < len(AIMS):
        return Outcome.NOT_SUPPORTED
    proved = numbers["member_list_published"] and numbers["reports_counted_from_outside"]
    return Outcome.SUPPORTED if proved else Outcome.PARTLY


def _group_reason(numbers: Mapping[str, Any]) -> str:
    if numbers["aims_read_in_the_plan"] < len(AIMS):
        return "The text with which the group was proposed is not coded for both aims."
    aims = listed(numbers["aims_stated"]) if numbers["aims_stated"] else "neither aim"
    first = f"The plan with which China proposed the group states {aims}"
    count = numbers["reports_of_delivery"]
    if not count:
        second = "we found no report of anything delivered"
    else:
        outside = numbers["reports_counted_from_outside"]
        reports = "one report" if count == 1 else f"{count} reports"
        who = "none" if not outside else str(outside)
        second = f"of {reports} on delivery {who} was counted from outside"
    members = "is" if numbers["member_list_published"] else "is not"
    return f"{first}. As for results, {second}, and a list of members {members} public."


# --- bridge-not-barrier ---------------------------------------------------------------------

RICH, POOR = "High income", "Low income"
"""The two ends of the World Bank's grouping."""

DIVIDED = 1.5
"""From this ratio of the median shares of internet users on we speak of a divide: half as much
again is more than the small differences inside one income group."""

ENOUGH_OWN = 5
"""With fewer countries than this that have their own figure, there is no median over time; the
others have a regional estimate that moves for all of them at once."""


@rule("bridge-not-barrier")
def _bridge(
    *,
    ai_divide: pd.DataFrame,
    ai_adoption: pd.DataFrame,
    countries: pd.DataFrame,
    ai_capacity_pledges: pd.DataFrame,
) -> Finding:
    """Measure the gap that a bridge would span, whether it moved, and who counted the delivery.

    What makes a path attractive is a judgement, so the best outcome here is *partly supported*.
    """
    income = _members(countries)["wb_income_group"]
    online = ai_divide.set_index("iso3")["internet_users_2023_pct"].reindex(income.index)
    gap = between_groups(online, income, RICH, POOR)
    given = _delivered(ai_capacity_pledges)
    numbers = {
        "internet_users_high_income_median_pct": float(gap["high"]),
        "internet_users_low_income_median_pct": float(gap["low"]),
        "internet_ratio": float(gap["ratio"]),
        **_movement(ai_adoption, income),
        "reports_of_delivery": len(given),
        "reports_counted_from_outside": int(_from_outside(given).sum()),
    }
    return Finding(_bridge_outcome(numbers), _bridge_reason(numbers), numbers)


def _members(countries: pd.DataFrame) -> pd.DataFrame:
    return countries[countries["kind"] == "un_member"].set_index("iso3")


def _movement(adoption: pd.DataFrame, income: pd.Series) -> dict[str, Any]:
    """Compare use of generative AI between the two ends at the first and the last date."""
    rows = adoption[adoption["iso3"].isin(income.index)]
    dates = sorted(rows["period_end"].unique())
    if not dates:
        return {"adoption_dates": 0, "low_income_with_own_figure": 0}
    last = rows[rows["period_end"] == dates[-1]]
    own = last.loc[last["shared_by"] == 1, "iso3"].map(income)
    moved = {}
    for name, date in (("first", dates[0]), ("last", dates[-1])):
        at = rows[rows["period_end"] == date].set_index("iso3")["users_pct"]
        found = between_groups(at.reindex(income.index), income, RICH, POOR)
        moved[f"adoption_gap_{name}_points"] = float(found["gap"])
        moved[f"adoption_ratio_{name}"] = float(found["ratio"])
    return {
        "adoption_dates": len(dates),
        **moved,
        "low_income_with_own_figure": int((own == POOR).sum()),
    }


def _bridge_outcome(numbers: Mapping[str, Any]) -> Outcome:
    ratio = numbers["internet_ratio"]
    if pd.isna(ratio):
        return Outcome.CANNOT_TELL
    if ratio < DIVIDED:
        return Outcome.NOT_SUPPORTED
    return Outcome.PARTLY if numbers["reports_counted_from_outside"] else Outcome.CANNOT_TELL


def _bridge_reason(numbers: Mapping[str, Any]) -> str:
    ratio = numbers["internet_ratio"]
    if pd.isna(ratio):
        return "Without internet use for both ends of the income scale nothing can be compared."
    high, low = (numbers[f"internet_users_{end}_income_median_pct"] for end in ("high", "low"))
    first = (
        f"The median share of internet users is {high:.1f} percent in high-income "
        f"and {low:.1f} percent in low-income states"
    )
    if ratio < DIVIDED:
        return f"{first}, too near each other to speak of a divide."
    outside = numbers["reports_counted_from_outside"]
    counted = (
        "no delivery was counted by anyone but the giver and the press"
        if not outside
        else f"{outside} of {numbers['reports_of_delivery']} reports on delivery came from outside"
    )
    return (
        f"{first}: there is a gap to bridge. {_trend(numbers)} And {counted}. "
        "Whether the way is attractive is a judgement that no table makes."
    )


def _trend(numbers: Mapping[str, Any]) -> str:
    if numbers["adoption_dates"] < 2 or pd.isna(numbers["adoption_gap_last_points"]):
        return "Whether the use of AI has converged is not known."
    own = numbers["low_income_with_own_figure"]
    if own < ENOUGH_OWN:
        have = "state has its" if own == 1 else "states have their"
        return f"Whether it is closing for AI is unknown: {own} low-income {have} own figure."
    change = numbers["adoption_gap_last_points"] - numbers["adoption_gap_first_points"]
    word = "grew" if change > 0 else "shrank"
    return f"In the use of AI it {word} by {abs(change):.1f} points over our dates."


# --- china-more-inclusive -------------------------------------------------------------------

POWERS = {"CHN": "China", "USA": "the United States"}

FIRST_CIRCLE = ("lead", "at_tabling")
"""States named when a draft was presented: the one stage for which both lists are full."""

CLEAR_SHARE = 0.1
"""Shares of a first circle have to lie this far apart before we call one broader."""

CLEAR_REGIONS = 1
"""A lead of one world region depends on a single state, so it decides nothing."""

SUMMITS = ("ai_summit", "reaim")
"""Forums whose texts states of all regions may sign. Left out is the convention of the Council of
Europe, a regional body, and what only a tertiary source reports, such as the Seoul declaration of
ten states: one such row would decide this count."""

JOINED, STAYED_OUT = "endorsed", "did_not_endorse"
"""Positions in ``ai_governance_timeline``: signed, and did not sign for whatever reason."""

FEWEST = 2
"""With fewer comparisons than this there is nothing to weigh."""


@rule("china-more-inclusive")
def _inclusive(
    *,
    un_resolutions: pd.DataFrame,
    un_sponsors: pd.DataFrame,
    countries: pd.DataFrame,
    ai_governance_timeline: pd.DataFrame,
    un_group_info: pd.DataFrame,
) -> Finding:
    """Compare five counts for China with the same five for the United States."""
    finals = _final_sponsors(un_resolutions)
    circles = _first_circles(un_sponsors, un_resolutions, countries)
    texts = _summit_texts(ai_governance_timeline)
    leans = {
        "final sponsors": _longer(*finals),
        "states in the first circle": _larger(circles["size"], 0),
        "share of the first circle outside high income": _larger(circles["poorer"], CLEAR_SHARE),
        "regions in the first circle": _larger(circles["regions"], CLEAR_REGIONS),
        "summit texts signed": _larger(texts, 0),
    }
    leans = {name: who for name, who in leans.items() if who}
    lists = un_group_info.loc[un_group_info["group_id"] == GROUP, "list_complete"]
    numbers = {
        "final_sponsors_china": finals[0],
        "final_sponsors_united_states": finals[1],
        **{f"first_circle_{name}": pair for name, pair in circles.items()},
        "summit_texts_signed": texts,
        "leans": leans,
        "member_list_published": bool(lists.astype("string").isin(["complete", "almost"]).any()),
    }
    return Finding(_inclusive_outcome(numbers), _inclusive_reason(numbers), numbers)


def _final_sponsors(resolutions: pd.DataFrame) -> list[tuple[int, int] | None]:
    """Lowest and highest number of sponsors of the text that each power led."""
    columns = ["sponsors_low", "sponsors_high"]
    led = resolutions.dropna(subset=columns).astype({"lead_iso3": "string"})
    led = led.groupby("lead_iso3")[columns].max()
    return [
        (int(led.loc[power, "sponsors_low"]), int(led.loc[power, "sponsors_high"]))
        if power in led.index
        else None
        for power in POWERS
    ]


def _first_circles(
    sponsors: pd.DataFrame, resolutions: pd.DataFrame, countries: pd.DataFrame
) -> dict[str, dict[str, float]]:
    """Size, share outside high income and number of regions of both first circles."""
    leads = resolutions.set_index("resolution_id")["lead_iso3"].astype("string")
    named = sponsors[
        sponsors["counted"].fillna(False)
        & sponsors["sponsor_stage"].astype("string").isin(FIRST_CIRCLE)
    ]
    named = named.assign(power=named["resolution_id"].astype("string").map(leads))
    named = named.join(
        countries.set_index("iso3")[["wb_income_group", "un_region"]].astype("string"), on="iso3"
    )
    by = named[named["power"].isin(list(POWERS))].groupby("power")
    poorer = by["wb_income_group"].agg(lambda groups: (groups != RICH).mean())
    found = {"size": by["iso3"].nunique(), "poorer": poorer, "regions": by["un_region"].nunique()}
    return {
        name: {POWERS[power]: _plain(value) for power, value in column.items()}
        for name, column in found.items()
    }


def _plain(value: Any) -> float | int:
    return int(value) if float(value).is_integer() and value > 1 else float(value)


def _summit_texts(timeline: pd.DataFrame) -> dict[str, float]:
    """Count, of the summit texts that neither power led, those that each signed."""
    open_texts = timeline[
        timeline["forum"].astype("string").isin(SUMMITS)
        & timeline["china_position"].isin([JOINED, STAYED_OUT])
        & timeline["usa_position"].isin([JOINED, STAYED_OUT])
        & timeline["strength"].astype("string").ne("tertiary")
    ]
    if open_texts.empty:
        return {}
    columns = {"China": "china_position", "the United States": "usa_position"}
    return {power: int((open_texts[name] == JOINED).sum()) for power, name in columns.items()}


def _longer(china: tuple[int, int] | None, usa: tuple[int, int] | None) -> str:
    """Say whose list is longer when each length is known as a range; empty if not both known."""
    if china is None or usa is None:
        return ""
    if china[0] > usa[1]:
        return "China"
    return "the United States" if usa[0] > china[1] else "neither"


def _larger(pair: Mapping[str, float], margin: float) -> str:
    """Say which power has more, by more than a margin; empty if not both known."""
    if set(pair) != set(POWERS.values()):
        return ""
    difference = pair["China"] - pair["the United States"]
    if abs(difference) <= margin:
        return "neither"
    return "China" if difference > 0 else "the United States"


def _inclusive_outcome(numbers: Mapping[str, Any]) -> Outcome:
    sides = list(numbers["leans"].values())
    if len(sides) < FEWEST:
        return Outcome.CANNOT_TELL
    china, usa = sides.count("China"), sides.count("the United States")
    if china <= usa:
        return Outcome.CONTRADICTED if usa == len(sides) else Outcome.NOT_SUPPORTED
    whole = china == len(sides) and numbers["member_list_published"]
    return Outcome.SUPPORTED if whole else Outcome.PARTLY


def _inclusive_reason(numbers: Mapping[str, Any]) -> str:
    leans = numbers["leans"]
    if len(leans) < FEWEST:
        return "Too few of the five counts are known for both powers."
    sentences = []
    for side in ("China", "the United States", "neither"):
        names = [name for name, who in leans.items() if who == side]
        if names:
            sentences.append(f"{side} on {listed(names)}")
    lead = f"Of {len(leans)} counts, ahead {'is' if len(sentences) == 1 else 'are'}: "
    group = (
        "The group China leads publishes its members."
        if numbers["member_list_published"]
        else "Members of the group China leads are not public, so it cannot be counted."
    )
    return f"{lead}{'; '.join(sentences)}. {group}"
