"""Colours of charts and pages: visible on light and dark pages, distinguishable by everyone."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from bookpress.site import offline
from bridgebook.page import charts

SHEET = Path(offline.__file__).parent / "static" / "book.css"
GROUNDS = {"light": charts.PAPER, "dark": charts.DARK[charts.PAPER]}


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` as WCAG defines it."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return sum(v * w for v, w in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", charts.COLOUR)
def test_data_colours_are_visible(name: str, ground: str) -> None:
    found = contrast(charts.COLOUR[name], GROUNDS[ground])
    assert found >= 3, f"{name} {charts.COLOUR[name]} on {GROUNDS[ground]}: {found:.2f}:1"


@pytest.mark.parametrize("ground", ["paper", "area", "area-light"])
@pytest.mark.parametrize("ink", ["ink", "muted"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ink_can_be_read(ink: str, ground: str, scheme: str) -> None:
    """Also on the tints of regions."""
    pair = [charts.ROLES[ink], charts.ROLES[ground]]
    if scheme == "dark":
        pair = [charts.DARK[colour] for colour in pair]
    assert contrast(*pair) >= 4.5, f"{ink} {pair[0]} on {ground} {pair[1]}: {contrast(*pair):.2f}:1"


@pytest.mark.parametrize("name", ["CHN", "USA", "EUU"])
def test_data_colours_are_visible_on_tints(name: str) -> None:
    for tint in (charts.AREA, charts.AREA_LIGHT):
        assert contrast(charts.COLOUR[name], tint) >= 2.5
        assert contrast(charts.COLOUR[name], charts.DARK[tint]) >= 2.5


# Viénot, Brettel and Mollon 1999: what a person without one kind of cone sees, in linear light.
SEEN_BY = {
    "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def seen(colour: str, by: str) -> tuple[float, float, float]:
    """Oklab coordinates of a colour under a colour vision deficiency; none if ``by`` is empty."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    rgb = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    if by:
        rgb = [sum(m * v for m, v in zip(row, rgb, strict=True)) for row in SEEN_BY[by]]
        rgb = [min(max(v, 0.0), 1.0) for v in rgb]
    r, g, b = rgb
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def apart(one: str, other: str, by: str) -> float:
    pairs = zip(seen(one, by), seen(other, by), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


@pytest.mark.parametrize("by", ["", "protan", "deutan"])
def test_countries_can_be_distinguished(by: str) -> None:
    """By people with colour-blindness too; 0.05 in Oklab is well above a just visible step."""
    countries = ["CHN", "USA", "EUU"]
    for one, other in itertools.combinations(countries, 2):
        assert apart(charts.COLOUR[one], charts.COLOUR[other], by) > 0.05, f"{one} {other} {by}"


def test_red_and_green_would_not_pass() -> None:
    """The check itself: a pair that is known to fail."""
    assert apart("#d62728", "#7b7b1a", "deutan") < 0.05


def test_style_sheet_and_charts_agree() -> None:
    """The colours of drawings inside pages are defined in two places, which must agree."""
    text = SHEET.read_text("utf-8")
    blocks = {
        "light": re.search(r'html\[data-theme="light"\][^{]*\{([^}]*)\}', text),
        "dark": re.search(r'html\[data-theme="dark"\] \{([^}]*)\}', text),
        "print": re.search(r"@media print \{\s*html[^{]*\{([^}]*)\}", text),
    }
    for scheme, block in blocks.items():
        assert block, f"{SHEET.name} has no block for {scheme}"
        found = dict(re.findall(r"--figure-([a-z-]+):\s*(#[0-9a-f]{6})", block[1]))
        wanted = {
            role: charts.DARK[ink] if scheme == "dark" else ink
            for role, ink in charts.ROLES.items()
        }
        assert found == wanted, scheme
