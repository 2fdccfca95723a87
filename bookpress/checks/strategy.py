"""What the tables on strategy must say together."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bookpress.checks.general import filled_together, same_within
from bookpress.checks.rules import rule
from bridgebook.catalog import Problem, Table

# --- plans and targets ---------------------------------------------------------------------------


@rule("core_ai_industry")
def ranges_enclose_values(table: Table) -> Iterator[Problem]:
    """Want a range that encloses its value."""
    frame = table.frame
    for column, sign in (("low_rmb_bn", 1), ("high_rmb_bn", -1)):
        outside = sign * frame[column] > sign * frame["value_rmb_bn"]
        wanted = "a range around " + frame["value_rmb_bn"].map("{:g}".format)
        yield from table.problems(outside, column, wanted)


OUTCOME = ["outcome_by", "outcome_operator", "outcome_value", "outcome_unit", "outcome_date"]
OUTCOME += ["outcome_date_precision", "outcome_measure", "comparability", "outcome_source"]

TARGET_CELLS = {"qualitative": [], "by_date": ["target_date"]}
"""Columns that hold the target, by wording; numbers for all other wordings."""


@rule("plan_targets", "core_ai_industry")
def targets_are_complete(plans: Table, industry: Table) -> Iterator[Problem]:
    """Targets and outcomes are complete; core-industry outcomes equal that table's figures."""
    frame, wrong = plans.frame, plans.problem
    figures = industry.frame.set_index("figure_id")
    cells = ["target_low", "target_value", "target_unit", "target_date"]
    for row, target in frame.iterrows():
        wording = target["target_operator"]
        needed = TARGET_CELLS.get(wording, ["target_value", "target_unit"])
        needed = ["target_low", *needed] if wording == "range" else needed
        for column in cells:
            if (column in needed) != pd.notna(target[column]):
                state = "a value" if column in needed else "a blank"
                yield wrong(row, column, f"{state} where target_operator is {wording}")
        if wording == "range" and not target["target_low"] < target["target_value"]:
            yield wrong(row, "target_low", "less than target_value")
        given = frame.loc[row, OUTCOME].notna()
        if given.any() and not given.all():
            yield wrong(row, given.index[~given][0], "a complete outcome or none")
        figure = target["outcome_figure_id"]
        if pd.isna(figure):
            if target["indicator"] == "core AI industry size" and given.any():
                yield wrong(row, "outcome_figure_id", "the row of core_ai_industry")
        elif figure in figures.index:
            stated, year = figures.loc[figure, ["value_rmb_bn", "year"]]
            if target["outcome_value"] != stated:
                yield wrong(row, "outcome_value", f"{stated:g}, as in core_ai_industry {figure}")
            if abs(target["outcome_date"].year - year) > 1:
                yield wrong(row, "outcome_date", f"a date within a year of {year}")


DATED_STATUS = ["amended", "superseded", "revoked", "lifted", "adopted"]


@rule("policy_timeline")
def documents_have_a_history(table: Table) -> Iterator[Problem]:
    """A status that something happened to carries its day; US orders are of the United States."""
    frame = table.frame
    dated = frame["status"].isin(DATED_STATUS)
    yield from filled_together(table, ["status_date"], dated, "where the status has a day")
    foreign = (frame["type"] == "executive_order") & (frame["iso3"] != "USA")
    yield from table.problems(foreign, "iso3", "USA, for an executive order")
    long = frame["label"].str.len() > 40
    yield from table.problems(long, "label", "at most 40 characters")


@rule("national_ai_platforms", "policy_timeline")
def platforms_follow_their_document(platforms: Table, documents: Table) -> Iterator[Problem]:
    """A platform is named in the year of the document that names it."""
    years = documents.frame.set_index("document_id")["date"].dt.year
    named = platforms.frame["document_id"].map(years)
    wrong = named.notna() & (named != platforms.frame["year_named"])
    yield from platforms.problems(
        wrong, "year_named", named.map("{:g}".format) + ", as its document"
    )


# --- money ---------------------------------------------------------------------------------------


