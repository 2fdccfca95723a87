"""Every known mistake and every option, with what a reader who makes it hears, as recorded.

``slips.json`` lists the slips of each exercise in their order, which decides between two that
lead to the same number, and the kind of feedback that the answer of each gets. To record again,
after a change that is wanted::

    python tests/package/test_slips.py --update
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from frozen import frozen

from bridgebook.exercises import Exercise, exercises, judge

FILE = Path(__file__).with_name("slips.json")
UPDATE = "if this is wanted: python tests/package/test_slips.py --update"


def observed(task: Exercise) -> dict[str, Any]:
    """The exercise's feedback on each of its slips, or on each of its options."""
    facts: dict[str, Any] = {"kind": task.kind}
    if task.options:
        facts["options"] = {option: judge(task, option).kind for option in task.options}
    facts["slips"] = {slip.name: judge(task, slip.wrong()).kind for slip in task.slips}
    return facts


def recorded() -> dict[str, dict[str, Any]]:
    return json.loads(FILE.read_text("utf-8"))


def as_text(facts: dict[str, Any]) -> str:
    """Facts in their listed order: the order of slips counts."""
    return json.dumps(facts, indent=2, ensure_ascii=False)


def test_the_record_is_of_these_exercises() -> None:
    assert set(recorded()) == set(exercises()), UPDATE
    names = {name: [slip.name for slip in task.slips] for name, task in exercises().items()}
    assert all(len(set(slips)) == len(slips) for slips in names.values())
    assert sum(map(len, names.values())) == sum(len(one["slips"]) for one in recorded().values())


@pytest.mark.parametrize("name", exercises())
def test_slips_and_options_are_the_recorded_ones(name: str) -> None:
    assert as_text(observed(frozen(name))) == as_text(recorded()[name]), UPDATE


@pytest.mark.parametrize("name", [name for name, task in exercises().items() if task.options])
def test_every_option_has_its_own_feedback(name: str) -> None:
    """One option is right; each other one is named, and explained by its own words."""
    task = frozen(name)
    given = {option: judge(task, option) for option in task.options}
    assert [option for option, feedback in given.items() if feedback.right] == [task.truth()]
    wrong = {option: feedback for option, feedback in given.items() if not feedback.right}
    assert {option: f.kind for option, f in wrong.items()} == {o: f"chose-{o}" for o in wrong}
    assert all(feedback.message == task.options[option] for option, feedback in wrong.items())


def test_a_changed_slip_is_seen() -> None:
    """Control: a slip lost, moved, renamed or computed otherwise is not the recorded one."""
    name = next(name for name, task in exercises().items() if len(task.slips) > 2)
    task = frozen(name)
    first, second, *others = task.slips
    for slips in (
        (second, *others),
        (second, first, *others),
        (replace(first, name="another"), second, *others),
        (replace(first, wrong=task.truth), second, *others),
    ):
        assert as_text(observed(replace(task, slips=slips))) != as_text(recorded()[name])
    assert as_text(observed(task)) == as_text(recorded()[name])


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit(__doc__)
    FILE.write_text(
        as_text({name: observed(frozen(name)) for name in sorted(exercises())}) + "\n", "utf-8"
    )
