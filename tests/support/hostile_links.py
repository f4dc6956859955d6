"""Malicious links from web pages, e-mails and chats, with the expected sentences.

The tests take the sentences from here, and the list in tests/hostile-inputs.md is generated from
them.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.hostile_cases import HostileEntry

_SCHEME = "runcomfy-desktop:"
_ID = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"


@dataclass(frozen=True)
class HostileLink:
    """Malicious link on a web page."""

    name: str
    text: str
    expected_text: str


def _link(name: str, text: str, why: str) -> HostileLink:
    return HostileLink(name, text, f"This link cannot be opened. {why} Nothing was done.")


_SIGNS = "It has signs in it that no link of this program has."
_LONG = "It is longer than any link of this program."

LINKS = (
    _link("nothing behind the colon", _SCHEME, "It does not say what it leads to."),
    _link(
        "a deployment without an ID",
        f"{_SCHEME}deployment",
        "It does not say which deployment it leads to.",
    ),
    _link(
        "a deployment with an empty ID",
        f"{_SCHEME}deployment/",
        "It does not say which deployment it leads to.",
    ),
    _link(
        "a wish to run",
        f"{_SCHEME}run/{_ID}",
        "It leads to “run”, which this version does not know.",
    ),
    _link(
        "another address for the API",
        f"{_SCHEME}settings?base_url=https://evil.example",
        "It leads to “settings?base_url=https:”, which this version does not know.",
    ),
    _link(
        "another word in capitals",
        f"{_SCHEME}Deployment/{_ID}",
        "It leads to “Deployment”, which this version does not know.",
    ),
    _link(
        "inputs behind the ID",
        f"{_SCHEME}deployment/{_ID}?6.text=x",
        f"“{_ID}?6.…” is not the ID of a deployment.",
    ),
    _link(
        "a way up",
        f"{_SCHEME}deployment/../../balance",
        "“../../balance” is not the ID of a deployment.",
    ),
    _link(
        "a coded slash",
        f"{_SCHEME}deployment/..%2f..%2fbalance",
        "“..%2f..%2fbalance” is not the ID of a deployment.",
    ),
    _link(
        "an option in place of the ID",
        f"{_SCHEME}deployment/--base-url",
        "“--base-url” is not the ID of a deployment.",
    ),
    _link(
        "a place behind the ID",
        f"{_SCHEME}deployment/{_ID}/runs",
        f"“{_ID}/ru…” is not the ID of a deployment.",
    ),
    _link(
        "markup",
        f"{_SCHEME}deployment/<b>x</b>",
        "“<b>x</b>” is not the ID of a deployment.",
    ),
    _link("a line break", f"{_SCHEME}deployment/{_ID}\nrun", _SIGNS),
    _link("a NUL", f"{_SCHEME}deployment/{_ID}\0", _SIGNS),
    _link("letters that look like others", f"{_SCHEME}d\u0435ployment/{_ID}", _SIGNS),
    _link("marks that turn the line around", f"{_SCHEME}deployment/\u202e{_ID}", _SIGNS),
    _link("half a character", f"{_SCHEME}deployment/\udcff", _SIGNS),
    _link("a megabyte", f"{_SCHEME}deployment/{'a' * 1_000_000}", _LONG),
    _link(
        "another program's scheme",
        f"https:deployment/{_ID}",
        f"It does not begin with “{_SCHEME}”.",
    ),
)


def entries() -> list[HostileEntry]:
    """Returns the rows for the list of malicious inputs."""
    return [HostileEntry(link.name, "", link.expected_text) for link in LINKS]