@rule("ai_investment")
def estimates_include_disclosed_deals(table: Table) -> Iterator[Problem]:
    """Estimates add to what is disclosed, so they are never below it."""
    frame = table.frame
    disclosed = frame[frame["measure"] == "private_investment_disclosed"]
    floor = disclosed.set_index(["iso3", "year"])["investment_usd_m"]
    estimates = frame[frame["measure"] == "private_investment_estimated"]
    least = estimates.set_index(["iso3", "year"]).index.map(floor).astype("Float64")
    low = pd.Series(estimates["investment_usd_m"].array < least, index=estimates.index)
    words = pd.Series(least, index=estimates.index).map("at least {:g}, the disclosed sum".format)
    for row in low.index[low.fillna(False).to_numpy(dtype=bool)]:
        yield table.problem(row, "investment_usd_m", words[row])


@rule("ai_investment_reports")
def investment_series_hold_together(table: Table) -> Iterator[Problem]:
    """One measure, edition and unit a series; sums over years say from when; firms are counted."""
    frame = table.frame
    yield from _series_names(table)
    yield from same_within(table, "series_id", ["measure", "edition", "unit"])
    firms = frame["measure"].astype(str).str.startswith("newly_funded")
    yield from table.problems(
        firms != (frame["unit"] == "count"), "unit", "count, exactly for firms"
    )
    sums = frame["measure"].astype(str).str.endswith("_cumulative")
    yield from filled_together(table, ["from_year"], sums, "for a sum over years")
    early = frame["earlier_value_usd_bn"].notna()
    yield from filled_together(table, ["earlier_source"], early, "with an earlier value")
    far = ~(frame["value"] / frame["earlier_value_usd_bn"]).between(0.5, 2) & early
    yield from table.problems(far, "earlier_value_usd_bn", "a value near the newer one")


@rule("ai_research_reports")
def research_series_hold_together(table: Table) -> Iterator[Problem]:
    """One measure, edition and unit a series; shares say of what; counts give their percentage."""
    frame = table.frame
    yield from _series_names(table)
    yield from same_within(table, "series_id", ["measure", "edition", "unit"])
    shares = frame["unit"] != "count"
    yield from filled_together(table, ["denominator"], shares, "for a share")
    percent = 100 * frame["part_n"] / frame["sample_n"]
    off = ((percent - frame["value"]).abs() > 1.5) & percent.notna()
    yield from table.problems(off, "value", percent.map("about {:.1f}, from the counts".format))
    over = (frame["unit"] == "pct") & (frame["value"] > 100)
    yield from table.problems(over, "value", "at most 100 percent")


def _series_names(table: Table) -> Iterator[Problem]:
    frame = table.frame
    name = frame["measure"].astype(str) + "-" + frame["edition"].astype(str)
    name = name.str.replace("_", "-")
    yield from table.problems(frame["series_id"] != name, "series_id", name)


@rule("firm_events")
def amounts_of_an_event_agree(table: Table) -> Iterator[Problem]:
    """Rows of an event tell of one event; an amount is a point or a range, with its unit."""
    frame = table.frame
    about = ["date", "date_precision", "firm", "event_type", "label", "state_link"]
    yield from same_within(table, "event_id", about)
    point, low = frame["amount"].notna(), frame["amount_low"].notna()
    both = point & low
    yield from table.problems(both, "amount", "a point or a range, not both")
    given = point | low | frame["amount_high"].notna()
    columns = ["amount_kind", "unit", "bound"]
    yield from filled_together(table, columns, given, "with an amount")
    results = frame["event_type"] == "results"
    none = results & frame["period_months"].isna()
    yield from table.problems(none, "period_months", "a length, for results")


@rule("state_capital")
def capital_is_a_point_or_a_range(table: Table) -> Iterator[Problem]:
    """An amount is one figure or a range."""
    frame = table.frame
    point = frame["amount"].notna()
    spread = frame["amount_low"].notna() & frame["amount_high"].notna()
    yield from table.problems(point == spread, "amount", "one figure, or a low and a high end")


# --- inputs --------------------------------------------------------------------------------------


@rule("rd_spending", "rd_reports")
def two_sources_of_research_spending(spending: Table, reports: Table) -> Iterator[Problem]:
    """Shares of GDP from two sources differ by definitions, not by a factor."""
    ours = spending.frame.set_index(["iso3", "year"])["gerd_pct_gdp"]
    frame = reports.frame
    other = pd.Series(pd.MultiIndex.from_frame(frame[["iso3", "year"]]).map(ours), frame.index)
    far = (other - frame["gerd_pct_gdp"]).abs() > 0.45
    yield from reports.problems(far, "gerd_pct_gdp", other.map("near {:.2f}, rd_spending".format))


