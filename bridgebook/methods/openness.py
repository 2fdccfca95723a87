"""How open are a country's models? The answer depends on four choices, and each has a name here.

Which models are on the list (:data:`LISTS`), what counts as open (:data:`MEANINGS`), which years,
and what one case is, a model or a developer. :func:`compare` takes the choices and returns shares
with counts and intervals, so that a reader can see what each choice does.

Source of the models: the table ``epoch_models`` (`epoch_notable_202607`,
`epoch_large_scale_202601`). Whose model it is follows the first organisation, as Epoch lists them.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from bridgebook.methods import shares

MEANINGS: dict[str, tuple[str, ...]] = {
    "weights": ("open_unrestricted", "open_restricted", "open_non_commercial"),
    "business": ("open_unrestricted", "open_restricted"),
    "unrestricted": ("open_unrestricted",),
}
"""What counts as open, by values of ``accessibility``. ``weights``: anyone can download the
weights; ``business``: firms may use them too; ``unrestricted``: no terms that Epoch codes as
restrictions."""

LISTS = ("notable", "language", "large", "developers")
"""Which cases are counted. ``notable``: Epoch's notable models. ``language``: those of them that
work with language. ``large``: notable models and the large-scale ones. ``developers``: one case per
developer with a notable model, open if at least one of its models is."""

LARGE_ENDS = 2025
"""The file of large-scale models stops at the end of this year; later years would mix two lists."""

GROUPS = {"CHN": "China", "USA": "United States"}
ELSEWHERE = "elsewhere"


def described(models: pd.DataFrame) -> pd.DataFrame:
    """Add year, country group and leading developer; keep rows with a date and a country.

    Parameters
    ----------
    models
        Rows of the table ``epoch_models``.

    Returns
    -------
    pandas.DataFrame
        The rows with ``year`` (int), ``group`` (``China``, ``United States``, ``elsewhere``) and
        ``developer``.

    """
    rows = models.dropna(subset=["publication_date", "iso3"])
    return rows.assign(
        year=rows["publication_date"].dt.year.astype(int),
        group=rows["iso3"].map(GROUPS).fillna(ELSEWHERE).astype("string"),
        developer=shares.first_of(rows["organisation"]),
    )


def is_open(models: pd.DataFrame, meaning: str = "weights") -> pd.Series:
    """Flag for each model whether it is open in one of the meanings; missing where not reported.

    Parameters
    ----------
    models
        Rows with ``accessibility``.
    meaning
        A key of :data:`MEANINGS`.

    Raises
    ------
    ValueError
        If the meaning is unknown.

    """
    if meaning not in MEANINGS:
        raise ValueError(f"no meaning {meaning!r}; choose one of {', '.join(MEANINGS)}")
    access = models["accessibility"]
    return access.isin(MEANINGS[meaning]).astype("boolean").mask(access.isna())


def on_list(models: pd.DataFrame, which: str) -> pd.DataFrame:
    """Keep the models of one list; see :data:`LISTS`.

    Raises
    ------
    ValueError
        If the list is unknown.

    """
    if which not in LISTS:
        raise ValueError(f"no list {which!r}; choose one of {', '.join(LISTS)}")
    if which == "large":
        return models[models["publication_date"].dt.year <= LARGE_ENDS]
    notable = models[models["notable"].fillna(False)]
    if which == "language":
        return notable[notable["domain"].str.contains("Language", na=False)]
    return notable


def compare(
    models: pd.DataFrame,
    which: str = "notable",
    meaning: str = "weights",
    years: Iterable[int] | None = None,
) -> pd.DataFrame:
    """Share of open models by country group, under one set of choices.

    Parameters
    ----------
    models
        Rows of the table ``epoch_models``.
    which, meaning
        A list and a meaning of open.
    years
        Calendar years of publication; all if not given.

    Returns
    -------
    pandas.DataFrame
        One row per group, columns of :func:`bridgebook.methods.shares.shares`.

    """
    rows = described(on_list(models, which))
    if years is not None:
        rows = rows[rows["year"].isin(list(years))]
    answer = is_open(rows, meaning)
    if which == "developers":
        answer = _any_known(answer, [rows["group"], rows["developer"]])
        return shares.shares(answer, answer.index.get_level_values("group"))
    return shares.shares(answer, rows["group"])


def _any_known(answer: pd.Series, by: list[pd.Series]) -> pd.Series:
    """One answer per group: true if any is; false only if all are known to be false."""
    groups = answer.groupby(by)
    some = groups.max().astype("boolean")
    incomplete = groups.count() < groups.size()
    return some.mask(incomplete & ~some.fillna(False))


def gap(table: pd.DataFrame, one: str = "China", other: str = "United States") -> tuple[float, ...]:
    """Share of one group minus that of another, with its 95 percent interval.

    Parameters
    ----------
    table
        From :func:`compare` or :func:`bridgebook.methods.shares.shares`.
    one, other
        Names of its rows.

    Returns
    -------
    tuple of float
        Gap, lower and upper end; missing if one of the groups has no known case.

    """
    rows = table.reindex([one, other])[["yes", "known"]].fillna(0).astype(int)
    (yes, known), (other_yes, other_known) = rows.to_numpy().tolist()
    low, high = shares.difference(yes, known, other_yes, other_known)
    point = yes / known - other_yes / other_known if known and other_known else float("nan")
    return point, low, high
