"""US export-control rules on AI chips, as code.

A rule of this kind is a few numbers, a few thresholds and the words *and* and *or*. The numbers
are computed here; the thresholds are rows of the table ``control_rules``, never literals in this
module; the words are ``&`` and ``|`` of pandas' three-valued ``"boolean"``.

The path of a chip through the module::

    chips ─▶ metrics() ─▶ meets() ─▶ classify() ─▶ status: free, notify, case, licence, denied …

Three principles hold throughout.

* *Missing is not zero.* A test on an unknown number is neither true nor false but missing, and a
  chip is called free only if no missing number could make it anything else.
* *Each regime is read alone.* A chip that one regime leaves free may be caught by another in
  force at the same time: compare the columns of :func:`classify_all`.
* *As if from a US firm.* Every chip is measured by the same rule. For chips designed in China the
  result says what would hold if a US firm wanted to ship such a chip to China.

Sources: the wording of ECCN 3A090 (`feldgoise_ccl`, `ecfr2026_ccl`), the review rule of January
2026 (`fr2026_00789`) and, for the letters of April 2025, `reuters_intel2025`. This is teaching
material, not legal advice.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import pandas as pd

from bridgebook.catalog import load

# --- the numbers a rule looks at --------------------------------------------------------------

FORMAT_BITS: dict[str, int] = {
    "fp4_tflops": 4,
    "fp6_tflops": 6,
    "fp8_tflops": 8,
    "int8_tops": 8,
    "fp16_tflops": 16,
    "tf32_tflops": 32,
    "fp64_tflops": 64,
}
"""Bits of one input of the multiplication, for each throughput column; narrow formats first.

TF32 counts as 32: its inputs are stored in 32 bits, of which the multiplier uses 19. Counting 19
would change no chip's class. FP64 is in because the rule takes the best of all formats; nowhere
in the table does it lift a chip by more than a rounding error.
"""

CHIP_COLUMNS: tuple[str, ...] = (
    "designer",
    "datacenter_marketed",
    "china_specific",
    "release_date",
    *FORMAT_BITS,
    "die_area_mm2",
    "interconnect_gb_s",
    "host_io_gb_s",
    "memory_bw_gb_s",
)
"""Columns of the table ``chips`` that the rules look at."""

ROUNDING = 0.002
"""Data sheets round: formats whose products differ by less than this share are level."""


def format_products(chips: pd.DataFrame, formats: Mapping[str, int] = FORMAT_BITS) -> pd.DataFrame:
    """Throughput times bit length, one column for each number format.

    Parameters
    ----------
    chips
        Rows of the table ``chips``: dense throughput in tera-operations per second. Data sheets
        count one multiply-add as two operations, so the factor 2 of the rule is already in it.
    formats
        Bit length by throughput column.
    """
    _require(chips, formats, "format_products")
    return chips[list(formats)] * pd.Series(formats)


def total_processing_performance(
    chips: pd.DataFrame, formats: Mapping[str, int] = FORMAT_BITS
) -> pd.Series:
    """Total processing performance (TPP): the best format counts. Missing if none is known."""
    return format_products(chips, formats).max(axis="columns").rename("tpp")


def binding_format(chips: pd.DataFrame) -> pd.Series:
    """Find the narrowest format that reaches a chip's TPP, rounding apart, such as ``FP8``."""
    products = format_products(chips)
    best = products.max(axis="columns")
    level = products.ge(best * (1 - ROUNDING), axis="index")
    column = level.idxmax(axis="columns").where(best.notna()).astype("string")
    return column.str.split("_").str[0].str.upper().rename("binding_format")


def performance_density(chips: pd.DataFrame, formats: Mapping[str, int] = FORMAT_BITS) -> pd.Series:
    """TPP per mm² of logic die. Missing if TPP or area is unknown, or the area is nil.

    Only dies made with non-planar transistors count. Every process the table names is of the
    16/14 nm class or finer; such dies are taken to be non-planar, and so are those of unknown
    process. A planar chip has nothing to divide by: with an area of 0 its density is missing.
    """
    area = chips["die_area_mm2"]
    density = total_processing_performance(chips, formats) / area.where(area > 0)
    return density.rename("performance_density")


def io_bandwidth(chips: pd.DataFrame, *, at_least: bool = False) -> pd.Series:
    """Chip-to-chip link plus host link, GB/s in both directions together, memory excluded.

    Missing if either link is unknown. With ``at_least`` an unknown link counts as 0, which makes
    the result a lower bound.
    """
    links = chips[["interconnect_gb_s", "host_io_gb_s"]]
    return links.sum(axis="columns", skipna=at_least).rename("interconnect_plus_io_gb_s")


