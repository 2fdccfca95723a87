"""Test results of models: Epoch AI's Benchmarking Hub and Aider's leaderboard."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number
from bookpress.refresh.upstream import RefreshError
from bookpress.sources import SourceError, parse_yaml

AIDER = "aider/polyglot_leaderboard.yml"
INDEX = "epoch_hub/epoch_capabilities_index.csv"


@dataclass(frozen=True)
class Test:
    """Where one test's results are in the hub.

    Parameters
    ----------
    file
        File name without folder and ending.
    score, error, day, cost
        Columns of the score, its standard error, the day of the run and the cost per task.
    reporter
        Who ran it.
    unit
        Unit of the score in the table.
    factor
        What the file's score is multiplied by: shares become percent.

    """

    file: str
    score: str
    reporter: str
    error: str = ""
    day: str = ""
    cost: str = ""
    unit: str = "percent"
    factor: int = 100

    @property
    def path(self) -> str:
        """The upstream file."""
        return f"epoch_hub/{self.file}.csv"


def _own(file: str) -> Test:
    """Make the description of a test that Epoch AI ran itself; their files look alike."""
    return Test(file, "mean_score", "Epoch AI", error="stderr", day="Started at")


TESTS = {
    "arc_agi_2": Test("arc_agi_2_external", "Score", "ARC Prize"),
    "epoch_index": Test(
        "epoch_capabilities_index", "ECI Score", "Epoch AI", unit="index", factor=1
    ),
    "frontiermath_1_3": _own("frontiermath"),
    "frontiermath_4": _own("frontiermath_tier_4"),
    "gpqa_diamond": _own("gpqa_diamond"),
    "hle": Test("hle_external", "Accuracy", "Scale AI, CAIS", error="Accuracy Standard Error"),
    "math_level_5": _own("math_level_5"),
    "metr_horizon_50": Test(
        "metr_time_horizons_external", "Time horizon", "METR", unit="minutes", factor=1
    ),
    "otis_aime_2024_2025": _own("otis_mock_aime_2024_2025"),
    "simpleqa_verified": _own("simpleqa_verified"),
    "swe_bench_verified": _own("swe_bench_verified"),
    "terminal_bench_2": Test(
        "terminalbench_external", "Accuracy mean", "Terminal-Bench", "Accuracy SE", "Run date"
    ),
    "weirdml": Test(
        "weirdml_external", "Accuracy", "WeirdML", error="Accuracy SE", cost="Cost per run"
    ),
}

FIRST_OF_EQUALS = "Mixtral-8x7B-v0.1"
"""The index names this model by two version names of equal length; its maker's own one counts."""

ORGANISATIONS = {
    "01.AI": "01 AI",
    "Allen Institute for AI": "Ai2",
    "Google DeepMind": "Google",
    "Hugging Face": "HuggingFace",
    "Meta AI": "Meta",
    "Mistral AI": "Mistral",
    "Nous Research": "NousResearch",
    "Technology Innovation Institute": "TII",
    "Z.ai (Zhipu AI)": "Z.ai",
}
"""Names as ``arena_models`` writes them."""

BY_NAME = [
    (r"deepseek", "DeepSeek", "CHN"),
    (r"claude", "Anthropic", "USA"),
    (r"gemini|gemma", "Google", "USA"),
    (r"^(chat)?gpt|^o\d|quasar|optimus", "OpenAI", "USA"),
    (r"llama", "Meta", "USA"),
    (r"grok", "xAI", "USA"),
    (r"stral", "Mistral", "FRA"),
    (r"qwen|qwq", "Alibaba", "CHN"),
    (r"kimi", "Moonshot", "CHN"),
    (r"glm", "Z.ai", "CHN"),
    (r"minimax", "MiniMax", "CHN"),
    (r"yi-", "01 AI", "CHN"),
    (r"command", "Cohere", "CAN"),
    (r"openhands", "All Hands AI", "USA"),
]
"""Makers by a part of the model's name, where a file names none."""


