"""What the tables on models, ratings and prices must say together."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bookpress.checks.general import filled_together, same_within, usual
from bookpress.checks.rules import rule
from bridgebook.catalog import Problem, Table

# --- ratings -------------------------------------------------------------------------------------


@rule("arena", "arena_boards")
def ratings_are_of_known_boards(ratings: Table, boards: Table) -> Iterator[Problem]:
    """Every rating is of a board, by its method; a board has as many models as it says."""
    text = boards.frame[boards.frame["arena"] == "text"].set_index(["date", "style_control"])
    frame = ratings.frame
    keys = pd.MultiIndex.from_frame(frame[["date", "style_control"]])
    unknown = pd.Series(~keys.isin(text.index), frame.index)
    yield from ratings.problems(unknown, "date", "the day and style control of a board")
    method = pd.Series(keys.map(text["rating_method"].astype(str)), frame.index)
    other = ~unknown & (method != frame["rating_method"].astype(str))
    yield from ratings.problems(other, "rating_method", method + ", as arena_boards says")
    counts = frame.groupby(["date", "style_control"]).size()
    for row, board in boards.frame[boards.frame["arena"] == "text"].iterrows():
        rated = counts.get((board["date"], board["style_control"]), 0)
        if rated != board["n_models"]:
            yield boards.problem(row, "n_models", f"{rated}, the ratings in arena")


@rule("arena_categories", "arena_boards")
def categories_are_of_known_boards(ratings: Table, boards: Table) -> Iterator[Problem]:
    """Every rating by category is of a board that is listed, with the same style control."""
    columns = ["date", "arena", "style_control"]
    known = set(_keys(boards.frame, columns))
    keys = _keys(ratings.frame, columns)
    yield from ratings.problems(~keys.isin(known), "date", "the day, arena and style of a board")


def _keys(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    first, *others = (frame[column].astype("string").fillna("blank") for column in columns)
    return first.str.cat(others, sep=" / ")


@rule("arena", "arena_models")
def a_version_is_rated_once(ratings: Table, models: Table) -> Iterator[Problem]:
    """Two spellings of one version never stand on one board."""
    version = models.frame.set_index("model_key")["version_key"]
    frame = ratings.frame.assign(version=ratings.frame["model_key"].map(version))
    twice = frame.duplicated(["date", "style_control", "version"]) & frame["version"].notna()
    yield from ratings.problems(twice, "model_key", "one row for each version of a model")


@rule("arena_models", "arena", "arena_categories")
def models_are_rated(models: Table, ratings: Table, categories: Table) -> Iterator[Problem]:
    """A model is here because some board rates it; closed means that the weights are not open."""
    rated = set(ratings.frame["model_key"]) | set(categories.frame["model_key"])
    frame = models.frame
    yield from models.problems(
        ~frame["model_key"].isin(rated), "model_key", "a model with a rating"
    )
    closed = frame["licence_class"] == "closed"
    wrong = closed & (frame["open_weights"] != "no")
    yield from models.problems(wrong, "open_weights", "no, where the licence is closed")
    place = usual(frame["iso3"], frame["organisation"])
    moved = frame["iso3"].notna() & place.notna() & (frame["iso3"] != place)
    yield from models.problems(moved, "iso3", place + ", as its organisation's other models")


RANGES = {"bradley_terry": (600, 1700), "online_elo": (600, 1400)}


@rule("arena")
def ratings_have_their_scale(table: Table) -> Iterator[Problem]:
    """Ratings of a method lie on its scale, and intervals are not wider than it."""
    frame = table.frame
    for method, (low, high) in RANGES.items():
        of_method = frame["rating_method"] == method
        far = of_method & ~frame["score"].between(low, high)
        yield from table.problems(far, "score", f"a rating from {low} to {high}")
    wide = (frame["ci_high"] - frame["ci_low"]) > 120
    yield from table.problems(wide, "ci_high", "an interval of at most 120 points")


# --- releases and models -------------------------------------------------------------------------


@rule("releases", "prices")
def first_prices_are_prices(releases: Table, prices: Table) -> Iterator[Problem]:
    """The first price of a release is a price of its model in ``prices``."""
    columns = ["input_usd_per_mtok", "output_usd_per_mtok"]
    listed = set(prices.frame[["model_key", *columns]].itertuples(index=False, name=None))
    frame = releases.frame
    first = frame[
        ["price_key", "first_price_input_usd_per_mtok", "first_price_output_usd_per_mtok"]
    ]
    linked = frame["price_key"].notna()
    yield from filled_together(releases, list(first.columns[1:]), linked, "with a price_key")
    known = pd.Series(
        [row in listed for row in first.itertuples(index=False, name=None)], frame.index
    )
    words = "a price of this model in prices"
    yield from releases.problems(linked & ~known, "first_price_input_usd_per_mtok", words)


EPOCH_DAYS = 8
"""Dates of developers and of Epoch AI differ by up to this."""

DATED_BY_WEIGHTS = {"Grok-1"}
"""Releases dated by their weights, long after the model."""


@rule("releases", "epoch_models")
def releases_agree_with_epoch(releases: Table, models: Table) -> Iterator[Problem]:
    """Openness, day and size of a release are near those of the same model in ``epoch_models``."""
    frame = releases.frame
    known = models.frame.set_index("model")
    there = frame["epoch_model"].map(known["open_weights"])
    other = there.notna() & (there != frame["open_weights"])
    yield from releases.problems(other, "open_weights", "the same as in epoch_models")
    day = frame["epoch_model"].map(known["publication_date"])
    far = ((frame["release_date"] - day).abs() > pd.Timedelta(days=EPOCH_DAYS)) & ~frame[
        "model"
    ].isin(DATED_BY_WEIGHTS)
    yield from releases.problems(far, "release_date", f"a day within {EPOCH_DAYS} of Epoch's")
    size = frame["epoch_model"].map(known["parameters"]) / 1e9
    off = ~(frame["total_params_b"] / size).between(0.97, 1.03) & size.notna()
    yield from releases.problems(off & frame["total_params_b"].notna(), "total_params_b",
                                 size.map("about {:g}, as in epoch_models".format))  # fmt: skip


@rule("releases")
def licences_and_openness_agree(table: Table) -> Iterator[Problem]:
    """Closed models have no open licence, and the other way round; claims say who and what."""
    frame = table.frame
    closed = frame["licence_class"] == "closed"
    both = closed & frame["open_weights"].astype(bool)
    yield from table.problems(both, "open_weights", "false, where the licence is closed")
    claim = frame["training_cost_claim_usd_m"].notna()
    yield from filled_together(table, ["cost_claimed_by"], claim, "with a claim")
    stated = claim | frame["training_gpu_hours_m"].notna()
    yield from filled_together(table, ["cost_covers"], stated, "with a claim of cost or hours")
    partly = frame["unconfirmed"].notna() & (frame["verified"] == "yes")
    yield from table.problems(partly, "verified", "partly, where a cell is unconfirmed")


@rule("epoch_models")
def first_country_is_in_the_list(table: Table) -> Iterator[Problem]:
    """The first country is the first of all; openness follows from accessibility."""
    frame = table.frame
    first = frame["countries_iso3"].str.split(";").str[0]
    wrong = (first != frame["iso3"]) & ~(first.isna() & frame["iso3"].isna())
    yield from table.problems(wrong.fillna(True), "iso3", "the first of countries_iso3")
    opened = frame["accessibility"].astype("string").str.startswith("open")
    other = (opened != frame["open_weights"]).fillna(False)
    yield from table.problems(other, "open_weights", "what accessibility says")
    cost = frame["training_cost_2023_usd"] / frame["training_compute_flop"]
    # The cost of a model made from another one is that of its own training alone.
    whole = frame["base_model"].isna() & (frame["training_compute_flop"] > 1e21)
    far = ~cost.between(1e-20, 1e-14) & cost.notna() & whole
    yield from table.problems(far, "training_cost_2023_usd", "a cost that fits the compute")


# --- prices --------------------------------------------------------------------------------------

MOST_TIMES_INPUT = 25
"""Output costs at most so many times input, but for prices that are marked as suspect."""


@rule("prices")
def prices_make_sense(table: Table) -> Iterator[Problem]:
    """Output costs no less than input, cached input no more; a price ends after it begins."""
    frame = table.frame
    given, taken = frame["input_usd_per_mtok"], frame["output_usd_per_mtok"]
    yield from table.problems(taken < given, "output_usd_per_mtok", "at least the price of input")
    steep = (taken / given > MOST_TIMES_INPUT) & (frame["status"] != "suspect")
    yield from table.problems(
        steep, "output_usd_per_mtok", f"at most {MOST_TIMES_INPUT} times input"
    )
    cached = frame["cached_input_usd_per_mtok"] > given
    yield from table.problems(cached, "cached_input_usd_per_mtok", "at most the price of input")
    backwards = frame["effective_to"] <= frame["effective_from"]
    yield from table.problems(backwards, "effective_to", "a day after effective_from")
    undated, basis = frame["effective_from"].isna(), frame["effective_basis"]
    lost = undated & basis.isin(["first_recorded", "inferred"])
    yield from table.problems(lost, "effective_from", "the day on which the basis rests")
    yield from table.problems(~undated & (basis == "unknown"), "effective_basis", "a basis")


# --- tests of models -----------------------------------------------------------------------------


@rule("benchmarks")
def shares_of_tasks(table: Table) -> Iterator[Problem]:
    """Percent end at 100; a test has one unit; costs say what they pay for."""
    frame = table.frame
    over = (frame["unit"] == "percent") & (frame["score"] > 100)
    yield from table.problems(over, "score", "at most 100 percent")
    yield from same_within(table, "benchmark", ["unit"])
    costed = frame["cost_usd"].notna()
    yield from filled_together(table, ["cost_per"], costed, "with a cost")
    share = frame["benchmark"].map(
        frame[frame["unit"] == "percent"].groupby("benchmark", observed=True)["score"].max()
    )
    small = (share.astype("float64") <= 1) & (frame["unit"] == "percent")
    yield from table.problems(small, "score", "percent, not a share")


@rule("benchmarks_reports")
def vendors_report_as_vendors(table: Table) -> Iterator[Problem]:
    """A model's own maker is a vendor; independent testers measured; costs of task and run fit."""
    frame = table.frame
    over = (frame["unit"] == "percent") & (frame["score"] > 100)
    yield from table.problems(over, "score", "at most 100 percent")
    own = frame["own_model"].astype(bool)
    wrong = own & (frame["reported_by"] != "vendor")
    yield from table.problems(wrong, "reported_by", "vendor, for the reporter's own model")
    copied = (frame["reported_by"] == "independent") & (frame["origin"] != "measured")
    yield from table.problems(copied, "origin", "measured, for an independent tester")
    per_task = frame["run_cost_usd"] / frame["task_cost_usd"]
    far = ~per_task.between(400, 600) & per_task.notna()
    yield from table.problems(far, "task_cost_usd", "a 500th of run_cost_usd")


@rule("gpu_clusters")
def clusters_fit_their_chips(table: Table) -> Iterator[Problem]:
    """A cluster is not larger than its chips could make it; planned ones do not run yet."""
    frame = table.frame
    ratio = frame["h100_equivalents"] / frame["n_chips"]
    far = ~ratio.between(0.0005, 30) & ratio.notna() & (frame["n_chips"] > 0)
    yield from table.problems(far, "h100_equivalents", "a size that fits the number of chips")
    name = frame["name"].str.lower().str.replace(r"[^a-z0-9]+", "-", regex=True).str.strip("-")
    fits = [ident.startswith(slug) for ident, slug in zip(frame["cluster_id"], name, strict=True)]
    yield from table.problems(~pd.Series(fits, frame.index), "cluster_id", name)