def memory_plus_io(chips: pd.DataFrame, *, at_least: bool = False) -> pd.Series:
    """Memory bandwidth plus all links, GB/s; ``at_least`` as in :func:`io_bandwidth`."""
    total = chips["memory_bw_gb_s"] + io_bandwidth(chips, at_least=at_least)
    return total.rename("memory_bw_plus_io_gb_s")


def metrics(chips: pd.DataFrame, *, at_least: bool = False) -> pd.DataFrame:
    """All numbers the rules name, one row for each chip, under the names of ``control_rules``.

    ``bits_x_tops``, the forerunner of TPP in October 2022, took the widest of inputs *and*
    outputs. The rule's own example (600 at 8 bits or 300 at 16) counts the width of the inputs;
    read like that, both numbers are equal.

    Parameters
    ----------
    chips
        Rows of the table ``chips``, or of :func:`design`.
    at_least
        Count unknown links as 0, which makes the sums of bandwidths lower bounds.
    """
    _require(chips, CHIP_COLUMNS, "metrics")
    tpp = total_processing_performance(chips)
    return pd.DataFrame(
        {
            "tpp": tpp,
            "bits_x_tops": tpp,
            "performance_density": performance_density(chips),
            "interconnect_plus_io_gb_s": io_bandwidth(chips, at_least=at_least),
            "memory_bw_gb_s": chips["memory_bw_gb_s"],
            "memory_bw_plus_io_gb_s": memory_plus_io(chips, at_least=at_least),
        }
    )


# --- tests, and, or ---------------------------------------------------------------------------

COMPARE: dict[str, Callable[[pd.Series, float], pd.Series]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<": operator.lt,
    "<=": operator.le,
}
"""What the signs in the column ``operator`` of ``control_rules`` mean."""


def passes(values: pd.Series, sign: str, threshold: float) -> pd.Series:
    """Compare with a threshold; a missing number gives a missing answer, not False."""
    return COMPARE[sign](values, threshold).astype("boolean").mask(values.isna())


def meets(values: pd.DataFrame, tests: pd.DataFrame) -> pd.Series:
    """Join tests of a group by *and*, groups by *or*, in three-valued logic.

    False *and* missing is False, True *or* missing is True: one known part can decide.

    Parameters
    ----------
    values
        Numbers of each chip, in the columns of :func:`metrics`.
    tests
        Rows of ``control_rules``; used are ``group``, ``metric``, ``operator``, ``threshold``.

    Returns
    -------
    pandas.Series
        True, False or missing (dtype ``"boolean"``) for each row of ``values``.
    """
    _require(values, tests["metric"], "meets")
    groups = []
    for _, group in tests.groupby("group", observed=True):
        answers = [passes(values[t.metric], t.operator, t.threshold) for t in group.itertuples()]
        groups.append(reduce(operator.and_, answers))
    return reduce(operator.or_, groups)


def surely_meets(chips: pd.DataFrame, tests: pd.DataFrame) -> pd.Series:
    """Like :func:`meets`, and one known link may settle it: an unknown one cannot be negative.

    A chip with a link of 1,800 GB/s passes "600 or more" whatever its host link is. The argument
    holds only for tests that ask for *at least* something, and ``ValueError`` says so otherwise.
    """
    if not tests["operator"].isin([">=", ">"]).all():
        raise ValueError(
            f"surely_meets: paragraph {tests['paragraph'].iloc[0]} has a test with '<', about "
            "which a lower bound says nothing; use meets()"
        )
    return meets(metrics(chips), tests) | meets(metrics(chips, at_least=True), tests)


