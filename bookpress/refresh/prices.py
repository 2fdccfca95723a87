"""List prices of models by the token: two packages that record them.

``model-prices`` gives dated prices of developers; ``genai-prices`` adds what hosts charge for open
weights, models that the first lacks, and DeepSeek's tariffs by hour. Who made a model and whether
its weights are open is the table ``price_models``, made by hand.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from bookpress.refresh.builders import Inputs, builder
from bookpress.refresh.upstream import RefreshError

SNAPSHOT = "prices/model_prices_snapshot_2026_10_26.json"
GENAI = "prices/genai_prices_0.2.3_data.py"

DEVELOPERS = (
    *("alibaba", "anthropic", "bailing", "cohere", "deepseek", "google", "longcat", "meta"),
    *("minimax", "mistral", "moonshotai", "openai", "stepfun-ai", "tencent-tokenhub"),
    *("thinkingmachines", "xai", "xiaomi", "zai"),
)
"""Providers of the snapshot that sell their own models."""

GENAI_DEVELOPERS = (
    *("anthropic", "deepseek", "google", "minimax", "moonshotai", "openai", "xai", "zai"),
    "zhipuai",
)
HOSTS = ("baseten", "cerebras", "fireworks", "groq", "novita", "openrouter", "together")
RENAMED = {"x-ai": "xai"}
IN_YUAN = ("zhipuai",)
"""Providers that list prices in yuan; the package has converted them."""

NOT_TEXT = re.compile(
    r"(^|[-.])(vl|omni|mt|asr|ocr|livetranslate|audio|image|tts|live|embed|embedding|moderation|"
    r"robotics|realtime|translate|transcribe|search)([-.]|$)|^stepaudio|computer-use|-research$|"
    r"deep-research|nano-banana|^pixtral|^voxtral|babbage|davinci|codex-mini|-cyber$|daybreak|"
    r"^qvq|character",
    re.IGNORECASE,
)
"""Names of models that are not general text models."""

RESOLD = {"alibaba": re.compile(r"^(?!qw)"), "mistral": re.compile(r"^zai-")}
"""What a developer sells of others."""

OWN_OPEN_WEIGHTS = {"google": re.compile(r"^gemma"), "openai": re.compile(r"^gpt-oss")}
"""Open weights on the developer's own cloud: not the price of a first party."""

HOSTED = re.compile(
    r"^(deepseek-(chat|r1|v3|v4)|(zai-)?glm-(4\.[5-9]|5)|kimi-k|gpt-oss|(meta-)?llama-?(3\.[13]|4)|"
    r"minimax-m|mimo-|qwen3-235b|qwen3\.[58]|mistral-large)"
)
"""Families of open weights whose prices at hosts are kept."""

OTHER_TARIFF = re.compile(r":free|:batch|omni")

SLIP_DAYS = 3
"""A price that is replaced within so many days counts as a slip of the catalogue."""

SAME_CACHE_PRICE = 0.0051
"""Cached prices this close, dollars per million tokens, are one price rounded differently."""

SUSPECT_RATIO = 15
"""Output above so many times input: the input price is in fact one for cached input."""

PEAK_FROM = {
    "deepseek-v4-flash": "2026-09-10",
    "deepseek-v4-pro": "2026-08-17",
    "deepseek-flash": "2026-09-10",
}
"""The package does not say from when the tariffs by hour hold: the day of the newest price."""

NO_FILE = ("llm_prices_simonw", "lmarena_arena_catalog")
"""Sources of rows whose upstream file is not kept."""

KEY = ["provider", "model", "condition", "effective_from", "input_usd_per_mtok", "source"]


