"""The simulation of computing power: what goes in, what must hold, and how stable it is."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgebook.catalog import DataError, load
from bridgebook.methods import compute
from bridgebook.methods.compute import Assumption

pytestmark = pytest.mark.filterwarnings("error")

SUPPLY, CHIPS = load("compute_supply"), load("chips")
BASE = {name: compute.assumptions(SUPPLY, CHIPS, name) for name in compute.YARDSTICKS}
NAMES = list(BASE["arithmetic"])
FEW = 512
"""Draws in tests of laws that hold draw by draw."""

POSITIVE = st.floats(0.01, 1e7, allow_nan=False)


@st.composite
def ranges(draw: st.DrawFn, shape: str = "triangular") -> Assumption:
    low, central, high = sorted(draw(st.tuples(POSITIVE, POSITIVE, POSITIVE)))
    return Assumption("made up", "", low, central, high, shape=shape)


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, float]:
    """One value for every assumption, anywhere between half its low and twice its high."""
    base = BASE[draw(st.sampled_from(compute.YARDSTICKS))]
    factors = draw(st.lists(st.floats(0.5, 2), min_size=len(base), max_size=len(base)))
    values = {
        name: one.central * factor
        for (name, one), factor in zip(base.items(), factors, strict=True)
    }
    return values | {"h20_share": min(values["h20_share"], 1.0)}


def total(values: Mapping[str, Any]) -> Any:
    return sum(compute.components(values).values())


# --- one assumption ---------------------------------------------------------------------------


@given(ranges(), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_triangular_stays_in_its_range_and_never_falls(
    one: Assumption, shares: list[float]
) -> None:
    values = one.quantile(np.sort(shares))
    slack = 1e-9 * one.high
    assert ((values >= one.low - slack) & (values <= one.high + slack)).all()
    assert (np.diff(values) >= -slack).all()


@given(ranges())
def test_triangular_agrees_with_numpys_own(one: Assumption) -> None:
    if one.high - one.low < 1e-3 * one.high:
        return
    shares = (np.arange(20_000) + 0.5) / 20_000
    ours = one.quantile(shares)
    assert ours.mean() == pytest.approx((one.low + one.central + one.high) / 3, rel=1e-3)
    theirs = np.random.default_rng(0).triangular(one.low, one.central, one.high, 200_000)
    assert np.median(ours) == pytest.approx(np.median(theirs), rel=0.02)


@given(ranges("lognormal"))
def test_lognormal_puts_one_draw_in_twenty_beyond_each_end(one: Assumption) -> None:
    low, middle, high = one.quantile(np.array([0.05, 0.5, 0.95]))
    assert low == pytest.approx(one.low, rel=1e-3)
    assert middle == pytest.approx(one.central, rel=1e-3)
    assert high == pytest.approx(one.high, rel=1e-3)
    ends = one.quantile(np.array([0.0, 1.0]))
    assert np.isfinite(ends).all() and (ends > 0).all()
    # A quarter of a normal distribution lies beyond 0.6745 deviations, a twentieth beyond 1.6449.
    lower, upper = one.quantile(np.array([0.25, 0.75]))
    part = 0.6745 / 1.6449
    assert lower == pytest.approx(one.central * (one.low / one.central) ** part, rel=5e-3)
    assert upper == pytest.approx(one.central * (one.high / one.central) ** part, rel=5e-3)


def test_certain_values_stay_what_they_are() -> None:
    for value in (0.0, 7.0):
        one = Assumption("made up", "", value, value, value)
        assert one.certain and (one.quantile(np.array([0, 0.3, 1])) == value).all()
    edges = Assumption("made up", "", 1, 1, 3), Assumption("made up", "", 1, 3, 3)
    for one in edges:
        assert one.quantile(np.array([0.0, 1.0])).tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("values", "shape", "message"),
    [
        ((2, 1, 3), "triangular", "expected 0 <= low <= central <= high"),
        ((-1, 1, 3), "triangular", "expected 0 <= low"),
        ((0, 1, float("inf")), "triangular", "expected 0 <= low"),
        ((float("nan"), 1, 2), "triangular", "expected 0 <= low"),
        ((0, 1, 3), "lognormal", "begins above zero"),
        ((1, 2, 3), "normal", "shape is 'triangular' or 'lognormal'"),
    ],
)
def test_impossible_ranges_are_refused(
    values: tuple[float, float, float], shape: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Assumption("made up", "", *values, shape=shape)


def test_a_reader_can_set_a_value_or_a_range_and_it_is_marked() -> None:
    one = BASE["arithmetic"]["smuggled"]
    assert one.sources == ("cnas_smuggling2025",)
    fixed, spread = one.set_to(5.0), one.set_to(1.0, 2.0, 3.0, note="a guess")
    assert fixed.certain and fixed.ours == "set by the reader" and not fixed.sources
    assert (spread.low, spread.high, spread.shape, spread.ours) == (1, 3, "triangular", "a guess")
    assert one.high == compute.MANY_HUNDRED_THOUSAND, "the old one is unchanged"
    with pytest.raises(ValueError, match="one value, or low, central and high"):
        one.set_to(1.0, 2.0)


# --- from the tables --------------------------------------------------------------------------


def row(series: str, entity: str, **equal: Any) -> pd.Series:
    rows = SUPPLY[(SUPPLY["series"] == series) & (SUPPLY["entity"] == entity)]
    for column, value in equal.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_assumptions_are_the_tables_numbers() -> None:
    base = BASE["arithmetic"]
    nvidia = row("accelerator_shipments", "NVIDIA")["value"]
    assert base["cards"].central == nvidia + row("accelerator_shipments", "AMD")["value"]
    smuggled = row("smuggled_chips", "all makers")
    assert (base["smuggled"].low, base["smuggled"].central) == (smuggled["low"], smuggled["value"])
    assert (
        base["dies"].low
        == row("ascend_dies", "Huawei", estimate_id="ascend-dies-huawei-chn-2025")["value"]
    )
    assert base["stacks"].central == row("hbm_stacks_shipped", "all makers")["value"]
    packages = base["stacks"].central / base["stacks_per_die"].central / 2
    assert packages == pytest.approx(row("ascend_910c_from_hbm_stock", "Huawei")["value"])


def test_ranges_that_are_ours_lie_around_the_sources_numbers() -> None:
    base = BASE["arithmetic"]
    for name in ("cards", "stacks", "other_cards"):
        one = base[name]
        assert one.low == pytest.approx(0.85 * one.central)
        assert one.high == pytest.approx(1.15 * one.central)
    for name in ("h20_share", "dies", "h100_per_import"):
        one = base[name]
        assert one.low < one.high and one.central == pytest.approx((one.low + one.high) / 2)
    for name in ("h20_share", "yield", "usable"):
        assert 0 < base[name].low < base[name].high <= 1, f"{name} is a share"


def test_the_share_of_h20_lies_between_sales_over_price_and_deliveries() -> None:
    cards = BASE["arithmetic"]["cards"].central
    price = CHIPS.set_index("chip").loc["NVIDIA H20 SXM5 96GB", "price_usd"]
    in_2025 = SUPPLY["period_end"].dt.year == compute.YEAR
    sold = SUPPLY.loc[in_2025 & (SUPPLY["series"] == "h20_sales"), "value"].sum()
    ways = [sold * 1e9 / price / cards, row("h20_deliveries", "NVIDIA")["value"] / cards]
    found = BASE["arithmetic"]["h20_share"]
    assert [found.low, found.high] == pytest.approx(sorted(ways))


def test_what_comes_from_a_table_names_its_source() -> None:
    named = {name for name, one in BASE["arithmetic"].items() if one.sources}
    assert named == {"cards", "h20_share", "smuggled", "dies", "stacks", "other_cards"}
    stacks = row("hbm_stacks_shipped", "all makers")
    assert BASE["arithmetic"]["stacks"].sources == tuple(stacks["source"].split(";"))


def test_stacks_of_one_year_are_not_the_stock() -> None:
    """The stock is what was shipped up to a day, whatever is known of single years."""
    stock = SUPPLY["series"] == "hbm_stacks_shipped"
    of_a_year = SUPPLY[stock].assign(period_precision="year", value=1.0)
    found = compute.assumptions(pd.concat([SUPPLY, of_a_year]), CHIPS)
    assert found == BASE["arithmetic"]


def test_two_yardsticks_rank_the_h20_differently() -> None:
    arithmetic, memory = (
        compute.h100_equivalents(CHIPS, name)["NVIDIA H20 SXM5 96GB"] for name in compute.YARDSTICKS
    )
    assert arithmetic < 0.2 and memory > 1
    assert compute.h100_equivalents(CHIPS)[compute.REFERENCE] == 1


def test_every_assumption_has_a_source_or_is_marked_as_ours() -> None:
    for one in BASE["arithmetic"].values():
        assert one.certain or one.sources or one.ours, one.label
    known = set(SUPPLY["source"].dropna().str.split(";").explode())
    used = {key for one in BASE["arithmetic"].values() for key in one.sources}
    assert used and used <= known


def test_a_changed_table_changes_the_assumption() -> None:
    doubled = SUPPLY.copy()
    where = doubled["estimate_id"] == "accelerator-shipments-nvidia-chn-2025"
    doubled.loc[where, "value"] *= 2
    before, after = BASE["arithmetic"], compute.assumptions(doubled, CHIPS)
    assert after["cards"].central > 1.9 * before["cards"].central
    assert after["smuggled"] == before["smuggled"]


@pytest.mark.parametrize(
    "series",
    ["accelerator_shipments", "smuggled_chips", "ascend_dies", "ascend_units", "h20_sales",
     "h20_deliveries", "hbm_stacks_shipped", "ascend_910c_from_hbm_stock"],
)  # fmt: skip
def test_a_missing_row_is_named(series: str) -> None:
    with pytest.raises(DataError, match=series):
        compute.assumptions(SUPPLY[SUPPLY["series"] != series], CHIPS)


def test_missing_or_repeated_makers_and_chips_are_named() -> None:
    without = SUPPLY[~((SUPPLY["series"] == "accelerator_shipments") & (SUPPLY["entity"] == "AMD"))]
    with pytest.raises(DataError, match="for 'AMD', found 0"):
        compute.assumptions(without, CHIPS)
    with pytest.raises(DataError, match="found 2"):
        compute.assumptions(pd.concat([SUPPLY, SUPPLY]), CHIPS)
    with pytest.raises(DataError, match="no row 'NVIDIA H100"):
        compute.h100_equivalents(CHIPS[CHIPS["chip"] != compute.REFERENCE])
    blank = CHIPS.copy()
    blank.loc[blank["chip"] == "NVIDIA L20", "memory_bw_gb_s"] = np.nan
    with pytest.raises(DataError, match="'NVIDIA L20' has no number for h100_by_memory"):
        compute.assumptions(SUPPLY, blank, "memory")
    with pytest.raises(ValueError, match="yardstick is one of"):
        compute.h100_equivalents(CHIPS, "price")


# --- the model --------------------------------------------------------------------------------

COUNTS = ["cards", "smuggled", "dies", "stacks", "other_cards"]
SIZES = ["h100_per_h20", "h100_per_import", "h100_per_smuggled", "h100_per_die", "h100_per_other"]
UP = [*COUNTS, *SIZES, "yield", "usable"]


@given(worlds(), st.sampled_from(UP), st.floats(1, 3))
def test_more_of_anything_is_never_less_computing(
    values: dict[str, float], name: str, factor: float
) -> None:
    assert total(values | {name: factor * values[name]}) >= total(values) * (1 - 1e-12)


@given(worlds(), st.floats(1, 3))
def test_a_die_that_needs_more_memory_never_helps(values: dict[str, float], factor: float) -> None:
    hungrier = values | {"stacks_per_die": factor * values["stacks_per_die"]}
    assert total(hungrier) <= total(values) * (1 + 1e-12)


@given(worlds())
def test_the_scarcer_of_dies_and_memory_decides(values: dict[str, float]) -> None:
    served = values["stacks"] / values["stacks_per_die"]
    ascend = compute.components(values)["Ascend"]
    scarce, plenty = ("stacks", "dies") if served < values["dies"] else ("dies", "stacks")
    assert compute.components(values | {plenty: 10 * values[plenty]})["Ascend"] == ascend
    halved = compute.components(values | {scarce: 0.5 * values[scarce]})["Ascend"]
    assert halved == pytest.approx(ascend / 2)


@given(worlds())
def test_sources_add_up_and_touch_only_their_own_inputs(values: dict[str, float]) -> None:
    parts = compute.components(values)
    assert min(parts.values()) >= 0
    for part, inputs in {
        "imported": ["cards"],
        "smuggled": ["smuggled"],
        "Ascend": ["dies"],
        "other Chinese": ["other_cards"],
    }.items():
        without = compute.components(values | dict.fromkeys(inputs, 0.0))
        assert without[part] == 0
        assert all(without[other] == parts[other] for other in parts if other != part)
        assert total(values) - sum(without.values()) == pytest.approx(parts[part], rel=1e-6)


@given(worlds(), st.floats(0.1, 10))
def test_everything_twice_is_twice_as_much(values: dict[str, float], factor: float) -> None:
    scaled = values | {name: factor * values[name] for name in COUNTS}
    assert total(scaled) == pytest.approx(factor * total(values))


def test_nothing_in_nothing_out() -> None:
    counts = ["cards", "smuggled", "dies", "other_cards"]
    nothing = {
        name: one.set_to(0) if name in counts else one for name, one in BASE["arithmetic"].items()
    }
    assert (compute.simulate(nothing, FEW) == 0).all(axis=None)
    assert compute.summary(compute.simulate(nothing, FEW)["total"]) == (0, 0, 0)


# --- draws ------------------------------------------------------------------------------------


def test_same_seed_same_numbers_other_seed_other_numbers() -> None:
    base = BASE["arithmetic"]
    pd.testing.assert_frame_equal(compute.simulate(base, FEW), compute.simulate(base, FEW))
    one, other = compute.draw(base, FEW), compute.draw(base, FEW, seed=1)
    assert all((one[n] == other[n]).all() == base[n].certain for n in NAMES)


def test_draws_fill_every_slice_once() -> None:
    rising = Assumption("made up", "", 0, 1, 1)  # its values are the roots of the shares
    drawn = compute.draw({"x": rising}, FEW)["x"]
    slices = np.floor(np.square(drawn) * FEW).astype(int)
    assert sorted(slices) == list(range(FEW))
    assert list(slices) != list(range(FEW)), "in random order"


def test_draws_are_independent_and_centred() -> None:
    uncertain = {name: one for name, one in BASE["arithmetic"].items() if not one.certain}
    drawn = compute.draw(uncertain, 10_000)
    off = pd.DataFrame(drawn).rank().corr().to_numpy() - np.eye(len(uncertain))
    assert np.abs(off).max() < 0.05
    for name, one in uncertain.items():
        assert np.median(drawn[name]) == pytest.approx(float(one.quantile(np.array(0.5))), rel=1e-3)


def test_changing_one_assumption_leaves_the_other_draws() -> None:
    base = BASE["arithmetic"]
    changed = base | {"cards": base["cards"].set_to(1.0, 2.0, 3.0)}
    before, after = compute.draw(base, FEW), compute.draw(changed, FEW)
    assert all((before[name] == after[name]).all() for name in NAMES if name != "cards")
    with pytest.raises(ValueError, match="read-only"):
        before["dies"][0] = 1


def test_no_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        compute.draw(BASE["arithmetic"], 0)


@pytest.mark.parametrize("yardstick", compute.YARDSTICKS)
def test_printed_summary_does_not_depend_on_the_seed(yardstick: str) -> None:
    base = BASE[yardstick]
    printed = {compute.summary(compute.simulate(base, seed=s)["total"]) for s in range(12)}
    assert printed == {compute.summary(compute.simulate(base)["total"])}


STATES = {
    "cards": [None, (0,)],
    "smuggled": [None, (3e5, 4e5, 5e5)],
    "stacks": [None, (6e6,), (2.4375e6,)],
    "usable": [None, (0.3, 0.5, 0.7)],
}


def test_every_state_of_the_reader_is_stable_to_half_a_percent_or_a_printed_step() -> None:
    for yardstick, choice in itertools.product(
        compute.YARDSTICKS, itertools.product(*STATES.values())
    ):
        given_ = dict(BASE[yardstick])
        for name, values in zip(STATES, choice, strict=True):
            given_[name] = given_[name] if values is None else given_[name].set_to(*values)
        ends = np.array(
            [
                np.quantile(compute.simulate(given_, seed=s)["total"], [0.05, 0.5, 0.95])
                for s in (1, 2)
            ]
        )
        # Two significant digits are steps of 1 to 10 percent; the noise stays far below.
        assert np.abs(ends[0] / ends[1] - 1).max() < 0.01


# --- what matters -----------------------------------------------------------------------------


def test_tornado_swings_are_sorted_and_straddle_the_centre() -> None:
    table = compute.tornado(BASE["arithmetic"])
    assert table["swing"].is_monotonic_decreasing
    centre = compute.total_at(BASE["arithmetic"])
    ends = table[["at_low", "at_high"]]
    assert (ends.min(axis=1) <= centre + 1e-6).all() and (ends.max(axis=1) >= centre - 1e-6).all()
    assert "stacks_per_die" not in table.index, "no range, no bar"
    assert (table["swing"] >= 0).all()
    assert (ends.max(axis=1) - ends.min(axis=1)).to_numpy() == pytest.approx(table["swing"])
    assert table.loc["h20_share", "at_high"] < table.loc["h20_share", "at_low"], "a bar leftwards"


@pytest.mark.parametrize("name", [name for name in UP if name != "h100_per_h20"])
def test_tornado_signs(name: str) -> None:
    line = compute.tornado(BASE["arithmetic"]).loc[name]
    assert line["at_high"] >= line["at_low"]


def test_memory_has_no_bar_until_it_is_scarce() -> None:
    base = BASE["arithmetic"]
    assert compute.tornado(base).loc["stacks", "swing"] == 0
    assert compute.share_short_of_memory(base) == 0
    scarce = base | {"stacks": base["stacks"].set_to(2e6, 2.4e6, 2.8e6)}
    assert compute.tornado(scarce).loc["stacks", "swing"] > 0
    assert compute.tornado(scarce).loc["dies", "swing"] == 0
    assert compute.share_short_of_memory(scarce) == 1
    tighter, before = (compute.simulate(g, FEW)["total"] for g in (scarce, base))
    assert (tighter < before).all(), "draw by draw"


def test_tornado_of_certain_numbers_is_empty() -> None:
    fixed = {name: one.set_to(one.central) for name, one in BASE["arithmetic"].items()}
    assert compute.tornado(fixed).empty


def test_total_at_refuses_unknown_names() -> None:
    with pytest.raises(ValueError, match="no assumption named cardz"):
        compute.total_at(BASE["arithmetic"], cardz=1)


# --- in words ---------------------------------------------------------------------------------


@given(st.floats(1e-6, 1e9), st.integers(1, 4))
def test_significant_digits(value: float, digits: int) -> None:
    rounded = compute.significant(value, digits)
    assert rounded == float(f"{value:.{digits}g}") or abs(rounded / value - 1) <= 0.5 * 10 ** (
        1 - digits
    ) * (1 + 1e-9)
    assert compute.significant(rounded, digits) == pytest.approx(rounded)
    assert compute.significant(0) == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.151, "0.151"), (999_000, "999,000"), (1e6, "1 m"), (1_050_000, "1.05 m")],
)
def test_numbers_from_a_million_on_are_millions(value: float, words: str) -> None:
    assert compute.in_words(value) == words


def test_printed_table_says_what_is_ours() -> None:
    table = compute.as_table(BASE["arithmetic"]).set_index("assumption")
    assert len(table) == len(NAMES)
    values = table["low – central – high"]
    assert values["Smuggled chips"] == "10,000 – 140,000 – 500,000"
    assert values["Imported cards"].split(" – ")[1] == "2.36 m"
    assert values["Size of an H20"] == "0.15"
    assert table.loc["Usable share of Chinese cards", "ours"] == "all of it"


def test_simulated_huawei_cards_fit_the_count_that_the_model_does_not_use() -> None:
    x = compute.draw(BASE["arithmetic"])
    working = np.minimum(x["dies"], x["stacks"] / x["stacks_per_die"]) * x["yield"]
    per_card = working / row("accelerator_shipments", "Huawei")["value"]
    low, high = np.quantile(per_card, [0.05, 0.95])
    assert 1 <= low < high <= compute.DIES_PER_PACKAGE
