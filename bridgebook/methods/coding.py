"""Coded texts: codes with gaps, similarity of documents, agreement between two coders.

A reader gives each document and theme a code: 0 absent, 1 present, 2 central. Where the reader
could not decide, there is no code. From the codes to a statement about texts::

    un_themes ─▶ matrix() ─▶ similarity() ─▶ picture()
                   │
                   ├──────▶ count_range()   what can be said whatever the gaps hold
                   └──────▶ agreement()     how far a second reader says the same

Three principles hold throughout.

* *Uncoded is not absent.* A cell without a code is left out of a comparison, never read as 0.
* *Every similarity comes with its number of themes.* Two documents of which little was read can
  look alike because little was compared; see :func:`comparable`.
* *Agreement is measured against chance.* Two readers who tick nearly everything agree nearly
  always, and have shown nothing.

Sources: Cohen (1960) for kappa; Torgerson (1952) for classical scaling; Gower (1971) for similarity
over the cells that both sides have. The codes are the table ``un_themes``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bridgebook.catalog import DataError, load

CODES = {0: "absent", 1: "present", 2: "central"}
"""The scheme of ``un_themes.code``."""

HIGHEST = max(CODES)

ROUNDING = 1e-12
"""Eigenvalues smaller than this share of the largest are rounding errors, not an axis."""


def matrix(
    themes: pd.DataFrame | None = None,
    documents: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Pivot the codes to one row per document and one column per theme.

    Parameters
    ----------
    themes, documents, labels
        The tables ``un_themes``, ``un_documents`` and ``un_theme_labels``; loaded if not given.

    Returns
    -------
    pandas.DataFrame
        Codes 0, 1, 2 as float, missing where a document could not be coded. Documents are in date
        order, themes in the order of the coding sheet.

    Raises
    ------
    DataError
        If a cell is coded twice.

    """
    cells = load("un_themes") if themes is None else themes
    rows = (load("un_documents") if documents is None else documents).sort_values("position")
    columns = (load("un_theme_labels") if labels is None else labels).sort_values("position")
    twice = cells.duplicated(["document_id", "theme"])
    if twice.any():
        cell = cells.loc[twice, ["document_id", "theme"]].iloc[0]
        raise DataError(f"un_themes: {cell['document_id']}, {cell['theme']} is coded twice")
    wide = cells.pivot(index="document_id", columns="theme", values="code")  # noqa: PD010
    wide = wide.reindex(index=rows["document_id"], columns=columns["theme"])
    return pd.DataFrame(
        wide.to_numpy(dtype=float, na_value=np.nan),
        index=pd.Index(rows["document_id"].astype(str), name="document_id"),
        columns=pd.Index(columns["theme"].astype(str), name="theme"),
    )


# --- what holds whatever the gaps hide --------------------------------------------------------


def count_range(codes: pd.DataFrame, at_least: int = 1) -> pd.DataFrame:
    """Count the documents that reach a code, theme by theme, as the range that the gaps allow.

    Parameters
    ----------
    codes
        From :func:`matrix`, all rows or a group of them.
    at_least
        1 counts documents in which a theme is present or central, 2 those in which it is central.

    Returns
    -------
    pandas.DataFrame
        Index ``theme``; ``lowest`` if no gap reaches the code, ``highest`` if every gap does.

    """
    known = (codes >= at_least).sum()
    return pd.DataFrame({"lowest": known, "highest": known + codes.isna().sum()})


