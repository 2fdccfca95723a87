"""Verdicts of the chapter ``export-controls/did-they-bite``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods import controls
from bridgebook.verdicts import MAJORITY, Finding, rule

LARGE_FLOP = 1e24
"""Training effort from which a model counts as large. Small ones run on few chips, which any
laboratory can find; the debate is about models like Kimi K2, estimated at three times this."""

MIN_MODELS = 8
"""Fewer large models with named hardware than this cannot show what is usual."""

FIRST_RULE = pd.Timestamp("2022-10-07")
"""Announcement of the first country-wide rule: models released before it test nothing."""

NAMED = frozenset({"stated", "stated_or_derived"})
"""Evidence for the hardware that counts: from the developer, or derived by Epoch AI. What only
others report, what is contested and what is not disclosed does not."""

OUT_OF_REACH = frozenset({"domestic", "not_controlled"})
"""Hardware that controls on exports to China do not affect."""

ONCE_LAWFUL = "china_variant"
"""The A800 and H800: lawful to sell to China until November 2023."""


@rule("cheap-models-undermine-controls")
def _undermine(*, training_hardware: pd.DataFrame, compute_supply: pd.DataFrame) -> Finding:
    """Ask whether models or supply have become independent of the chips that are controlled.

    That the models are strong and cheap is granted; other chapters test it. The claim then needs
    at least one of two things: most large models run on chips out of the rules' reach, or most
    cards in China come from Chinese makers. *Contradicted* is out of reach: it would need a
    measurement of China without controls.
    """
    large = training_hardware[
        ~training_hardware["partner_abroad"]
        & (training_hardware["training_compute_flop"] >= LARGE_FLOP)
        & (training_hardware["release_date"] > FIRST_RULE)
    ]
    named = large[large["evidence"].isin(list(NAMED))]
    cards = shipments(compute_supply)
    numbers: dict[str, Any] = {
        "large_models_with_named_hardware": len(named),
        "on_chips_out_of_reach": int(named["export_status"].isin(list(OUT_OF_REACH)).sum()),
        "on_a800_or_h800": int((named["export_status"] == ONCE_LAWFUL).sum()),
        "hardware_only_reported_or_not_disclosed": len(large) - len(named),
        "year_of_shipments": cards["year"],
        "chinese_share_of_cards": cards["chinese_share"],
    }
    return Finding(_undermine_outcome(numbers), _undermine_reason(numbers), numbers)


def shipments(supply: pd.DataFrame) -> dict[str, Any]:
    """Find the latest full year of card shipments in China, and the share of Chinese makers in it.

    Returns ``{"year": 0, "chinese_share": None}`` if no year has both figures.
    """
    rows = supply[
        (supply["series"] == "accelerator_shipments") & (supply["period_precision"] == "year")
    ]
    table = rows.pivot_table(
        index=rows["period_end"].dt.year, columns="entity", values="value", observed=True
    )
    both = table.reindex(columns=["Chinese makers", "all makers"]).dropna()
    if both.empty:
        return {"year": 0, "chinese_share": None}
    last = both.iloc[-1]
    return {
        "year": int(both.index[-1]),
        "chinese_share": float(last["Chinese makers"] / last["all makers"]),
    }


def _undermine_outcome(numbers: Mapping[str, Any]) -> Outcome:
    models, share = numbers["large_models_with_named_hardware"], numbers["chinese_share_of_cards"]
    if models < MIN_MODELS or share is None:
        return Outcome.CANNOT_TELL
    independent = [numbers["on_chips_out_of_reach"] / models > MAJORITY, share > MAJORITY]
    if all(independent):
        return Outcome.SUPPORTED
    return Outcome.PARTLY if any(independent) else Outcome.NOT_SUPPORTED


def _undermine_reason(numbers: Mapping[str, Any]) -> str:
    models, share = numbers["large_models_with_named_hardware"], numbers["chinese_share_of_cards"]
    if models < MIN_MODELS:
        return f"Fewer than {MIN_MODELS} large Chinese models name their training hardware."
    if share is None:
        return "No full year of card shipments in the table."
    outside, lawful = numbers["on_chips_out_of_reach"], numbers["on_a800_or_h800"]
    text = (
        f"Granted that the models are strong and cheap, do controlled chips no longer matter? Of "
        f"{models} large Chinese models whose training hardware is named, {outside} were trained "
        f"on chips out of the rules' reach and {lawful} on the A800 or H800, which could be sold "
        f"to China until November 2023. Chinese makers shipped {share:.0%} of the cards of "
        f"{numbers['year_of_shipments']}."
    )
    outcome = _undermine_outcome(numbers)
    if outcome == Outcome.NOT_SUPPORTED:
        text += " Neither is a majority. Nor is the claim refuted: nobody has measured China's "
        text += "computing without the controls."
    elif outcome == Outcome.PARTLY:
        text += " One of the two is a majority."
    return text


FAR_BEHIND = 0.5
"""A chip with less than half the arithmetic of the best one counts as far behind: two of it do not
replace one, because linking them costs too."""

SIGNS_NEEDED = 2
"""With fewer signs than this known, the table says too little."""


@rule("hardware-is-a-bottleneck")
def _bottleneck(*, chips: pd.DataFrame, compute_supply: pd.DataFrame) -> Finding:
    """Ask three signs of need: weaker chips, bought chips, and fewer known machines.

    All signs point to a need: supported; some: partly; none: contradicted. Statements of Chinese
    developers point the same way and are no table, so they do not count. The forecasts for Ascend
    do not count either: analysts and the firm expect opposite things.
    """
    cards = shipments(compute_supply)
    best = best_chips(chips)
    clusters = _cluster_shares(compute_supply)
    numbers: dict[str, Any] = {
        "best_chips": best["names"],
        "best_chinese_chip_against_best_us_chip": best["ratio"],
        "foreign_share_of_cards": None
        if cards["chinese_share"] is None
        else 1 - cards["chinese_share"],
        "year_of_shipments": cards["year"],
        "chinese_share_of_known_clusters": clusters.get("CHN"),
        "us_share_of_known_clusters": clusters.get("USA"),
    }
    return Finding(_bottleneck_outcome(numbers), _bottleneck_reason(numbers), numbers)


def best_chips(chips: pd.DataFrame) -> dict[str, Any]:
    """Compare the strongest chip on sale of Chinese design with that of US design, by TPP.

    Rows without a citable source, and chips not for data centres, are left out.
    """
    sold = chips[
        (chips["release_status"] == "released")
        & chips["datacenter_marketed"].fillna(False)
        & (chips["verified"] != "no")
    ]
    tpp = controls.total_processing_performance(sold).dropna()
    best = tpp.groupby(sold.loc[tpp.index, "iso3"].astype("string")).idxmax()
    if not {"CHN", "USA"} <= set(best.index):
        return {"names": [], "ratio": None}
    return {
        "names": [str(sold.loc[best[state], "chip"]) for state in ("CHN", "USA")],
        "ratio": float(tpp[best["CHN"]] / tpp[best["USA"]]),
    }


def _cluster_shares(supply: pd.DataFrame) -> dict[str, list[float]]:
    """Lowest and highest share of known clusters, percent, over all filters of the list."""
    rows = supply[supply["series"] == "known_cluster_share"].sort_values("period_end")
    last = rows.drop_duplicates("iso3", keep="last").set_index("iso3")
    ends = last[["low", "high"]].apply(lambda end: end.fillna(last["value"]))
    return {str(state): [float(low), float(high)] for state, low, high in ends.itertuples()}


def _signs(numbers: Mapping[str, Any]) -> list[bool]:
    """Answer the three questions, as far as the tables do."""
    signs = []
    if numbers["best_chinese_chip_against_best_us_chip"] is not None:
        signs.append(numbers["best_chinese_chip_against_best_us_chip"] < FAR_BEHIND)
    if numbers["foreign_share_of_cards"] is not None:
        signs.append(numbers["foreign_share_of_cards"] > MAJORITY)
    chinese, american = (
        numbers["chinese_share_of_known_clusters"],
        numbers["us_share_of_known_clusters"],
    )
    if chinese and american:
        # The filter kindest to China against the one least kind to the United States.
        signs.append(chinese[1] < FAR_BEHIND * american[0])
    return signs


def _bottleneck_outcome(numbers: Mapping[str, Any]) -> Outcome:
    signs = _signs(numbers)
    if len(signs) < SIGNS_NEEDED:
        return Outcome.CANNOT_TELL
    if all(signs):
        return Outcome.SUPPORTED
    return Outcome.PARTLY if any(signs) else Outcome.CONTRADICTED


def _bottleneck_reason(numbers: Mapping[str, Any]) -> str:
    signs = _signs(numbers)
    if len(signs) < SIGNS_NEEDED:
        return f"Fewer than {SIGNS_NEEDED} of three signs can be computed from the tables."
    parts = []
    ratio = numbers["best_chinese_chip_against_best_us_chip"]
    if ratio is not None:
        chinese, american = numbers["best_chips"]
        parts.append(f"The {chinese} has {ratio:.0%} of the arithmetic of the {american}")
    foreign = numbers["foreign_share_of_cards"]
    if foreign is not None:
        parts.append(
            f"{foreign:.0%} of the cards shipped in China in {numbers['year_of_shipments']} came "
            "from abroad"
        )
    known, other = (
        numbers["chinese_share_of_known_clusters"],
        numbers["us_share_of_known_clusters"],
    )
    if known and other:
        parts.append(
            f"China holds {known[0]:.0f} to {known[1]:.0f}% of the capacity of known clusters, the "
            f"United States {other[0]:.0f} to {other[1]:.0f}%"
        )
    return f"{sum(signs)} of {len(signs)} signs point to a need. " + ". ".join(parts) + "."
