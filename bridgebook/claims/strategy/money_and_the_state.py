"""Verdicts of the chapter ``strategy/money-and-the-state``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods import breaks
from bridgebook.verdicts import ARTICLE_BEFORE, MAJORITY, Finding, rule
from bridgebook.wording import listed

# --- the state plans and invests ------------------------------------------------------------

SEVERAL_PLANS = 2
"""One plan could be a single occasion; from two on the state plans again and again."""

AI_IN_TITLE = r"\bAI\b|Artificial Intelligence"
"""A plan counts here if its title names AI: general five-year plans name everything."""

SPENT = frozenset({"invested", "estimate"})
"""Kinds of amount that say what was put in. Targets, commitments, announcements and forecasts say
what is wanted or expected."""

LARGE = MAJORITY
"""State money is on a large scale if it is at least half of the private money of the same years.
The article gives no yardstick; private money is the one quantity that several sources count."""

SMALL = 0.1
"""Below a tenth of the private money, whatever the count, the claim would be wrong."""


def private_money(
    ai_investment: pd.DataFrame, ai_investment_reports: pd.DataFrame
) -> dict[str, pd.Series]:
    """China's private AI money by year and by source, billions of dollars."""
    empty = pd.DataFrame(columns=["iso3", "year", "measure", "value", "complete"])
    found = breaks.levels(
        ai_investment=ai_investment, ai_investment_reports=ai_investment_reports, ai_research=empty
    )
    return {key: found[key]["CHN"].dropna() for key in breaks.MONEY}


def state_money(state_capital: pd.DataFrame) -> pd.DataFrame:
    """State money that went into Chinese AI firms, by the available estimates.

    Returns
    -------
    pandas.DataFrame
        One row for each estimate, with ``item``, ``usd_bn``, ``year_start`` and ``year_end``.
        Venture funds are a product of two rows: all industries, times the part that went to AI.
    """
    rows = state_capital[
        state_capital["verified"].astype("string").eq("yes") & (state_capital["iso3"] == "CHN")
    ].set_index("item_id")
    rows = rows.astype({"status": "string"})
    estimates = []
    whole, part, guided = (
        "government-vc-all-industries",
        "government-vc-ai-share",
        "guidance-funds-ai",
    )
    if {whole, part} <= set(rows.index) and rows.loc[whole, "status"] in SPENT:
        amount = rows.loc[whole, "amount"] * rows.loc[part, "amount"] / 100
        estimates.append(("government venture funds", amount, *_span(rows, whole)))
    if guided in rows.index and rows.loc[guided, "status"] in SPENT:
        estimates.append(("guidance funds", rows.loc[guided, "amount"], *_span(rows, guided)))
    table = pd.DataFrame(estimates, columns=["item", "usd_bn", "year_start", "year_end"])
    return table.astype({"usd_bn": float}).dropna(subset=["usd_bn"])


def _span(rows: pd.DataFrame, item: str) -> tuple[int, int]:
    return int(rows.loc[item, "year_start"]), int(rows.loc[item, "year_end"])


def state_per_private(
    state_capital: pd.DataFrame, ai_investment: pd.DataFrame, ai_investment_reports: pd.DataFrame
) -> pd.DataFrame:
    """State money divided by private money, for each estimate and each private series.

    Returns
    -------
    pandas.DataFrame
        One row for each estimate of :func:`state_money`, one column for each of
        :data:`bridgebook.methods.breaks.MONEY`. Private money is summed over the years of the
        estimate that its series has: none of them begins before 2012, so early private money is
        missing and the ratios are a little too high for an estimate that begins earlier.
    """
    private = private_money(ai_investment, ai_investment_reports)
    state = state_money(state_capital)
    spans = list(zip(state["usd_bn"], state["year_start"], state["year_end"], strict=True))
    columns = {
        key: [amount / series.loc[first:last].sum(min_count=1) for amount, first, last in spans]
        for key, series in private.items()
    }
    return pd.DataFrame(columns, index=pd.Index(state["item"], name="state_money"), dtype=float)


