"""Exercises of the chapter ``export-controls/the-rule-as-code``."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from bridgebook.catalog import DataError, load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import controls

H20 = "NVIDIA H20 SXM5 96GB"
A100 = "NVIDIA A100 SXM4 80GB"
A800 = "NVIDIA A800 SXM4 80GB"


def _chip(name: str) -> pd.DataFrame:
    """Return the one row of a chip."""
    chips = load("chips")
    row = chips[chips["chip"] == name]
    if len(row) != 1:
        raise DataError(f"chips: expected one row for {name!r}, found {len(row)}")
    return row


def _tpp(name: str) -> float:
    return float(controls.total_processing_performance(_chip(name)).iloc[0])


def _cell(name: str, column: str) -> float:
    return float(_chip(name)[column].iloc[0])


@exercise(
    "the-rule-as-code-1",
    "number",
    hint="Dense tera-operations per second times the bits of one input; the best format counts.",
    praise="It ends just below a line of the rule of October 2023.",
    slips=(
        Slip(
            "doubled",
            "Either you used the rate with sparsity, or multiplied by two for multiply and add, or "
            "took the bits of another format. The table's rates are dense and count both.",
            lambda: 2 * _tpp(H20),
        ),
        Slip(
            "bits",
            "That is the rate. Multiply it by the bits of one input.",
            lambda: _cell(H20, "int8_tops"),
        ),
        Slip(
            "fp16",
            "You used the FP16 rate with the bits of an 8-bit format.",
            lambda: _cell(H20, "fp16_tflops") * controls.FORMAT_BITS["int8_tops"],
        ),
        Slip(
            "tf32",
            "You counted TF32 with the bits of its circuit or used another rate; "
            "take the format with the highest product.",
            lambda: _cell(H20, "tf32_tflops") * 19,
        ),
        Slip(
            "density",
            "You went on to divide by the die area. That is performance density.",
            lambda: float(controls.performance_density(_chip(H20)).iloc[0]),
        ),
        Slip(
            "fp64",
            "You multiplied the FP64 rate; take the format with the highest product.",
            lambda: _cell(H20, "fp64_tflops") * controls.FORMAT_BITS["fp64_tflops"],
        ),
    ),
)
def _tpp_of_h20() -> float:
    return _tpp(H20)


def _status(regime: str, *countries: str) -> pd.Series:
    """Return the status of the chips designed in some countries under one regime."""
    chips = load("chips")
    chosen = chips[chips["iso3"].isin(countries)] if countries else chips
    return controls.classify(chosen, regime)["status"]


@exercise(
    "the-rule-as-code-2",
    "count",
    hint="Classify the chips designed in the United States and count one status.",
    praise="Free to ship, as far as the table knows the numbers.",
    slips=(
        Slip(
            "unknown",
            "You counted chips of unknown status as free. Unknown is not free.",
            lambda: _status("oct-2023", "USA").isin(["free", "unknown"]).sum(),
        ),
        Slip(
            "chinese-designs",
            "You included chips designed in China, which are not shipped there from the US.",
            lambda: (_status("oct-2023") == "free").sum(),
        ),
        Slip(
            "wrong-year",
            "You used the rule of October 2022.",
            lambda: (_status("oct-2022", "USA") == "free").sum(),
        ),
        Slip(
            "notify",
            "You counted chips that may go after a notice. They are not free.",
            lambda: _status("oct-2023", "USA").isin(["free", "notify"]).sum(),
        ),
        Slip(
            "not-caught",
            "You counted everything that is not denied. Notice and unknown are not free.",
            lambda: _status("oct-2023", "USA").isin(["free", "notify", "unknown"]).sum(),
        ),
    ),
)
def _free_in_2023() -> int:
    return int((_status("oct-2023", "USA") == "free").sum())


def _io(name: str) -> float:
    return float(controls.io_bandwidth(_chip(name)).iloc[0])


@exercise(
    "the-rule-as-code-3",
    "share",
    hint="Add chip link and host link of each chip; the fall is measured against the A100.",
    praise="The arithmetic stayed the same: with two tests joined by and, a slower link is enough.",
    slips=(
        Slip(
            "link-only",
            "You compared the chip-to-chip links alone; the rule adds the host link.",
            lambda: 1 - _cell(A800, "interconnect_gb_s") / _cell(A100, "interconnect_gb_s"),
        ),
        Slip(
            "what-is-left",
            "That is what was left; the question asks what was lost.",
            lambda: _io(A800) / _io(A100),
        ),
        Slip(
            "wrong-base",
            "You measured the fall against the A800; measure it against the A100.",
            lambda: _io(A100) / _io(A800) - 1,
        ),
        Slip(
            "inverse-ratio",
            "That is the A100 over the A800; the question asks for the share that was lost.",
            lambda: _io(A100) / _io(A800),
        ),
        Slip(
            "difference",
            "That is the fall in GB/s; divide by the value of the A100.",
            lambda: _io(A100) - _io(A800),
        ),
    ),
)
def _fall_of_io() -> float:
    return 1 - _io(A800) / _io(A100)


CONDITIONS = {
    "tpp": "tpp",
    "performance_density": "performance_density",
    "memory_bw": "memory_bw_gb_s",
    "io": "interconnect_plus_io_gb_s",
}
"""Options of the exercise and the metrics of the rules that they represent."""


@exercise(
    "the-rule-as-code-4",
    "choice",
    hint="",
    praise="What the older rules did not look at is what the letters looked at.",
    options={
        "tpp": "Look at the rows of the letters in control_rules: is this number among them?",
        "performance_density": (
            "The density was what other rules looked at. Do the letters of 2025 name it?"
        ),
        "memory_bw": "Compare the number in the table with the line of the letters.",
        "io": "The letters do name the links. Compare the H20's sum with their line.",
    },
)
def _what_caught_the_h20() -> str:
    tests = controls.rule_rows("apr-2025")
    values = controls.metrics(_chip(H20))
    caught = [
        option
        for option, metric in CONDITIONS.items()
        if (rows := tests[tests["metric"] == metric]).size
        and bool(controls.meets(values, rows).fillna(False).iloc[0])
    ]
    if len(caught) != 1:
        raise DataError(
            f"control_rules: the letters catch the H20 by {caught}, expected one metric"
        )
    return caught[0]


CAUGHT = ("case", "licence", "denied")
"""A licence is needed; a chip that may go after a notice is not meant in the exercise."""


def _newly_caught(
    caught: Collection[str] = CAUGHT,
    left: Collection[str] = ("free",),
    iso3: Collection[str] = ("USA",),
) -> set[str]:
    """Name the chips that the rule of 2022 left free and the rule of 2023 put under licence."""
    chips = load("chips")
    chosen = chips["iso3"].isin(iso3) & chips["datacenter_marketed"].fillna(False)
    before = controls.classify(chips, "oct-2022")["status"].isin(left)
    after = controls.classify(chips, "oct-2023")["status"].isin(caught)
    return set(chips.loc[chosen & before & after, "chip"])


@exercise(
    "the-rule-as-code-5",
    "names",
    hint="Two conditions on status and two on the chip, joined by and.",
    praise="Among them are the chips that were made to fit the first rule.",
    universe=lambda: load("chips")["chip"],
    slips=(
        Slip(
            "unknown",
            "You included chips whose status under one of the rules is unknown.",
            lambda: _newly_caught((*CAUGHT, "unknown"), ("free", "unknown")),
        ),
        Slip(
            "unknown-before",
            "You took chips of unknown status in 2022 as free.",
            lambda: _newly_caught(left=("free", "unknown")),
        ),
        Slip(
            "unknown-after",
            "You took chips of unknown status in 2023 as caught.",
            lambda: _newly_caught((*CAUGHT, "unknown")),
        ),
        Slip(
            "notice",
            "You included chips that may go after a notice; the question is about licences.",
            lambda: _newly_caught((*CAUGHT, "notify")),
        ),
        Slip(
            "chinese-designs",
            "You included chips designed in China.",
            lambda: _newly_caught(iso3=("USA", "CHN")),
        ),
    ),
)
def _caught_by_the_second_rule() -> set[str]:
    return _newly_caught()