@builder("prices", reads=[SNAPSHOT, GENAI], needs=["price_models"])
def prices(inputs: Inputs) -> pd.DataFrame:
    """All prices; rows whose file is not kept are carried over."""
    dated = _listed(_snapshot_rows(inputs), "model_prices_005")
    known = set(zip(dated["provider"], dated["model_key"], strict=True))
    more = _listed(_genai_rows(inputs, known), "genai_prices_023")
    ratio = more["output_usd_per_mtok"] / more["input_usd_per_mtok"]
    more.loc[ratio > SUSPECT_RATIO, "status"] = "suspect"
    committed = inputs.table("prices")
    table = pd.concat([dated, more])
    table["effective_from"] = pd.to_datetime(table["effective_from"])
    table["effective_to"] = pd.to_datetime(table["effective_to"])
    carried = committed[committed["source"].isin(NO_FILE)].astype("object")
    table = pd.concat([table.astype("object"), carried])
    unknown = sorted(set(table["model_key"]) - set(inputs.table("price_models")["model_key"]))
    if unknown:
        raise RefreshError(
            f"prices: {len(unknown)} models are not in price_models: {', '.join(unknown[:8])}... "
            "Add them with developer and openness, then run again."
        )
    table = table.sort_values(KEY, kind="stable", ignore_index=True)
    table["price_id"] = _ids(table)
    return table


def _ids(table: pd.DataFrame) -> pd.Series:
    """Names of rows: provider and model, numbered from the first price on."""
    slug = (table["provider"] + "-" + table["model_key"]).str.lower()
    slug = slug.str.replace(r"[^a-z0-9]+", "-", regex=True).str.strip("-")
    return slug + "-" + (slug.groupby(slug).cumcount() + 1).astype(str)


def price_key(name: str) -> str:
    """Name of a model without its provider's folder: lower case, words joined by hyphens."""
    key = re.sub(r"[^a-z0-9.+:-]+", "-", name.split("/")[-1].lower())
    return re.sub(r"^zai-(?=glm)", "", key.rstrip("-") if name.endswith(")") else key)