@rule("rd_spending")
def money_goes_with_its_share(table: Table) -> Iterator[Problem]:
    """Money is computed from a share, so it has one; the GDP it implies moves slowly."""
    frame = table.frame
    money, share = frame["gerd_ppp2021_bn"], frame["gerd_pct_gdp"]
    yield from table.problems(
        money.notna() & share.isna(), "gerd_ppp2021_bn", "a blank without a share of GDP"
    )
    gdp = (money / share).where((money >= 0.5) & (share > 0))
    usual = gdp.groupby(frame["iso3"].astype(str)).transform("median")
    far = ~(gdp / usual).between(0.2, 5) & gdp.notna()
    yield from table.problems(far, "gerd_ppp2021_bn", "money that fits the share of GDP")


@rule("electricity", "countries")
def generation_per_head(electricity: Table, countries: Table) -> Iterator[Problem]:
    """What is generated per head times the heads is what is generated."""
    frame = electricity.frame
    people = countries.frame.set_index("iso3")
    there = frame["year"] == frame["iso3"].map(people["population_year"])
    heads = frame["iso3"].map(people["population"]).astype("Float64")
    made = frame["generation_kwh_per_head"] * heads / 1e9
    off = (
        there
        & (frame["generation_twh"] > 1)
        & ~(made / frame["generation_twh"]).between(0.98, 1.02)
    )
    yield from electricity.problems(off, "generation_kwh_per_head", "generation / population")
    before = frame.groupby("iso3")["generation_twh"].shift()
    jump = ~(frame["generation_twh"] / before).between(0.5, 2) & (before > 50)
    yield from electricity.problems(jump, "generation_twh", "half to twice the year before")


@rule("robots", "robots_reports")
def robots_add_up(robots: Table, reports: Table) -> Iterator[Problem]:
    """Shares follow from counts; the rounded series agrees with the newest exact edition."""
    frame = robots.frame
    world = frame[frame["iso3"] == "WLD"].set_index("year")["installations"]
    share = 100 * frame["installations"] / frame["year"].map(world)
    off = (share - frame["world_share_pct"]).abs() > 0.06
    yield from robots.problems(off, "world_share_pct", share.map("{:.1f}, from the counts".format))
    exact = reports.frame[reports.frame["rounded_to_units"] == 1].sort_values("edition")
    newest = exact.drop_duplicates(["iso3", "year"], keep="last").set_index(["iso3", "year"])
    keys = pd.MultiIndex.from_frame(frame[["iso3", "year"]])
    precise = pd.Series(keys.map(newest["installations_units"]), frame.index).astype("Float64")
    far = (precise - frame["installations"]).abs() > 500
    yield from robots.problems(far, "installations", precise.map("near {:g}".format))
    ragged = reports.frame["installations_units"] % reports.frame["rounded_to_units"] != 0
    yield from reports.problems(ragged, "rounded_to_units", "a divisor of installations_units")


@rule("top500")
def lists_are_complete(table: Table) -> Iterator[Problem]:
    """A computed list has 500 systems and 100 percent of its performance."""
    computed = table.frame[table.frame["from_list"]]
    for day, rows in computed.groupby("list_date"):
        if rows["systems"].sum() != 500:
            found = f"{rows['systems'].sum()} systems on {day:%Y-%m-%d}"
            yield table.problem(rows.index[0], "systems", "500 systems on the list", found)
        if abs(rows["rmax_share_pct"].sum() - 100) > 0.06:
            found = f"{rows['rmax_share_pct'].sum():.2f} percent on {day:%Y-%m-%d}"
            yield table.problem(rows.index[0], "rmax_share_pct", "100 percent in all", found)


REGIONS = ["CHN", "USA", "X_APX", "X_EUR", "X_ROW"]