def certain_lead(one: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """By how much one range of counts lies above another, whatever the gaps hide.

    Parameters
    ----------
    one, other
        From :func:`count_range`, with the same themes.

    Returns
    -------
    pandas.Series
        Positive where ``one`` is certainly higher, negative where ``other`` is, 0 where the ranges
        touch or overlap.

    """
    ahead = (one["lowest"] - other["highest"]).clip(lower=0)
    behind = (other["lowest"] - one["highest"]).clip(lower=0)
    return ahead - behind


# --- similarity of documents ------------------------------------------------------------------


def comparable(codes: pd.DataFrame) -> pd.DataFrame:
    """Count, for each pair of documents, the themes that both have a code for."""
    known = codes.notna().astype(int)
    return known @ known.T


def graded(one: NDArray[Any], other: NDArray[Any]) -> float:
    """One minus the mean distance of two codes, as a share of the largest possible distance."""
    return float(1 - np.abs(one - other).mean() / HIGHEST)


def matching(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Share of themes with exactly the same code (simple matching)."""
    return float((one == other).mean())


def jaccard(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Themes that both name, as a share of the themes that at least one names."""
    either = (one > 0) | (other > 0)
    return float(((one > 0) & (other > 0)).sum() / either.sum()) if either.any() else np.nan


MEASURES: dict[str, Callable[[NDArray[Any], NDArray[Any]], float]] = {
    "graded": graded,
    "matching": matching,
    "jaccard": jaccard,
}


def similarity(codes: pd.DataFrame, measure: str = "graded") -> pd.DataFrame:
    """Compare every pair of documents over the themes that both have a code for.

    Parameters
    ----------
    codes
        From :func:`matrix`.
    measure
        ``graded``, ``matching`` or ``jaccard``, the functions of those names.

    Returns
    -------
    pandas.DataFrame
        Documents by documents, from 0 to 1; missing where no theme can be compared.

    Raises
    ------
    ValueError
        If there is no such measure.

    """
    if measure not in MEASURES:
        raise ValueError(f"no measure {measure!r}; choose one of {', '.join(MEASURES)}")
    values = codes.to_numpy()
    like = np.full((len(values), len(values)), np.nan)
    for row, one in enumerate(values):
        for column, other in enumerate(values):
            both = ~np.isnan(one) & ~np.isnan(other)
            if both.any():
                like[row, column] = MEASURES[measure](one[both], other[both])
    return pd.DataFrame(like, index=codes.index, columns=codes.index.rename("other"))


def nearest(like: pd.DataFrame) -> pd.Series:
    """Name the most similar other document of each; of equals, the first in order."""
    values = like.to_numpy(copy=True)
    np.fill_diagonal(values, -np.inf)
    return pd.Series(like.index[np.nanargmax(values, axis=1)], index=like.index, name="nearest")


# --- a map of similarities --------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """Documents as points whose distances approximate their dissimilarity.

    Parameters
    ----------
    points
        One row per document, columns 1, 2, …; the unit is that of the distances.
    share
        Share of the drawn axes: their eigenvalues over the sum of all absolute eigenvalues.
    stress
        Kruskal's stress 1 of drawn against wanted distances: 0 is perfect.
    eigenvalues
        Of the double-centred squared distances, largest first. Negative ones say that no flat
        picture of any dimension has these distances.

    """

    points: pd.DataFrame
    share: float
    stress: float
    eigenvalues: NDArray[Any]


def picture(distances: pd.DataFrame, axes: int = 2) -> Picture:
    """Place documents in the plane by classical multidimensional scaling.

    Parameters
    ----------
    distances
        Symmetric, zero on the diagonal, e.g. ``1 - similarity(codes)``.
    axes
        How many axes to draw.

    Returns
    -------
    Picture
        Each axis points so that its largest coordinate is positive; directions mean nothing.

    Raises
    ------
    ValueError
        If a distance is missing, or the matrix is not symmetric with a zero diagonal.

    """
    wanted = distances.to_numpy(dtype=float)
    _check_distances(wanted, distances.index)
    size = len(wanted)
    centring = np.eye(size) - 1 / size
    values, vectors = np.linalg.eigh(-0.5 * centring @ wanted**2 @ centring)
    values, vectors = values[::-1], vectors[:, ::-1]
    values = np.where(np.abs(values) < ROUNDING * np.abs(values).max(initial=0), 0, values)
    drawn = _turned(vectors[:, :axes] * np.sqrt(np.clip(values[:axes], 0, None)))
    total = np.abs(values).sum()
    points = pd.DataFrame(drawn, index=distances.index, columns=range(1, drawn.shape[1] + 1))
    return Picture(
        points,
        share=float(np.clip(values[:axes], 0, None).sum() / total) if total > 0 else np.nan,
        stress=_stress(wanted, drawn),
        eigenvalues=values,
    )


def _check_distances(wanted: NDArray[Any], names: pd.Index) -> None:
    missing = np.argwhere(np.isnan(wanted))
    if len(missing):
        one, other = missing[0]
        raise ValueError(f"no distance between {names[one]} and {names[other]}")
    if not np.allclose(wanted, wanted.T) or np.abs(np.diag(wanted)).max(initial=0) > 1e-9:
        raise ValueError("distances are symmetric, and zero from a document to itself")


def _turned(drawn: NDArray[Any]) -> NDArray[Any]:
    """Flip each axis so that its largest coordinate is positive; of equals, the first decides."""
    if not drawn.size:
        return drawn
    largest = np.abs(drawn).round(9).argmax(axis=0)
    signs = np.sign(drawn[largest, range(drawn.shape[1])])
    return np.multiply(drawn, np.where(signs == 0, 1, signs))


def _stress(wanted: NDArray[Any], drawn: NDArray[Any]) -> float:
    got = np.sqrt(((drawn[:, None, :] - drawn[None, :, :]) ** 2).sum(axis=-1))
    total = (wanted**2).sum()
    return float(np.sqrt(((wanted - got) ** 2).sum() / total)) if total > 0 else 0.0


def turned_onto(points: pd.DataFrame, target: pd.DataFrame) -> pd.DataFrame:
    """Shift, rotate or reflect one picture to fit another as closely as possible (Procrustes).

    Distances within the picture stay as they are.

    Parameters
    ----------
    points, target
        Points of two pictures with the same documents and axes.

    """
    mine, other = points.loc[target.index].to_numpy(), target.to_numpy()
    left, _, right = np.linalg.svd((mine - mine.mean(axis=0)).T @ (other - other.mean(axis=0)))
    moved = (mine - mine.mean(axis=0)) @ left @ right + other.mean(axis=0)
    return pd.DataFrame(moved, index=target.index, columns=target.columns)


def without_each_theme(codes: pd.DataFrame) -> pd.DataFrame:
    """Repeat the scaling without each theme in turn, aligned with the full picture.

    How far the points of one document scatter shows how much its place depends on single themes.

    Returns
    -------
    pandas.DataFrame
        Index ``theme`` (the one left out) and ``document_id``; columns 1 and 2. Themes without
        which two documents could not be compared are left out.

    """
    full = picture(1 - similarity(codes)).points
    drawn = {}
    for theme in codes.columns:
        like = similarity(codes.drop(columns=theme))
        if like.notna().all(axis=None):
            drawn[theme] = turned_onto(picture(1 - like).points, full)
    return pd.concat(drawn, names=["theme"])


# --- two coders -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """How far two readers gave the same codes.

    Parameters
    ----------
    cells
        Cells that both coded.
    observed
        Share of these with the same code.
    expected
        The share expected if each reader assigned the same number of each code at random.
    kappa
        ``(observed - expected) / (1 - expected)``; missing where chance alone makes it 1.

    """

    cells: int
    observed: float
    expected: float
    kappa: float


def agreement(one: pd.Series, other: pd.Series) -> Agreement:
    """Compare two codings of the same cells: raw agreement, chance, and Cohen's kappa.

    Parameters
    ----------
    one, other
        Codes with the same index; cells that one of the readers left open are dropped.

    Returns
    -------
    Agreement
        All shares missing if no cell was coded by both.

    """
    both = pd.DataFrame({"one": one, "other": other}).dropna()
    if both.empty:
        return Agreement(0, np.nan, np.nan, np.nan)
    observed = float((both["one"] == both["other"]).mean())
    margins = [both[reader].value_counts(normalize=True) for reader in ("one", "other")]
    expected = float(margins[0].mul(margins[1], fill_value=0).sum())
    return Agreement(len(both), observed, expected, kappa(observed, expected))


def kappa(observed: float, expected: float) -> float:
    """Agreement beyond chance, as a share of what chance leaves to agree on."""
    return (observed - expected) / (1 - expected) if expected < 1 - 1e-12 else np.nan


def crossed(
    one: pd.Series, other: pd.Series, categories: Sequence[int] = tuple(CODES)
) -> pd.DataFrame:
    """Count cells by the code of both readers: rows ``one``, columns ``other``."""
    both = pd.DataFrame({"one": one, "other": other}).dropna()
    table = pd.crosstab(both["one"], both["other"])
    return table.reindex(index=categories, columns=categories, fill_value=0)