def _listed(rows: Iterator[dict[str, Any]], source: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    return frame.assign(model_key=frame["model"].map(price_key), status="listed", source=source)


# --- model-prices --------------------------------------------------------------------------------


def _snapshot_rows(inputs: Inputs) -> Iterator[dict[str, Any]]:
    recorded = inputs.json(SNAPSHOT)["prices"]
    for provider in DEVELOPERS:
        for model, tariffs in sorted(recorded[provider].items()):
            resold = provider in RESOLD and RESOLD[provider].search(model)
            if NOT_TEXT.search(model) or resold:
                continue
            steps = _steps(tariffs.get("standard", []))
            for place, step in enumerate(steps, start=1):
                until = steps[place]["day"] if place < len(steps) else None
                if until != step["day"]:
                    yield {
                        "provider": provider,
                        "provider_type": "first_party",
                        "model": model,
                        "input_usd_per_mtok": step["price"][0],
                        "output_usd_per_mtok": step["price"][1],
                        "cached_input_usd_per_mtok": step["cached"],
                        "effective_from": step["day"],
                        "effective_to": until,
                        "effective_basis": step["basis"],
                        "condition": "standard",
                        "original_currency": "USD",
                    }


def _steps(tariff: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Prices of one model, oldest first, without slips and repetitions."""
    steps: list[dict[str, Any]] = []
    for rates in (entry["rates"] for entry in tariff if entry["rates"] is not None):
        price, cached = (rates["input"], rates["output"]), rates.get("cache_read") or None
        day = rates["valid_from"][:10]
        if steps and price == steps[-1]["price"]:
            if _same_cached(cached, steps[-1]["cached"]):
                steps[-1]["cached"] = cached
                continue
        elif steps and _days_between(steps[-1]["day"], day) <= SLIP_DAYS:
            steps[-1].update(price=price, cached=cached)
            back = steps[-2:-1]
            if back and (back[0]["price"], back[0]["cached"]) == (price, cached):
                steps.pop()  # a short excursion: the price before holds on
            continue
        documented = rates["valid_from_basis"] == "documented"
        basis = "documented" if documented else "first_recorded"
        steps.append({"day": day, "price": price, "cached": cached, "basis": basis})
    return [step for step in steps if step["price"][0]]


def _same_cached(one: float | None, other: float | None) -> bool:
    return one is None or other is None or abs(one - other) <= SAME_CACHE_PRICE


def _days_between(first: str, second: str) -> int:
    return int((pd.Timestamp(second) - pd.Timestamp(first)).days)


# --- genai-prices --------------------------------------------------------------------------------


def _genai_rows(inputs: Inputs, known: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for provider in _providers(inputs.read(GENAI).decode()):
        name = RENAMED.get(provider["id"], provider["id"])
        if name in HOSTS or name in GENAI_DEVELOPERS:
            for model in provider["models"]:
                yield from _model_rows(name, model, known)


def _model_rows(
    provider: str, model: dict[str, Any], known: set[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Prices of one model at one provider."""
    entries, key = _entries(model), price_key(model["id"])
    by_hour = any(entry["window"] for entry in entries)
    dated = (provider, key) in known
    if not _wanted(provider, model["id"], by_hour, dated):
        return
    entries = [entry for entry in entries if entry["input"] and entry["output"]]
    if dated and any(entry["start"] for entry in entries):
        # The flat price before the first date is in the snapshot.
        entries = [entry for entry in entries if entry["start"] or entry["window"]]
    starts = [entry["start"] for entry in entries if entry["start"]]
    for entry in sorted(entries, key=lambda entry: entry["start"] or ""):
        if entry["output"] < entry["input"]:
            continue  # one entry with the two prices mixed up
        later = [start for start in starts if start > (entry["start"] or "")]
        peak = bool(entry["window"]) and key in PEAK_FROM
        yield {
            "provider": provider,
            "provider_type": "host" if provider in HOSTS else "first_party",
            "model": model["id"],
            "input_usd_per_mtok": entry["input"],
            "output_usd_per_mtok": entry["output"],
            "cached_input_usd_per_mtok": entry["cached"],
            "effective_from": PEAK_FROM[key] if peak else entry["start"],
            "effective_to": min(later) if later and not entry["window"] else None,
            "effective_basis": "inferred"
            if peak
            else "documented"
            if entry["start"]
            else "unknown",
            "condition": entry["window"] or ("off_peak_default" if by_hour else "standard"),
            "original_currency": "CNY" if provider in IN_YUAN else "USD",
        }


def _wanted(provider: str, model: str, by_hour: bool, dated: bool) -> bool:
    """Hosts: open weights of known families. Developers: what the snapshot lacks, and tariffs."""
    if provider in HOSTS:
        family = HOSTED.search(model.split("/")[-1].lower())
        return bool(family) and not OTHER_TARIFF.search(model)
    own = OWN_OPEN_WEIGHTS.get(provider)
    if NOT_TEXT.search(model) or (own and own.search(model)):
        return False
    return by_hour or not dated


def _entries(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Prices of a model with the day from which, or the hours in which, each holds."""
    given = model["prices"]
    prices = given if isinstance(given, list) else [{"prices": given, "constraint": None}]
    entries = []
    for item in prices:
        rule, price = item.get("constraint") or {}, item["prices"]
        entries.append(
            {
                "input": _lowest_tier(price.get("input_mtok")),
                "output": _lowest_tier(price.get("output_mtok")),
                "cached": _lowest_tier(price.get("cache_read_mtok")),
                "start": _day(rule.get("start_date")),
                "window": _hours(rule.get("start_time"), rule.get("end_time")),
            }
        )
    return entries


def _day(parts: tuple[int, ...] | None) -> str | None:
    """Write a date as the table does."""
    return "{:04d}-{:02d}-{:02d}".format(*parts) if parts else None


def _hours(begin: tuple[int, ...] | None, end: tuple[int, ...] | None) -> str | None:
    """Name a window of hours of the day, such as ``utc_0030-1630``."""
    if not begin or not end:
        return None
    return "utc_{:02d}{:02d}-{:02d}{:02d}".format(*begin[:2], *end[:2])


def _lowest_tier(price: Any) -> Any:
    """Price of the lowest tier, where a model has tiers by length of the prompt."""
    return price["base"] if isinstance(price, dict) else price


def _providers(module: str) -> list[dict[str, Any]]:
    """Read the list of providers from the package's module as text; nothing of it is run."""
    for node in ast.parse(module).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "providers":
            return list(_literal(node.value))
    raise RefreshError(f"{GENAI} has no list of providers: the package changed its format")


def _literal(node: ast.AST | None) -> Any:
    """Value of an expression; calls of constructors become mappings of their keywords."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name == "Decimal":
            return float(ast.literal_eval(node.args[0]))
        if name in ("datetime.date", "datetime.time"):
            return tuple(ast.literal_eval(argument) for argument in node.args)
        return {str(keyword.arg): _literal(keyword.value) for keyword in node.keywords}
    if isinstance(node, ast.List):
        return [_literal(item) for item in node.elts]
    return node.value if isinstance(node, ast.Constant) else None
