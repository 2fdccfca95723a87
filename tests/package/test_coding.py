"""Codes with gaps: similarity, ranges, scaling and agreement follow their definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bridgebook import catalog
from bridgebook.methods import coding

CELLS = st.sampled_from([0.0, 1.0, 2.0, np.nan])


def frame(values: np.ndarray) -> pd.DataFrame:
    rows = [f"d{n}" for n in range(values.shape[0])]
    return pd.DataFrame(values, index=rows, columns=[f"t{n}" for n in range(values.shape[1])])


def tables(gaps: bool = True, least: int = 2) -> st.SearchStrategy[pd.DataFrame]:
    cells = CELLS if gaps else st.sampled_from([0.0, 1.0, 2.0])
    shapes = st.tuples(st.integers(least, 6), st.integers(1, 8))
    return shapes.flatmap(lambda shape: hnp.arrays(float, shape, elements=cells)).map(frame)


def readings(size: int = 30) -> st.SearchStrategy[pd.Series]:
    return st.lists(CELLS, min_size=1, max_size=size).map(
        lambda codes: pd.Series(codes, dtype=float)
    )


# --- the matrix -------------------------------------------------------------------------------


def test_matrix_on_the_books_data() -> None:
    codes = coding.matrix()
    themes = catalog.load("un_themes")
    assert codes.shape == (10, 18)
    assert codes.isna().sum().sum() == themes["code"].isna().sum() == 52
    assert codes.index[0] == "gaigi-2023" and codes.columns[0] == "sovereignty"
    for row in themes.itertuples():
        cell = codes.loc[row.document_id, row.theme]
        assert np.isnan(cell) if pd.isna(row.code) else cell == row.code


def test_a_missing_row_is_a_gap_and_a_repeated_one_an_error() -> None:
    themes = catalog.load("un_themes")
    fewer = coding.matrix(themes.iloc[1:])
    assert np.isnan(fewer.loc[themes["document_id"].iloc[0], themes["theme"].iloc[0]])
    with pytest.raises(catalog.DataError, match="gaigi-2023, sovereignty is coded twice"):
        coding.matrix(pd.concat([themes, themes.head(1)]))


# --- ranges -----------------------------------------------------------------------------------


@given(codes=tables(), data=st.data(), at_least=st.sampled_from([1, 2]))
@settings(max_examples=80)
def test_ranges_hold_whatever_the_gaps_hide(
    codes: pd.DataFrame, data: st.DataObject, at_least: int
) -> None:
    hidden = data.draw(hnp.arrays(float, codes.shape, elements=st.sampled_from([0.0, 1.0, 2.0])))
    truth = codes.where(codes.notna(), hidden)
    ends = coding.count_range(codes, at_least)
    count = (truth >= at_least).sum()
    assert (ends["lowest"] <= count).all() and (count <= ends["highest"]).all()
    assert (ends["highest"] - ends["lowest"]).equals(codes.isna().sum())


@given(one=tables(), data=st.data())
@settings(max_examples=80)
def test_a_certain_lead_is_certain(one: pd.DataFrame, data: st.DataObject) -> None:
    other = frame(data.draw(hnp.arrays(float, one.shape, elements=CELLS)))
    fills = [frame(np.full(one.shape, code)) for code in (0.0, 2.0)]
    lead = coding.certain_lead(coding.count_range(one), coding.count_range(other))
    back = coding.certain_lead(coding.count_range(other), coding.count_range(one))
    assert (lead == -back).all()
    for mine, theirs in itertools.product(fills, fills):
        apart = (one.where(one.notna(), mine) > 0).sum() - (
            other.where(other.notna(), theirs) > 0
        ).sum()
        assert (apart[lead > 0] >= lead[lead > 0]).all()
        assert (apart[lead < 0] <= lead[lead < 0]).all()


# --- likeness ---------------------------------------------------------------------------------


@given(codes=tables(), measure=st.sampled_from(list(coding.MEASURES)))
@settings(max_examples=80)
def test_likeness_is_a_symmetric_share(codes: pd.DataFrame, measure: str) -> None:
    like = coding.similarity(codes, measure)
    values = like.to_numpy()
    known = values[~np.isnan(values)]
    assert ((known >= 0) & (known <= 1)).all()
    assert np.array_equal(values, values.T, equal_nan=True)
    own = np.diag(values)
    assert (own[~np.isnan(own)] == 1).all()
    if measure != "jaccard":
        assert (np.isnan(values) == (coding.comparable(codes) == 0).to_numpy()).all()


@given(codes=tables())
@settings(max_examples=60)
def test_a_theme_that_nobody_could_tell_changes_nothing(codes: pd.DataFrame) -> None:
    wider = codes.assign(untold=np.nan)
    for measure in coding.MEASURES:
        pd.testing.assert_frame_equal(
            coding.similarity(wider, measure), coding.similarity(codes, measure)
        )
    assert coding.comparable(wider).equals(coding.comparable(codes))


@given(codes=tables(gaps=False))
@settings(max_examples=40)
def test_exact_matches_are_never_more_than_graded(codes: pd.DataFrame) -> None:
    graded, exact = coding.similarity(codes), coding.similarity(codes, "matching")
    assert (exact.to_numpy() <= graded.to_numpy() + 1e-12).all()


def test_measures_by_hand() -> None:
    codes = frame(np.array([[2, 1, np.nan, 0, 1], [2, 2, 1, np.nan, 0]]))
    assert coding.comparable(codes).iloc[0, 1] == 3
    assert coding.similarity(codes).iloc[0, 1] == pytest.approx(1 - (0 + 1 + 1) / 3 / 2)
    assert coding.similarity(codes, "matching").iloc[0, 1] == pytest.approx(1 / 3)
    assert coding.similarity(codes, "jaccard").iloc[0, 1] == pytest.approx(2 / 3)
    nothing = frame(np.zeros((2, 3)))
    assert np.isnan(coding.similarity(nothing, "jaccard").iloc[0, 1])
    with pytest.raises(ValueError, match="choose one of graded, matching, jaccard"):
        coding.similarity(codes, "cosine")


def test_nearest_names_another_document() -> None:
    like = coding.similarity(coding.matrix())
    near = coding.nearest(like)
    assert (near != near.index).all()
    for document, mate in near.items():
        assert like.loc[document, mate] == like.loc[document].drop(document).max()


# --- pictures ---------------------------------------------------------------------------------


def flat(points: np.ndarray) -> pd.DataFrame:
    gaps = points[:, None, :] - points[None, :, :]
    names = [f"d{n}" for n in range(len(points))]
    return pd.DataFrame(np.sqrt((gaps**2).sum(axis=-1)), index=names, columns=names)


PLACES = st.integers(3, 7).flatmap(
    lambda n: hnp.arrays(float, (n, 2), elements=st.floats(-3, 3, width=16))
)


@given(points=PLACES)
@settings(max_examples=60)
def test_a_flat_map_is_recovered(points: np.ndarray) -> None:
    wanted = flat(points)
    drawn = coding.picture(wanted)
    got = flat(drawn.points.to_numpy())
    assert np.allclose(got.to_numpy(), wanted.to_numpy(), atol=1e-6)
    assert drawn.stress == pytest.approx(0, abs=1e-6)
    assert np.allclose(drawn.points.mean(), 0, atol=1e-8)
    if wanted.to_numpy().any():
        assert drawn.share == pytest.approx(1)


@given(codes=tables(gaps=False, least=3))
@settings(max_examples=60)
def test_pictures_are_bounded_repeatable_and_point_one_way(codes: pd.DataFrame) -> None:
    distances = 1 - coding.similarity(codes)
    first, second = coding.picture(distances), coding.picture(distances)
    pd.testing.assert_frame_equal(first.points, second.points)
    assert first.stress >= 0
    assert np.isnan(first.share) or 0 <= first.share <= 1 + 1e-12
    for axis in first.points:
        column = first.points[axis].to_numpy()
        assert column[np.abs(column).round(9).argmax()] >= 0
    order = first.eigenvalues
    assert (np.diff(order) <= 1e-9).all()


def test_three_axes_show_no_less_than_two() -> None:
    distances = 1 - coding.similarity(coding.matrix())
    two, three = coding.picture(distances), coding.picture(distances, axes=3)
    assert three.share > two.share
    assert 0 < two.share < 1
    assert np.allclose(three.points[[1, 2]], two.points)
    assert (two.eigenvalues < 0).any(), "the distances of the book are not flat in any dimension"


def test_impossible_distances_are_refused() -> None:
    good = flat(np.array([[0.0, 0], [1, 0], [0, 1]]))
    with pytest.raises(ValueError, match="no distance between d0 and d1"):
        coding.picture(good.mask(good == 1))
    for bad in (good + 1, good + np.triu(np.ones((3, 3)), 1)):
        with pytest.raises(ValueError, match="symmetric"):
            coding.picture(bad)


@given(points=PLACES, angle=st.floats(0, 6.28), mirror=st.booleans(), shift=st.floats(-5, 5))
@settings(max_examples=60)
def test_turning_onto_undoes_a_turn(
    points: np.ndarray, angle: float, mirror: bool, shift: float
) -> None:
    target = pd.DataFrame(points, columns=[1, 2])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = points @ turn * ([-1, 1] if mirror else [1, 1]) + shift
    back = coding.turned_onto(pd.DataFrame(moved, columns=[1, 2]), target)
    assert np.allclose(back, target, atol=1e-6)


def test_pictures_without_each_theme_lie_near_the_full_one() -> None:
    codes = coding.matrix()
    full = coding.picture(1 - coding.similarity(codes)).points
    scatter = coding.without_each_theme(codes)
    assert scatter.index.get_level_values("theme").nunique() == codes.shape[1]
    centre = scatter.groupby(level="document_id").mean().loc[full.index]
    assert np.abs(centre - full).to_numpy().max() < 0.05
    sparse = codes.loc[["gaigi-2023", "paris-2025"], ["sovereignty", "human_rights"]].copy()
    sparse.iloc[0, 0] = np.nan
    left = coding.without_each_theme(sparse).index.get_level_values("theme")
    assert set(left) == {"sovereignty"}


# --- two readers ------------------------------------------------------------------------------


def defined(found: coding.Agreement) -> bool:
    return not np.isnan(found.kappa)


@given(one=readings(), data=st.data())
@settings(max_examples=150)
def test_kappa_is_symmetric_and_bounded(one: pd.Series, data: st.DataObject) -> None:
    codes = st.lists(CELLS, min_size=len(one), max_size=len(one))
    other = pd.Series(data.draw(codes), dtype=float)
    found, back = coding.agreement(one, other), coding.agreement(other, one)
    assert found.cells == back.cells == (one.notna() & other.notna()).sum()
    if not found.cells:
        assert np.isnan([found.observed, found.expected, found.kappa]).all()
        return
    assert found.observed == back.observed and found.expected == pytest.approx(back.expected)
    assert 0 <= found.observed <= 1 and 0 <= found.expected <= 1 + 1e-12
    if defined(found):
        assert found.kappa == pytest.approx(back.kappa) and found.kappa <= 1 + 1e-12
        assert (found.kappa == pytest.approx(1)) == (found.observed == 1)
        assert (found.kappa > 1e-9) == (
            found.observed > found.expected + 1e-9 * (1 - found.expected)
        )


@given(one=readings())
@settings(max_examples=80)
def test_the_same_reader_twice_agrees_fully(one: pd.Series) -> None:
    found = coding.agreement(one, one)
    assert not found.cells or found.observed == 1
    assert not defined(found) or found.kappa == pytest.approx(1)
    assert defined(found) == (len(set(one.dropna())) > 1)


@given(one=readings(), word=st.sampled_from([0.0, 1.0, 2.0]))
@settings(max_examples=80)
def test_a_reader_of_one_word_never_beats_chance(one: pd.Series, word: float) -> None:
    assume(len(set(one.dropna())) > 1)
    found = coding.agreement(one * 0 + word, one)
    assert found.observed == pytest.approx(found.expected)
    assert found.kappa == pytest.approx(0, abs=1e-9)


@given(one=readings(), data=st.data(), names=st.permutations([0.0, 1.0, 2.0]))
@settings(max_examples=80)
def test_names_and_order_of_codes_do_not_matter(
    one: pd.Series, data: st.DataObject, names: list[float]
) -> None:
    codes = st.lists(CELLS, min_size=len(one), max_size=len(one))
    other = pd.Series(data.draw(codes), dtype=float)
    renamed = dict(zip([0.0, 1.0, 2.0], names, strict=True))
    shuffled = data.draw(st.permutations(list(one.index)))
    plain = coding.agreement(one, other)
    again = coding.agreement(one.map(renamed)[shuffled], other.map(renamed))
    assert np.allclose(
        [plain.observed, plain.expected, plain.kappa],
        [again.observed, again.expected, again.kappa],
        equal_nan=True,
    )


def test_kappa_by_hand() -> None:
    one = pd.Series([1, 1, 1, 0, 0, 0, 2, 2, 1, np.nan])
    other = pd.Series([1, 1, 0, 0, 0, 1, 2, 1, 1, 2])
    found = coding.agreement(one, other)
    assert found.cells == 9 and found.observed == pytest.approx(6 / 9)
    assert found.expected == pytest.approx((4 * 5 + 3 * 3 + 2 * 1) / 81)
    assert found.kappa == pytest.approx((54 - 31) / (81 - 31))
    grid = coding.crossed(one, other)
    assert grid.to_numpy().tolist() == [[2, 1, 0], [1, 3, 0], [0, 1, 1]]
    assert grid.to_numpy().sum() == found.cells and np.trace(grid) == 6
    assert np.isnan(coding.kappa(1.0, 1.0))


def test_the_same_raw_agreement_is_worth_much_or_nothing() -> None:
    """What the chapter shows: lopsided codes make agreement cheap."""
    book = pd.Series(coding.matrix().to_numpy().ravel()).dropna()
    reader = book.clip(lower=1)
    three, yes_no = coding.agreement(reader, book), coding.agreement(reader > 0, book > 0)
    assert three.observed == yes_no.observed > 0.8
    assert three.kappa > 0.7 and yes_no.kappa == pytest.approx(0, abs=1e-9)