@rule("state-plans-and-invests")
def _plans_and_invests(
    *,
    policy_timeline: pd.DataFrame,
    state_capital: pd.DataFrame,
    ai_investment: pd.DataFrame,
    ai_investment_reports: pd.DataFrame,
) -> Finding:
    """Count plans that name AI, and compare state money put in with private money."""
    plans = policy_timeline[
        (policy_timeline["iso3"] == "CHN")
        & (policy_timeline["type"].astype("string") == "plan")
        & policy_timeline["verified"].astype("string").eq("yes")
        & (policy_timeline["date"] < ARTICLE_BEFORE)
        & policy_timeline["title"].astype("string").str.contains(AI_IN_TITLE)
    ]
    ratios = state_per_private(state_capital, ai_investment, ai_investment_reports)
    known = ratios.melt()["value"].dropna()
    state = state_money(state_capital)
    numbers: dict[str, Any] = {
        "plans_that_name_ai": len(plans),
        "before_the_plan_of_2017": int((plans["date"].dt.year < breaks.PLAN_YEAR).sum()),
        "state_money_bn_dollars": {
            str(item): float(amount)
            for item, amount in zip(state["item"], state["usd_bn"], strict=True)
        },
        "least_state_per_private": None if known.empty else float(known.min()),
        "most_state_per_private": None if known.empty else float(known.max()),
        "private_series": int(ratios.notna().any().sum()),
    }
    return Finding(_plans_outcome(numbers), _plans_reason(numbers), numbers)


def _plans_outcome(numbers: Mapping[str, Any]) -> Outcome:
    least, most = numbers["least_state_per_private"], numbers["most_state_per_private"]
    if least is None:
        return Outcome.CANNOT_TELL
    plans = numbers["plans_that_name_ai"] >= SEVERAL_PLANS
    if not plans and most < SMALL:
        return Outcome.CONTRADICTED
    if not plans or most < LARGE:
        return Outcome.NOT_SUPPORTED
    return Outcome.SUPPORTED if least >= LARGE else Outcome.PARTLY


def _plans_reason(numbers: Mapping[str, Any]) -> str:
    least, most = numbers["least_state_per_private"], numbers["most_state_per_private"]
    if least is None:
        return "No estimate of state money put in can be compared with private money."
    amounts = [f"{amount:,.0f}" for amount in numbers["state_money_bn_dollars"].values()]
    text = (
        f"{numbers['plans_that_name_ai']} official plans with AI in their title came before the "
        f"article, {numbers['before_the_plan_of_2017']} of them before 2017. State funds put about "
        f"{' or '.join(amounts)} billion dollars into AI firms, by estimates that overlap: "
        f"{least:.1f} to {most:.1f} times the private money of the same years."
    )
    outcome = _plans_outcome(numbers)
    if outcome == Outcome.SUPPORTED:
        text += " That is large compared with each private count."
    elif outcome == Outcome.PARTLY:
        text += " Whether that is large depends on the private count one takes."
    else:
        text += " Plans or money fall short of our lines."
    return text + " What was only planned is not counted."


# --- the plan of 2017 -------------------------------------------------------------------------

FIELDS = {"money": breaks.MONEY, "papers": ("papers",), "patents": ("patents",)}
"""Three fields. Money has three series that disagree, and has to pass in each of them."""

SPECIAL = 0.1
"""A bend is special if at most one country in ten bent as much, China included. Among ten countries
that asks for first place; with fewer countries no rank is rare enough."""

MIN_YEARS = 4
"""With fewer possible years than this, asking whether 2017 is the best of them says nothing."""

MIN_FIELDS = 2
"""One field alone does not describe an industry."""


