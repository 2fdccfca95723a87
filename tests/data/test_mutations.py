"""The evidence base under attack: seeded faults of every kind, in every table, each one named.

``test_corruptions`` spoils the first tables by hand. Here every table is hit: faults of form in
cells drawn by a seeded lot, and faults of meaning that only a look across rows or tables finds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from data_room import REAL, Room, Shelf
from test_corruptions import CHECK

from bookpress import checks
from bookpress.checks.rules import RULES, Registered
from bridgebook import catalog

Place = tuple[str, int | None, str | None]
"""Where the message must point: table, line, column."""

TABLES = sorted(path.stem for path in REAL.glob("*.csv"))


def fields(table: str) -> list[dict]:
    return catalog.describe(table)["schema"]["fields"]


# --- faults of form, drawn at random -------------------------------------------------------------


def any_cell(room: Room, table: str, lot: random.Random, kinds: set[str], filled: bool = True):
    """Line and field of a cell whose column has one of the types; None if the table has none."""
    rows = room.rows(table)
    chosen = [
        (place, field)
        for place, field in enumerate(fields(table))
        if field["type"] in kinds or ("enum" in field.get("constraints", {}) and "enum" in kinds)
    ]
    cells = [
        (line, field)
        for place, field in chosen
        for line in range(2, len(rows) + 1)
        if (rows[line - 1][place] != "") == filled
    ]
    return lot.choice(cells) if cells else None


def change_any(kinds: set[str], change: Callable[[str], str]) -> Callable:
    def fault(room: Room, table: str, lot: random.Random) -> Place | None:
        cell = any_cell(room, table, lot, kinds)
        return room.edit(table, cell[0], cell[1]["name"], change) if cell else None

    return fault


def nan_for_a_blank(room: Room, table: str, lot: random.Random) -> Place | None:
    cell = any_cell(room, table, lot, {"number", "integer", "date", "boolean"}, filled=False)
    return room.edit(table, cell[0], cell[1]["name"], "NaN") if cell else None


def blank_for_a_value(room: Room, table: str, lot: random.Random) -> Place | None:
    required = {f["name"] for f in fields(table) if f.get("constraints", {}).get("required")}
    line = lot.randrange(2, len(room.rows(table)) + 1)
    return room.edit(table, line, lot.choice(sorted(required)), "")


def duplicated_row(room: Room, table: str, lot: random.Random) -> Place:
    rows = room.rows(table)
    source = lot.randrange(1, len(rows))
    rows.append(rows[source])
    room.write(table, rows)
    return table, len(rows), ", ".join(catalog.describe(table)["schema"]["primaryKey"])


def shifted_row(room: Room, table: str, lot: random.Random) -> Place:
    rows = room.rows(table)
    line = lot.randrange(2, len(rows) + 1)
    rows[line - 1] = ["", *rows[line - 1][:-1]]
    room.write(table, rows)
    return table, line, rows[0][0]


def lost_cell(room: Room, table: str, lot: random.Random) -> Place:
    rows = room.rows(table)
    line = lot.randrange(2, len(rows) + 1)
    del rows[line - 1][-1]
    room.write(table, rows)
    return table, line, None


def swapped_columns(room: Room, table: str, lot: random.Random) -> Place:
    rows = room.rows(table)
    for row in rows:
        row[0], row[1] = row[1], row[0]
    room.write(table, rows)
    return table, 1, rows[0][0]


def cut_in_a_row(room: Room, table: str, lot: random.Random) -> Place:
    path = room.own(f"{table}.csv")
    lines = path.read_text("utf-8").splitlines(keepends=True)
    keep = lot.randrange(1, len(lines))
    path.write_text("".join(lines[:keep]) + lines[keep].split(",")[0], encoding="utf-8")
    return table, keep + 1, None


def broken_encoding(room: Room, table: str, lot: random.Random) -> Place:
    path = room.own(f"{table}.csv")
    lines = path.read_bytes().split(b"\n")
    line = lot.randrange(2, len(lines) - 1)
    lines[line - 1] = b"\xff" + lines[line - 1]
    path.write_bytes(b"\n".join(lines))
    return table, line, None


def month_thirteen(day: str) -> str:
    return f"{day[:5]}13-{day[8:]}"


def american(day: str) -> str:
    return f"{day[5:7]}/{day[8:]}/{day[:4]}"


FORM = {
    "unit in the cell": change_any({"number", "integer"}, lambda cell: f"{cell} %"),
    "decimal comma": change_any({"number"}, lambda cell: f"{cell},0".replace(".", ",", 1)),
    "thousands separator": change_any({"number", "integer"}, lambda cell: f"1,{cell}"),
    "half of a whole": change_any({"integer"}, lambda cell: f"{cell}.5"),
    "month thirteen": change_any({"date"}, month_thirteen),
    "another way to write a day": change_any({"date"}, american),
    "flag in other words": change_any({"boolean"}, lambda cell: {"true": "yes"}.get(cell, "no")),
    "word outside the vocabulary": change_any({"enum"}, lambda cell: f"{cell}s"),
    "blank at the end": change_any({"string"}, lambda cell: f"{cell} "),
    "line break in a cell": change_any({"string"}, lambda cell: f"{cell[:1]}\n{cell[1:]}"),
    "NaN for a blank": nan_for_a_blank,
    "blank for a value": blank_for_a_value,
    "row twice": duplicated_row,
    "row shifted by a cell": shifted_row,
    "cell lost": lost_cell,
    "columns swapped": swapped_columns,
    "file cut in a row": cut_in_a_row,
    "bytes that are no text": broken_encoding,
}


@pytest.mark.parametrize("fault", FORM)
@pytest.mark.parametrize("seed", range(5))
def test_faults_of_form_are_named(room: Room, fault: str, seed: int) -> None:
    """Five tables drawn at random for each kind of fault; loading one tells where the fault is."""
    lot = random.Random(f"{fault} {seed}")
    for table in lot.sample(TABLES, len(TABLES)):
        place = FORM[fault](room, table, lot)
        if place is not None:
            break
    with pytest.raises(catalog.DataError) as caught:
        catalog.load(place[0])
    found = {(p.table, p.line, p.column) for p in caught.value.problems}
    assert place in found, (place, str(caught.value))
    assert place[0] in str(caught.value)


@pytest.mark.parametrize("table", TABLES)
def test_a_thousandfold_is_out_of_range(real: object, table: str) -> None:
    """A wrong unit must not pass: a thousand times the largest value breaks the contract."""
    frame = catalog.load(table)
    for field in fields(table):
        if field["type"] in ("number", "integer"):
            limits, largest = field.get("constraints", {}), frame[field["name"]].max()
            assert {"minimum", "maximum"} <= set(limits), field["name"]
            assert limits["maximum"] < 1000 * largest or largest == 0, field["name"]


# --- faults of meaning ---------------------------------------------------------------------------


def times(factor: float) -> Callable[[str], str]:
    return lambda cell: f"{float(cell) * factor:.10g}"


def add(step: int) -> Callable[[str], str]:
    return lambda cell: str(int(cell) + step)


def edit(table: str, column: str, change: str | Callable[[str], str], **where: str) -> Callable:
    """Change the cell of the first row that looks so; the message must name that very cell."""

    def fault(room: Room) -> Place:
        return room.edit(table, room.find(table, **where), column, change)

    return fault


def elsewhere(fault: Callable, table: str, column: str, **where: str) -> Callable:
    """A fault that another cell gives away."""

    def spoil(room: Room) -> Place:
        line = room.find(table, **where)
        fault(room)
        return table, line, column

    return spoil


def one_ballot_changed(room: Room) -> Place:
    def turn(letters: str) -> str:
        return ("N" if letters[0] == "Y" else "Y") + letters[1:]

    line = room.find("unga_rollcalls", symbol="A/RES/80/58")
    room.edit("unga_rollcalls", line, "votes", turn)
    return "unga_rollcalls", line, "yes"


def ballots_of_two_states_swapped(room: Room) -> Place:
    """The totals still add up; only the votes of the two states are wrong."""
    states = sorted(row[0] for row in room.rows("countries") if row[3] == "un_member")
    one, other = states.index("CHN"), states.index("USA")

    def swap(letters: str) -> str:
        cells = list(letters)
        cells[one], cells[other] = cells[other], cells[one]
        return "".join(cells)

    room.edit("unga_rollcalls", room.find("unga_rollcalls", symbol="A/RES/80/58"), "votes", swap)
    return "un_resolutions", room.find("un_resolutions", symbol="A/RES/80/58"), "usa_vote"


def a_member_lost(room: Room) -> Place:
    rows = room.rows("countries")
    rows = [row for row in rows if row[0] != "TUV"]
    room.write("countries", rows)
    return "unga_rollcalls", 2, "votes"


MEANING: dict[str, Callable[[Room], Place]] = {
    # general
    "country that does not exist": edit("electricity", "iso3", "CHX", iso3="CHN"),
    "two-letter country": edit("rd_spending", "iso3", "CN", iso3="CHN"),
    "unknown code in a list": edit("epoch_models", "countries_iso3", "USA;XYZ", model="BLOOM-176B"),
    "source nobody knows": edit("firm_events", "source", "reuters_2099", item_id="zai-founded"),
    "source twice in a cell": edit(
        "policy_timeline", "source", lambda cell: f"{cell};{cell}", document_id="made-in-china-2025"
    ),
    "range upside down": edit(
        "compute_supply", "value", "5", estimate_id="h20-orders-nvidia-chn-2025-q1"
    ),
    "end before begin": edit(
        "ai_adoption", "period_end", "2025-06-29", iso3="CHN", period_start="2025-07-01"
    ),
    # strategy
    "document in force before it was written": edit(
        "policy_timeline", "date_effective", "2020-01-01", document_id="generative-ai-measures-2023"
    ),
    "order by another country": edit("policy_timeline", "iso3", "CHN", type="executive_order"),
    "status without its day": edit("policy_timeline", "status_date", "", status="revoked"),
    "platform named in another year": edit(
        "national_ai_platforms", "year_named", add(-1), year_named="2019"
    ),
    "estimate below the disclosed sum": edit(
        "ai_investment",
        "investment_usd_m",
        "12000",
        iso3="CHN",
        year="2021",
        measure="private_investment_estimated",
    ),
    "millions for billions": elsewhere(
        edit("ai_investment_reports", "value", times(0.01), earlier_value_usd_bn="13.9"),
        "ai_investment_reports",
        "earlier_value_usd_bn",
        earlier_value_usd_bn="13.9",
    ),
    "edition under another name": edit(
        "ai_investment_reports", "edition", "ai_index_2025", edition="ai_index_2024"
    ),
    "sum without its first year": edit("ai_investment_reports", "from_year", "", from_year="2013"),
    "share of nothing": edit("ai_research_reports", "denominator", "", unit="pct"),
    "percentage unlike its counts": edit(
        "ai_research_reports", "value", times(0.5), sample_n="201"
    ),
    "event of two firms": edit(
        "firm_events", "firm", "DeepSeek", event_type="listing", amount_kind="offer_price"
    ),
    "words beside a share": edit("answer_tests", "wording", "heavy", test_id="elluminate-deepseek"),
    "capital as a point and as a range": edit(
        "state_capital", "amount", "650", item_id="ai-capex-2025"
    ),
    "amount without a unit": edit("firm_events", "unit", "", amount_kind="valuation"),
    "share for percent of GDP": edit(
        "rd_reports", "gerd_pct_gdp", times(0.01), iso3="CHN", year="2022"
    ),
    "research share of another country": edit(
        "rd_reports", "gerd_pct_gdp", "1.43", iso3="CHN", year="2022"
    ),
    "money of another country": edit(
        "rd_spending", "gerd_ppp2021_bn", times(10), iso3="DEU", year="2015"
    ),
    "power per head of another year": edit(
        "electricity", "generation_kwh_per_head", times(1.1), iso3="CHN", year="2024"
    ),
    "power a thousandfold": edit(
        "electricity", "generation_twh", times(0.001), iso3="DEU", year="2010"
    ),
    "share unlike the robots": edit("robots", "world_share_pct", "40.0", iso3="CHN", year="2020"),
    "robots of another edition": edit(
        "robots", "installations", times(1.1), iso3="CHN", year="2022"
    ),
    "system lost from a list": edit("top500", "systems", add(-1), list_date="1999-06-01"),
    "region counted twice": elsewhere(
        edit("data_centres", "value", times(2), iso3="CHN", year="2024", measure="electricity"),
        "data_centres",
        "value",
        iso3="WLD",
        year="2024",
        measure="electricity",
    ),
    "two at one rank": edit("vibrancy", "rank", "1", rank="2"),
    "score above a better rank": edit(
        "vibrancy", "score", "79", rank="2", iso3="CHN", index_code="stanford_vibrancy"
    ),
    "imputed value counted wrong": edit("ai_adoption", "shared_by", "1", shared_by="12"),
    "telemetry unlike its source": edit("ai_adoption_reports", "value_pct", times(0.5), iso3="USA"),
    "filings that fall": edit(
        "genai_registrations", "services_filed", times(0.2), as_of_date="2025-07-31"
    ),
    "derived answer off": edit("attitudes", "agree_pct", add(2), derived="true"),
    "rated actor lost": edit("attitudes", "rated_iso3", "", question="trust_actor"),
    # open models
    "rating of no board": edit("arena", "date", "2025-05-25", date="2025-05-24"),
    "method of another time": edit("arena", "rating_method", "bradley_terry", date="2023-05-22"),
    "rating outside its interval": edit("arena", "score", times(0.95), date="2026-10-05"),
    "rating on another scale": edit("arena", "score", "550", rating_method="online_elo"),
    "interval as wide as the board": edit(
        "arena", "ci_high", times(1.15), date="2025-01-31", model_key="gpt-4-0314"
    ),
    "version rated under two names": edit(
        "arena",
        "model_key",
        "athene-v2-chat-72b",
        date="2025-03-07",
        style_control="false",
        model_key="llama-13b",
    ),
    "board with other models": edit("arena_boards", "n_models", add(1), date="2024-10-31"),
    "style control of no board": elsewhere(
        edit("arena_categories", "style_control", "false", date="2026-10-05", arena="text"),
        "arena_categories",
        "date",
        date="2026-10-05",
        arena="text",
    ),
    "model that nobody rated": edit(
        "arena_models", "model_key", "alpaca-14b", model_key="alpaca-13b"
    ),
    "open and closed at once": edit("arena_models", "open_weights", "yes", licence="Proprietary"),
    "maker moved abroad": edit("arena_models", "iso3", "FRA", organisation="OpenAI"),
    "first price that is no price": edit(
        "releases", "first_price_input_usd_per_mtok", times(10), model="Kimi K2"
    ),
    "release unlike Epoch's day": edit("releases", "release_date", "2025-06-11", model="Kimi K2"),
    "release of a tenth the size": edit("releases", "total_params_b", times(0.9), model="Kimi K2"),
    "more active than all": edit("releases", "active_params_b", "1200", model="Kimi K2"),
    "claim without a claimant": edit(
        "releases", "cost_claimed_by", "", training_cost_claim_usd_m="5.576"
    ),
    "model released under nothing": edit("releases", "epoch_model", "Kimi K22", model="Kimi K2"),
    "first country not in the list": edit("epoch_models", "iso3", "CHN", iso3="CAN"),
    "open by another column": edit("epoch_models", "open_weights", "true", accessibility="api"),
    "output cheaper than input": edit(
        "prices", "output_usd_per_mtok", "0.01", provider="anthropic"
    ),
    "cents for dollars": edit("prices", "output_usd_per_mtok", times(100), provider="moonshotai"),
    "price that ends before it begins": edit(
        "prices", "effective_to", "2023-01-01", effective_basis="first_recorded"
    ),
    "first recorded on no day": edit(
        "prices", "effective_from", "", effective_basis="first_recorded"
    ),
    "more than all tasks": edit("benchmarks", "score", "142", benchmark="gpqa_diamond"),
    "cost of nothing": edit("benchmarks", "cost_per", "", cost_per="run"),
    "vendor called independent": edit(
        "benchmarks_reports", "reported_by", "independent", own_model="true"
    ),
    "run cost in cents": elsewhere(
        edit("benchmarks_reports", "run_cost_usd", times(0.01), score_id="swebench-bash-only-001"),
        "benchmarks_reports",
        "task_cost_usd",
        score_id="swebench-bash-only-001",
    ),
    "cluster larger than its chips": edit(
        "gpu_clusters", "h100_equivalents", times(900), n_chips="10000"
    ),
    "gigabits for gigabytes": edit("chips", "memory_gb", times(8), chip="NVIDIA B200"),
    "chip that Epoch does not have": edit("chips", "source", "epoch_hw2026", chip="Biren BR104"),
    # UN diplomacy
    "one ballot changed": one_ballot_changed,
    "ballots of two states swapped": ballots_of_two_states_swapped,
    "member state lost": a_member_lost,
    "total unlike the letters": edit("unga_rollcalls", "abstain", add(1), symbol="A/RES/80/58"),
    "roll call out of order": edit("unga_rollcalls", "date", "2024-01-01", symbol="A/RES/80/58"),
    "agreement by another formula": edit(
        "unga_agreement", "agree_chn_pct", times(0.99), iso3="BRA", year="2024"
    ),
    "strict above graded": edit(
        "unga_agreement", "agree_usa_graded_pct", "1.0", iso3="BRA", year="2024"
    ),
    "votes that nobody cast": edit("un_resolutions", "yes", add(1), symbol="A/RES/80/58"),
    "adopted on another day": edit(
        "un_resolutions", "date_adopted", "2025-12-02", symbol="A/RES/80/58"
    ),
    "yes that was an abstention": edit("un_resolutions", "china_vote", "yes", symbol="A/RES/80/23"),
    "vote on a text adopted without one": edit(
        "un_resolutions", "yes", "193", symbol="A/RES/78/311"
    ),
    "bounds of sponsors upside down": edit(
        "un_resolutions", "sponsors_stated", "130", symbol="A/RES/78/311"
    ),
    "sponsor too many": elsewhere(
        edit("un_sponsors", "counted", "true", counted="false"),
        "un_resolutions",
        "sponsors_named",
        symbol="A/RES/78/265",
    ),
    "attender taken for a member": edit("un_groups", "is_member", "true", is_member="false"),
    "list longer than it says": edit("un_group_info", "members_listed", add(1), kind="treaty"),
    "code for what was not seen": edit("un_themes", "code", "1", evidence_basis="not_determinable"),
    "idea that is not coded": edit("gaigi_ideas", "theme", "technology_transfer", idea="privacy"),
    "said plainly before it was said": edit(
        "gaigi_ideas", "plain_since", "2023-10-18", idea="fair_share"
    ),
    "position unlike the vote": edit(
        "ai_governance_timeline", "usa_position", "voted_yes", usa_position="voted_no"
    ),
    "index unlike its parts": edit("ai_divide", "imf_preparedness_2023", times(0.9), iso3="CHN"),
    "ideal point outside its interval": edit(
        "ideal_points", "ideal_point", times(-1), iso3="USA", year="2010"
    ),
    "population in thousands": elsewhere(
        edit("countries", "population", times(0.001), iso3="CHN"),
        "countries",
        "gdp_current_usd",
        iso3="CHN",
    ),
    # export controls
    "day of another volume": edit("fr_dates", "issue_date", "2024-01-16", fr_citation="90 FR 4617"),
    "entry of another year": edit(
        "entity_list", "listed_year", add(-1), first_fr_citation="90 FR 4617"
    ),
    "entry without its address": edit("entity_list", "iso3", "USA", first_fr_citation="90 FR 4617"),
    "survivors counted wrong": edit(
        "entity_list_events", "surviving_china", add(3), listed_date="2025-01-16"
    ),
    "more Chinese entries than entries": edit(
        "entity_list_events", "official_china", "400", listed_date="2024-12-05"
    ),
    "dollars in millions": edit("compute_supply", "value", times(1000), unit="billion US dollars"),
    "series in two units": edit("compute_supply", "unit", "chips", series="hbm_stacks_shipped"),
    "model older than its chip": edit(
        "training_hardware", "release_date", "2021-01-01", chip="NVIDIA H800 SXM5"
    ),
    "compute unlike Epoch's": edit(
        "training_hardware", "training_compute_flop", times(10), model="GLM-130B"
    ),
    "hours that cannot do it": edit(
        "training_hardware", "training_time_hours", times(0.3), model="GLM-130B"
    ),
}


@pytest.mark.parametrize("fault", MEANING)
def test_faults_of_meaning_are_named(room: Room, fault: str) -> None:
    place = MEANING[fault](room)
    problems = checks.check(second_opinion=False)
    assert place in {(p.table, p.line, p.column) for p in problems}, (
        place,
        [str(p) for p in problems if "bytes with" not in str(p)][:6],
    )
    assert all(p.expected for p in problems)
    cells = [p for p in problems if p.line is not None and p.column is not None]
    assert all(p.key and p.found for p in cells if p.line > 1), "which row, and what is there"


# --- the rules themselves ------------------------------------------------------------------------


def rules_that_find(
    fault: Callable[[Room], Place], room: Room, clean: dict[str, catalog.Table]
) -> set[str]:
    """Names of the registered rules that complain about the very cell to which a fault points."""
    place = fault(room)
    resources = catalog.resources(room.path)
    changed = {name for name in clean if f"{name}.csv" in room.spoilt()}
    parsed = {name: catalog.parse(room.path, resources[name])[0] for name in changed}
    tables = clean | {name: table for name, table in parsed.items() if table is not None}
    unreadable = {name for name, table in parsed.items() if table is None}
    found = set()
    for needed, function, wants_resources in RULES:
        # As in the check, a rule is silent about a table that could not be read.
        if changed & set(needed) and not unreadable & set(needed):
            extra = {"resources": resources} if wants_resources else {}
            problems = function(*(tables[name] for name in needed), **extra)
            if place in {(p.table, p.line, p.column) for p in problems}:
                found.add(name_of(function))
    return found


def name_of(rule: Callable) -> str:
    return f"{rule.__module__.rpartition('.')[2]}.{rule.__name__}"


def silent(rules: list[Registered], found: Iterable[set[str]]) -> list[str]:
    """Names of the rules that none of the faults made speak."""
    return sorted({name_of(rule.function) for rule in rules} - set().union(*found))


def test_every_rule_has_a_fault_that_it_finds(real: Path, rooms: Shelf, tmp_path: Path) -> None:
    """A rule that no seeded fault makes speak may have no teeth: each must name a fault's cell."""
    clean = {name: parsed(name) for name in TABLES}
    found = {
        name: rules_that_find(fault, rooms.room(tmp_path / str(number)), clean)
        for number, (name, fault) in enumerate({**MEANING, **CHECK}.items())
    }
    assert not silent(RULES, found.values()), "no seeded fault makes these rules speak"
    assert rooms.altered() == []


