"""The repository's documents and forms: links, commands, decisions, and the bytes of a clone."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from bookpress.sources import parse_yaml

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = ROOT / "docs" / "decisions"
TEXTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)
FENCE = re.compile(r"^(`{3,})[^\n]*\n(.*?)^\1`*\s*$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


def prose(text: str) -> str:
    """A Markdown text without its code."""
    return SPAN.sub("", FENCE.sub("", text))


def code(text: str) -> str:
    """The code of a Markdown text: fenced blocks and spans, one after the other."""
    blocks = [match[2] for match in FENCE.finditer(text)]
    spans = [match[2] for match in SPAN.finditer(FENCE.sub("", text))]
    return "\n".join([*blocks, *spans])


def anchors(text: str) -> set[str]:
    """Names of the headings of a Markdown text as forges make them."""
    titles = re.findall(r"^#{1,6}\s+(.+?)\s*$", FENCE.sub("", text), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.replace(" ", "-") for title in plain}


def broken_links(path: Path) -> Iterator[str]:
    """Relative links of a text that lead nowhere."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        if not there.exists() or (anchor and anchor not in anchors(there.read_text("utf-8"))):
            yield target


# --- what texts promise -------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    assert list(broken_links(ROOT / name)) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# A Title, here\n", "utf-8")
    text = "[a](other.md#a-title-here) [b](no.md) [c](other.md#no) `[d](code.md)` [e](https://x.y)"
    (tmp_path / "page.md").write_text(text, "utf-8")
    assert list(broken_links(tmp_path / "page.md")) == ["no.md", "other.md#no"]


def make_commands(text: str) -> set[str]:
    """Make targets that a text mentions."""
    return set(re.findall(r"(?:^|[\s&;(])make ([a-z][a-z-]*)", code(text), re.MULTILINE))


@pytest.mark.parametrize("name", TEXTS)
def test_make_commands_are_targets(name: str) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert make_commands((ROOT / name).read_text("utf-8")) <= targets


def book_commands(text: str) -> set[str]:
    """Subcommands of ``bridgebook`` that a text names."""
    return {
        found
        for line in code(text).splitlines()
        if not re.match(r"\s*(?:>>> )?(?:from|import)\b", line)
        for found in re.findall(r"(?:^|[\s/])bridgebook ([a-z][a-z-]*)\b", line)
    }


@pytest.fixture(scope="module")
def subcommands() -> set[str]:
    """Subcommands of ``bridgebook`` in this environment, from its help."""
    (entry,) = {*metadata.entry_points(group="console_scripts", name="bridgebook")}
    program = f"import sys; from {entry.module} import {entry.attr} as main; main(['--help'])"
    shown = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    found = re.search(r"\{([a-z,-]+)\}", shown.stdout)
    assert found, shown.stdout
    return set(found[1].split(","))


@pytest.mark.parametrize("name", TEXTS)
def test_commands_of_the_book_exist(name: str, subcommands: set[str]) -> None:
    assert book_commands((ROOT / name).read_text("utf-8")) <= subcommands


def test_commands_are_found_in_code_only() -> None:
    text = "make sure; bridgebook is\n```bash\nmake book  # and\n.venv/bin/bridgebook serve\n"
    text += "import bridgebook as bb\n```\nrun `cd x && make lint` or `bridgebook build --fresh`\n"
    assert make_commands(text) == {"book", "lint"}
    assert book_commands(text) == {"serve", "build"}


PATHS = re.compile(
    r"^(?:\.ci|\.github|\.binder|\.devcontainer|bookpress|bridgebook|chapters|data|docs|teaching|tests)"
    r"/[\w./-]+$"
)
MADE_UP = re.compile(r"how[-_]much[-_]memory\.")
"""Where the chapter of docs/example would go."""


@pytest.mark.parametrize("name", TEXTS)
def test_paths_named_in_texts_exist(name: str) -> None:
    """A path in code is one of the repository; placeholders have angle brackets or a star."""
    if name.startswith(("CHANGELOG", "docs/decisions/0")):
        return  # what they name may be history
    spans = {match[2].strip() for match in SPAN.finditer(FENCE.sub("", (ROOT / name).read_text()))}
    paths = {span.rstrip("/") for span in spans if PATHS.match(span) and not MADE_UP.search(span)}
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


# --- decisions ----------------------------------------------------------------------------


def title_of(decision: Path) -> str:
    """Title of a decision without its number."""
    first = decision.read_text("utf-8").split("\n", 1)[0]
    found = re.fullmatch(r"# (?:\d+\.|\d{4}:) (.+)", first)
    assert found, f"{decision.name}: the first line is '# <number>. <title>': {first!r}"
    return found[1]