def breaks_at(series: Mapping[str, pd.DataFrame], year: int, window: int) -> pd.DataFrame:
    """What each series says about a break at a year.

    Parameters
    ----------
    series
        Tables by year and country, as :func:`bridgebook.methods.breaks.levels` gives them.
    year, window
        Hinge, and years on each side.

    Returns
    -------
    pandas.DataFrame
        One row for each series: China's growth ``before`` and ``after``, the bend of China
        (``alone``) and of China divided by the United States (``against_us``), all in log points
        a year; ``as_much``, the share of ``countries`` that bent at least as much as China; and
        the rank of the year by ``against_us`` among the ``years`` possible ones.
    """
    rows = {}
    for key, levels in series.items():
        ratio = breaks.relative(levels)
        everywhere = breaks.bend(levels, year, window)
        years = breaks.bends(ratio, window)["CHN"].dropna()
        rows[key] = {
            "before": breaks.growth(levels, year - window, year)["CHN"],
            "after": breaks.growth(levels, year, year + window)["CHN"],
            "alone": everywhere["CHN"],
            "against_us": breaks.bend(ratio, year, window)["CHN"],
            "as_much": breaks.rank_share(everywhere, "CHN"),
            "countries": int(everywhere.notna().sum()),
            "year_rank": breaks.rank_share(years, year) * len(years),
            "years": len(years),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _passes(row: pd.Series) -> bool:
    """Bent upwards against the United States, more than elsewhere, and more than in other years."""
    best_year = row["years"] < MIN_YEARS or round(row["year_rank"]) == 1
    return bool(row["against_us"] > 0 and row["as_much"] <= SPECIAL and best_year)


@rule("plan-2017-pivotal")
def _pivotal(
    *,
    ai_investment: pd.DataFrame,
    ai_investment_reports: pd.DataFrame,
    ai_research: pd.DataFrame,
) -> Finding:
    """Ask in three fields whether China's trend bent in 2017, and bent in a special way.

    *Supported* and *contradicted* are out of reach, because China without the plan is unobserved. A
    field where China bent upwards, more than the United States, more than nearly all other
    countries and more than in other years makes it *partly*; none makes it *not supported*.
    """
    series = breaks.levels(
        ai_investment=ai_investment,
        ai_investment_reports=ai_investment_reports,
        ai_research=ai_research,
    )
    found = breaks_at(series, breaks.PLAN_YEAR, breaks.WINDOW)
    known = found.dropna(subset=["alone", "against_us", "as_much"])
    fields = {
        name: known.loc[list(keys)]
        for name, keys in FIELDS.items()
        if set(keys) <= set(known.index)
    }
    numbers: dict[str, Any] = {
        "fields_measured": list(fields),
        "faster_after_2017": [name for name, rows in fields.items() if (rows["alone"] > 0).all()],
        "faster_against_us": [
            name for name, rows in fields.items() if (rows["against_us"] > 0).all()
        ],
        "special": [name for name, rows in fields.items() if all(map(_passes, _rows(rows)))],
        "bend_alone_log_points": known["alone"].round(1).to_dict(),
        "bend_against_us_log_points": known["against_us"].round(1).to_dict(),
        "share_of_countries_that_bent_as_much": known["as_much"].round(2).to_dict(),
        "rank_among_possible_years": {
            str(key): f"{row['year_rank']:.0f} of {row['years']:.0f}"
            for key, row in known.iterrows()
        },
    }
    return Finding(_pivotal_outcome(numbers), _pivotal_reason(numbers), numbers)


def _rows(table: pd.DataFrame) -> list[pd.Series]:
    return [row for _, row in table.iterrows()]


def _pivotal_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if len(numbers["fields_measured"]) < MIN_FIELDS:
        return Outcome.CANNOT_TELL
    return Outcome.PARTLY if numbers["special"] else Outcome.NOT_SUPPORTED


def _pivotal_reason(numbers: Mapping[str, Any]) -> str:
    measured = numbers["fields_measured"]
    if len(measured) < MIN_FIELDS:
        return f"Fewer than {MIN_FIELDS} fields can be measured before and after 2017."
    faster, against, special = (
        listed(numbers[name]) or "none"
        for name in ("faster_after_2017", "faster_against_us", "special")
    )
    text = (
        f"Fields measured: {listed(measured)}. Growth in China became faster after 2017 in: "
        f"{faster}. Growth relative to the United States became faster in: {against}. A bend "
        f"larger than almost everywhere else and than in other years: {special}."
    )
    if not numbers["special"]:
        text += " So the data show no turning point in 2017 that other countries and years lack."
    return text + " What China would have done without the plan cannot be measured."


# --- planning fostered two firms ----------------------------------------------------------------

LINKS = {
    "origin": "came out of a public university",
    "owner": "state investors",
    "customer": "state customers",
    "named": "named a national platform",
}
"""Four ways in which a state can foster a firm, as the tables record them."""

DECIDING = ("origin", "owner", "customer")

OWNER_LINKS = frozenset({"state", "mixed"})
"""Values of ``state_link`` that name a state investor. Claimed and reported ones do not count."""

WEAK = "tertiary"
"""Strength of a source that does not carry a statement alone."""

WITH_INVESTORS = "funding"


def links(
    firm: str, firm_events: pd.DataFrame, national_ai_platforms: pd.DataFrame
) -> pd.DataFrame:
    """Recorded links of a firm to the state.

    Parameters
    ----------
    firm
        Name as in the column ``firm``.
    firm_events, national_ai_platforms
        Tables of the data room of these names.

    Returns
    -------
    pandas.DataFrame
        One row for each of :data:`LINKS`: ``since``, the first date on record; ``before_article``;
        and ``documented``, whether a source better than tertiary carries it. A link that is not
        on record may exist all the same.
    """
    events = firm_events[firm_events["firm"].astype("string") == firm]
    kind = events["event_type"].astype("string")
    link = events["state_link"].astype("string")
    done = events["status"].astype("string").eq("done")
    chosen = {
        "origin": events[kind.eq("founded") & link.eq("university")],
        "owner": events[done & link.isin(OWNER_LINKS) & events["state_parties"].notna()],
        "customer": events[done & link.eq("state_customers")],
    }
    rows: dict[str, dict[str, Any]] = {}
    for name, found in chosen.items():
        solid = found["strength"].astype("string").ne(WEAK)
        earlier = found["date"] < ARTICLE_BEFORE
        rows[name] = {
            "since": found["date"].min(),
            "before_article": bool(earlier.any()),
            "documented": bool((solid & earlier).any()) if earlier.any() else bool(solid.any()),
        }
    named = national_ai_platforms[national_ai_platforms["firm"].astype("string") == firm]
    year = named["year_named"].min()
    rows["named"] = {
        "since": pd.NaT if pd.isna(year) else pd.Timestamp(int(year), 12, 31),
        "before_article": not named.empty,
        "documented": not named.empty,
    }
    return pd.DataFrame.from_dict(rows, orient="index").reindex(list(LINKS))


def _fostered(firm: str, firm_events: pd.DataFrame, national_ai_platforms: pd.DataFrame) -> Finding:
    """Count the links on record before the article, and what carries them."""
    events = firm_events[firm_events["firm"].astype("string") == firm]
    founded = events["event_type"].astype("string").eq("founded")
    investors = events["other_parties"].notna() | events["state_parties"].notna()
    found = links(firm, firm_events, national_ai_platforms)
    early = found[found["before_article"]]
    first = found["since"].min()
    numbers: dict[str, Any] = {
        "firm": firm,
        "events_with_named_investors": int(events.loc[investors & ~founded, "event_id"].nunique()),
        "links_before_the_article": [LINKS[name] for name in early.index],
        "carried_by_more_than_tertiary_sources": [
            LINKS[name] for name in early.index[early["documented"]]
        ],
        "links_not_on_record_before_it": [
            words for name, words in LINKS.items() if name not in early.index
        ],
        "first_link_on_record": "none" if pd.isna(first) else f"{first:%B %Y}",
    }
    return Finding(_fostered_outcome(numbers), _fostered_reason(numbers), numbers)


def _fostered_outcome(numbers: Mapping[str, Any]) -> Outcome:
    """Origin, owner and customer, each carried: supported. One carried, or two links: partly.

    The list of national platforms ends in 2019 and cannot include younger firms, so it is reported
    but does not decide.
    """
    early, carried = (
        numbers["links_before_the_article"],
        numbers["carried_by_more_than_tertiary_sources"],
    )
    if not numbers["events_with_named_investors"]:
        return Outcome.CANNOT_TELL
    if {LINKS[name] for name in DECIDING} <= set(carried):
        return Outcome.SUPPORTED
    if carried or len(early) > 1:
        return Outcome.PARTLY
    return Outcome.NOT_SUPPORTED


def _fostered_reason(numbers: Mapping[str, Any]) -> str:
    firm, early = numbers["firm"], numbers["links_before_the_article"]
    if not numbers["events_with_named_investors"]:
        return f"No event of {firm} in the table names its investors."
    if not early:
        first = numbers["first_link_on_record"]
        later = "none is later" if first == "none" else f"the first is of {first}"
        return (
            f"No link between {firm} and the state is on record before the article; {later}. "
            f"{numbers['events_with_named_investors']} events of any date name investors. "
            "Universities, talent and demand may have helped; no table here measures that."
        )
    text = f"On record for {firm} before the article: {listed(early)}."
    carried = numbers["carried_by_more_than_tertiary_sources"]
    text += f" Carried by more than tertiary sources: {listed(carried) or 'none of them'}."
    missing = numbers["links_not_on_record_before_it"]
    if missing:
        text += f" Not on record: {listed(missing)}."
    return (
        f"{text} How much each helped cannot be separated from the effect of private money and "
        "talent."
    )


@rule("planning-fostered-zai")
def _fostered_zai(*, firm_events: pd.DataFrame, national_ai_platforms: pd.DataFrame) -> Finding:
    """Ask what links Z.ai to the state."""
    return _fostered("Z.ai", firm_events, national_ai_platforms)


@rule("planning-fostered-moonshot")
def _fostered_moonshot(
    *, firm_events: pd.DataFrame, national_ai_platforms: pd.DataFrame
) -> Finding:
    """Ask what links Moonshot to the state."""
    return _fostered("Moonshot", firm_events, national_ai_platforms)
