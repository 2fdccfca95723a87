"""Terms: which a page defines, and which occurrences in running text count as a use."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookpress.site import terms

ROOT = Path(__file__).resolve().parents[2]
TERMS = [
    "open weights",
    "token",
    "Entity List",
    "Group of Friends",
    "proxy",
    "bias",
    "fact (kind of claim)",
    "dense",
]


def found(text: str) -> list[tuple[str, str]]:
    return [(match[0], term) for match, term in terms.Vocabulary(TERMS).find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Open weights help", [("Open weights", "open weights")]),
        ("open\nweights", [("open\nweights", "open weights")]),
        ("two tokens, a token", [("tokens", "token"), ("token", "token")]),
        ("proxies", [("proxies", "proxy")]),
        ("biases", [("biases", "bias")]),
        ("the Entity List", [("Entity List", "Entity List")]),
        ("an entity list", []),
        ("ENTITY LIST", []),
        ("tokenised, open-weights, re-token", []),
        ("a fact (kind of claim)", []),
        ("dense", []),
        ("", []),
    ],
)
def test_terms_are_found_as_words(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_the_longer_term_wins() -> None:
    vocabulary = terms.Vocabulary(["source", "primary source"])
    assert [term for _, term in vocabulary.find("a primary source, a source")] == [
        "primary source",
        "source",
    ]


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    for matched, term in found(text):
        assert matched in text
        assert term in TERMS


def test_a_page_without_glossary_defines_nothing() -> None:
    assert terms.defined("# A\n\n- not\n  a term\n") == []


def test_no_term_is_defined_twice() -> None:
    all_terms = [term.casefold() for term in terms.known_terms(ROOT)]
    assert len(all_terms) > 80
    assert sorted({term for term in all_terms if all_terms.count(term) > 1}) == []


def test_words_of_everyday_use_are_terms() -> None:
    assert {*terms.known_terms(ROOT)} >= terms.EVERYDAY
