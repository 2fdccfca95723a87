"""Verdicts of who-releases-what: today's outcomes, and the changes that flip them."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.open_models import who_releases_what as rules
from bridgebook.ledger import Outcome
from bridgebook.verdicts import verdict


@pytest.fixture
def models() -> pd.DataFrame:
    return load("epoch_models")


@pytest.fixture
def releases() -> pd.DataFrame:
    return load("releases")


def without(models: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table without the models that an organisation leads."""
    return models[~models["organisation"].fillna("").str.startswith(name)]


# --- Z.ai and Moonshot ----------------------------------------------------------------------


def test_stand_out_on_the_books_data(models: pd.DataFrame) -> None:
    found = verdict("zai-and-moonshot-stand-out")
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["place_of"] == {"Z.ai": 4, "Moonshot": 4}
    assert found.numbers["firms"] == 14 and found.numbers["largest"] == "Alibaba"
    assert "place 4" in found.reason and "14 Chinese firms" in found.reason


def test_stand_out_counts_nothing_after_the_article(models: pd.DataFrame) -> None:
    early = models[models["publication_date"] < rules.ARTICLE_BEFORE]
    before = verdict("zai-and-moonshot-stand-out", epoch_models=early).numbers
    now = verdict("zai-and-moonshot-stand-out", epoch_models=models).numbers
    assert before["place_of"] == now["place_of"] and before["models"] == now["models"]


@pytest.mark.parametrize(
    ("gone", "outcome"),
    [
        (["Moonshot"], Outcome.PARTLY),
        (["Z.ai"], Outcome.PARTLY),
        (["Moonshot", "Z.ai"], Outcome.CONTRADICTED),
    ],
)
def test_stand_out_falls_with_the_firms(
    models: pd.DataFrame, gone: list[str], outcome: Outcome
) -> None:
    for name in gone:
        models = without(models, name)
    assert verdict("zai-and-moonshot-stand-out", epoch_models=models).outcome == outcome


def test_stand_out_not_supported_when_others_have_more(models: pd.DataFrame) -> None:
    minor = models["organisation"].isin(["Baidu", "Tencent", "01.AI", "Huawei", "Kunlun Inc."])
    more = [models, *[models[minor].assign(model=f"copy {n}") for n in range(3)]]
    one_each = models["organisation"].str.startswith(("Z.ai", "Moonshot"), na=False)
    keep = ~one_each | models["model"].isin(["GLM-4-Plus", "Kimi K2"])
    changed = pd.concat([part[keep.reindex(part.index)] for part in more])
    found = verdict("zai-and-moonshot-stand-out", epoch_models=changed)
    assert found.outcome == Outcome.NOT_SUPPORTED


def test_stand_out_partly_when_one_firm_has_most(models: pd.DataFrame) -> None:
    mine = models["organisation"] == "Alibaba"
    changed = pd.concat([models, *[models[mine].assign(model=f"copy {n}") for n in range(4)]])
    found = verdict("zai-and-moonshot-stand-out", epoch_models=changed)
    assert found.outcome == Outcome.PARTLY and found.numbers["largest_share"] > rules.MAJORITY


# --- the two GLM models -----------------------------------------------------------------------


def changed_row(releases: pd.DataFrame, name: str, values: dict) -> pd.DataFrame:
    releases = releases.copy()
    for column, value in values.items():
        releases.loc[releases["model"] == name, column] = value
    return releases


def test_glm_on_the_books_data() -> None:
    found = verdict("glm-releases")
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["dates"] == {"GLM-4-Plus": "2024-08-29", "GLM-4.5": "2025-07-28"}
    assert found.numbers["weights_can_be_downloaded"] == ["GLM-4.5"]
    assert "closed" in found.reason and "MIT" in found.reason


@pytest.mark.parametrize(
    ("model", "change", "outcome"),
    [
        ("GLM-4-Plus", {"release_date": pd.Timestamp("2023-08-29")}, Outcome.PARTLY),
        ("GLM-4-Plus", {"unconfirmed": "release_date"}, Outcome.PARTLY),
        ("GLM-4.5", {"release_date": pd.Timestamp("2024-01-01")}, Outcome.CONTRADICTED),
        ("GLM-4.5", {"organisation": "Alibaba"}, Outcome.CONTRADICTED),
        ("GLM-4.5", {"release_date": pd.NaT}, Outcome.CANNOT_TELL),
        ("GLM-4-Plus", {"model": "GLM-4-Minus"}, Outcome.CANNOT_TELL),
    ],
)
def test_glm_follows_the_table(
    releases: pd.DataFrame, model: str, change: dict, outcome: Outcome
) -> None:
    table = changed_row(releases, model, change)
    assert verdict("glm-releases", releases=table).outcome == outcome


