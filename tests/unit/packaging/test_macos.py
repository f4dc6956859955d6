"""Files for macOS: entitlements, layout of the disk image, and signing if there are secrets."""

from __future__ import annotations

import base64
import os
import plistlib
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
MACOS = PROJECT / "packaging" / "macos"
SECRETS = {
    "MACOS_CERTIFICATE": base64.b64encode(b"the certificate").decode(),
    "MACOS_CERTIFICATE_PASSWORD": "certificate-secret",
    "MACOS_NOTARY_KEY": base64.b64encode(b"the notary's key").decode(),
    "MACOS_NOTARY_KEY_ID": "KEY7",
    "MACOS_NOTARY_ISSUER": "issuer-7",
    "CODESIGN_IDENTITY": "Developer ID Application: Somebody (TEAM)",
}
# Replaces Apple's tools and records its calls.
_TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
case "$(basename "$0") $1 ${2:-}" in
    "security find-identity "*)
        echo '  1) 0A1B "Developer ID Application: Somebody (TEAM)"' ;;
    "security list-keychains "*) [ $# -gt 3 ] || echo '    "/Users/me/login.keychain-db"' ;;
    "xcrun notarytool "*) echo "  status: ${APPLE_SAYS:-Accepted}" ;;
    "security import "*) cp "$2" "$CALLS.p12" ;;
esac
"""
_TOOLS = ("codesign", "ditto", "security", "spctl", "xcrun")
# Behaves like macOS' own openssl, which, unlike later versions, outputs nothing if its input has
# several lines (-A).
_OPENSSL = """#!/bin/sh
[ "$1 $2" = "base64 -d" ] || exec "$REAL_OPENSSL" "$@"
text=$(cat)
[ "$(printf '%s' "$text" | wc -l)" -gt 0 ] || printf '%s' "$text" | "$REAL_OPENSSL" "$@"
"""


class MacToolsStub:
    """A computer whose Apple tools only record their calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._calls = folder / "calls"
        self._tools = folder / "tools"
        self._tools.mkdir()
        for name in _TOOLS:
            (self._tools / name).write_text(_TOOL)
            (self._tools / name).chmod(0o755)
        (self._tools / "openssl").write_text(_OPENSSL)
        (self._tools / "openssl").chmod(0o755)

    def sign(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        plain = {name: value for name, value in os.environ.items() if name not in SECRETS}
        path = f"{self._tools}{os.pathsep}{os.environ['PATH']}"
        here = {"PATH": path, "CALLS": str(self._calls), "RUNNER_TEMP": str(self.folder)}
        here["REAL_OPENSSL"] = shutil.which("openssl") or ""
        return subprocess.run(
            ["sh", str(MACOS / "sign.sh"), *words],
            env={**plain, **here, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def imported(self) -> bytes:
        """The certificate as imported into the keychain."""
        return (self.folder / "calls.p12").read_bytes()

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []


@pytest.fixture
def mac(tmp_path: Path) -> MacToolsStub:
    return MacToolsStub(tmp_path)


def assert_no_secret(ended: subprocess.CompletedProcess[str]) -> None:
    for name in ("MACOS_CERTIFICATE", "MACOS_CERTIFICATE_PASSWORD", "MACOS_NOTARY_KEY"):
        assert SECRETS[name] not in ended.stdout + ended.stderr


def test_the_entitlements_ask_for_little() -> None:
    asked = plistlib.loads((MACOS / "entitlements.plist").read_bytes())
    assert asked == {"com.apple.security.cs.allow-unsigned-executable-memory": True}


def test_the_disk_image_shows_where_to_drag_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    made = runpy.run_path(
        str(MACOS / "dmg_settings.py"), {"defines": {"app": "somewhere/RunComfy Desktop.app"}}
    )
    assert made["files"] == ["somewhere/RunComfy Desktop.app"]
    assert made["symlinks"] == {"Applications": "/Applications"}
    assert set(made["icon_locations"]) == {"RunComfy Desktop.app", "Applications"}
    assert Path(made["icon"]).is_file()
    (_, (width, height)) = made["window_rect"]
    for x, y in made["icon_locations"].values():
        assert made["icon_size"] / 2 < x < width - made["icon_size"] / 2
        assert made["icon_size"] / 2 < y < height - made["icon_size"] / 2


def test_without_secrets_nothing_is_sent_and_it_says_so(mac: MacToolsStub) -> None:
    ended = mac.sign("keychain")
    assert ended.returncode == 0
    assert ended.stdout == ""
    assert "There is no MACOS_CERTIFICATE" in ended.stderr
    for words in (("app", "A.app"), ("dmg", "A.dmg")):
        ended = mac.sign(*words)
        assert ended.returncode == 0
        assert f"{words[1]} is not notarised: there are no secrets for it" in ended.stdout
    assert mac.sign("away").returncode == 0
    assert mac.calls == ["codesign --verify --deep --strict A.app"]


def test_the_certificate_goes_into_a_keychain_of_its_own(mac: MacToolsStub) -> None:
    ended = mac.sign("keychain", **SECRETS)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "CODESIGN_IDENTITY=Developer ID Application: Somebody (TEAM)\n"
    assert_no_secret(ended)
    keychain = str(mac.folder / "runcomfy-desktop.keychain-db")
    assert all(keychain in call for call in mac.calls if call.startswith("security create"))
    # The user's own keychains stay in the list.
    assert f"security list-keychains -d user -s {keychain} /Users/me/login.keychain-db" in mac.calls
    Path(keychain).touch()
    assert mac.sign("away", **SECRETS).returncode == 0
    assert mac.calls[-1] == f"security delete-keychain {keychain}"


def test_a_certificate_in_lines_arrives_whole(mac: MacToolsStub) -> None:
    """A certificate in base64 lines, as many tools write it, is imported completely."""
    certificate = bytes(range(256)) * 12
    lines = base64.encodebytes(certificate).decode()
    ended = mac.sign("keychain", **{**SECRETS, "MACOS_CERTIFICATE": lines})
    assert ended.returncode == 0, ended.stderr
    assert mac.imported == certificate


def test_program_and_image_are_notarised_and_stapled(mac: MacToolsStub) -> None:
    for words in (("app", "A.app"), ("dmg", "A.dmg")):
        ended = mac.sign(*words, **SECRETS)
        assert ended.returncode == 0, ended.stderr
        assert_no_secret(ended)
    calls = [" ".join(call.split()[:3]) for call in mac.calls]
    assert calls == [
        "codesign --verify --deep",
        "ditto -c -k",
        "xcrun notarytool submit",
        "xcrun stapler staple",
        "spctl --assess --type",
        "codesign --sign Developer",
        "xcrun notarytool submit",
        "xcrun stapler staple",
    ]


def test_what_apple_refuses_is_not_stapled(mac: MacToolsStub) -> None:
    ended = mac.sign("dmg", "A.dmg", APPLE_SAYS="Invalid", **SECRETS)
    assert ended.returncode == 1
    assert "A.dmg was not notarised" in ended.stderr
    assert not any("stapler" in call for call in mac.calls)


def test_a_wrong_word_is_told(mac: MacToolsStub) -> None:
    ended = mac.sign("everything")
    assert ended.returncode == 2
    assert "'everything' is not keychain, app, dmg or away" in ended.stderr