def by_paragraph(values: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """Answers of :func:`meets`, one column for each paragraph, in the order of the law."""
    paragraphs = tests.groupby(tests["paragraph"].astype("string"))
    return pd.DataFrame({name: meets(values, rows) for name, rows in paragraphs})


# --- from answers to a verdict on a chip ------------------------------------------------------

STATUS_LABELS: dict[str, str] = {
    "free": "no licence needed",
    "outside": "measure does not address this firm",
    "notify": "notice first (exception NAC)",
    "case": "licence, decided case by case",
    "licence": "licence needed",
    "denied": "licence, presumed denied",
    "unknown": "cannot be told",
}
"""Status codes of a chip for shipment to China, from loose to strict, in words for readers."""

STATUS = pd.CategoricalDtype(list(STATUS_LABELS), ordered=True)
"""Ordered from loose to strict. ``unknown`` has no place in that order; it comes last."""

STATUS_OF: dict[str, str] = {
    "licence_presumption_of_denial": "denied",
    "notify_nac": "notify",
    "licence_individual_notice": "licence",
    "case_by_case": "case",
}
"""Status of a chip that a paragraph catches, by the paragraph's ``consequence``."""

LETTER_FIRMS = ("NVIDIA", "AMD", "Intel")
"""Firms notified by letter in April 2025. The chips of all others are outside that measure."""


def first_caught(caught: pd.DataFrame) -> pd.Series:
    """First paragraph that catches a chip; ``free`` if none does; ``unknown`` if undecided.

    ``caught`` has one ``"boolean"`` column for each paragraph, the strictest first. Columns are
    read from the back, so that the strictest has the last word.
    """
    first = pd.Series("free", index=caught.index, dtype="string")
    for paragraph in reversed(caught.columns):
        answer = caught[paragraph]
        first = first.mask(answer.isna(), "unknown").mask(answer.fillna(False), paragraph)
    return first


def decide(caught: pd.DataFrame, tests: pd.DataFrame, inputs: pd.DataFrame) -> pd.DataFrame:
    """Turn answers by paragraph into the columns that :func:`classify` describes.

    ``caught`` is as in :func:`first_caught`, ``tests`` give each paragraph's consequence, and
    ``inputs`` holds every number the rule looked at.
    """
    consequence = tests.drop_duplicates("paragraph").set_index("paragraph")["consequence"]
    first = first_caught(caught)
    status_of = {**consequence.map(STATUS_OF), "free": "free", "unknown": "unknown"}
    return pd.DataFrame(
        {
            "status": first.map(status_of).astype(STATUS),
            "paragraph": first.where(first.isin(caught.columns)),
            "note": pd.Series(pd.NA, index=first.index, dtype="string"),
            "missing": missing_inputs(inputs).where(first == "unknown"),
        }
    )


def amend(
    result: pd.DataFrame, where: pd.Series, missing: str | pd.Series, **changes: str
) -> pd.DataFrame:
    """Set columns where a condition holds; where it is missing, the status becomes unknown."""
    sure, undecided = where.fillna(False), where.isna()
    changed = {column: result[column].mask(sure, value) for column, value in changes.items()}
    result = result.assign(**changed)
    return result.assign(
        status=result["status"].mask(undecided, "unknown"),
        missing=result["missing"].mask(undecided, missing),
    )


def missing_inputs(inputs: pd.DataFrame) -> pd.Series:
    """Columns without a value, joined by commas: what one would have to find out."""
    return inputs.isna().dot(inputs.columns + ", ").astype("string").str.removesuffix(", ")


# --- the four regimes -------------------------------------------------------------------------


def october_2022(chips: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Rule of October 2022: strong arithmetic *and* fast links."""
    tests = rule_rows("oct-2022", rules)
    caught = surely_meets(chips, tests).to_frame(tests["paragraph"].iloc[0])
    return decide(caught, tests, metrics(chips)[tests["metric"]])


def october_2023(chips: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Rule of October 2023: no test on links any more; arithmetic and its density decide.

    Note 2 leaves out chips that are not for datacentres and stay below its line. Those above it
    are controlled even so, yet may go after a notice (exception NAC).
    """
    tests = rule_rows("oct-2023", rules)
    note_2 = tests["kind"] == "exemption"
    values = metrics(chips)
    datacentre = chips["datacenter_marketed"].astype("boolean")

    listed = by_paragraph(values, tests[~note_2])
    exempt = ~datacentre & meets(values, tests[note_2])
    caught = pd.DataFrame({name: listed[name] & ~exempt for name in listed})

    inputs = values[tests["metric"].unique()].assign(datacenter_marketed=datacentre)
    result = decide(caught, tests, inputs)
    spared = (exempt & (first_caught(listed) != "free")).fillna(False)
    result["paragraph"] = result["paragraph"].mask(spared, tests.loc[note_2, "paragraph"].iloc[0])
    nac = (result["status"] == "denied") & ~datacentre
    return amend(result, nac, "datacenter_marketed", status="notify", note="not_datacentre")


def april_2025(chips: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Letters of April 2025: fast memory *or* fast links *or* a fast sum, for three firms."""
    tests = rule_rows("apr-2025", rules)
    addressed = chips["designer"].isin(LETTER_FIRMS)
    caught = (surely_meets(chips, tests) & addressed).to_frame(tests["paragraph"].iloc[0])
    result = decide(caught, tests, metrics(chips)[tests["metric"]])
    return result.assign(status=result["status"].where(addressed, "outside"))


def january_2026(chips: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Review rule of January 2026: below two lines, presumed denial becomes case by case.

    It changes how applications are judged, not what is controlled, so it starts from the rule of
    2023. The chip must also have been on sale in the United States, which the table cannot show:
    the note ``us_availability`` marks parts made for China or dated after the rule as doubtful.
    Chips that their owners rent out but do not sell are not marked.
    """
    tests = rule_rows("jan-2026", rules)
    values = metrics(chips)
    result = october_2023(chips, rules)

    eligible = (result["status"] == "denied") & meets(values, tests)
    unknown = missing_inputs(values[tests["metric"]])
    result = amend(result, eligible, unknown, status="case", paragraph=tests["paragraph"].iloc[0])
    later = chips["release_date"] > tests["effective_date"].iloc[0]
    doubtful = (chips["china_specific"].astype("boolean") | later) & eligible
    return result.assign(note=result["note"].mask(doubtful.fillna(False), "us_availability"))


@dataclass(frozen=True)
class Regime:
    """One stage of the controls: its rule in ``control_rules`` and the function that reads it."""

    rule_id: str
    decide: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]


REGIMES: dict[str, Regime] = {
    "oct-2022": Regime("BIS-2022-10-07", october_2022),
    "oct-2023": Regime("BIS-2023-10-17", october_2023),
    "apr-2025": Regime("ISINFORMED-2025-04", april_2025),
    "jan-2026": Regime("BIS-2026-01-15", january_2026),
}
"""The four stages this book compares, oldest first. Names and dates: :func:`regimes`."""


def rule_rows(regime: str, rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Select the tests of a regime from ``control_rules``, or from a changed copy of that table."""
    if regime not in REGIMES:
        raise ValueError(f"no regime {regime!r}; choose one of {', '.join(REGIMES)}")
    rules = load("control_rules") if rules is None else rules
    tests = rules[rules["rule_id"] == REGIMES[regime].rule_id]
    if tests.empty:
        raise ValueError(
            f"regime {regime!r} needs the rows with rule_id {REGIMES[regime].rule_id!r}, and the "
            "table control_rules has none; change thresholds, but pass the whole table"
        )
    return tests


def regimes(rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rule, label and effective date of each regime, from the table ``control_rules``."""
    first = pd.concat([rule_rows(name, rules).iloc[[0]] for name in REGIMES])
    first.index = pd.Index(list(REGIMES), name="regime")
    return first[["rule_id", "rule_short", "effective_date"]].rename(
        columns={"rule_short": "label"}
    )


def classify(chips: pd.DataFrame, regime: str, rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Say what a regime makes of shipping each chip to China.

    Parameters
    ----------
    chips
        Rows of the table ``chips``, or of :func:`design`.
    regime
        A key of :data:`REGIMES`, such as ``"oct-2023"``.
    rules
        The table ``control_rules``, perhaps with other thresholds; by default the book's own.

    Returns
    -------
    pandas.DataFrame
        Indexed like ``chips``, with four columns. ``status``: ordered category, see
        :data:`STATUS_LABELS`. ``paragraph``: the one that catches the chip or, as Note 2,
        spares it. ``note``: ``not_datacentre`` (controlled, but may go after a notice) or
        ``us_availability`` (a condition in doubt). ``missing``: for an unknown status, what one
        would have to find out.

    Raises
    ------
    ValueError
        If the regime does not exist, or a column or rule is missing.
    """
    _require(chips, CHIP_COLUMNS, "classify")
    rules = load("control_rules") if rules is None else rules
    rule_rows(regime, rules)  # raises a readable error if there is no such regime
    return REGIMES[regime].decide(chips, rules)


def classify_all(chips: pd.DataFrame, rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Status of each chip, one column for each regime, each regime read alone."""
    return pd.DataFrame({name: classify(chips, name, rules)["status"] for name in REGIMES})


# --- designing a chip, measuring distances, checking ourselves --------------------------------


def design(
    tops: float | None,
    bits: int,
    die_area_mm2: float | None,
    link_gb_s: float | None,
    host_io_gb_s: float | None,
    memory_bw_gb_s: float | None,
    datacentre: bool | None = True,
    *,
    name: str = "your chip",
    designer: str = "NVIDIA",
    china_specific: bool | None = False,
) -> pd.DataFrame:
    """Draw up a chip: one row that goes through the same rules as a real one.

    Parameters
    ----------
    tops, bits
        Dense throughput in tera-operations per second, and bit length of the inputs (4, 6, 8,
        16, 32 or 64).
    die_area_mm2
        Area of all logic dies in mm².
    link_gb_s, host_io_gb_s, memory_bw_gb_s
        Chip-to-chip link, host link (both directions together) and memory, in GB/s.
    datacentre
        Whether the chip is designed or marketed for datacentres.
    name, designer, china_specific
        As in the table ``chips``. The letters of April 2025 address three firms only.

    What is unknown is ``None``. A bit length without a format and a negative number are a
    ``ValueError``.
    """
    column_of = {FORMAT_BITS[column]: column for column in reversed(FORMAT_BITS)}
    if bits not in column_of:
        choices = ", ".join(map(str, sorted(column_of)))
        raise ValueError(f"design: no number format has {bits} bits; choose one of {choices}")
    numbers: dict[str, float | None] = {
        **dict.fromkeys(FORMAT_BITS),
        column_of[bits]: tops,
        "die_area_mm2": die_area_mm2,
        "interconnect_gb_s": link_gb_s,
        "host_io_gb_s": host_io_gb_s,
        "memory_bw_gb_s": memory_bw_gb_s,
    }
    negative = [column for column, value in numbers.items() if value is not None and value < 0]
    if negative:
        raise ValueError(f"design: {', '.join(negative)} is negative; for unknown pass None")
    words = pd.DataFrame(
        {
            "chip": pd.Series([name], dtype="string"),
            "designer": pd.Series([designer], dtype="string"),
            "datacenter_marketed": pd.Series([datacentre], dtype="boolean"),
            "china_specific": pd.Series([china_specific], dtype="boolean"),
            "release_date": pd.Series([pd.NaT], dtype="datetime64[ns]"),
        }
    )
    return words.join(pd.DataFrame([numbers], dtype="float64"))


def headroom(values: pd.Series, threshold: float | pd.Series) -> pd.Series:
    """How far below a line, in percent of the line: 0 on it, negative above it."""
    return 100 * (1 - values / threshold)


def distance_to_line(chips: pd.DataFrame, rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Distance of every chip from every line of the four regimes.

    Returns
    -------
    pandas.DataFrame
        One row for each line and chip, without chips whose number is unknown: ``chip, regime,
        paragraph, metric, threshold, value, headroom_pct``. A small positive ``headroom_pct`` is
        a chip that ends just under the line. A chip below one line may still be caught by
        another, so this measures closeness, not freedom.
    """
    _require(chips, ["chip"], "distance_to_line")
    tests = pd.concat([rule_rows(name, rules).assign(regime=name) for name in REGIMES])
    lines = tests.drop_duplicates(["regime", "metric", "threshold"])
    values = metrics(chips).assign(chip=chips["chip"]).melt("chip", var_name="metric")
    table = lines[["regime", "paragraph", "metric", "threshold"]].merge(values, on="metric")
    table["headroom_pct"] = headroom(table["value"], table["threshold"])
    order = ["chip", "regime", "paragraph", "metric", "threshold", "value", "headroom_pct"]
    return table[order].dropna(subset="value").reset_index(drop=True)


def compare_published(
    chips: pd.DataFrame, formats: Mapping[str, int] = FORMAT_BITS
) -> pd.DataFrame:
    """Compare our arithmetic with figures that others have published.

    Published lists leave out FP6. To see their number for the chips that run FP6 as fast as FP4,
    pass ``formats`` without ``fp6_tflops``.

    Returns
    -------
    pandas.DataFrame
        Indexed like ``chips``. For ``tpp`` and for ``pd``, performance density, each: our number
        under that name, ``…_published``, ``…_difference_pct`` (positive if ours is higher),
        ``…_within_half_pct`` and ``…_within_1_pct``; missing where one side is missing.
    """
    _require(chips, ["tpp_published", "pd_published"], "compare_published")
    ours = {
        "tpp": total_processing_performance(chips, formats),
        "pd": performance_density(chips, formats),
    }
    columns = {}
    for name, recomputed in ours.items():
        published = chips[f"{name}_published"]
        difference = 100 * (recomputed / published - 1)
        columns[name] = recomputed
        columns[f"{name}_published"] = published
        columns[f"{name}_difference_pct"] = difference
        columns[f"{name}_within_half_pct"] = passes(difference.abs(), "<=", 0.5)
        columns[f"{name}_within_1_pct"] = passes(difference.abs(), "<=", 1.0)
    return pd.DataFrame(columns)


def _require(table: pd.DataFrame, columns: Iterable[str], where: str) -> None:
    """Stop with a clear message if the table lacks a column."""
    absent = [column for column in dict.fromkeys(columns) if column not in table]
    if absent:
        raise ValueError(
            f"{where}: the table has no column {', '.join(absent)}; "
            'pass rows of load("chips") or of design() with all their columns'
        )
