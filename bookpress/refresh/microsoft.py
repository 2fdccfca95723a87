"""Who uses generative AI, by telemetry: the AI Diffusion files of Microsoft."""

from __future__ import annotations

import pandas as pd

from bookpress.refresh.builders import Inputs, builder, number

DIFFUSION = "microsoft_ai_diffusion/AI_Diffusion_Q12026_Update.csv"
PERIODS = {
    "H1 2025 AI Diffusion": ("2025-01-01", "2025-06-30"),
    "H2 2025 AI Diffusion": ("2025-07-01", "2025-12-31"),
    "Q1 2026 AI Diffusion": ("2026-01-01", "2026-03-31"),
}
ALIASES: dict[str, str | None] = {
    "Bosnia And Herzegovina": "BIH",
    "Congo (DRC)": "COD",
    "Cote D'Ivoire": "CIV",
}


@builder("ai_adoption", reads=[DIFFUSION], needs=["countries"])
def ai_adoption(inputs: Inputs) -> pd.DataFrame:
    """Share of people who used a generative AI product, by country and period.

    Several small economies carry one value for their region. ``shared_by`` counts the economies
    with the same three values, so that a reader can leave them out.
    """
    frame = inputs.csv(DIFFUSION, ["Economy", *PERIODS], encoding="mac_roman")
    frame["iso3"] = inputs.iso3(frame["Economy"], DIFFUSION, ALIASES)
    frame["shared_by"] = frame.groupby(list(PERIODS))["iso3"].transform("size")
    parts = [
        frame[["iso3", "shared_by"]].assign(
            period_start=start,
            period_end=end,
            users_pct=number(frame[column].str.removesuffix("%")),
        )
        for column, (start, end) in PERIODS.items()
    ]
    return pd.concat(parts).sort_values(["iso3", "period_end"])
