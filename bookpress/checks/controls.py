"""What the tables on export controls must say together."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bookpress.checks.general import filled_together, same_within
from bookpress.checks.rules import Resources, rule
from bridgebook.catalog import AS_OF, Problem, Table, listing

BITS = {"fp16_tflops": 16, "fp8_tflops": 8, "fp4_tflops": 4, "int8_tops": 8}
"""Formats that published TPP figures are made from; trackers leave FP6 out."""

RATIOS = [
    ("tf32_tflops", "fp16_tflops", 0.2, 0.6),
    ("fp8_tflops", "fp16_tflops", 0.9, 5.0),
    ("fp4_tflops", "fp8_tflops", 0.9, 4.0),
    ("fp6_tflops", "fp8_tflops", 0.9, 4.0),
]
"""Plausible range of the rate in one format over the rate in another."""


@rule("chips", resources=True)
def chips_fit_together(table: Table, resources: Resources) -> Iterator[Problem]:
    """Throughput, density, areas and dates of a chip must fit together."""
    chips, wrong = table.frame, table.problems
    excused = resources["chips"].get("bridgebook:tppExceptions", {})
    best = (chips[list(BITS)] * pd.Series(BITS)).max(axis=1)
    ratio = chips["tpp_published"] / best
    far = ~ratio.between(0.75, 1.3) & ratio.notna() & ~chips["chip"].isin(list(excused))
    yield from wrong(far, "tpp_published", "about the best dense rate times its bits")
    for upper, lower, least, most in RATIOS:
        ratio = chips[upper] / chips[lower]
        wanted = f"{least} to {most} times {lower}"
        yield from wrong(~ratio.between(least, most) & ratio.notna(), upper, wanted)
    ratio = chips["pd_published"] / (chips["tpp_published"] / chips["die_area_mm2"])
    off = ~ratio.between(0.8, 1.25) & ratio.notna()
    yield from wrong(off, "pd_published", "about tpp_published / die_area_mm2")
    has_area = chips["die_area_mm2"].notna()
    mixed = has_area != chips["die_area_estimated"].notna()
    yield from wrong(mixed, "die_area_estimated", "a value exactly where die_area_mm2 has one")
    has_rate = chips[["fp64_tflops", "tf32_tflops", "fp6_tflops", *BITS]].notna().any(axis=1)
    mixed = has_rate != chips["throughput_derived"].notna()
    yield from wrong(mixed, "throughput_derived", "a value exactly where a peak is known")
    unsourced = chips["source"].isna() & (chips["verified"] != "no")
    yield from wrong(unsourced, "source", "a key, unless verified is no")
    future = chips["release_date"] > pd.Timestamp(resources["chips"][AS_OF])
    early = future & (chips["release_status"] == "released")
    yield from wrong(early, "release_status", "planned, for a date after the as-of date")


EPOCH_MEASURES = {
    "fp64_tflops": ["fp64_tflops"],
    "tf32_tflops": ["tf32_tflops"],
    "fp16_tflops": ["tensor_fp16_tflops", "fp16_tflops"],
    "fp8_tflops": ["fp8_tflops"],
    "fp4_tflops": ["fp4_tflops"],
    "int8_tops": ["int8_tops"],
    "memory_gb": ["memory_gb"],
    "memory_bw_gb_s": ["memory_bw_gb_s"],
    "interconnect_gb_s": ["intranode_gb_s"],
    "tdp_w": ["tdp_w"],
    "die_area_mm2": ["die_area_mm2"],
    "price_usd": ["price_usd"],
    "tpp_published": ["tpp_epoch"],
}
"""Columns of ``chips``, and where Epoch has the same: first of the columns with a value."""

EPOCH_FACTOR = 4.2
"""Epoch may give the rate of vector units, a quarter of the rate of matrix units."""

EPOCH_SLIPS = {
    ("NVIDIA H800 SXM5", "fp64_tflops"),  # 1 here, 29.65 at Epoch
    ("Intel Data Center GPU Max 1550", "fp16_tflops"),  # vector rate at Epoch
    ("Meta MTIA v2", "memory_gb"),  # 128 here, 0.256 at Epoch
    ("Meta MTIA v2", "memory_bw_gb_s"),  # 205 here, 1,000 at Epoch
    ("MetaX MXC500 (C500, OAM)", "memory_bw_gb_s"),  # ten times too high at Epoch
}
"""Values that differ by more than the factor although the unit is right."""


@rule("chips", "ml_hardware")
def chips_like_epoch(chips: Table, hardware: Table) -> Iterator[Problem]:
    """What a chip takes from Epoch's database is there, and of the same size."""
    ours, wrong = chips.frame, chips.problems
    epoch = hardware.frame.dropna(subset="chip").set_index("chip").reindex(ours["chip"])
    epoch = epoch.set_axis(ours.index)
    cites = ours["source"].str.contains("epoch_hw2026", na=False)
    yield from wrong(cites & epoch["hardware"].isna(), "source", "a chip of ml_hardware")
    for column, theirs in EPOCH_MEASURES.items():
        known = epoch[theirs].bfill(axis=1).iloc[:, 0]
        ratio = ours[column] / known
        slips = {chip for chip, measure in EPOCH_SLIPS if measure == column}
        far = ~ratio.between(1 / EPOCH_FACTOR, EPOCH_FACTOR) & ratio.notna()
        shown = known.map("about {:g}, as in ml_hardware".format)
        yield from wrong(far & ~ours["chip"].isin(slips), column, shown)


