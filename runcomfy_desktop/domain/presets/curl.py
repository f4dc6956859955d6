"""Extracts the body and the address from a cURL command, with the quoting of several shells.

Nothing else is used: the header with the key is neither read nor stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, islice, starmap
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMMAND_START = re.compile(r"\s*(?:[$>#]\s+|PS [^\n>]*>\s*)?curl(?:\.exe)?\s", re.IGNORECASE)
_DEPLOYMENT = re.compile(r"/deployments/([^/\s?#]{1,200})")
_DATA = ("--data-raw", "--data-binary", "--data-ascii", "--data", "--json", "-d")
# Other options that take a value; that value is not the address.
_OPTIONS_WITH_VALUE = (
    *("-H", "--header", "-X", "--request", "-A", "--user-agent", "-b", "--cookie", "-u", "--user"),
    *("-e", "--referer", "-o", "--output", "-x", "--proxy", "-m", "--max-time", "-F", "--form"),
    *("--connect-timeout", "--cacert", "--cert", "--key", "--retry", "-w", "--write-out", "-c"),
    *("--cookie-jar", "--data-urlencode", "--resolve", "--interface", "--limit-rate"),
)
_POSIX = re.compile(
    r"(?P<gap>\s++)|'(?P<bare>[^']*+)'|\$'(?P<ansi>(?:[^'\\]++|\\.)*+)'"
    r'|"(?P<soft>(?:[^"\\]++|\\.)*+)"|\\(?P<escaped>\r?\n|.)|(?P<plain>[^\s\'"\\$]++|\$)',
    re.DOTALL,
)
_CMD = re.compile(r'(?P<gap>\s++)|"(?P<soft>(?:[^"\\]++|\\.)*+)"|(?P<plain>[^\s"]++)', re.DOTALL)
_POWERSHELL = re.compile(
    r"(?P<gap>\s++)|'(?P<bare>(?:[^']++|'')*+)'|\"(?P<soft>(?:[^\"`]++|`.|\"\")*+)\""
    r"|(?P<plain>[^\s'\"]++)",
    re.DOTALL,
)
_ANSI = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPES = dict(zip("ntrbfave", "\n\t\r\b\f\a\v\x1b", strict=True))


@dataclass(frozen=True, slots=True)
class CurlCommand:
    """Body of a request, and the deployment id in its address, "" for none."""

    body: str
    deployment_id: str


def is_curl(text: str) -> bool:
    """Returns True if `text` looks like a cURL command."""
    return _COMMAND_START.match(text) is not None


def read_curl(text: str) -> CurlCommand:
    """Returns the body that the command would send, and the target deployment.

    Raises Problem if it contains no usable body.
    """
    words = islice(_words(text), 1, None)
    body: list[str] = []
    address = ""
    for word in words:
        if word in _DATA:
            body.append(next(words, ""))
        elif word == "--url":
            address = next(words, "")
        elif word in _OPTIONS_WITH_VALUE:
            next(words, "")
        elif (attached := _attached(word)) is not None:
            body.append(attached)
        elif not word.startswith("-") and "/" in word and not address:
            address = word
    if not body:
        raise Problem(
            _("This cURL command sends no body."),
            _("Nothing follows a -d, --data or --data-raw in it."),
            _("Copy the whole command, with the JSON that it sends."),
        )
    if any(each.startswith("@") for each in body):
        raise Problem(
            _("This cURL command takes its body from a file."),
            _("What is in the file is not in the command."),
            _("Import that file instead."),
        )
    found = _DEPLOYMENT.search(address)
    return CurlCommand("&".join(body), found[1] if found is not None else "")


def _attached(word: str) -> str | None:
    """Returns the value attached to a data option, or None: `-d{…}`, `--data={…}`."""
    if word.startswith("-d") and not word.startswith("--"):
        return word.removeprefix("-d")
    name, equals, rest = word.partition("=")
    return rest if equals and name in _DATA else None


def _words(text: str) -> Iterator[str]:
    """Yields the words of the command as its shell would pass them."""
    text = text.strip()
    if re.search(r"`[ \t]*\r?\n", text) or text.startswith("PS "):
        yield from _split(re.sub(r"`[ \t]*\r?\n", " ", text), _POWERSHELL, _unquote_powershell)
    elif re.search(r'\^[ \t]*\r?\n|\^"', text):
        yield from _split(_without_carets(text), _CMD, _unquote_cmd)
    else:
        yield from _split(text, _POSIX, _unquote_posix)


def _without_carets(text: str) -> str:
    text = re.sub(r"\^[ \t]*\r?\n", " ", text)
    # Browsers put a caret before each quote, and before all characters special to the prompt.
    return re.sub(r"\^(.)", r"\1", text) if '^"' in text else text


def _split(
    text: str, pattern: re.Pattern[str], unquote: Callable[[str, str], str]
) -> Iterator[str]:
    """Yields the words; `unquote` gets the kind of each part of a word, and the part's text."""
    tokens = ((kind, token[kind]) for token in pattern.finditer(text) if (kind := token.lastgroup))
    for is_gap, parts in groupby(tokens, key=lambda token: token[0] == "gap"):
        if not is_gap:
            yield "".join(starmap(unquote, parts))


def _unquote_posix(kind: str, text: str) -> str:
    if kind == "soft":
        return re.sub(r'\\(\r?\n|["\\$`])', lambda each: each[1].strip("\r\n"), text)
    if kind == "ansi":
        # Browsers write an emoji as two surrogates.
        halves = _ANSI.sub(_decode_escape, text).encode("utf-16-le", "surrogatepass")
        return halves.decode("utf-16-le", "surrogatepass")
    if kind == "escaped":
        return text.strip("\r\n")
    return text


def _decode_escape(token: re.Match[str]) -> str:
    if token[1] or token[2]:
        return chr(int(token[1] or token[2], 16))
    return _ESCAPES.get(token[3], token[3])


def _unquote_cmd(kind: str, text: str) -> str:
    if kind == "soft":
        # Backslashes are special only before a quote.
        return re.sub(r'(\\+)"', lambda each: "\\" * (len(each[1]) // 2) + '"', text)
    return text


def _unquote_powershell(kind: str, text: str) -> str:
    if kind == "bare":
        return text.replace("''", "'")
    if kind == "soft":
        return re.sub(r'`(.)|""', lambda each: each[1] or '"', text, flags=re.DOTALL)
    return text
