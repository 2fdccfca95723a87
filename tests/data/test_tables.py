"""The real tables: clean, typed as described, and saying what the rules and filings say."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest
from data_room import REAL

from bookpress import checks
from bridgebook import catalog

TABLES = sorted(path.stem for path in REAL.glob("*.csv"))
UNITS = {
    "_gb_s": "GB/s",
    "_tflops": "TFLOPS",
    "_mm2": "mm²",
    "_usd_m": "million US dollars",
    "_usd_bn": "billion US dollars",
    "_pct": "percent",
    "_twh": "TWh",
    "_rmb_bn": "billion yuan",
    "year": "year",
}
"""Unit that the ending of a column's name promises."""

DTYPES = {
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
    "date": "datetime64[ns]",
    "string": "string",
}


def test_the_data_folder_is_clean(real: Path) -> None:
    assert [str(problem) for problem in checks.check()] == []


def test_all_tables_are_listed(real: Path) -> None:
    assert catalog.tables() == TABLES


@pytest.mark.parametrize("name", TABLES)
def test_types_follow_the_descriptor(real: Path, name: str) -> None:
    frame = catalog.load(name)
    fields = catalog.describe(name)["schema"]["fields"]
    assert list(frame.columns) == [field["name"] for field in fields]
    for field in fields:
        column, vocabulary = frame[field["name"]], field.get("constraints", {}).get("enum")
        if vocabulary:
            assert isinstance(column.dtype, pd.CategoricalDtype), field["name"]
            assert list(column.cat.categories) == vocabulary and not column.cat.ordered
        else:
            assert column.dtype == DTYPES[field["type"]], field["name"]


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_arrives_as_written(real: Path, name: str) -> None:
    """Compare each value with the text of the file, read by the standard library alone."""
    frame = catalog.load(name)
    with (real / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        texts = list(csv.DictReader(file))
    assert len(frame) == len(texts)
    for field in catalog.describe(name)["schema"]["fields"]:
        for value, row in zip(frame[field["name"]], texts, strict=True):
            text = row[field["name"]]
            if text == "":
                assert pd.isna(value), (field["name"], row)
            elif field["type"] == "date":
                assert f"{value:%Y-%m-%d}" == text
            elif field["type"] == "boolean":
                assert bool(value) is (text == "true")
            elif field["type"] in ("number", "integer"):
                assert float(value) == float(text)
            else:
                assert value == text


@pytest.mark.parametrize("name", TABLES)
def test_descriptors_tell_what_a_reader_needs(real: Path, name: str) -> None:
    resource = catalog.describe(name)
    assert resource["licenses"] and resource["sources"] and resource["bridgebook:knownGaps"]
    assert (
        "2026-01-01" < resource["bridgebook:asOf"] <= "2026-11-23" and resource["bridgebook:rowIs"]
    )
    assert all(len(field["description"]) > 8 for field in resource["schema"]["fields"])
    for field in resource["schema"]["fields"]:
        if field["type"] in ("number", "integer"):
            assert field["unit"], field["name"]
            for ending, unit in UNITS.items():
                if field["name"].endswith(ending):
                    assert unit in field["unit"], field["name"]


def test_no_cell_carries_a_remark(real: Path) -> None:
    remark = re.compile(r"unverified|\[|dossier|no stable address", re.IGNORECASE)
    for name in TABLES:
        free = [
            field["name"]
            for field in catalog.describe(name)["schema"]["fields"]
            if field["type"] == "string" and "enum" not in field.get("constraints", {})
        ]
        for column, cells in catalog.load(name)[free].items():
            found = cells[cells.str.contains(remark, na=False)]
            assert found.empty, (name, column, found.tolist()[:3])


def test_load_gives_a_fresh_copy(real: Path) -> None:
    first = catalog.load("chips")
    first.loc[0, "fp16_tflops"] = -1.0
    first["iso3"] = first["iso3"].cat.add_categories("XXX")
    first.loc[0, "iso3"] = "XXX"
    second = catalog.load("chips")
    assert second.loc[0, "fp16_tflops"] == 21.2 and second.loc[0, "iso3"] == "USA"
    assert first is not second


def test_describe_gives_a_copy(real: Path) -> None:
    catalog.describe("chips")["schema"]["fields"].clear()
    assert catalog.describe("chips")["schema"]["fields"]


def test_missing_is_not_zero(real: Path) -> None:
    chips = catalog.load("chips").set_index("chip")
    assert chips.loc["NVIDIA L4", "interconnect_gb_s"] == 0
    assert pd.isna(chips.loc["AWS Trainium2", "interconnect_gb_s"])
    assert pd.isna(chips.loc["AMD Instinct MI300X", "die_area_mm2"])


def test_known_chips(real: Path) -> None:
    """Figures of the public data sheets of three parts."""
    chips = catalog.load("chips").set_index("chip")
    h20 = chips.loc["NVIDIA H20 SXM5 96GB"]
    assert (h20["int8_tops"], h20["memory_bw_gb_s"], h20["tpp_published"]) == (296, 4000, 2368)
    a800, a100 = chips.loc["NVIDIA A800 SXM4 80GB"], chips.loc["NVIDIA A100 SXM4 80GB"]
    assert a800["int8_tops"] == a100["int8_tops"] == 624
    assert (a800["interconnect_gb_s"], a100["interconnect_gb_s"]) == (400, 600)
    fp6 = chips["fp6_tflops"].dropna()
    assert fp6.to_dict() == {"AMD Instinct MI350X": 9227.5, "AMD Instinct MI355X": 10066.3}


def test_thresholds_of_the_2023_rule(real: Path) -> None:
    rules = catalog.load("control_rules")
    rule = rules[(rules["rule_id"] == "BIS-2023-10-17") & (rules["kind"] == "test")]
    tests = rule.groupby("paragraph")[["metric", "operator", "threshold"]].apply(
        lambda rows: {tuple(row) for row in rows.to_numpy()}
    )
    assert tests["3A090.a.1"] == {("tpp", ">=", 4800.0)}
    assert tests["3A090.a.2"] == {("tpp", ">=", 1600.0), ("performance_density", ">=", 5.92)}
    assert tests["3A090.b.2"] == {
        ("tpp", ">=", 1600.0),
        ("performance_density", ">=", 3.2),
        ("performance_density", "<", 5.92),
    }


def test_the_two_accounting_bases_differ(real: Path) -> None:
    revenue = catalog.load("nvidia_china_revenue").set_index(["fiscal_period", "basis"])
    china = revenue["china_hk_revenue_usd_m"]
    assert china["FY2026Q1", "headquarters"] == 9659
    assert china["FY2026Q1", "billing"] == 5520