UNITS = {
    "interconnect_plus_io_gb_s": "GB/s",
    "memory_bw_gb_s": "GB/s",
    "memory_bw_plus_io_gb_s": "GB/s",
    "bits_x_tops": "TOPS x bits",
    "tpp": "TPP",
    "performance_density": "TPP per mm2",
    "memory_bandwidth_density": "GB/s per mm2",
    "entities_added": "entities",
    "training_operations": "operations",
    "transistors_bn": "billion transistors",
    "revenue_share_pct": "percent",
    "ownership_by_listed_pct": "percent",
}

SHARED = ["rule_short", "announced_date", "effective_date", "end_date", "fr_document"]
"""Columns that describe the rule, not the test: equal in all rows of a rule."""


@rule("control_rules")
def rules_are_complete(table: Table) -> Iterator[Problem]:
    """Want complete tests, open bands, dates in order, rows of a rule in agreement."""
    rules, wrong = table.frame, table.problem
    for row, test in rules.iterrows():
        filled = {c: pd.notna(test[c]) for c in ("metric", "operator", "threshold", "unit")}
        if test["kind"] in ("test", "exemption"):
            filled["group"] = pd.notna(test["group"])
            needed = all(filled.values())
        else:
            needed = len(set(filled.values())) == 1
        if not needed:
            empty = next(column for column, full in filled.items() if not full)
            yield wrong(row, empty, "a test with metric, operator, threshold, unit and group")
        if filled["metric"] and test["unit"] != UNITS[test["metric"]]:
            yield wrong(row, "unit", f"{UNITS[test['metric']]}, the unit of {test['metric']}")
        if test["effective_date"] < test["announced_date"]:
            yield wrong(row, "effective_date", f"not before {test['announced_date']:%Y-%m-%d}")
        if test["end_date"] <= test["effective_date"]:
            yield wrong(row, "end_date", f"after {test['effective_date']:%Y-%m-%d}")
    for _, rows in rules.groupby("rule_id", sort=False):
        for column in SHARED:
            cells = rows[column].astype("string").fillna("blank")
            usual = cells.mode().iloc[0]
            for row in cells.index[cells != usual]:
                yield wrong(row, column, f"{usual}, as in the other rows of this rule")
    bands = rules.dropna(subset=["metric", "group"])
    for _, band in bands.groupby(["rule_id", "group", "metric"], observed=True):
        low = band.loc[band["operator"].isin([">", ">="]), "threshold"]
        high = band.loc[band["operator"].isin(["<", "<="]), "threshold"]
        if len(low) and len(high) and low.max() >= high.min():
            yield wrong(high.idxmin(), "threshold", f"more than {low.max():g}, the lower edge")