@builder(
    "benchmarks",
    reads=[*(test.path for test in TESTS.values()), AIDER],
    needs=["countries", "epoch_models"],
)
def benchmarks(inputs: Inputs) -> pd.DataFrame:
    """Every result of the kept files, all reported by somebody else than the model's maker."""
    hub = pd.concat([_hub(inputs, name, test) for name, test in TESTS.items()])
    hub["source"] = "epoch_hub_202605"
    table = pd.concat([hub, _aider(inputs).assign(source="aider_polyglot")])
    table["epoch_model"] = table["model"].map(_epoch_names(inputs))
    table = table.sort_values(["benchmark", "model"], kind="stable", ignore_index=True)
    slug = (table["benchmark"] + "-" + table["model"]).str.lower()
    slug = slug.str.replace(r"[^a-z0-9]+", "-", regex=True).str.strip("-")
    nth = slug.groupby(slug).cumcount() + 1
    table.insert(0, "result_id", slug.where(nth == 1, slug + "-" + nth.astype(str)))
    return table


def _hub(inputs: Inputs, name: str, test: Test) -> pd.DataFrame:
    """Results of one test."""
    wanted = [test.score, test.error, test.day, test.cost]
    frame = inputs.csv(
        test.path,
        ["Model version", "Organization", "Country", "Release date", *filter(None, wanted)],
    )
    frame = frame[(frame["Model version"] != "") & (frame[test.score] != "")]

    def scaled(column: str) -> pd.Series:
        return (number(frame[column]) * test.factor).round(3)

    makers = frame["Organization"].str.split(",").str[0].replace(ORGANISATIONS)
    table = pd.DataFrame(
        {
            "model": frame["Model version"].str.strip(),
            "organisation": makers.replace("", None),
            "iso3": inputs.iso3(frame["Country"].str.split(",").str[0], test.path),
            "benchmark": name,
            "score": scaled(test.score),
            "unit": test.unit,
            "reporter": test.reporter,
            "model_release_date": frame["Release date"].replace("", None),
        }
    )
    if test.error:
        table["standard_error"] = scaled(test.error)
    if test.day:
        table["run_date"] = frame[test.day].str[:10].replace("", None)
    if test.cost:
        table["cost_usd"] = number(frame[test.cost]).round(4)
        table["cost_per"] = table["cost_usd"].map(lambda cost: None if pd.isna(cost) else "task")
    if "Agent" in frame:
        table["scaffold"] = frame["Agent"].str.strip()
    if name == "epoch_index":
        table = _one_per_version(table, frame["Model name"])
    return _with_makers(table.drop_duplicates())


def _one_per_version(table: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """The index repeats its value for each reasoning setting: the shortest name stands for all."""
    table = table.assign(name=names, length=table["model"].str.len())
    table["later"] = table["model"] != FIRST_OF_EQUALS
    table = table.sort_values(["length", "later"], kind="stable")
    table = table.drop_duplicates(["name", "score", "model_release_date"])
    return table.drop(columns=["name", "length", "later"])


def _with_makers(table: pd.DataFrame) -> pd.DataFrame:
    """Fill in the maker and its country where the file names none, from the model's name."""
    unnamed = table["organisation"].isna()
    for row in table.index[unnamed]:
        table.loc[row, ["organisation", "iso3"]] = _maker(table.loc[row, "model"])
    return table


def _maker(model: str) -> tuple[str | None, str | None]:
    for pattern, organisation, iso3 in BY_NAME:
        if re.search(pattern, model.lower()):
            return organisation, iso3
    return None, None


def _epoch_names(inputs: Inputs) -> dict[str, str]:
    """Names of ``epoch_models`` by version name, as the index pairs them."""
    frame = inputs.csv(INDEX, ["Model version", "Model name"])
    known = set(inputs.table("epoch_models")["model"])
    pairs = zip(frame["Model version"], frame["Model name"], strict=True)
    return {version.strip(): name for version, name in pairs if name in known}


def _aider(inputs: Inputs) -> pd.DataFrame:
    """Results of the coding test of Aider: 225 exercises, two tries, with the cost of the run."""
    try:
        records = parse_yaml(inputs.read(AIDER).decode("utf-8"), AIDER)
    except SourceError as error:
        raise RefreshError(str(error)) from None
    rows = []
    for record in records:
        organisation, iso3 = _maker(record["model"])
        cost = float(record.get("total_cost", 0))
        rows.append(
            {
                "model": record["model"],
                "organisation": organisation,
                "iso3": iso3,
                "benchmark": "aider_polyglot",
                "score": float(record["pass_rate_2"]),
                "unit": "percent",
                "reporter": "Aider",
                "scaffold": f"edit format {record['edit_format']}",
                "run_date": record["date"],
                # 0 stands for a cost that was not recorded.
                "cost_usd": round(cost, 4) if cost else None,
                "cost_per": "run" if cost else None,
            }
        )
    return pd.DataFrame(rows)
