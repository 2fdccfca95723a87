"""Ratings of the Arena (earlier LMArena, Chatbot Arena): every leaderboard file that is kept.

Attributes of models (maker, country, licence, openness) are the table ``arena_models``, made by
hand; here are the boards and their ratings. A model that ``arena_models`` lacks stops the refresh.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number
from bookpress.refresh.upstream import RefreshError

HISTORY = "lmarena/elo_history_2023_2025.csv"
MONTHLY = "lmarena/monthly_text_2024_07_to_2025_08.csv"
JANUARY_2026 = "lmarena/arena_text_table_2026_01_16.csv"
OCTOBER_2026 = "lmarena/arena_leaderboards_2026_10_05.json"
CATALOGUE_DAYS = ("2025-05-24", "2025-12-11")
CATALOGUE = {
    (day, styled): f"lmarena/leaderboard_text{'_style_control' if styled else ''}_{day}.json"
    for day in CATALOGUE_DAYS
    for styled in (False, True)
}
"""The operator's own files by day and by whether style control applies."""

FILES = [HISTORY, MONTHLY, *CATALOGUE.values(), JANUARY_2026, OCTOBER_2026]

OCTOBER_DAY = "2026-10-05"
HISTORY_UNTIL = "2024-06-29"
"""From July 2024 the monthly leaderboards take over: they carry intervals and votes."""

BRADLEY_TERRY_FROM = "2024-06-29"
"""Earlier ratings are online Elo: another method, not one line with the later ones."""

ALL_PROMPTS = "full"
CATEGORIES = {
    "coding": "coding",
    "creative_writing": "creative_writing",
    "expert": "expert",
    "hard_prompts": "hard_6",
    "instruction_following": "if",
    "language_chinese": "chinese",
    "language_english": "english",
    "longer_query": "long_user",
    "math": "math",
    "multi_turn": "multiturn",
}
"""Kinds of prompt, and what the operator's catalogue calls them."""

STYLED = {"text": True, "vision": True, "search": None, "webdev": None}
"""Whether style control applies to a board of October 2026; None where the file does not say."""

SCORES = ["score", "ci_low", "ci_high"]
BOARD_KEY = ["date", "arena", "style_control"]


@dataclass(frozen=True)
class Board:
    """One leaderboard: what it is, and its ratings (columns ``model``, scores, ``votes``)."""

    date: str
    style_control: bool | None
    source: str
    ratings: pd.DataFrame
    arena: str = "text"
    rating_method: str = "bradley_terry"
    snapshot: str = "full"

    def about(self) -> dict[str, Any]:
        """Row of ``arena_boards``."""
        return {
            "date": self.date,
            "date_precision": "day",
            "arena": self.arena,
            "style_control": self.style_control,
            "rating_method": self.rating_method,
            "snapshot": self.snapshot,
            "n_models": len(tidy(self.ratings)),
            "rebuilt": True,
            "source": self.source,
        }


def model_key(name: str) -> str:
    """Name of a model as the tables write it: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9.+]+", "-", name.lower()).strip("-")


def tidy(ratings: pd.DataFrame) -> pd.DataFrame:
    """Key and one decimal; where a board lists a model twice, its first entry counts."""
    frame = ratings.assign(model_key=ratings["model"].map(model_key))
    frame = frame.reindex(columns=["model_key", *SCORES, "votes"])
    frame[SCORES] = frame[SCORES].astype("float64").round(1)
    frame["votes"] = frame["votes"].astype("Float64")
    return frame.drop_duplicates("model_key")


# --- the files -----------------------------------------------------------------------------------


def text_boards(inputs: Inputs) -> Iterator[Board]:
    """Every kept leaderboard of text answers to all prompts."""
    yield from _history(inputs)
    yield from _monthly(inputs)
    for (day, styled), path in CATALOGUE.items():
        yield Board(day, styled, "lmarena_arena_catalog", _catalogue(inputs, path, ALL_PROMPTS))
    frame = inputs.csv(JANUARY_2026, ["date", "model", *SCORES, "votes"])
    frame[[*SCORES, "votes"]] = frame[[*SCORES, "votes"]].apply(number)
    for day, ratings in frame.groupby("date"):
        yield Board(str(day), True, "arena_copy_20260116", ratings, snapshot="top_rows")
    yield _october(inputs, "text/overall")


def _history(inputs: Inputs) -> Iterator[Board]:
    """Last recorded day of each month to June 2024; 0 stands for no rating."""
    wide = inputs.csv(HISTORY).set_index("Unnamed: 0")
    wide.index = pd.to_datetime(wide.index, format="%Y%m%d")
    wide = wide.loc[:HISTORY_UNTIL].apply(number)
    for day, ratings in wide.groupby(wide.index.to_period("M")).tail(1).iterrows():
        early = day < pd.Timestamp(BRADLEY_TERRY_FROM)
        yield Board(
            f"{day:%Y-%m-%d}",
            False,
            "lmarena_hist_nakasyou",
            ratings[ratings > 0].rename_axis("model").rename("score").reset_index(),
            rating_method="online_elo" if early else "bradley_terry",
        )


def _monthly(inputs: Inputs) -> Iterator[Board]:
    """Last leaderboard of each month, July 2024 to August 2025; intervals are printed as +6/-5."""
    frame = inputs.csv(MONTHLY, ["snapshot_date", "model", "arena_score", "95_pct_ci", "votes"])
    margins = frame["95_pct_ci"].str.extract(r"^\+(?P<up>\d+)/-(?P<down>\d+)$").apply(number)
    score = number(frame["arena_score"])
    table = pd.DataFrame(
        {
            "date": frame["snapshot_date"],
            "model": frame["model"],
            "score": score,
            "ci_low": score - margins["down"],
            "ci_high": score + margins["up"],
            "votes": number(frame["votes"]),
        }
    )
    for day, ratings in table.groupby("date"):
        yield Board(str(day), False, "lmarena_csv_fboulnois", ratings)


def _catalogue(inputs: Inputs, path: str, category: str) -> pd.DataFrame:
    """One category of the operator's catalogue; empty if it has none of that name."""
    board = inputs.json(path).get(category, {})
    rows = [
        (model, entry["rating"], entry["rating_q025"], entry["rating_q975"])
        for model, entry in board.items()
    ]
    return pd.DataFrame(rows, columns=["model", *SCORES])


