"""Bounds on the overlap of two lists of which only the lengths, or a few names, are known.

Two resolutions have sponsors; the reports give two numbers and a few names. How many states are on
both lists? There is no single answer, but there is a range::

    lengths ─▶ voting.overlap_bounds() ─┬▶ overlap_bounds_of_ranges()   lengths are uncertain
                                        └▶ overlap_bounds_with_names()  some names are known

The second half of the module draws such lists: two circles whose areas, and the area they share,
are proportional to the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

from bridgebook.methods.voting import overlap_bounds

# --- bounds ---------------------------------------------------------------------------------


def overlap_bounds_of_ranges(
    first: tuple[int, int], second: tuple[int, int], everyone: int
) -> tuple[int, int]:
    """Bounds on the overlap if each length is only known to lie in a range.

    Both bounds rise with the lengths, so the shortest lists give the smallest overlap and the
    longest lists the largest.

    Parameters
    ----------
    first, second
        Smallest and largest possible length of each list.
    everyone
        Number of those who could be on them.

    Raises
    ------
    ValueError
        If a range is upside down or a length is not possible.

    """
    for low, high in (first, second):
        if low > high:
            raise ValueError(f"a range from {low} to {high} is upside down")
    least, _ = overlap_bounds(first[0], second[0], everyone)
    _, most = overlap_bounds(first[1], second[1], everyone)
    return least, most


def overlap_bounds_with_names(
    first: int,
    second: int,
    everyone: int,
    names_on_first: Collection[str],
    names_on_second: Collection[str],
) -> tuple[int, int]:
    """Bounds on the overlap if some names of each list are known.

    Names seen on both lists are a floor. Names seen on either list are a floor for the union,
    and whatever the union takes away from the two lengths is not left for the overlap.

    Parameters
    ----------
    first, second
        Lengths of the full lists.
    everyone
        Number of those who could be on them.
    names_on_first, names_on_second
        Members known to be on each list. A name that is missing here may be on the list.

    Returns
    -------
    tuple of int
        Smallest and largest possible overlap; every number between them is possible too.

    Raises
    ------
    ValueError
        If more names are known than a list, or everyone, can hold.

    """
    for length, names in ((first, names_on_first), (second, names_on_second)):
        if len(set(names)) > length:
            raise ValueError(f"{len(set(names))} names on a list of {length}")
    if len({*names_on_first, *names_on_second}) > everyone:
        raise ValueError(f"{len({*names_on_first, *names_on_second})} names among {everyone}")
    both = len(set(names_on_first) & set(names_on_second))
    either = len(set(names_on_first) | set(names_on_second))
    least, most = overlap_bounds(first, second, everyone)
    return max(least, both), min(most, first + second - either)


# --- circles --------------------------------------------------------------------------------


class Circles(NamedTuple):
    """Two circles: their radii and the distance of their centres, all in one unit of length."""

    first_radius: float
    second_radius: float
    distance: float


def lens_area(first_radius: float, second_radius: float, distance: float) -> float:
    """Area that two circles share.

    Parameters
    ----------
    first_radius, second_radius, distance
        Radii and distance of the centres, not negative, in one unit of length.

    Returns
    -------
    float
        Area in that unit squared: 0 if the circles are apart, the smaller circle if it is inside
        the other.

    """
    small, large = sorted((first_radius, second_radius))
    if distance >= small + large or small == 0:
        return 0.0
    if distance <= large - small:
        return math.pi * small**2
    # Two circular segments on one chord; the chord lies at `cut` from the large circle's centre.
    cut = (distance**2 + large**2 - small**2) / (2 * distance)
    return _segment(large, cut) + _segment(small, distance - cut)


def _segment(radius: float, cut: float) -> float:
    """Area of a circle beyond a chord at the signed distance ``cut`` from the centre."""
    angle = math.acos(max(-1.0, min(1.0, cut / radius)))
    return radius**2 * (angle - math.sin(angle) * math.cos(angle))


def circles(first: float, second: float, both: float) -> Circles:
    """Find circles whose areas are two numbers and whose common area is a third.

    The distance has no formula. It is found by halving an interval: the farther apart the
    centres, the smaller the common area.

    Parameters
    ----------
    first, second
        Sizes of the two lists, positive.
    both
        Size of their overlap, from 0 to the smaller of the two.

    Returns
    -------
    Circles
        Radii and distance; the unit of area is one member of a list.

    Raises
    ------
    ValueError
        If the numbers cannot belong to two lists.

    """
    if not (first > 0 and second > 0 and 0 <= both <= min(first, second)):
        raise ValueError(f"lists of {first} and {second} cannot share {both}")
    radii = math.sqrt(first / math.pi), math.sqrt(second / math.pi)
    near, far = abs(radii[0] - radii[1]), sum(radii)
    if both == min(first, second):
        return Circles(*radii, near)
    if both == 0:
        return Circles(*radii, far)
    for _ in range(60):
        middle = (near + far) / 2
        if lens_area(*radii, middle) > both:
            near = middle
        else:
            far = middle
    return Circles(*radii, (near + far) / 2)
