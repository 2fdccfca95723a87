"""How much computing power did China add in a year? A simulation with stated assumptions.

No source publishes the answer. Public sources give counts of cards, plans of makers, stocks of
memory and a model of smuggling, each with its own gap. This module multiplies them and propagates
the uncertainty::

    compute_supply, chips ─▶ assumptions() ─▶ draw() ─▶ components() ─▶ summary(), tornado()

* An :class:`Assumption` has a low, a central and a high value, says where they come from, and
  says *ours* where no source gives them. Change one with :meth:`Assumption.set_to` and everything
  downstream follows.
* The unit is the **H100-equivalent**: as many NVIDIA H100 as would do the same by one yardstick.
  The yardstick ``"arithmetic"`` compares total processing performance and ignores memory;
  ``"memory"`` compares memory bandwidth and ignores arithmetic. Real work needs both.
* The result is what was *added* in :data:`YEAR`, not the installed base: machines bought earlier
  and machines rented abroad are not included. Assumptions are drawn independently of each other.

Sources of the numbers are the rows of the tables; see :func:`assumptions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import floor, log, log10
from statistics import NormalDist
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bridgebook.catalog import DataError
from bridgebook.methods import controls

YEAR = 2025
"""The year of the simulation: the latest for which shipments were counted."""

REFERENCE = "NVIDIA H100 SXM5 80GB"
"""One of these is one H100-equivalent."""

YARDSTICKS = ("arithmetic", "memory")
"""What makes chips comparable: total processing performance, or bytes from memory per second."""

DRAWS = 65_536
"""Size of the simulation: with stratified draws enough for two stable digits of the summary."""

SEED = 20_251_231

# --- assumptions ------------------------------------------------------------------------------

TAIL = NormalDist().inv_cdf(0.95)
"""Distance of the 95th percentile from the median, in standard deviations."""


@dataclass(frozen=True)
class Assumption:
    """One uncertain number.

    Parameters
    ----------
    label
        What it is, for readers.
    unit
        Of ``low``, ``central`` and ``high``; empty for a plain ratio.
    low, central, high
        In this order, none negative.
    shape
        ``triangular``: ``low`` and ``high`` are the ends and ``central`` is the likeliest value,
        the plainest choice where a source or we ourselves name two ends.
        ``lognormal``: ``central`` is the median, and ``low`` and ``high`` cut off one draw in
        twenty on either side. The two halves have their own width. For quantities whose range
        spans powers of ten.
    ours
        Which of the three values no source gives: a word for the printed table, empty if none.
    sources
        Keys of ``references.bib``.

    Raises
    ------
    ValueError
        If the values are out of order, negative, or no range fits the shape.
    """

    label: str
    unit: str
    low: float
    central: float
    high: float
    shape: str = "triangular"
    ours: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.central <= self.high < float("inf"):
            raise ValueError(
                f"{self.label}: expected 0 <= low <= central <= high, got "
                f"{self.low}, {self.central}, {self.high}"
            )
        if self.shape not in {"triangular", "lognormal"}:
            raise ValueError(f"{self.label}: shape is 'triangular' or 'lognormal'")
        if self.shape == "lognormal" and self.low <= 0:
            raise ValueError(f"{self.label}: a lognormal range begins above zero")

    @property
    def certain(self) -> bool:
        """Whether there is no range at all."""
        return self.low == self.high

    def set_to(self, *values: float, note: str = "set by the reader") -> Assumption:
        """Replace the values by one certain number, or by low, central and high."""
        if len(values) not in (1, 3):
            raise ValueError(f"{self.label}: give one value, or low, central and high")
        low, central, high = values * 3 if len(values) == 1 else values
        return replace(
            self, low=low, central=central, high=high, shape="triangular", ours=note, sources=()
        )

    def quantile(self, share: NDArray[Any]) -> NDArray[Any]:
        """Values below which given shares of the draws lie.

        Parameters
        ----------
        share
            Between 0 and 1, any shape.

        Returns
        -------
        numpy.ndarray
            Same shape, in the unit of the assumption; never falls as ``share`` grows.
        """
        share = np.asarray(share, dtype=float)
        if self.certain:
            return np.full_like(share, self.central)
        if self.shape == "lognormal":
            return self._lognormal(share)
        width = self.high - self.low
        left = (self.central - self.low) / width
        rising = self.low + np.sqrt(share * width * (self.central - self.low))
        falling = self.high - np.sqrt((1 - share) * width * (self.high - self.central))
        return np.where(share < left, rising, falling)

    def _lognormal(self, share: NDArray[Any]) -> NDArray[Any]:
        """Two half lognormals that meet at the median."""
        inside = np.clip(share, 1e-9, 1 - 1e-9)
        steps = _normal_quantile(inside) / TAIL
        below, above = log(self.central / self.low), log(self.high / self.central)
        draws: NDArray[Any] = np.exp(np.where(steps < 0, steps * below, steps * above))
        return self.central * draws


_GRID = np.linspace(-6.5, 6.5, 2_601)
_GRID_SHARE = np.array([NormalDist().cdf(z) for z in _GRID])


def _normal_quantile(share: NDArray[Any]) -> NDArray[Any]:
    """Quantile of the normal distribution by interpolation, good to four digits."""
    return np.interp(share, _GRID_SHARE, _GRID)


# --- from tables to assumptions ---------------------------------------------------------------

COUNT_ERROR = 0.15
"""Ours: a market researcher's count of cards may be this share too high or too low; the source
gives no range."""

MANY_HUNDRED_THOUSAND = 500_000
"""Ours: what "several hundred thousand" smuggled chips is taken to mean at most."""

YIELD = (0.75, 0.9, 1.0)
"""Ours: share of dies and memory stacks that end in a working card."""

USABLE = (0.6, 0.8, 1.0)
"""Ours: the share of its peak that a Chinese card delivers, relative to an NVIDIA card; it covers
software, links and faults."""

DIES_PER_PACKAGE = 2
"""Logic dies in one Ascend 910C (column ``n_logic_dies`` of ``chips``)."""

STAND_INS = {
    "h20": "NVIDIA H20 SXM5 96GB",
    "import_low": "NVIDIA L20",
    "import_high": "NVIDIA GeForce RTX 5090 D",
    "smuggled_low": "NVIDIA A100 SXM4 80GB",
    "smuggled_central": REFERENCE,
    "smuggled_high": "NVIDIA H200 SXM",
    "ascend_low": "Huawei Ascend 910B4",
    "ascend_central": "Huawei Ascend 910C (752T)",
    "ascend_high": "Huawei Ascend 910C (800T)",
    "other_low": "Moore Threads MTT S4000",
    "other_central": "MetaX MXC500 (C500, OAM)",
    "other_high": "Cambricon MLU590 (Siyuan 590)",
}
"""Chips of the table ``chips`` that represent a group of cards whose mix is not published. The
choice is ours."""


def h100_equivalents(chips: pd.DataFrame, yardstick: str = "arithmetic") -> pd.Series:
    """Size of each chip in H100-equivalents.

    Parameters
    ----------
    chips
        Rows of the table ``chips``, :data:`REFERENCE` among them.
    yardstick
        ``"arithmetic"`` (ratio of TPP) or ``"memory"`` (ratio of memory bandwidth).

    Returns
    -------
    pandas.Series
        Indexed by ``chip``; missing where the chip's number is unknown.
    """
    if yardstick not in YARDSTICKS:
        raise ValueError(f"yardstick is one of {', '.join(YARDSTICKS)}, not {yardstick!r}")
    values = (
        controls.total_processing_performance(chips)
        if yardstick == "arithmetic"
        else chips["memory_bw_gb_s"]
    )
    by_chip = values.set_axis(chips["chip"].astype("string"))
    if REFERENCE not in by_chip.index:
        raise DataError(f"chips: no row {REFERENCE!r} to compare with")
    return (by_chip / by_chip[REFERENCE]).rename(f"h100_by_{yardstick}")


def assumptions(
    supply: pd.DataFrame, chips: pd.DataFrame, yardstick: str = "arithmetic"
) -> dict[str, Assumption]:
    """Read the assumptions of the simulation from the tables.

    Parameters
    ----------
    supply, chips
        Tables ``compute_supply`` and ``chips``.
    yardstick
        See :func:`h100_equivalents`.

    Returns
    -------
    dict of str to Assumption
        The names are those that :func:`components` uses.

    Raises
    ------
    DataError
        If a row is missing, or a stand-in has no number by this yardstick.
    """
    size = h100_equivalents(chips, yardstick)
    sizes = {role: _known(size, name) for role, name in STAND_INS.items()}
    shipped = _rows(supply, "accelerator_shipments", period_precision="year")
    nvidia, amd, huawei = (_one(shipped, maker) for maker in ("NVIDIA", "AMD", "Huawei"))
    cards = nvidia["value"] + amd["value"]
    others = _one(shipped, "Chinese makers")["value"] - huawei["value"]
    sold = _rows(supply, "h20_sales")
    seen = _one(_rows(supply, "h20_deliveries"), "NVIDIA")
    price = float(chips.set_index("chip")["price_usd"][STAND_INS["h20"]])
    h20 = sorted([sold["value"].sum() * 1e9 / price / cards, min(seen["value"] / cards, 1.0)])
    smuggled = _one(_rows(supply, "smuggled_chips", year=None), "all makers")
    plan = _one(_rows(supply, "ascend_dies"), "Huawei")
    made = _one(_rows(supply, "ascend_units"), "Huawei")
    dies = sorted([plan["value"], made["value"] * DIES_PER_PACKAGE])
    stacks = _one(_rows(supply, "hbm_stacks_shipped", None, period_precision="up_to"), "all makers")
    served = _one(_rows(supply, "ascend_910c_from_hbm_stock", None), "Huawei")
    per_die = stacks["value"] / served["value"] / DIES_PER_PACKAGE
    idc = _keys(nvidia)
    return {
        "cards": Assumption(
            "Imported cards", "cards", *_about(cards), ours="range ±15%", sources=idc
        ),
        "h20_share": Assumption(
            "Share of H20 among them", "", h20[0], sum(h20) / 2, h20[1], ours="central value",
            sources=_keys(sold.iloc[0], seen),
        ),
        "h100_per_h20": _fixed("Size of an H20", sizes["h20"]),
        "h100_per_import": Assumption(
            "Size of another imported card", "H100", sizes["import_low"],
            (sizes["import_low"] + sizes["import_high"]) / 2, sizes["import_high"],
            ours="choice of chips",
        ),
        "smuggled": Assumption(
            "Smuggled chips", "chips", smuggled["low"], smuggled["value"], MANY_HUNDRED_THOUSAND,
            shape="lognormal", ours="high end; year 2024", sources=_keys(smuggled),
        ),
        "h100_per_smuggled": Assumption(
            "Size of a smuggled chip", "H100", sizes["smuggled_low"], sizes["smuggled_central"],
            sizes["smuggled_high"], ours="choice of chips",
        ),
        "dies": Assumption(
            "Ascend dies made", "dies", dies[0], sum(dies) / 2, dies[1], ours="central value",
            sources=_keys(plan, made),
        ),
        "stacks": Assumption(
            "Memory stacks on hand", "stacks", *_about(stacks["value"]), ours="range ±15%",
            sources=_keys(stacks),
        ),
        "stacks_per_die": _fixed("Memory stacks for one die", per_die),
        "yield": Assumption("Share that becomes a working card", "", *YIELD, ours="all of it"),
        "h100_per_die": Assumption(
            "Size of an Ascend die", "H100", sizes["ascend_low"],
            sizes["ascend_central"] / DIES_PER_PACKAGE, sizes["ascend_high"] / DIES_PER_PACKAGE,
            ours="choice of chips",
        ),
        "other_cards": Assumption(
            "Cards of other Chinese makers", "cards", *_about(others), ours="range ±15%",
            sources=idc,
        ),
        "h100_per_other": Assumption(
            "Size of another Chinese card", "H100", sizes["other_low"], sizes["other_central"],
            sizes["other_high"], ours="choice of chips",
        ),
        "usable": Assumption("Usable share of Chinese cards", "", *USABLE, ours="all of it"),
    }  # fmt: skip


def _rows(supply: pd.DataFrame, series: str, year: int | None = YEAR, **equal: str) -> pd.DataFrame:
    """Rows of a series whose period ends in a year (any, if None) and whose columns equal."""
    rows = supply[supply["series"] == series]
    rows = rows if year is None else rows[rows["period_end"].dt.year == year]
    for column, value in equal.items():
        rows = rows[rows[column] == value]
    if rows.empty:
        raise DataError(f"compute_supply: no row of series {series!r} for {year or 'any year'}")
    return rows


def _one(rows: pd.DataFrame, entity: str) -> pd.Series:
    matching = rows[rows["entity"] == entity]
    if len(matching) != 1:
        series = rows["series"].iloc[0]
        raise DataError(
            f"compute_supply: expected one row of {series!r} for {entity!r}, found {len(matching)}"
        )
    return matching.iloc[0]


def _about(value: float) -> tuple[float, float, float]:
    return (1 - COUNT_ERROR) * value, value, (1 + COUNT_ERROR) * value


def _fixed(label: str, value: float) -> Assumption:
    return Assumption(label, "", value, value, value)


def _known(size: pd.Series, name: str) -> float:
    if name not in size.index or pd.isna(size[name]):
        raise DataError(f"chips: {name!r} has no number for {size.name}")
    return float(size[name])


def _keys(*rows: pd.Series) -> tuple[str, ...]:
    keys = ";".join(str(row["source"]) for row in rows).split(";")
    return tuple(dict.fromkeys(keys))


# --- the simulation ---------------------------------------------------------------------------


def components(x: Mapping[str, Any]) -> dict[str, Any]:
    """Computing power added in a year, in H100-equivalents, by where it came from.

    ``x`` holds numbers or arrays of equal length under the names of :func:`assumptions`.
    """
    per_card = x["h20_share"] * x["h100_per_h20"] + (1 - x["h20_share"]) * x["h100_per_import"]
    fitted = np.minimum(x["dies"], x["stacks"] / x["stacks_per_die"])
    return {
        "imported": x["cards"] * per_card,
        "smuggled": x["smuggled"] * x["h100_per_smuggled"],
        "Ascend": fitted * x["yield"] * x["h100_per_die"] * x["usable"],
        "other Chinese": x["other_cards"] * x["h100_per_other"] * x["usable"],
    }


def draw(
    given: Mapping[str, Assumption], draws: int = DRAWS, seed: int = SEED
) -> dict[str, NDArray[Any]]:
    """Draw every assumption, evenly over its range and independently of the others.

    The range is cut into as many slices of equal probability as there are draws, each slice is
    hit once, and the order is shuffled (Latin hypercube). Each assumption has its own stream,
    named after it: changing one leaves the draws of all others as they were.

    Parameters
    ----------
    given
        Assumptions by name.
    draws, seed
        How many, and where the random numbers start. Same seed, same numbers.

    Returns
    -------
    dict of str to numpy.ndarray
        One array of length ``draws`` for each assumption, in its unit.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws}")
    return {name: _drawn(one, name, draws, seed) for name, one in given.items()}


