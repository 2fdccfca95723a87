"""Bounds on overlaps against every possible pair of lists; circles against their areas."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.methods import overlap
from bridgebook.methods.voting import overlap_bounds

EVERYONE = "abcdef"


def lists_with(names: set[str], length: int) -> list[set[str]]:
    """Every list of that length that holds these names."""
    others = sorted(set(EVERYONE) - names)
    return [names | set(more) for more in itertools.combinations(others, length - len(names))]


names = st.sets(st.sampled_from(EVERYONE))


@given(first=names, second=names, data=st.data())
@settings(max_examples=200)
def test_names_give_the_bounds_that_trying_all_lists_gives(
    first: set[str], second: set[str], data: st.DataObject
) -> None:
    a = data.draw(st.integers(len(first), len(EVERYONE)))
    b = data.draw(st.integers(len(second), len(EVERYONE)))
    shared = {
        len(one & other)
        for one, other in itertools.product(lists_with(first, a), lists_with(second, b))
    }
    low, high = overlap.overlap_bounds_with_names(a, b, len(EVERYONE), first, second)
    assert shared == set(range(low, high + 1)), "sharp, and no gap between"
    plain_low, plain_high = overlap_bounds(a, b, len(EVERYONE))
    assert plain_low <= low <= high <= plain_high, "names never widen the range"


@given(st.data())
@settings(max_examples=200)
def test_no_names_change_nothing(data: st.DataObject) -> None:
    everyone = data.draw(st.integers(0, 300))
    a, b = data.draw(st.integers(0, everyone)), data.draw(st.integers(0, everyone))
    assert overlap.overlap_bounds_with_names(a, b, everyone, [], []) == overlap_bounds(
        a, b, everyone
    )


def test_impossible_names_are_refused() -> None:
    with pytest.raises(ValueError, match="2 names on a list of 1"):
        overlap.overlap_bounds_with_names(1, 1, 5, ["x", "y"], [])
    with pytest.raises(ValueError, match="4 names among 3"):
        overlap.overlap_bounds_with_names(2, 2, 3, ["a", "b"], ["c", "d"])


def test_a_name_twice_counts_once() -> None:
    assert overlap.overlap_bounds_with_names(1, 1, 5, ["x", "x"], ["x"]) == (1, 1)


@given(st.data())
@settings(max_examples=150)
def test_ranges_hold_every_pair_of_lengths_and_are_reached(data: st.DataObject) -> None:
    everyone = data.draw(st.integers(1, 25))
    lengths = st.tuples(st.integers(0, everyone), st.integers(0, everyone)).map(sorted)
    (a0, a1), (b0, b1) = data.draw(lengths), data.draw(lengths)
    low, high = overlap.overlap_bounds_of_ranges((a0, a1), (b0, b1), everyone)
    each = [overlap_bounds(a, b, everyone) for a in range(a0, a1 + 1) for b in range(b0, b1 + 1)]
    assert low == min(least for least, _ in each)
    assert high == max(most for _, most in each)


def test_ranges_upside_down_are_refused() -> None:
    with pytest.raises(ValueError, match="5 to 3 is upside down"):
        overlap.overlap_bounds_of_ranges((5, 3), (1, 2), 9)


# --- the two lists of 2024 --------------------------------------------------------------------


def test_the_bounds_of_the_chapter() -> None:
    texts = load("un_resolutions").set_index("resolution_id")
    named = load("un_sponsors").query("counted").groupby("resolution_id", observed=True)["iso3"]
    us, cn = (set(named.get_group(text)) for text in ("res-78-265", "res-78-311"))
    assert (len(us), len(cn)) == (56, 20)
    assert us & cn == {"CHN", "USA", "SGP", "ARE"}
    for text, group in (("res-78-265", us), ("res-78-311", cn)):
        assert texts.loc[text, "sponsors_named"] == len(group)
    stated = texts.loc[["res-78-265", "res-78-311"], "sponsors_stated"].astype(int)
    assert list(stated) == [123, 143]
    assert overlap_bounds(*stated, 193) == (73, 123)
    assert overlap.overlap_bounds_with_names(*stated, 193, us, cn) == (73, 123), "no help"
    low, high = texts["sponsors_low"], texts["sponsors_high"]
    ranges = [(int(low[text]), int(high[text])) for text in ("res-78-265", "res-78-311")]
    assert overlap.overlap_bounds_of_ranges(ranges[0], ranges[1], 193) == (69, 124)


# --- circles ------------------------------------------------------------------------------------

sizes = st.floats(0.5, 500)


@given(first=sizes, second=sizes, share=st.floats(0, 1))
@example(first=4, second=9, share=1)
@example(first=9, second=4, share=1)
@example(first=4, second=9, share=0)
@settings(max_examples=300)
def test_circles_have_the_areas_asked_for(first: float, second: float, share: float) -> None:
    both = share * min(first, second)
    found = overlap.circles(first, second, both)
    assert math.pi * found.first_radius**2 == pytest.approx(first)
    assert math.pi * found.second_radius**2 == pytest.approx(second)
    assert overlap.lens_area(*found) == pytest.approx(both, abs=1e-6 * min(first, second))


@given(first=sizes, second=sizes, steps=st.tuples(st.floats(0, 40), st.floats(0, 40)))
@settings(max_examples=300)
def test_farther_circles_share_less(
    first: float, second: float, steps: tuple[float, float]
) -> None:
    near, far = sorted(steps)
    slack = 1e-9 * max(first, second) ** 2
    assert overlap.lens_area(first, second, far) <= overlap.lens_area(first, second, near) + slack
    assert overlap.lens_area(first, second, near) == overlap.lens_area(second, first, near)


@given(radius=st.floats(0.1, 50), turn=st.floats(0.01, 0.99))
@settings(max_examples=100)
def test_equal_circles_agree_with_the_textbook(radius: float, turn: float) -> None:
    distance = 2 * radius * turn
    expected = 2 * radius**2 * math.acos(turn) - distance / 2 * math.sqrt(
        4 * radius**2 - distance**2
    )
    assert overlap.lens_area(radius, radius, distance) == pytest.approx(expected, abs=1e-9 * radius)


@pytest.mark.parametrize(
    ("radii", "distance", "area"),
    [((1, 2), 3, 0), ((1, 2), 9, 0), ((1, 2), 1, math.pi), ((1, 2), 0, math.pi), ((0, 2), 1, 0)],
)
def test_circles_apart_and_inside(radii: tuple[float, float], distance: float, area: float) -> None:
    assert overlap.lens_area(*radii, distance) == pytest.approx(area)


@given(first=sizes, second=sizes)
@settings(max_examples=100)
def test_circles_that_all_but_touch_share_next_to_nothing(first: float, second: float) -> None:
    """Rounding may put the chord just outside a circle; that is no error."""
    for distance in (math.nextafter(first + second, side) for side in (0.0, math.inf)):
        area = overlap.lens_area(first, second, distance)
        assert area == pytest.approx(0, abs=1e-6 * first * second)


@given(first=sizes, second=sizes, both=st.floats(-5, 1000))
@example(first=1, second=9, both=5)
@example(first=9, second=1, both=5)
@settings(max_examples=100)
def test_lists_that_cannot_be_are_refused(first: float, second: float, both: float) -> None:
    assume(not 0 <= both <= min(first, second))
    with pytest.raises(ValueError, match="cannot share"):
        overlap.circles(first, second, both)