def test_a_rule_without_a_fault_is_seen(room: Room) -> None:
    """Control: clean tables make no rule speak, a fault only the rule it is aimed at."""
    clean = {name: parsed(name) for name in TABLES}
    assert rules_that_find(lambda _: ("chips", 2, "tdp_w"), room, clean) == set()
    found = rules_that_find(MEANING["rating on another scale"], room, clean)
    assert found == {"models.ratings_have_their_scale"}
    rules = [rule for rule in RULES if rule.tables == ("arena",)]
    assert silent(rules, [found]) == []
    assert silent([*rules, Registered(("arena",), toothless, False)], [found]) == [
        name_of(toothless)
    ]


def toothless(table: catalog.Table) -> Iterator[catalog.Problem]:
    """A rule that never finds anything."""
    yield from ()


def parsed(name: str) -> catalog.Table:
    table, problems = catalog.parse(REAL, catalog.resources(REAL)[name])
    assert table is not None, problems
    return table


def test_a_large_table_needs_a_reason(room: Room) -> None:
    for name in catalog.tables():
        if "bridgebook:sizeReason" in room.descriptor(name):
            room.describe(name, lambda found: found.pop("bridgebook:sizeReason"))
    large = {p.table for p in checks.check(second_opinion=False) if "sizeReason" in p.expected}
    assert large == {"arena_categories", "unga_rollcalls"}
