"""Write into the descriptors that people edit, and leave every other byte of them as it is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bridgebook import descriptors
from bridgebook.catalog import REFRESHES, DataError, Problem

UPSTREAM = "bridgebook:upstream"
MADE_WITH_THE_ADDRESS = ("url", "archive_hash", "member")
"""Keys of an upstream file that lead to its old bytes."""

Facts = Mapping[str, int | str]
"""Values of top-level keys: ``bytes``, ``hash``, ``bridgebook:rows``."""


def refuse_assembled(folder: Path) -> None:
    """Raise DataError if the descriptors of a folder are in one JSON file, which is only made."""
    if descriptors.is_assembled(folder):
        file = descriptors.PACKAGE_FILE
        problem = Problem(file, f"one YAML file for each table and {descriptors.WHOLE_FILE}", "it")
        raise DataError(
            f"{folder} holds {file}, which is made of YAML files and never written into. "
            "Name the data folder of the repository.",
            [problem],
        )


def with_facts(file: str, content: bytes, facts: Facts) -> bytes:
    """Replace values of top-level keys of a descriptor; comments, order and the rest stay.

    Parameters
    ----------
    file
        Name of the descriptor, for messages.
    content
        Its bytes.
    facts
        The new values; a key that is not there yet goes to the end of the file.

    Raises
    ------
    DataError
        If a key is written in a way that cannot be replaced in its place.

    """
    wanted = {**descriptors.parse(file, content), **facts}
    text = content.decode("utf-8")
    for key, value in facts.items():
        line = re.compile(rf"^{re.escape(key)}:([ \t]+(?![#\s])\S+)?", re.MULTILINE)
        text, count = line.subn(f"{key}: {value}", text, count=1)
        if not count:
            text = f"{text.rstrip()}\n{key}: {value}\n"
    changed = text.encode()
    try:
        written = descriptors.parse(file, changed)
    except DataError:
        written = {}
    if written != wanted:
        raise DataError(
            f"{file}: {', '.join(facts)} cannot be replaced. Write each as `key: value` on a line "
            "of its own, at the left edge and without quotes.",
            [Problem(file, "`key: value` on a line of its own", "another way to write it")],
        )
    return changed


def with_refreshes(
    content: bytes, hashes: Mapping[str, str], records: Iterable[Mapping[str, Any]]
) -> bytes:
    """Replace checksums of upstream files in ``package.yml`` and add records of refreshes.

    Parameters
    ----------
    content
        Bytes of the file.
    hashes
        New checksums by path of the upstream file. The address of such a file goes: it leads to
        the old bytes, and where the new ones lie, a person has to say.
    records
        What was refreshed, to be added after those that are there.

    """
    from ruamel.yaml import YAML

    # This reader keeps comments, quotes and the lines of folded texts.
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    whole = yaml.load(content.decode("utf-8"))
    for entry in whole.get(UPSTREAM, []):
        if entry["path"] in hashes:
            for key in MADE_WITH_THE_ADDRESS:
                entry.pop(key, None)
            entry["hash"] = hashes[entry["path"]]
    if added := [dict(record) for record in records]:
        whole.setdefault(REFRESHES, []).extend(added)
    buffer = io.StringIO()
    yaml.dump(whole, buffer)
    return buffer.getvalue().encode()
