"""Exercises of the chapter ``open-models/how-much-compute``."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from bridgebook.catalog import DataError, load
from bridgebook.claims.open_models.how_much_compute import pairs_of_firms
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import training

MODEL = "Kimi K2"
SPECULATIVE_RIVAL = "GPT-5"
CHIPS = {"H100": "NVIDIA H100 SXM5 80GB", "H800": "NVIDIA H800 SXM5"}


def _flop(model: str) -> float:
    found = load("epoch_models").set_index("model")["training_compute_flop"]
    return float(found[model])


def _release(model: str, column: str) -> float:
    return float(load("releases").set_index("model")[column][model])


def _tokens(column: str = "active_params_b") -> float:
    return float(training.implied_tokens(_flop(MODEL), _release(MODEL, column) * 1e9))


@exercise(
    "how-much-compute-1",
    "number",
    hint="Six operations for each active parameter and token; solve for the tokens.",
    praise="Turning a formula round is the cheapest check of an estimate.",
    slips=(
        Slip(
            "total",
            "You used all parameters. Only some of a mixture of experts work on a token.",
            lambda: _tokens("total_params_b") / 1e12,
        ),
        Slip("tokens", "That is in tokens; the question asks for trillions.", _tokens),
        Slip(
            "six",
            "You left out the operations for each parameter and token: forward and back.",
            lambda: 6 * _tokens() / 1e12,
        ),
        Slip(
            "forward-only",
            "You counted the way forward only. Training also goes back.",
            lambda: 3 * _tokens() / 1e12,
        ),
        Slip(
            "billions",
            "Parameters are given in billions; you divided by the number without converting it.",
            lambda: _tokens() * 1e9,
        ),
    ),
)
def _tokens_of_kimi_k2() -> float:
    return _tokens() / 1e12


def _peak(column: str = "fp16_tflops") -> float:
    return float(load("chips").set_index("chip")[column][CHIPS["H800"]])


def _share(model: str, column: str = "fp16_tflops") -> float:
    hours = _release(model, "training_gpu_hours_m") * 1e6
    return float(training.implied_utilisation(_flop(model), hours, _peak(column)))


def _hours(share: float, column: str = "fp16_tflops") -> float:
    return float(training.accelerator_hours(_flop(MODEL), _peak(column), share))


@exercise(
    "how-much-compute-2",
    "number",
    hint="Operations divided by peak, share and seconds of an hour; then by a million.",
    praise="The rule of three would do: same chip and share, so hours follow operations.",
    slips=(
        Slip(
            "full-peak",
            "You let the chip run at its peak. It reaches only a share of it.",
            lambda: _hours(1.0) / 1e6,
        ),
        Slip(
            "8-bit",
            "You took the peak of 8-bit numbers with the share of the 16-bit peak.",
            lambda: _hours(_share("DeepSeek-V3"), "fp8_tflops") / 1e6,
        ),
        Slip(
            "seconds",
            "You counted seconds; an hour has more than one.",
            lambda: _hours(_share("DeepSeek-V3")) * training.SECONDS_PER_HOUR / 1e6,
        ),
        Slip(
            "hours",
            "That is in hours; the question asks for millions.",
            lambda: _hours(_share("DeepSeek-V3")),
        ),
        Slip(
            "v3",
            "Those are the hours of DeepSeek-V3 itself.",
            lambda: _release("DeepSeek-V3", "training_gpu_hours_m"),
        ),
        Slip(
            "upside-down",
            "You divided the operations the wrong way round.",
            lambda: (
                _release("DeepSeek-V3", "training_gpu_hours_m")
                * _flop("DeepSeek-V3")
                / _flop(MODEL)
            ),
        ),
    ),
)
def _hours_of_kimi_k2() -> float:
    return _hours(_share("DeepSeek-V3")) / 1e6


def _pairs() -> pd.DataFrame:
    names = ("arena", "arena_models", "epoch_models", "releases")
    pairs = pairs_of_firms(**{name: load(name) for name in names})
    return pairs[pairs["model"] == MODEL].dropna(subset=["ratio"]).set_index("rival")


@exercise(
    "how-much-compute-3",
    "choice",
    hint="",
    praise="The ratio is large, and so is the doubt.",
    options={
        "grok_3": "Look at the low end of this ratio: on which side of one does it lie?",
        "gpt_4.5": "Its estimate is better than those called speculative. Look at the low end.",
        "grok_4": "Speculative, true, but the ratio is large enough. Look at the low end.",
        "gpt_5": "Compare the low end of each ratio with one.",
    },
)
def _rival_in_doubt() -> str:
    doubtful = _pairs().query("low <= 1").index.tolist()
    if len(doubtful) != 1:
        raise DataError(f"{MODEL}: expected one rival in doubt, found {doubtful}")
    return str(doubtful[0]).lower().replace(" ", "_").replace("-", "_")


def _missing(year: int = 2025, country: str = "USA") -> pd.Series:
    """Whether each release of a country and year lacks an estimate."""
    estimates = load("epoch_models")[["model", "training_compute_flop"]]
    estimates = estimates.rename(columns={"model": "epoch_model"}).dropna()
    releases = load("releases")
    chosen = (releases["iso3"] == country) & (releases["release_date"].dt.year == year)
    return ~releases.loc[chosen.fillna(False), "epoch_model"].isin(estimates["epoch_model"])


@exercise(
    "how-much-compute-4",
    "share",
    hint="Among the US releases of that year, how many lack a number?",
    praise="What is not estimated is not small.",
    slips=(
        Slip("known", "That is the share with an estimate.", lambda: 1 - _missing().mean()),
        Slip("count", "That is the number of releases; divide.", lambda: _missing().sum()),
        Slip("later", "You took 2026.", lambda: _missing(2026).mean()),
        Slip("earlier", "You took 2024.", lambda: _missing(2024).mean()),
        Slip("china", "You took Chinese releases.", lambda: _missing(country="CHN").mean()),
    ),
)
def _missing_in_2025() -> float:
    return float(_missing().mean())


def _allowed(combine: str = "squares") -> float:
    """The factor that a rival's estimate may be off, by a way of combining factors."""
    ratio = float(_pairs().loc[SPECULATIVE_RIVAL, "ratio"])
    own = training.FACTORS["Confident"]
    if combine == "product":
        return ratio / own
    if combine == "alone":
        return ratio
    return float(np.exp(np.sqrt(np.log(ratio) ** 2 - np.log(own) ** 2)))


@exercise(
    "how-much-compute-5",
    "number",
    hint="The combined factor may just reach the ratio; logarithms add as squares.",
    praise="Between two of Epoch's words lies the whole statement.",
    slips=(
        Slip(
            "product",
            "You divided the factors. That is the worst case, both off at once; "
            "independent factors combine as squares of logarithms.",
            partial(_allowed, "product"),
        ),
        Slip(
            "alone",
            "You left out the doubt about Kimi K2 itself.",
            partial(_allowed, "alone"),
        ),
        Slip("log", "That is the logarithm of the factor.", lambda: float(np.log(_allowed()))),
    ),
)
def _factor_allowed() -> float:
    return _allowed()
