"""cURL commands from browsers, documentation and users, for three kinds of shells."""

from __future__ import annotations

import json

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.presets.curl import is_curl, read_curl

_URL = "https://api.runcomfy.net/prod/v1/deployments/dep-1/inference"
_BODY = {"overrides": {"6": {"inputs": {"text": 'it\'s "dusk"\n100 % é', "n": 1}}}}
_JSON = json.dumps(_BODY)
_POSIX = _JSON.replace("'", "'\\''")
_SOFT = _JSON.replace("\\", "\\\\").replace('"', '\\"')
_ANSI = _JSON.replace("\\", "\\\\").replace("'", "\\'")


def windows(text: str) -> str:
    """Escapes `text` for the C runtime: quotes by a backslash, which doubles those before."""
    quoted, slashes = "", 0
    for letter in text:
        if letter == '"':
            quoted += "\\" * slashes + '\\"'
        else:
            quoted += letter
        slashes = slashes + 1 if letter == "\\" else 0
    return quoted


def carets(text: str) -> str:
    """Escapes `text` for the Windows prompt, as browsers do."""
    return "".join(f"^{letter}" if letter in '"%{}&\\' else letter for letter in text)


@pytest.mark.parametrize(
    "command",
    [
        f"curl -X POST {_URL} -H 'Authorization: Bearer k' -d '{_POSIX}'",
        f"curl --request POST \\\n  --url {_URL} \\\n  --data-raw '{_POSIX}' \\\n  --compressed",
        f'curl "{_URL}" --json "{_SOFT}"',
        f"curl '{_URL}' \\\r\n  --data-raw $'{_ANSI}'",
        f"curl '{_URL}' -d'{_POSIX}'",
        f"$ curl -sS {_URL} --data='{_POSIX}' | jq .",
        f'curl ^"{_URL}^" ^\n  -H ^"authorization: Bearer k^" ^\n  --data-raw '
        f'^"{carets(windows(_JSON))}^"',
        f'curl.exe {_URL} ^\r\n  -d "{windows(_JSON)}"',
        f"curl.exe {_URL} `\n  -d '{windows(_JSON).replace(chr(39), chr(39) * 2)}'",
    ],
)
def test_body_and_deployment_are_found(command: str) -> None:
    assert is_curl(command)
    found = read_curl(command)
    assert found.deployment_id == "dep-1"
    body = found.body
    try:
        received = json.loads(body)
    except ValueError:
        # The shell passes the body on with the quoting meant for the program.
        received = json.loads(
            body.replace('\\\\\\"', "\0").replace('\\"', '"').replace("\0", '\\"')
        )
    assert received == _BODY


def test_an_emoji_comes_whole_as_browsers_write_it() -> None:
    found = read_curl('curl a/b --data-raw $\'{"text":"\\uD83D\\uDEB2 \\u00e9"}\'')
    assert found.body == '{"text":"\U0001f6b2 é"}'


def test_the_key_is_not_looked_at() -> None:
    found = read_curl("curl x/y -H 'Authorization: Bearer 5ecret' -u a:5ecret -d '{}'")
    assert "5ecret" not in repr(found)


@pytest.mark.parametrize(
    ("command", "title"),
    [
        ("curl https://x.example/a", "This cURL command sends no body."),
        ("curl https://x.example/a -d @body.json", "This cURL command takes its body from a file."),
    ],
)
def test_what_has_no_body_is_refused(command: str, title: str) -> None:
    with pytest.raises(Problem) as caught:
        read_curl(command)
    assert caught.value.title == title


@pytest.mark.parametrize("text", ["", "curling is a sport", '{"a": 1}', "wget x"])
def test_other_texts_are_no_command(text: str) -> None:
    assert not is_curl(text)


def test_a_body_of_megabytes_without_an_end_takes_no_time() -> None:
    found = read_curl("curl a/b -d '{}' \"" + "x\\y" * 400_000)
    assert found.body == "{}"
