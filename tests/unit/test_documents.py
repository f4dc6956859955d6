"""The documents are correct about files, commands and options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runcomfy_desktop.app.options import parse

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "packaging/README.md")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FILE = re.compile(r"`([\w./]+\.(?:py|qss|json|md)|[\w/]+/)`")
_COMMAND = re.compile(r"`make ([a-z]+)")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    document = PROJECT / name
    links = _LINK.findall(document.read_text(encoding="utf-8"))
    inside = [link.partition("#") for link in links if "://" not in link]
    missing = [
        path + mark + heading
        for path, mark, heading in inside
        if not (target := document.parent / path if path else document).is_file()
        or (heading and heading not in headings(target))
    ]
    assert missing == []


def headings(document: Path) -> set[str]:
    """Returns the anchors of the headings of a document."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_contributing_names_files_that_exist() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = ("runcomfy_desktop", "resources", "tests", "packaging")
    found = {path.as_posix() for folder in folders for path in (PROJECT / folder).rglob("*")}
    missing = [
        name
        for name in sorted(set(_FILE.findall(text)))
        if not any(path.endswith(f"/{name.rstrip('/')}") for path in found)
    ]
    # An example of a name that no module may have.
    assert missing == ["sending.py"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_knows_the_commands(name: str) -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(_COMMAND.findall((PROJECT / name).read_text(encoding="utf-8")))
    assert named <= targets


def test_readme_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    table = set(re.findall(r"^\| `(--[a-z-]+)", (PROJECT / "README.md").read_text(), re.MULTILINE))
    assert table == options