@lru_cache(maxsize=64)
def _drawn(one: Assumption, name: str, draws: int, seed: int) -> NDArray[Any]:
    """One value from each of ``draws`` slices of equal probability, in random order."""
    random = np.random.default_rng([seed, crc32(name.encode())])
    # Sorting random numbers shuffles the same way on every machine, the browser included.
    order = random.random(draws).argsort(kind="stable")
    values = one.quantile((order + random.random(draws)) / draws)
    values.setflags(write=False)
    return values


def simulate(given: Mapping[str, Assumption], draws: int = DRAWS, seed: int = SEED) -> pd.DataFrame:
    """Run the simulation: one row for each draw, one column for each component, and ``total``."""
    table = pd.DataFrame(components(draw(given, draws, seed)))
    return table.assign(total=table.sum(axis="columns"))


def significant(value: float, digits: int = 2) -> float:
    """Round to significant digits: all that a simulation of this kind can promise."""
    if not value:
        return 0.0
    return float(round(value, digits - 1 - floor(log10(abs(value)))))


def summary(values: pd.Series | NDArray[Any]) -> tuple[float, float, float]:
    """5th percentile, median and 95th percentile, to two significant digits."""
    low, middle, high = np.quantile(np.asarray(values, dtype=float), [0.05, 0.5, 0.95])
    return significant(low), significant(middle), significant(high)