def test_every_decision_is_in_the_index_under_its_title() -> None:
    index = (DECISIONS / "README.md").read_text("utf-8")
    listed = dict(re.findall(r"^- \d+\. \[(.+)\]\((\d{4}-[\w-]+\.md)\): \S", index, re.MULTILINE))
    files = sorted(DECISIONS.glob("[0-9]*.md"))
    assert listed == {title_of(path): path.name for path in files}
    assert list(listed.values()) == [path.name for path in files], "in the order of their numbers"


# --- the bytes of a clone -----------------------------------------------------------------


def git(*arguments: str | Path, at: Path = ROOT) -> bytes:
    """Output of a git command."""
    command = ["git", "-C", str(at), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of HEAD as made on a system with CRLF line endings."""
    if not (ROOT / ".git").exists():
        pytest.fail("not a git clone: run `git clone`, an archive has no line ends to compare")
    place = tmp_path_factory.mktemp("clone") / "book"
    own = git("rev-parse", "--path-format=absolute", "--git-common-dir").decode().strip()
    head = git("rev-parse", "HEAD").decode().strip()
    windows = ["-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    git("clone", "--quiet", "--no-checkout", *windows, own, place)
    git("checkout", "--quiet", "--detach", head, at=place)
    assert git("config", "core.autocrlf", at=place).strip() == b"true"
    return place


def committed(*folders: str) -> Iterator[tuple[str, bytes]]:
    """Files of HEAD with their bytes."""
    for name in git("ls-tree", "-r", "-z", "--name-only", "HEAD", *folders).decode().split("\0"):
        if name:
            yield name, git("cat-file", "blob", f"HEAD:{name}")


def test_a_clone_has_the_same_data(clone: Path) -> None:
    files = dict(committed("data"))
    assert len(files) > 60
    assert {name for name, content in files.items() if (clone / name).read_bytes() != content} == (
        set()
    )


def test_no_file_of_a_clone_has_carriage_returns(clone: Path) -> None:
    scripts = ["Makefile", ".ci/run", "pyproject.toml", "requirements.lock", "_toc.yml"]
    texts = [clone / name for name in scripts] + [
        path for kind in ("*.py", "*.md", "*.yml", "*.js", "*.css") for path in clone.rglob(kind)
    ]
    assert len(texts) > 200
    assert [path for path in texts if b"\r" in path.read_bytes()] == []
    assert git("status", "--porcelain", at=clone) == b"", "git sees no file as changed"


def test_without_the_attributes_a_clone_would_differ(tmp_path: Path) -> None:
    """The setting that the tests above use does change bytes."""
    origin, copy = tmp_path / "origin", tmp_path / "copy"
    origin.mkdir()
    git("init", "--quiet", at=origin)
    (origin / "table.csv").write_bytes(b"a,b\n1,2\n")
    git("add", "table.csv", at=origin)
    someone = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    git(*someone, "commit", "--quiet", "--no-gpg-sign", "-m", "A table", at=origin)
    git("clone", "--quiet", "-c", "core.autocrlf=true", origin, copy)
    assert (copy / "table.csv").read_bytes() == b"a,b\r\n1,2\r\n"


def test_texts_keep_the_rules_of_the_editor() -> None:
    """UTF-8, a final newline, no trailing whitespace: what .editorconfig requires."""
    broken = []
    for name, content in committed("."):
        if name.endswith((".png", ".woff2", ".ttf", ".ico")) or not content:
            continue
        blanks = not name.startswith("data/") and re.search(rb"[ \t]+$", content, re.MULTILINE)
        if blanks or not content.endswith(b"\n") or b"\r" in content:
            broken.append(name)
        content.decode("utf-8")
    assert broken == []


# --- forms, hooks, the container, CI --------------------------------------------------------


def settings(name: str) -> Any:
    """A YAML or JSON file of the repository."""
    text = (ROOT / name).read_text("utf-8")
    return json.loads(text) if name.endswith(".json") else parse_yaml(text, name)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*-*.yml"))
)
def test_forms_are_complete(name: str) -> None:
    form = settings(f".github/ISSUE_TEMPLATE/{name}")
    assert {"name", "description", "title", "labels", "body"} <= form.keys()
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in fields]
    assert len(ids) == len(set(ids))
    assert all(field["attributes"]["label"] for field in fields)
    assert {field["type"] for field in fields} <= {"input", "textarea", "checkboxes", "dropdown"}
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_hooks_are_the_tools_of_make_lint() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(r"^lint:.*?\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert found
    linted = set(re.findall(r"\$\(BIN\)/([\w-]+)", found[1]))
    hooks = settings(".pre-commit-config.yaml")["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"], "nothing is downloaded"
    entries = [hook["entry"].removeprefix(".venv/bin/").split() for hook in hooks[0]["hooks"]]
    assert {tool for tool, *_ in entries} == linted
    assert {hook["language"] for hook in hooks[0]["hooks"]} == {"system"}


def test_ci_runs_the_script_and_may_only_read() -> None:
    workflow = settings(".github/workflows/ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["ci"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used)
    assert "secrets." not in (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_updates_are_proposed_for_what_is_here() -> None:
    updates = settings(".github/dependabot.yml")["updates"]
    kinds = {update["package-ecosystem"] for update in updates}
    packages = git("ls-files", "--", "package.json", "**/package.json").split()
    assert kinds == {"pip", "github-actions"} | ({"npm"} if packages else set())
    assert {update["schedule"]["interval"] for update in updates} == {"monthly"}
    assert all(update["groups"] for update in updates)
    exact = set(re.findall(r'^  "([\w-]+)[^"=]*==', (ROOT / "pyproject.toml").read_text(), re.M))
    kept = {rule["dependency-name"] for rule in updates[0]["ignore"]}
    kept_stems = tuple(name.removesuffix("*") for name in kept if name.endswith("*"))
    assert {name for name in exact - kept if not name.startswith(kept_stems)} <= MAY_MOVE


MAY_MOVE = {"frictionless", "sphinx-markdown-builder"}
"""Exact versions that fit no other program's and may be raised like any other."""


def test_the_container_builds_the_book_and_has_its_browsers() -> None:
    container = settings(".devcontainer/devcontainer.json")
    assert container["postCreateCommand"] == "make book"
    assert container["forwardPorts"] == [8000]
    recipe = (ROOT / ".devcontainer" / container["build"]["dockerfile"]).read_text("utf-8")
    assert recipe.splitlines()[1].startswith("FROM python:3.11")
    assert {"chromium", "firefox-esr"} <= set(recipe.split())


# --- nothing by its bare name -------------------------------------------------------------

BY_NAME = re.compile(
    r"\bpip3? (?:install|download)\b[^\n|;&]*?[\s'\"]bridgebook(?:[\[=<>~!'\"\s]|$)", re.MULTILINE
)


def installs_by_name(text: str) -> list[str]:
    """Commands in a text that install our package by a name that no index holds for us."""
    return [" ".join(match[0].split()) for match in BY_NAME.finditer(text)]


def test_nothing_says_to_install_the_package_by_its_name() -> None:
    """Anyone could claim the name in a package index and run code where the command is run."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    here = {Path(__file__).relative_to(ROOT).as_posix(), "tests/site/test_notebooks.py"}
    found = {}
    for name in sorted(set(tracked) - here):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".woff2", ".ttf", ".csv", ".lock"}:
            commands = installs_by_name(path.read_text("utf-8"))
            if commands:
                found[name] = commands
    assert not found


def test_such_a_command_would_be_found() -> None:
    assert installs_by_name("run `pip install 'bridgebook[book]'` first")
    assert installs_by_name("%pip install --quiet bridgebook==0.6.1\n")
    assert installs_by_name("pip install bridgebook")
    assert not installs_by_name("pip install . ; cd bridgebook")
    assert not installs_by_name("pip install --editable ./bookpress")
    assert not installs_by_name("pip install bridgebook-0.7.0-py3-none-any.whl")


# --- what is imported is declared ---------------------------------------------------------


def imported(package: str) -> set[str]:
    """Top-level names that the modules of a package import, but the standard library's and ours."""
    names = set()
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"bridgebook", "bookpress"}


def declared(*groups: str) -> set[str]:
    """Distributions that pyproject.toml names for readers, and in these groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = [*project["project"]["dependencies"]]
    lines += [line for group in groups for line in project["dependency-groups"][group]]
    return {re.split(r"[<>=~!\[; ]", line)[0].lower().replace("_", "-") for line in lines}


COMES_WITH = {"IPython": "ipywidgets", "traitlets": "ipywidgets"}
"""What a reader's Jupyter has in any case, since ipywidgets needs it."""


@pytest.mark.parametrize(
    ("package", "groups"), [("bridgebook", ()), ("bookpress", ("book", "test"))]
)
def test_what_a_package_imports_is_declared(package: str, groups: tuple[str, ...]) -> None:
    homes = metadata.packages_distributions()
    known = declared(*groups)
    missing = {}
    for name in sorted(imported(package)):
        owners = {home.lower().replace("_", "-") for home in homes.get(name, [])}
        if not owners & known and COMES_WITH.get(name) not in known:
            missing[name] = sorted(owners)
    assert not missing, f"imported and not declared in pyproject.toml: {missing}"
