"""Tables that several modules test."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.methods import voting


@pytest.fixture(scope="module")
def rollcalls() -> pd.DataFrame:
    return load("unga_rollcalls")


@pytest.fixture(scope="module")
def votes(rollcalls: pd.DataFrame) -> pd.DataFrame:
    return voting.ballots(rollcalls)