def total_at(given: Mapping[str, Assumption], **fixed: float) -> float:
    """Sum of the components with every assumption at its central value, except those given."""
    values = {name: assumption.central for name, assumption in given.items()}
    unknown = set(fixed) - set(values)
    if unknown:
        raise ValueError(f"no assumption named {', '.join(sorted(unknown))}")
    return float(sum(components(values | fixed).values()))


def tornado(given: Mapping[str, Assumption]) -> pd.DataFrame:
    """What matters: the total with one assumption at its low and at its high, others central.

    Returns
    -------
    pandas.DataFrame
        Indexed by the name of the assumption, the widest swing first: ``label``, ``at_low``,
        ``at_high`` and ``swing`` (the distance between the two), in H100-equivalents.
        Assumptions without a range are left out.
    """
    rows = {
        name: {
            "label": one.label,
            "at_low": total_at(given, **{name: one.low}),
            "at_high": total_at(given, **{name: one.high}),
        }
        for name, one in given.items()
        if not one.certain
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["label", "at_low", "at_high"])
    table["swing"] = (table["at_high"] - table["at_low"]).abs().astype(float)
    return table.sort_values("swing", ascending=False, kind="stable")


def as_table(given: Mapping[str, Assumption]) -> pd.DataFrame:
    """Tabulate the assumptions: one row each, in the order of the simulation.

    ``low – central – high`` is text with three significant digits at most, one number where the
    value is fixed; ``ours`` says what no source gives.
    """
    return pd.DataFrame(
        [(one.label, range_in_words(one), one.ours) for one in given.values()],
        columns=["assumption", "low – central – high", "ours"],
    )


def range_in_words(one: Assumption) -> str:
    """Write the values of an assumption for readers."""
    values = (one.central,) if one.certain else (one.low, one.central, one.high)
    return " – ".join(map(in_words, values))


def in_words(value: float) -> str:
    """Write a number of this module for readers: 2.01 m for millions, 140,000, 0.15."""
    if value >= 1e6:
        return f"{significant(value / 1e6, 3):.3g} m"
    return f"{significant(value, 3):,.10g}"


def share_short_of_memory(given: Mapping[str, Assumption]) -> float:
    """Share of the draws in which memory, not dies, limits the Ascend cards."""
    x = draw(given)
    return float(np.mean(x["stacks"] / x["stacks_per_die"] < x["dies"]))