@rule("control_timeline", "control_rules", resources=True)
def timeline_agrees_with_rules(
    timeline: Table, rules: Table, resources: Resources
) -> Iterator[Problem]:
    """Events are in order; those of a rule carry one of its dates."""
    frame = timeline.frame
    dates = rules.frame.groupby("rule_id")[["announced_date", "effective_date", "end_date"]].first()
    as_of = pd.Timestamp(resources["control_timeline"][AS_OF])
    previous = frame["date"].cummax().shift()
    for row, event in frame.iterrows():
        expected = []
        if event["date"] < previous[row]:
            expected.append(f"a date not before the row above, {previous[row]:%Y-%m-%d}")
        if event["date"] > as_of and event["direction"] != "scheduled":
            expected.append(f"a date up to {as_of:%Y-%m-%d}")
        if pd.notna(event["rule_id"]) and event["rule_id"] in dates.index:
            known = [f"{day:%Y-%m-%d}" for day in dates.loc[event["rule_id"]].dropna()]
            if f"{event['date']:%Y-%m-%d}" not in known:
                expected.append(f"a date of {event['rule_id']} in control_rules: {listing(known)}")
        for words in expected:
            yield timeline.problem(row, "date", words)


@rule("nvidia_china_revenue")
def revenues_add_up(table: Table) -> Iterator[Problem]:
    """Shares, names and sums of the revenue table agree."""
    frame, wrong = table.frame, table.problem
    share = 100 * frame["china_hk_revenue_usd_m"] / frame["total_revenue_usd_m"]
    ends: dict[str, pd.Timestamp] = {}
    totals: dict[str, int] = {}
    for row, period in frame.iterrows():
        if abs(share[row] - period["china_share_pct"]) > 0.06:
            yield wrong(row, "china_share_pct", f"{share[row]:.1f}, from the two revenues")
        name = period["fiscal_period"]
        if period["period_id"] != f"{name}-{period['basis']}":
            yield wrong(row, "period_id", f"{name}-{period['basis']}")
        quarter = f"Q{period['fiscal_quarter']}" if pd.notna(period["fiscal_quarter"]) else name[6:]
        if name != f"FY{period['fiscal_year']}{quarter}":
            yield wrong(row, "fiscal_period", f"FY{period['fiscal_year']}{quarter}")
        kind = {"": "year", "H": "half", "Q": "quarter"}[name[6:7]]
        if period["period_type"] != kind:
            yield wrong(row, "period_type", kind)
        if period["period_end"] != ends.setdefault(name, period["period_end"]):
            yield wrong(row, "period_end", f"{ends[name]:%Y-%m-%d}, as on the other basis")
        if period["total_revenue_usd_m"] != totals.setdefault(name, period["total_revenue_usd_m"]):
            yield wrong(row, "total_revenue_usd_m", f"{totals[name]}, as on the other basis")
    for (_, year), rows in frame.groupby(["basis", "fiscal_year"], observed=True):
        whole = rows[rows["period_type"] == "year"]
        parts = rows[rows["period_type"] != "year"]
        for column in ("china_hk_revenue_usd_m", "total_revenue_usd_m"):
            if len(whole) and len(parts) and whole[column].iloc[0] != parts[column].sum():
                wanted = f"{parts[column].sum()}, the sum of the parts of fiscal {year}"
                yield wrong(whole.index[0], column, wanted)
    dated = frame.drop_duplicates("fiscal_period").sort_values("fiscal_period")
    quarters = dated[dated["period_type"] == "quarter"]
    for row in quarters.index[quarters["period_end"].diff() <= pd.Timedelta(0)]:
        yield wrong(row, "period_end", "a date after the quarter before")


# --- lists, supply and hardware ------------------------------------------------------------------

FIRST_YEAR = 1935
"""Volume 1 of the Federal Register is the year after this one."""


@rule("fr_dates")
def volumes_have_their_year(table: Table) -> Iterator[Problem]:
    """A citation's day lies in the year of its volume, and says what it rests on."""
    frame = table.frame
    year = frame["fr_citation"].str.split().str[0].astype("int64") + FIRST_YEAR
    off = frame["issue_date"].notna() & (frame["issue_date"].dt.year != year)
    yield from table.problems(off, "issue_date", year.map("a day of {}".format))
    dated = frame["issue_date"].notna()
    yield from table.problems(dated & frame["basis"].isna(), "basis", "what the day rests on")


