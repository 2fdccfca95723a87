"""Export-control rules as code: worked examples, logic laws, and properties of the classifier."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.methods import controls
from bridgebook.methods.controls import (
    FORMAT_BITS,
    LETTER_FIRMS,
    REGIMES,
    STATUS,
    STATUS_LABELS,
    STATUS_OF,
    binding_format,
    classify,
    classify_all,
    compare_published,
    design,
    distance_to_line,
    headroom,
    meets,
    metrics,
    passes,
    performance_density,
    regimes,
    rule_rows,
    surely_meets,
    total_processing_performance,
)

pytestmark = pytest.mark.filterwarnings("error")

THROUGHPUT = list(FORMAT_BITS)
WITHOUT_FP6 = {name: bits for name, bits in FORMAT_BITS.items() if name != "fp6_tflops"}
TRUTH = pd.Series([True, False, pd.NA], dtype="boolean")


@pytest.fixture(scope="module")
def chips() -> pd.DataFrame:
    return load("chips").set_index("chip", drop=False)


@pytest.fixture(scope="module")
def rules() -> pd.DataFrame:
    return load("control_rules")


RULES = load("control_rules")


# --- worked examples --------------------------------------------------------------------------

# chip, TPP, performance density, I/O, then status under the four regimes and the paragraph of
# October 2023. None: not known. Statuses of Chinese chips read "would be".
WORKED = [
    ("NVIDIA A100 SXM4 80GB", 4992, 6.04, 664, "denied", "denied", "licence", "case", "3A090.a.1"),
    ("NVIDIA A800 SXM4 80GB", 4992, 6.04, 464, "free", "denied", "licence", "case", "3A090.a.1"),
    ("NVIDIA H100 SXM5 80GB", 15832, 19.45, 1028, "denied", "denied", "licence", "case",
     "3A090.a.1"),
    ("NVIDIA H800 SXM5", 15832, 19.45, 528, "free", "denied", "licence", "case", "3A090.a.1"),
    ("NVIDIA H200 SXM", 15832, 19.45, 1028, "denied", "denied", "licence", "case", "3A090.a.1"),
    ("NVIDIA H20 SXM5 96GB", 2368, 2.91, 1028, "free", "free", "licence", "free", None),
    ("NVIDIA L20", 1914, 3.14, 64, "free", "free", "free", "free", None),
    ("NVIDIA L4", 1936, 6.59, 64, "free", "denied", "free", "case", "3A090.a.2"),
    ("NVIDIA GeForce RTX 4090", 5285, 8.68, 64, "free", "notify", "free", "notify", "3A090.a.1"),
    ("NVIDIA GeForce RTX 4090 D", 4707, 7.73, 64, "free", "free", "free", "free",
     "Note 2 to 3A090"),
    ("NVIDIA GeForce RTX 5090 D", 4750, 6.33, 128, "free", "free", "licence", "free",
     "Note 2 to 3A090"),
    ("NVIDIA GeForce RTX 5090 D V2", 4750, 6.33, 128, "free", "free", "free", "free",
     "Note 2 to 3A090"),
    ("AMD Instinct MI325X", 20919, None, 1024, "denied", "denied", "licence", "case", "3A090.a.1"),
    ("NVIDIA B30A", 28000, 34.4, None, "denied", "denied", "licence", "denied", "3A090.a.1"),
    ("NVIDIA B200", 36000, 22.1, 1928, "denied", "denied", "licence", "denied", "3A090.a.1"),
    ("Huawei Ascend 910B1", 6400, 9.8, 456, "free", "denied", "outside", "case", "3A090.a.1"),
    ("Huawei Ascend 910B4", 4480, 6.9, 456, "free", "denied", "outside", "case", "3A090.a.2"),
    ("Huawei Ascend 910C (752T)", 12032, 9.2, 848, "denied", "denied", "outside", "case",
     "3A090.a.1"),
    ("Huawei Ascend 910C (800T)", 12800, 9.8, 848, "denied", "denied", "outside", "case",
     "3A090.a.1"),
]  # fmt: skip


@pytest.mark.parametrize(
    "chip, tpp, density, io, oct_2022, oct_2023, apr_2025, jan_2026, paragraph",
    WORKED,
    ids=[row[0] for row in WORKED],
)
def test_worked_example(
    chips, rules, chip, tpp, density, io, oct_2022, oct_2023, apr_2025, jan_2026, paragraph
):
    row = chips.loc[[chip]]
    numbers = metrics(row).loc[chip]
    assert round(numbers["tpp"]) == tpp
    if density is None:
        assert np.isnan(numbers["performance_density"])
    else:
        digits = len(str(density).split(".")[1])
        assert round(numbers["performance_density"], digits) == density
    if io is None:
        assert np.isnan(numbers["interconnect_plus_io_gb_s"])
    else:
        assert numbers["interconnect_plus_io_gb_s"] == io
    assert classify_all(row, rules).loc[chip].tolist() == [oct_2022, oct_2023, apr_2025, jan_2026]
    found = classify(row, "oct-2023", rules)["paragraph"].iloc[0]
    assert pd.isna(found) if paragraph is None else found == paragraph


CLASSIFIED = Path(__file__).with_name("classification.csv")
"""Every chip under every regime, as reviewed. The 19 worked examples above are among them."""


def test_classification_of_every_chip(chips, rules):
    """A changed rule, function or data sheet that moves a chip has to be seen and recorded."""
    found = classify_all(chips, rules).astype("string")
    found["paragraph_2023"] = classify(chips, "oct-2023", rules)["paragraph"]
    recorded = pd.read_csv(CLASSIFIED, index_col="chip", dtype="string")
    assert set(recorded.index) == set(found.index)
    moved = recorded.fillna("").compare(
        found.loc[recorded.index].fillna(""), result_names=("recorded", "now")
    )
    assert moved.empty, f"{CLASSIFIED.name}: chips moved; if that is right, change it:\n{moved}"


def test_worked_examples_are_in_the_record():
    recorded = pd.read_csv(CLASSIFIED, index_col="chip", dtype="string")
    for chip, *_, oct_2022, oct_2023, apr_2025, jan_2026, _ in WORKED:
        found = recorded.loc[chip, list(REGIMES)].tolist()
        assert found == [oct_2022, oct_2023, apr_2025, jan_2026]


@pytest.mark.parametrize(
    "chip, format_name",
    [
        ("NVIDIA A100 SXM4 80GB", "INT8"),
        ("NVIDIA H100 SXM5 80GB", "FP8"),
        ("NVIDIA GeForce RTX 5090 D", "FP4"),
        ("AMD Instinct MI325X", "FP8"),
        ("AMD Instinct MI355X", "FP6"),
        ("NVIDIA Tesla V100 SXM2 32GB", "FP16"),
    ],
)
def test_binding_format(chips, format_name, chip):
    assert binding_format(chips)[chip] == format_name


def test_binding_format_is_missing_without_throughput(chips):
    assert pd.isna(binding_format(chips)["NVIDIA RTX 6000D"])


def test_fp6_lifts_tpp_but_no_class(chips, rules):
    """The trap of a program that stops at FP4: half as much again, the same verdict."""
    mi355x = chips.loc[["AMD Instinct MI355X"]]
    assert total_processing_performance(mi355x).iloc[0] == pytest.approx(60_400, rel=1e-3)
    assert total_processing_performance(mi355x, WITHOUT_FP6).iloc[0] == pytest.approx(40_265, abs=1)
    blind = chips.assign(fp6_tflops=np.nan)
    pd.testing.assert_frame_equal(classify_all(blind, rules), classify_all(chips, rules))


def test_how_tf32_and_fp64_are_counted_changes_no_class(chips, rules):
    """The docstring of FORMAT_BITS promises this."""
    expected = classify_all(chips, rules)
    narrow = chips.assign(tf32_tflops=chips["tf32_tflops"] * 19 / 32)
    pd.testing.assert_frame_equal(classify_all(narrow, rules), expected)
    without = chips.assign(fp64_tflops=np.nan)
    pd.testing.assert_frame_equal(classify_all(without, rules), expected)
    lifted = total_processing_performance(chips) / total_processing_performance(without) - 1
    assert lifted.max() < controls.ROUNDING


def test_doubtful_us_availability_is_flagged_not_hidden(chips, rules):
    result = classify(chips, "jan-2026", rules)
    flagged = result["note"].eq("us_availability").fillna(False)
    assert (result.loc[flagged, "status"] == "case").all()
    assert flagged[["NVIDIA A800 SXM4 80GB", "NVIDIA H800 SXM5"]].all()
    assert not flagged[["NVIDIA H200 SXM", "AMD Instinct MI325X"]].any()
    made_for_china = chips["china_specific"] & (result["status"] == "case")
    assert flagged[made_for_china].all()
    since = regimes(rules).loc["jan-2026", "effective_date"]
    newcomer = design(600, 8, 800, 600, 64, 2000)
    for days, note in ((-1, False), (0, False), (1, True)):
        dated = newcomer.assign(release_date=since + pd.Timedelta(days=days))
        assert classify(dated, "jan-2026", rules)["note"].notna().tolist() == [note]


def test_not_for_datacentres_above_the_line_goes_after_a_notice(chips, rules):
    result = classify(chips, "oct-2023", rules).loc["NVIDIA GeForce RTX 4090"]
    assert (result["status"], result["paragraph"]) == ("notify", "3A090.a.1")
    assert result["note"] == "not_datacentre"


def test_note_2_is_named_only_where_it_spares_a_chip(rules):
    weak, spared = (design(tops, 8, 300, 0, 64, 500, datacentre=False) for tops in (50, 300))
    undecided = design(300, 8, None, 0, 64, 500, datacentre=False)
    for chip, paragraph in (
        (weak, None),
        (spared, "Note 2 to 3A090"),
        (undecided, "Note 2 to 3A090"),
    ):
        result = classify(chip, "oct-2023", rules).iloc[0]
        assert result["status"] == "free"
        assert (
            pd.isna(result["paragraph"]) if paragraph is None else result["paragraph"] == paragraph
        )


def test_and_sign_made_silicon(chips):
    """A800 and H800 differ from their models in the link, and only there for the rule of 2022."""
    numbers = metrics(chips)
    pairs = [
        ("NVIDIA A100 SXM4 80GB", "NVIDIA A800 SXM4 80GB"),
        ("NVIDIA H100 SXM5 80GB", "NVIDIA H800 SXM5"),
    ]
    for model, twin in pairs:
        differ = numbers.loc[model] != numbers.loc[twin]
        assert set(differ[differ].index) == {"interconnect_plus_io_gb_s", "memory_bw_plus_io_gb_s"}


# --- against published figures ----------------------------------------------------------------

# Chips where our TPP is more than half a percent from the published one, and why.
TPP_DIFFERS = {
    "NVIDIA GeForce RTX 3090": "the list rounds its throughput up; within 1%",
    "NVIDIA GB300 (per GPU)": "published figure implies 15.28 PFLOPS FP4, the rack sheet says 15",
    "Intel Gaudi 2": "list uses another FP16 or FP8 rate",
    "Intel Data Center GPU Max 1550": "list counts vector units only",
    "Cambricon MLU590 (Siyuan 590)": "press figure contradicts 345 TFLOPS FP16",
    "Iluvatar Tiangai 100 (BI-V100)": "list has 128 TFLOPS, the vendor 147",
}
FP6_DIFFERS = {"AMD Instinct MI350X", "AMD Instinct MI355X"}
PD_DIFFERS = {"AMD Instinct MI210", "AMD Instinct MI250X", "AMD Instinct MI250"}


def test_recomputed_tpp_agrees_with_published_except_for_known_chips(chips):
    table = compare_published(chips, WITHOUT_FP6)
    known = table["tpp_within_half_pct"].notna()
    assert known.sum() >= 75
    off = table.index[(table["tpp_within_half_pct"] == False).fillna(False)]  # noqa: E712
    assert set(off) == set(TPP_DIFFERS)
    off = table.index[(table["tpp_within_1_pct"] == False).fillna(False)]  # noqa: E712
    assert set(off) == set(TPP_DIFFERS) - {"NVIDIA GeForce RTX 3090"}


def test_with_fp6_two_more_chips_leave_the_published_lists(chips):
    table = compare_published(chips)
    off = table.index[(table["tpp_within_1_pct"] == False).fillna(False)]  # noqa: E712
    assert set(off) == (set(TPP_DIFFERS) | FP6_DIFFERS) - {"NVIDIA GeForce RTX 3090"}
    assert table.loc[sorted(FP6_DIFFERS), "tpp_difference_pct"].round().tolist() == [50, 50]


def test_recomputed_density_differs_only_where_the_die_is_disputed(chips):
    table = compare_published(chips, WITHOUT_FP6)
    off = table.index[(table["pd_within_1_pct"] == False).fillna(False)]  # noqa: E712
    assert set(off) == PD_DIFFERS
    assert table["pd_within_1_pct"].sum() >= 17


def test_comparison_is_missing_where_nothing_is_published(chips):
    row = compare_published(chips).loc["NVIDIA L40S"]
    assert pd.isna(row["tpp_within_half_pct"])
    assert np.isnan(row["tpp_difference_pct"])


# --- missing is not zero ----------------------------------------------------------------------


def test_no_throughput_is_unknown_not_free(chips, rules):
    silent = chips[chips[THROUGHPUT].isna().all(axis="columns")]
    assert {"NVIDIA RTX 6000D", "AMD Instinct MI308X"} <= set(silent.index)
    for regime in ("oct-2023", "jan-2026"):
        result = classify(silent, regime, rules)
        assert (result["status"] == "unknown").all()
        assert result["missing"].str.contains("tpp").all()


def test_what_is_missing_is_named(chips, rules):
    result = classify(chips, "oct-2023", rules)
    assert result.loc["Google TPU v4", "missing"] == "performance_density"
    known = result["status"] != "unknown"
    assert result.loc[known, "missing"].isna().all()
    assert (result.loc[~known, "missing"].str.len() > 0).all()


def test_one_known_link_can_settle_the_rule_of_2022(chips, rules):
    """GB200: the host link is unknown, but 1,800 GB/s alone are over the line."""
    gb200 = chips.loc[["NVIDIA GB200 (per GPU)"]]
    assert metrics(gb200)["interconnect_plus_io_gb_s"].isna().all()
    assert classify(gb200, "oct-2022", rules)["status"].tolist() == ["denied"]
    trainium = chips.loc[["AWS Trainium2"]]
    assert classify(trainium, "oct-2022", rules)["status"].tolist() == ["unknown"]


def test_lower_bounds_are_refused_for_tests_with_an_upper_limit(chips, rules):
    with pytest.raises(ValueError, match=re.escape("742.6(b)(10)(iii)")):
        surely_meets(chips, rule_rows("jan-2026", rules))


def test_missing_flag_is_unknown_only_where_it_matters(rules):
    above = design(600, 8, 800, 400, 64, 2000, datacentre=None)
    between = design(240, 8, 600, 64, 64, 800, datacentre=None)  # PD 3.2, so b.2 or Note 2
    below = design(100, 8, 600, 64, 64, 800, datacentre=None)
    found = [classify(c, "oct-2023", rules).iloc[0] for c in (above, between, below)]
    assert [row["status"] for row in found] == ["unknown", "unknown", "free"]
    assert found[0]["missing"] == "datacenter_marketed"
    assert found[0]["paragraph"] == "3A090.a.1"


def test_a_planar_chip_has_no_density():
    assert np.isnan(performance_density(design(300, 8, 0, 0, 64, 800)).iloc[0])


def test_every_process_in_the_table_is_of_the_16_nm_class_or_finer(chips):
    """The docstring of performance_density rests on this."""
    nodes = chips["process_node"].dropna()
    sizes = nodes.str.extractall(r"(\d+)")[0].astype(int)
    assert sizes.max() <= 16
    assert not nodes.str.contains(r"planar|FD-?SOI|FDX", case=False).any()


# --- logic ------------------------------------------------------------------------------------


def make_tests(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["group", "metric", "operator", "threshold"])
    return table.assign(paragraph="P")


def as_number(truth: pd.Series) -> pd.Series:
    """1 for True, 0 for False, missing for missing."""
    return truth.astype("Int64").astype("float64")


@pytest.mark.parametrize("first, second", list(itertools.product([True, False, None], repeat=2)))
def test_kleene_truth_tables(first, second):
    values = pd.DataFrame({"a": [first], "b": [second]}).astype("boolean").apply(as_number)
    both = meets(values, make_tests(("1", "a", ">=", 1), ("1", "b", ">=", 1))).iloc[0]
    either = meets(values, make_tests(("1", "a", ">=", 1), ("2", "b", ">=", 1))).iloc[0]
    pair = {first, second}
    expected_both = False if False in pair else (None if None in pair else True)
    expected_either = True if True in pair else (None if None in pair else False)
    assert pd.isna(both) if expected_both is None else both == expected_both
    assert pd.isna(either) if expected_either is None else either == expected_either


def test_kleene_laws_hold_for_the_dtype_in_use():
    grid = pd.DataFrame(list(itertools.product(TRUTH, repeat=3)), columns=["a", "b", "c"]).astype(
        "boolean"
    )
    a, b, c = grid["a"], grid["b"], grid["c"]
    equal = pd.testing.assert_series_equal
    equal(~(a & b), ~a | ~b, check_names=False)
    equal(a & (b | c), (a & b) | (a & c), check_names=False)
    equal(a | (a & b), a, check_names=False)
    assert (a & ~a).isna().equals(a.isna())  # no excluded middle for the unknown


@pytest.mark.parametrize(
    "sign, expected",
    [
        (">=", [False, True, True, None]),
        (">", [False, False, True, None]),
        ("<", [True, False, False, None]),
        ("<=", [True, True, False, None]),
    ],
)
def test_signs_at_the_line(sign, expected):
    found = passes(pd.Series([1.0, 2.0, 3.0, np.nan]), sign, 2.0)
    pd.testing.assert_series_equal(found, pd.Series(expected, dtype="boolean"))


def test_meets_names_a_metric_it_does_not_have(chips, rules):
    hbm = rules[rules["metric"] == "memory_bandwidth_density"]
    with pytest.raises(ValueError, match="memory_bandwidth_density"):
        meets(metrics(chips), hbm)


# --- the rules are data -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "test_id", pd.concat([rule_rows(name, RULES) for name in REGIMES])["test_id"]
)
def test_every_threshold_matters(chips, test_id):
    """Moving any threshold of the four regimes far enough changes what some real chip may do."""
    honest = classify_all(chips, RULES)
    row = RULES["test_id"] == test_id
    moved = [
        classify_all(chips, RULES.assign(threshold=RULES["threshold"].mask(row, value)))
        for value in (0.0, 1e12)
    ]
    assert any((changed != honest).any(axis=None) for changed in moved)


def test_an_or_in_place_of_an_and_catches_the_a800(chips, rules):
    """Two groups instead of one: the loophole of 2022 was one word."""
    io = rules["test_id"] == "2022-10-a-io"
    loose = rules.assign(group=rules["group"].astype("string").mask(io, "2"))
    a800 = chips.loc[["NVIDIA A800 SXM4 80GB"]]
    assert classify(a800, "oct-2022", rules)["status"].tolist() == ["free"]
    assert classify(a800, "oct-2022", loose)["status"].tolist() == ["denied"]


def test_consequences_of_the_table_all_have_a_status(rules):
    tests = pd.concat([rule_rows(name, rules) for name in REGIMES])
    used = set(tests.loc[tests["kind"] == "test", "consequence"])
    assert used == set(STATUS_OF)
    assert set(STATUS_OF.values()) <= set(STATUS_LABELS)


def test_only_rules_of_at_least_are_read_with_lower_bounds(rules):
    for regime in ("oct-2022", "apr-2025"):
        assert (rule_rows(regime, rules)["operator"] == ">=").all()


def test_regimes_take_names_and_dates_from_the_table(rules):
    table = regimes(rules)
    assert list(table.index) == list(REGIMES)
    assert table["effective_date"].is_monotonic_increasing
    assert table.loc["oct-2023", "effective_date"] == pd.Timestamp("2023-11-17")
    later = rules.assign(effective_date=rules["effective_date"] + pd.Timedelta(days=1))
    assert regimes(later).loc["oct-2023", "effective_date"] == pd.Timestamp("2023-11-18")


def test_addressees_of_the_letters_are_those_of_the_table(chips, rules):
    paragraph = rule_rows("apr-2025", rules)["paragraph"].iloc[0]
    assert all(firm in paragraph for firm in LETTER_FIRMS)
    assert paragraph.count(",") == len(LETTER_FIRMS) - 1
    result = classify(chips, "apr-2025", rules)
    status = result["status"]
    named = chips["designer"].isin(LETTER_FIRMS)
    assert (status[~named] == "outside").all()
    assert result.loc[~named, ["paragraph", "missing"]].isna().all(axis=None)
    assert (status[named] != "outside").all()


def test_defaults_are_the_tables_of_the_book(chips, rules):
    pd.testing.assert_frame_equal(classify_all(chips), classify_all(chips, rules))
    pd.testing.assert_frame_equal(regimes(), regimes(rules))


def test_errors_say_what_to_do(chips, rules):
    with pytest.raises(ValueError, match="oct-2022, oct-2023, apr-2025, jan-2026"):
        classify(chips, "oct-2024", rules)
    with pytest.raises(ValueError, match="BIS-2023-10-17"):
        classify(chips, "oct-2023", rules[rules["rule_id"] == "BIS-2022-10-07"])
    with pytest.raises(ValueError, match="die_area_mm2"):
        classify(chips.drop(columns="die_area_mm2"), "oct-2023", rules)
    with pytest.raises(ValueError, match="fp6_tflops"):
        total_processing_performance(chips.drop(columns="fp6_tflops"))


# --- shape of answers -------------------------------------------------------------------------


def test_answers_are_typed_and_aligned(chips, rules):
    for regime in REGIMES:
        result = classify(chips, regime, rules)
        assert result.index.equals(chips.index)
        assert list(result.columns) == ["status", "paragraph", "note", "missing"]
        assert result["status"].dtype == STATUS
        assert result["status"].notna().all()
        caught = result["status"].isin(["notify", "case", "licence", "denied"])
        assert result.loc[caught, "paragraph"].notna().all()
    assert list(classify_all(chips, rules)) == list(REGIMES)


def test_input_is_not_changed(chips, rules):
    before, table = chips.copy(), rules.copy()
    classify_all(chips, rules)
    distance_to_line(chips, rules)
    compare_published(chips)
    pd.testing.assert_frame_equal(chips, before)
    pd.testing.assert_frame_equal(rules, table)


def test_nothing_in_nothing_out(chips, rules):
    empty = classify_all(chips.iloc[:0], rules)
    assert empty.shape == (0, len(REGIMES))
    assert distance_to_line(chips.iloc[:0], rules).empty


def test_order_of_rows_does_not_matter(chips, rules):
    expected = classify_all(chips, rules)
    shuffled = chips.sample(frac=1, random_state=7)
    pd.testing.assert_frame_equal(classify_all(shuffled, rules).loc[chips.index], expected)
    mixed = rules.sample(frac=1, random_state=7)
    pd.testing.assert_frame_equal(classify_all(chips, mixed), expected)


# --- counting bits and operations -------------------------------------------------------------


def test_official_check_of_the_rule(rules):
    """600 at 8 bits or 300 at 16 bits both reach 4,800, which is on the line, hence caught."""
    for tops, bits in ((600, 8), (300, 16)):
        chip = design(tops, bits, 5000, 0, 64, 500)
        assert total_processing_performance(chip).tolist() == [4800]
        assert classify(chip, "oct-2023", rules)["paragraph"].tolist() == ["3A090.a.1"]
    below = design(599.9, 8, 5000, 0, 64, 500)
    assert classify(below, "oct-2023", rules)["status"].tolist() == ["free"]


@settings(database=None)
@given(
    tops=st.floats(0.1, 1e5),
    bits=st.sampled_from([(4, 8), (8, 16), (16, 32), (32, 64)]),
)
def test_half_the_rate_at_twice_the_bits_is_the_same_tpp(tops, bits):
    narrow, wide = bits
    first = total_processing_performance(design(tops, narrow, 800, 0, 64, 500))
    second = total_processing_performance(design(tops / 2, wide, 800, 0, 64, 500))
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize(
    "chip, regime, dense, sparse",
    [
        ("NVIDIA H20 SXM5 96GB", "oct-2023", "free", "notify"),
        ("NVIDIA L20", "oct-2023", "free", "denied"),
        ("NVIDIA A30", "oct-2023", "notify", "denied"),
        ("NVIDIA GeForce RTX 4090 D", "oct-2023", "free", "notify"),
        ("AMD Instinct MI325X", "jan-2026", "case", "denied"),
    ],
)
def test_sparse_headlines_would_change_the_class(chips, rules, chip, regime, dense, sparse):
    """The rule counts dense matrices; a headline with sparsity is twice as high."""
    row = chips.loc[[chip]]
    headline = row.assign(**{column: row[column] * 2 for column in THROUGHPUT})
    assert classify(row, regime, rules)["status"].tolist() == [dense]
    assert classify(headline, regime, rules)["status"].tolist() == [sparse]


# --- properties of the classifier -------------------------------------------------------------

SPEC = st.fixed_dictionaries(
    {
        "tops": st.one_of(st.floats(10, 20_000), st.sampled_from([200.0, 300.0, 600.0, 2625.0])),
        "bits": st.sampled_from([4, 6, 8, 16, 32, 64]),
        "die_area_mm2": st.floats(25, 3000),
        "link_gb_s": st.sampled_from([0.0, 400.0, 536.0, 600.0, 900.0, 1800.0]),
        "host_io_gb_s": st.sampled_from([32.0, 64.0, 128.0]),
        "memory_bw_gb_s": st.one_of(
            st.floats(100, 12_000), st.sampled_from([1344.0, 1400.0, 6500.0])
        ),
        "datacentre": st.booleans(),
        "designer": st.sampled_from(["NVIDIA", "AMD", "Intel", "Google", "Huawei"]),
        "china_specific": st.booleans(),
    }
)
UNKNOWABLE = {
    "fp8_tflops": (0.0, 1e9),
    "die_area_mm2": (1e-9, 1e9),
    "interconnect_gb_s": (0.0, 1e9),
    "host_io_gb_s": (0.0, 1e9),
    "memory_bw_gb_s": (0.0, 1e9),
    "datacenter_marketed": (False, True),
}
"""What may be unknown about a chip, with the two extremes it could be."""

CHIPS = st.lists(SPEC, min_size=1, max_size=12).map(
    lambda specs: pd.concat([design(**spec) for spec in specs], ignore_index=True)
)
THOROUGH = settings(max_examples=20, database=None)


def replaced(chips: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    """Give every chip the same value in one column; throughput is then known in FP8 alone."""
    silent = dict.fromkeys(THROUGHPUT, np.nan) if column in THROUGHPUT else {}
    new = pd.Series(value, index=chips.index, dtype=chips[column].dtype)
    return chips.assign(**{**silent, column: new})


def fates(*tables: pd.DataFrame) -> list[pd.DataFrame]:
    """Status under the four regimes of the chips in each table, worked out in one go."""
    status = classify_all(pd.concat(tables, keys=range(len(tables))), RULES)
    return [status.loc[key] for key in range(len(tables))]


def strictness(status: pd.DataFrame) -> np.ndarray:
    """Place of each status in the order from loose to strict."""
    return np.column_stack([status[regime].cat.codes for regime in status])


@THOROUGH
@given(chips=CHIPS, factor=st.floats(1, 20))
def test_a_stronger_chip_is_never_treated_more_loosely(chips, factor):
    as_it_is, *stronger = fates(
        chips,
        chips.assign(**{column: chips[column] * factor for column in THROUGHPUT}),
        chips.assign(memory_bw_gb_s=chips["memory_bw_gb_s"] * factor),
    )
    for status in stronger:
        assert (strictness(status) >= strictness(as_it_is)).all()


@THOROUGH
@given(chips=CHIPS, factor=st.floats(1, 20))
def test_a_bigger_die_is_never_treated_more_strictly(chips, factor):
    """The density test can be diluted with silicon: the H20 sits on a full-size die."""
    small, big = fates(chips, chips.assign(die_area_mm2=chips["die_area_mm2"] * factor))
    assert (strictness(big) <= strictness(small)).all()


@pytest.mark.parametrize("column", UNKNOWABLE)
@THOROUGH
@given(chips=CHIPS)
def test_unknown_exactly_when_the_missing_number_could_decide(column, chips):
    """Forgetting one input changes nothing, or makes the status unknown for a reason."""
    low, high = UNKNOWABLE[column]
    forgotten, known, if_low, if_high = (
        status.astype(str)
        for status in fates(
            replaced(chips, column, None),
            chips,
            replaced(chips, column, low),
            replaced(chips, column, high),
        )
    )
    could_be_either = if_low != if_high
    assert ((forgotten == "unknown") == could_be_either).all(axis=None)
    assert (((forgotten == known) & (known == if_low)) | could_be_either).all(axis=None)


@THOROUGH
@given(chips=CHIPS)
def test_links_matter_only_to_the_rules_that_name_them(chips):
    no_link, no_host = (
        replaced(chips, column, None) for column in ("interconnect_gb_s", "host_io_gb_s")
    )
    known, *blind = (status[["oct-2023", "jan-2026"]] for status in fates(chips, no_link, no_host))
    for status in blind:
        pd.testing.assert_frame_equal(status, known)


@THOROUGH
@given(chips=CHIPS)
def test_only_denied_applications_get_a_review(chips):
    status = classify_all(chips, RULES).astype(str)
    before, after = status["oct-2023"], status["jan-2026"]
    denied = before == "denied"
    assert after[denied].isin(["case", "denied"]).all()
    assert (after[~denied] == before[~denied]).all()


# --- designer and distances -------------------------------------------------------------------


def test_a_real_chip_drawn_again_gets_the_same_verdict(chips, rules):
    h20 = design(296, 8, 814, 900, 128, 4000, name="H20 again", china_specific=True)
    original = chips.loc[["NVIDIA H20 SXM5 96GB"]]
    pd.testing.assert_frame_equal(
        classify_all(h20, rules), classify_all(original, rules).reset_index(drop=True)
    )
    assert metrics(h20).iloc[0].tolist() == pytest.approx(metrics(original).iloc[0].tolist())


def test_a_designed_chip_fits_the_table(chips, rules):
    both = pd.concat([chips.reset_index(drop=True), design(600, 8, 800, 0, 64, 500)])
    assert classify_all(both, rules).iloc[-1].tolist() == ["free", "denied", "free", "case"]


def test_design_refuses_nonsense():
    with pytest.raises(ValueError, match="12 bits; choose one of 4, 6, 8, 16, 32, 64"):
        design(100, 12, 800, 0, 64, 500)
    with pytest.raises(ValueError, match="memory_bw_gb_s is negative"):
        design(100, 8, 800, 0, 64, -1)


def test_headroom():
    assert headroom(pd.Series([4560.0, 4800.0, 5040.0]), 4800).tolist() == pytest.approx([5, 0, -5])


def test_distance_to_line_covers_every_line_once(chips, rules):
    table = distance_to_line(chips, rules)
    assert not table.duplicated(["chip", "regime", "metric", "threshold"]).any()
    lines = set(table[["regime", "metric", "threshold"]].itertuples(index=False, name=None))
    assert lines == {
        ("oct-2022", "interconnect_plus_io_gb_s", 600),
        ("oct-2022", "bits_x_tops", 4800),
        ("oct-2023", "tpp", 1600),
        ("oct-2023", "tpp", 2400),
        ("oct-2023", "tpp", 4800),
        ("oct-2023", "performance_density", 1.6),
        ("oct-2023", "performance_density", 3.2),
        ("oct-2023", "performance_density", 5.92),
        ("apr-2025", "memory_bw_gb_s", 1400),
        ("apr-2025", "interconnect_plus_io_gb_s", 1100),
        ("apr-2025", "memory_bw_plus_io_gb_s", 1700),
        ("jan-2026", "tpp", 21000),
        ("jan-2026", "memory_bw_gb_s", 6500),
    }


@pytest.mark.parametrize(
    "chip, regime, metric, threshold, below_pct",
    [
        ("NVIDIA H20 SXM5 96GB", "oct-2023", "tpp", 2400, 1.33),
        ("NVIDIA L2", "oct-2023", "tpp", 1600, 3.4),
        ("NVIDIA L20", "oct-2023", "performance_density", 3.2, 1.81),
        ("NVIDIA GeForce RTX 4090 D", "oct-2023", "tpp", 4800, 1.93),
        ("NVIDIA GeForce RTX 5090 D", "oct-2023", "tpp", 4800, 1.03),
        ("NVIDIA GeForce RTX 5090 D V2", "apr-2025", "memory_bw_gb_s", 1400, 4.0),
        ("AMD Instinct MI325X", "jan-2026", "tpp", 21000, 0.38),
    ],
)
def test_chips_drawn_to_the_line(chips, rules, chip, regime, metric, threshold, below_pct):
    table = distance_to_line(chips, rules).set_index(["chip", "regime", "metric", "threshold"])
    assert table.loc[(chip, regime, metric, threshold), "headroom_pct"] == pytest.approx(
        below_pct, abs=0.005
    )