@rule("data_centres")
def regions_make_the_world(table: Table) -> Iterator[Problem]:
    """The electricity of the regions is that of the world; a measure has one unit."""
    frame = table.frame
    yield from same_within(table, "measure", ["unit"])
    power = frame[frame["measure"] == "electricity"].set_index(["year", "iso3"])["value"]
    for year in sorted({year for year, iso3 in power.index if iso3 == "WLD"}):
        parts = [power.get((year, region)) for region in REGIONS]
        if None not in parts and abs(sum(parts) - power[year, "WLD"]) > 2:
            here = (frame["year"] == year) & (frame["iso3"] == "WLD")
            row = frame.index[here & (frame["measure"] == "electricity")][0]
            yield table.problem(row, "value", f"{sum(parts):g}, the sum of its regions")


@rule("vibrancy")
def ranks_follow_scores(table: Table) -> Iterator[Problem]:
    """Nobody shares a rank, and a better rank never has a lower score."""
    for _, edition in table.frame.groupby(["index_code", "edition_year"], observed=True):
        ranked = edition.sort_values("rank")
        for row in ranked.index[ranked["rank"].duplicated()]:
            yield table.problem(row, "rank", "a rank of its own")
        scored = ranked.dropna(subset=["score"])
        for row in scored.index[scored["score"].diff() > 0]:
            yield table.problem(row, "score", "at most the score of the rank before")


# --- rules and use at home -----------------------------------------------------------------------


@rule("ai_adoption")
def shared_values_are_counted(table: Table) -> Iterator[Problem]:
    """``shared_by`` counts the economies with the same three values."""
    frame = table.frame
    values = frame.pivot_table("users_pct", "iso3", "period_end", observed=True)
    alike = values.groupby(list(values.columns))[values.columns[0]].transform("size")
    counted = frame["iso3"].map(alike)
    yield from table.problems(
        counted != frame["shared_by"], "shared_by", counted.map("{:g}".format)
    )


@rule("ai_adoption_reports", "ai_adoption")
def the_index_repeats_the_telemetry(reports: Table, telemetry: Table) -> Iterator[Problem]:
    """The AI Index charts the telemetry series, rounded to whole percent."""
    known = telemetry.frame.set_index(["iso3", "period_end"])["users_pct"]
    frame = reports.frame
    keys = pd.MultiIndex.from_frame(frame[["iso3", "period_end"]])
    value = pd.Series(keys.map(known), frame.index)
    off = (frame["method"] == "telemetry_model") & ~((frame["value_pct"] - value).abs() <= 0.5)
    yield from reports.problems(off, "value_pct", value.map("about {:g}, as ai_adoption".format))


@rule("genai_registrations")
def counts_only_grow(table: Table) -> Iterator[Problem]:
    """Cumulative counts never fall."""
    frame = table.frame
    yield from table.problems(
        frame["as_of_date"].diff() <= pd.Timedelta(0), "as_of_date", "a date after the row above"
    )
    for column in ("services_filed", "applications_registered"):
        known = frame[column].dropna()
        for row in known.index[known.diff() < 0]:
            yield table.problem(row, column, "at least the count before")


@rule("attitudes")
def answers_say_who_and_whom(table: Table) -> Iterator[Problem]:
    """Respondents and the rated actor are told apart; derived values are the sum they claim."""
    frame = table.frame
    actor = frame["question"] == "trust_actor"
    yield from filled_together(table, ["rated_iso3"], actor, "for trust_actor")
    people = frame["respondents"] == "country"
    yield from filled_together(table, ["respondent_iso3"], people, "for one country")
    yield from filled_together(table, ["countries_surveyed"], ~people, "for several countries")
    derived = frame["derived"].astype(bool)
    column = "change_since_2021_points"
    yield from filled_together(table, [column], derived, "for a derived value")
    first = frame[frame["wave_date"].dt.year == 2021]
    base = first.set_index(["question", "respondent_iso3"])["agree_pct"]
    keys = pd.MultiIndex.from_frame(frame[["question", "respondent_iso3"]])
    start = pd.Series(keys.map(base), frame.index).astype("Float64")
    total = start + frame[column]
    off = derived & (total != frame["agree_pct"])
    yield from table.problems(off, "agree_pct", total.map("{:g}, 2021 plus the change".format))


@rule("answer_tests")
def results_are_a_number_or_words(table: Table) -> Iterator[Problem]:
    """A result is a share with its bound, or words where no share was seen; never both."""
    share = table.frame["result_pct"].notna()
    yield from filled_together(table, ["bound"], share, "with a share")
    yield from filled_together(table, ["wording"], ~share, "where no share was seen")