def test_glm_reports_a_lost_licence_as_lost(releases: pd.DataFrame) -> None:
    table = changed_row(releases, "GLM-4.5", {"licence": pd.NA})
    assert verdict("glm-releases", releases=table).numbers["licences"]["GLM-4.5"] == "not recorded"


# --- is open source a mark? -------------------------------------------------------------------


def test_mark_on_the_books_data() -> None:
    found = verdict("open-source-marks-approach")
    assert found.outcome == Outcome.PARTLY
    assert (found.numbers["chinese_open"], found.numbers["chinese_known"]) == (64, 101)
    assert (found.numbers["us_open"], found.numbers["us_known"]) == (63, 213)
    assert found.numbers["years_with_a_clear_gap"] == ["2025", "2026"]
    assert found.numbers["interval_of_the_gap"][0] > 0
    assert len(found.numbers["flagships"]) == 6
    assert "3 come under a standard permissive licence" in found.reason


def mark(models: pd.DataFrame, releases: pd.DataFrame) -> Outcome:
    return verdict("open-source-marks-approach", epoch_models=models, releases=releases).outcome


def with_joint_work(models: pd.DataFrame) -> pd.DataFrame:
    chinese = models["iso3"] == "CHN"
    joint = models["organisation"] + ";Partner"
    return models.assign(organisation=models["organisation"].mask(chinese, joint))


def test_mark_supported_with_free_flagships_and_joint_work(
    models: pd.DataFrame, releases: pd.DataFrame
) -> None:
    free = releases.assign(licence_class="permissive")
    assert mark(with_joint_work(models), free) == Outcome.SUPPORTED
    assert mark(models, free) == Outcome.PARTLY, "joint work still fails"
    assert mark(with_joint_work(models), releases) == Outcome.PARTLY, "licences still fail"


def test_mark_contradicted_when_countries_swap(
    models: pd.DataFrame, releases: pd.DataFrame
) -> None:
    swapped = models.assign(iso3=models["iso3"].replace({"CHN": "USA", "USA": "CHN"}))
    assert mark(swapped, releases) == Outcome.CONTRADICTED


def test_mark_not_supported_within_chance(models: pd.DataFrame, releases: pd.DataFrame) -> None:
    """On the list of 2023 alone the shares differ by no more than chance explains."""
    few = models[models["publication_date"].dt.year == 2023]
    assert mark(few, releases) == Outcome.NOT_SUPPORTED


def test_mark_does_not_take_unknown_access_for_open(
    models: pd.DataFrame, releases: pd.DataFrame
) -> None:
    """With most Chinese access unknown the majority is no longer certain."""
    chinese = models.index[(models["iso3"] == "CHN") & (models["open_weights"].fillna(False))]
    hidden = models.copy()
    hidden.loc[chinese[::2], "accessibility"] = pd.NA
    found = verdict("open-source-marks-approach", epoch_models=hidden, releases=releases)
    assert found.numbers["chinese_open_even_if_unknown_are_closed"] <= rules.MAJORITY
    assert found.outcome != Outcome.SUPPORTED


# --- outside Silicon Valley ---------------------------------------------------------------------


def test_outside_on_the_books_data() -> None:
    found = verdict("innovation-outside-silicon-valley")
    assert found.outcome == Outcome.SUPPORTED
    assert (found.numbers["without_a_us_organisation"], found.numbers["models"]) == (140, 411)
    assert list(found.numbers["share_by_year"]) == ["2022", "2023", "2024", "2025"]
    assert found.numbers["countries"] == 14


@pytest.mark.parametrize(
    ("keep", "outcome"),
    [
        (["USA"], Outcome.CONTRADICTED),
        (["USA", "CHN"], Outcome.PARTLY),
        (["USA", "CAN"], Outcome.NOT_SUPPORTED),
    ],
)
def test_outside_follows_the_countries(
    models: pd.DataFrame, keep: list[str], outcome: Outcome
) -> None:
    only = models[models["countries_iso3"].isin(keep)]
    assert verdict("innovation-outside-silicon-valley", epoch_models=only).outcome == outcome


# --- nothing to count ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        "zai-and-moonshot-stand-out",
        "open-source-marks-approach",
        "innovation-outside-silicon-valley",
    ],
)
def test_empty_tables_cannot_tell(claim: str, models: pd.DataFrame) -> None:
    found = verdict(claim, epoch_models=models.iloc[:0])
    assert found.outcome == Outcome.CANNOT_TELL and found.reason


def test_no_releases_cannot_tell(releases: pd.DataFrame) -> None:
    assert verdict("glm-releases", releases=releases.iloc[:0]).outcome == Outcome.CANNOT_TELL