@rule("entity_list", "fr_dates")
def entries_have_the_date_of_their_notice(entries: Table, dates: Table) -> Iterator[Problem]:
    """Year and day of an entry follow from its first notice; its country is an address."""
    frame = entries.frame
    volume = frame["first_fr_citation"].str.split().str[0].astype("Int64")
    off = (volume + FIRST_YEAR != frame["listed_year"]).fillna(False)
    yield from entries.problems(off, "listed_year", (volume + FIRST_YEAR).astype("string"))
    known = dates.frame.set_index("fr_citation")["issue_date"]
    day = frame["first_fr_citation"].map(known)
    wrong = ~((day == frame["listed_date"]) | (day.isna() & frame["listed_date"].isna()))
    yield from entries.problems(wrong, "listed_date", "the day that fr_dates gives")
    lists = frame["address_iso3"].fillna("").str.split(";")
    places = zip(frame["iso3"].fillna(""), lists, strict=True)
    outside = pd.Series([place not in codes for place, codes in places], frame.index)
    yield from entries.problems(outside, "iso3", "one of address_iso3")


CHINA = ["CHN", "HKG", "MAC"]


@rule("entity_list_events", "entity_list")
def survivors_are_counted(events: Table, entries: Table) -> Iterator[Problem]:
    """Surviving Chinese rows of a day are those of the list; numbers say what they rest on."""
    frame = events.frame
    chinese = entries.frame[entries.frame["iso3"].isin(CHINA)]
    counts = frame["listed_date"].map(chinese.groupby("listed_date").size()).fillna(0)
    words = counts.map("{:g}, the rows of entity_list".format)
    yield from events.problems(counts != frame["surviving_china"], "surviving_china", words)
    for column in ("official_all", "official_china"):
        has = frame[column].notna()
        yield from filled_together(events, [f"{column}_basis"], has, f"with {column}")


@rule("compute_supply")
def series_have_one_unit(table: Table) -> Iterator[Problem]:
    """A series counts one thing in one unit; periods and dollars have their size."""
    yield from same_within(table, "series", ["unit", "counts"])
    frame = table.frame
    share = (frame["unit"] == "percent") & ~frame["value"].between(0, 100)
    yield from table.problems(share, "value", "0 to 100 percent")
    money = (frame["unit"] == "billion US dollars") & (frame["value"] > 500)
    yield from table.problems(money, "value", "billions, not millions")


MOST_UTILISATION = 0.8
"""Nobody keeps chips busier than this share of their peak."""

COUNTS_ITS_BASE = {"sphinx-llama-2-13b"}
"""Compute that includes the training of the model it was made from, on other chips."""


@rule("training_hardware", "chips", "epoch_models")
def training_is_possible(training: Table, chips: Table, models: Table) -> Iterator[Problem]:
    """No model is older than its chip; compute is Epoch's; chips times hours could do it."""
    frame = training.frame
    chip = chips.frame.set_index("chip")
    born = frame["chip"].map(chip["release_date"])
    yield from training.problems(
        frame["release_date"] < born, "release_date", "a day after the release of its chip"
    )
    known = models.frame.set_index("model")["training_compute_flop"]
    compute = frame["model"].map(known)
    off = ~(frame["training_compute_flop"] / compute).between(0.99, 1.01) & compute.notna()
    given = frame["training_compute_flop"].notna()
    yield from training.problems(off & given, "training_compute_flop", "as in epoch_models")
    hours = (frame["n_chips"] * frame["training_time_hours"]).astype("float64")
    peak = frame["chip"].map(chip["fp16_tflops"]) * 1e12
    used = frame["training_compute_flop"] / (hours * 3600 * peak)
    far = (used > MOST_UTILISATION) & ~frame["model_id"].isin(COUNTS_ITS_BASE)
    yield from training.problems(far, "training_time_hours", "enough hours for the compute")