def _october(inputs: Inputs, page: str) -> Board:
    """One board of October 2026; of a model listed twice the entry with more votes counts."""
    entries = [entry[:5] for entry in inputs.json(OCTOBER_2026)["pages"][page]]
    ratings = pd.DataFrame(entries, columns=["model", *SCORES, "votes"])
    name = page.split("/")[0]
    by_votes = ratings.sort_values("votes", ascending=False, kind="stable")
    return Board(OCTOBER_DAY, STYLED[name], "arena_copy_20261005", by_votes, arena=name)


# --- the tables ----------------------------------------------------------------------------------


@builder("arena_boards", reads=FILES)
def arena_boards(inputs: Inputs) -> pd.DataFrame:
    """One row per board; boards whose file is not kept are carried over."""
    rows = [board.about() for board in text_boards(inputs)]
    others = {page.split("/")[0] for page in inputs.json(OCTOBER_2026)["pages"]} - {"text"}
    rows += [_october(inputs, f"{name}/overall").about() for name in sorted(others)]
    built = pd.DataFrame(rows).astype({"date": "datetime64[ns]"})
    committed = inputs.table("arena_boards")
    table = pd.concat([built.astype("object"), committed[~committed["rebuilt"]].astype("object")])
    return table.sort_values(BOARD_KEY, ignore_index=True)


@builder("arena", reads=FILES, needs=["arena_boards", "arena_models"])
def arena(inputs: Inputs) -> pd.DataFrame:
    """Ratings of text answers to all prompts, board by board."""
    built = pd.concat(
        tidy(board.ratings).assign(
            date=pd.Timestamp(board.date),
            style_control=board.style_control,
            rating_method=board.rating_method,
        )
        for board in text_boards(inputs)
    )
    _check_models(inputs, built)
    boards = inputs.table("arena_boards")
    not_kept = boards.loc[~boards["rebuilt"].astype(bool), ["date", "style_control"]]
    carried = inputs.table("arena").merge(not_kept, on=["date", "style_control"])
    table = pd.concat([built.astype("object"), carried.astype("object")])
    order = ["date", "style_control", "score", "model_key"]
    return table.sort_values(order, ascending=[True, True, False, True])


@builder(
    "arena_categories",
    reads=[*(CATALOGUE[day, True] for day in CATALOGUE_DAYS), OCTOBER_2026],
    needs=["arena_models"],
)
def arena_categories(inputs: Inputs) -> pd.DataFrame:
    """Ratings by kind of prompt, and of the other boards; all text prompts are in ``arena``."""
    parts = []
    for day in CATALOGUE_DAYS:
        for category, upstream in CATEGORIES.items():
            # A category that a day lacks is empty: there is no "expert" in May 2025.
            ratings = _catalogue(inputs, CATALOGUE[day, True], upstream)
            about = {"date": day, "arena": "text", "category": category, "style_control": True}
            parts.append(tidy(ratings).assign(**about))
    for page in inputs.json(OCTOBER_2026)["pages"]:
        if page == "text/overall":
            continue
        board, category = _october(inputs, page), page.split("/")[1]
        about = {"date": board.date, "arena": board.arena, "category": category}
        parts.append(tidy(board.ratings).assign(style_control=board.style_control, **about))
    table = pd.concat([part.astype("object") for part in parts if not part.empty])
    _check_models(inputs, table)
    by = ["date", "arena", "category", "score", "model_key"]
    return table.sort_values(by, ascending=[True, True, True, False, True])


def _check_models(inputs: Inputs, table: pd.DataFrame) -> None:
    new = sorted(set(table["model_key"]) - set(inputs.table("arena_models")["model_key"]))
    if new:
        raise RefreshError(
            f"arena: {len(new)} models are not in arena_models: {', '.join(new[:8])}... "
            "Add them with maker, country, licence and openness, then run again."
        )
