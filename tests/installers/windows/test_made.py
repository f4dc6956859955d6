"""Files made by makensis and the signing tools: contents, signatures, reproducible bytes."""

from __future__ import annotations

import base64
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop import APP_ID, APP_NAME, __version__
from tests.installers.windows import windows_setups
from tests.installers.windows.wine import file_contents, program_folder
from windows import installer, sign

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installers.windows.windows_setups import WindowsSetups
    from tests.installers.windows.wine import WinePrefix

_PASSWORD = "pa55 & wörd"
_32_BIT, _64_BIT = 0x14C, 0x8664
_SHORTCUT = r"""Unicode true
OutFile "{out}"
RequestExecutionLevel user
SilentInstall silent
!include "{header}"
Section
  FileOpen $9 "C:\id.txt" w
  System::Call 'propsys::PSCreateMemoryPropertyStore(g "${{IID_IPropertyStore}}", *p.r2)i.r6'
  !insertmacro SetShortcutId "{id}"
  System::Call '*${{SYSSTRUCT_PROPERTYKEY}}(${{PKEY_AppUserModel_ID}})p.r3'
  System::Call '*(&i2 0, &i6 0, p 0, p 0)p.r5'
  ${{IPropertyStore::GetValue}} $2 '($3,$5).r6'
  System::Call '*$5(&i2, &i6, w.r8)'
  FileWrite $9 "$6 $8"
  FileClose $9
SectionEnd
"""


def output_of(*words: str | Path) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def machine(file: Path) -> int:
    """Returns the processor type of a Windows program."""
    head = file.read_bytes()[:4096]
    return int(struct.unpack_from("<H", head, struct.unpack_from("<I", head, 0x3C)[0] + 4)[0])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Creates a self-signed certificate, as .pem and, with its key, as .pfx."""
    folder = tmp_path_factory.mktemp("authority")
    key, pem, pfx = (folder / name for name in ("key", "certificate.pem", "certificate.pfx"))
    output_of(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
        *("-subj", "/CN=Somebody", "-addext", "extendedKeyUsage=codeSigning"),
        *("-keyout", key, "-out", pem),
    )
    output_of(
        *("openssl", "pkcs12", "-export", "-inkey", key, "-in", pem, "-out", pfx),
        *("-passout", f"pass:{_PASSWORD}"),
    )
    return folder


@pytest.fixture
def certificate(authority: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sets the environment of a release: a certificate, but here without a timestamp server."""
    pfx = (authority / "certificate.pfx").read_bytes()
    monkeypatch.setenv("WINDOWS_CERTIFICATE", base64.b64encode(pfx).decode())
    monkeypatch.setenv("WINDOWS_CERTIFICATE_PASSWORD", _PASSWORD)
    monkeypatch.setenv("WINDOWS_TIMESTAMP_URL", "")
    return authority / "certificate.pem"


def assert_signed(file: Path, certificate: Path) -> None:
    message = output_of("osslsigncode", "verify", "-CAfile", certificate, "-in", file)
    assert "Signature verification: ok" in message
    assert "CN=Somebody" in message


def test_program_uninstaller_and_installer_are_signed(
    windows: WinePrefix, program: Path, certificate: Path, tmp_path: Path
) -> None:
    payload = windows_setups.make_payload(program, tmp_path / "payload", whole=False)
    setup = windows_setups.make_setup(payload, tmp_path / "signed-setup.exe", __version__)
    assert_signed(setup, certificate)
    assert windows.run(setup, "/S") == 0
    assert_signed(program_folder(windows) / "runcomfy-desktop.exe", certificate)
    assert_signed(program_folder(windows) / "uninstall.exe", certificate)


def test_without_a_certificate_nothing_is_signed_and_it_says_so(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = program.read_bytes()
    assert sign.main([str(program)]) == 0
    assert "is not signed: there is no WINDOWS_CERTIFICATE" in capsys.readouterr().out
    assert program.read_bytes() == before


@pytest.mark.usefixtures("certificate")
def test_a_wrong_password_fails_and_is_not_told(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WINDOWS_CERTIFICATE_PASSWORD", "secret-7315")
    before = program.read_bytes()
    assert sign.main([str(program)]) == 1
    message = "".join(capsys.readouterr())
    assert "is not signed. osslsigncode ended with" in message
    assert "secret-7315" not in message
    assert program.read_bytes() == before


def test_the_installer_that_is_handed_out(built_setups: WindowsSetups, tmp_path: Path) -> None:
    """The installer is compressed, and its 32-bit stub starts on every Windows."""
    setup = installer.make(built_setups.payload, tmp_path / "a-setup.exe", version="1.2rc3")
    assert machine(setup) == _32_BIT
    assert machine(built_setups.new) == _64_BIT
    text = setup.read_bytes().decode("utf-16-le", "ignore") + setup.read_bytes()[1:].decode(
        "utf-16-le", "ignore"
    )
    for fact in (f"{APP_NAME} setup", "1.2rc3", "Not made by RunComfy"):
        assert fact in text
    manifest = setup.read_bytes().decode("latin-1")
    assert 'requestedExecutionLevel level="asInvoker"' in manifest
    again = installer.make(built_setups.payload, tmp_path / "b-setup.exe", version="1.2rc3")
    assert again.read_bytes() == setup.read_bytes()


def test_the_order_and_the_dates_of_files_change_nothing(
    built_setups: WindowsSetups, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    for name, body in reversed(file_contents(built_setups.payload).items()):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(body)
    first = windows_setups.make_setup(built_setups.payload, tmp_path / "a-setup.exe", __version__)
    second = windows_setups.make_setup(copy, tmp_path / "b-setup.exe", __version__)
    assert first.read_bytes() == second.read_bytes()


def test_the_shortcut_gets_the_programs_id(windows: WinePrefix, tmp_path: Path) -> None:
    """The shortcut's property store gets the program's id.

    Wine's shortcuts store no properties, so a property store in memory takes its place here.
    """
    script, out = tmp_path / "id.nsi", tmp_path / "give-id.exe"
    header = windows_setups.WINDOWS / "shortcut.nsh"
    script.write_text(_SHORTCUT.format(out=out, header=header, id=APP_ID))
    output_of("makensis", "-WX", "-V2", "-XTarget amd64-unicode", script)
    assert windows.run(out) == 0
    assert (windows.drive_c / "id.txt").read_text() == f"0 {APP_ID}"
    text = (windows_setups.WINDOWS / "installer.nsi").read_text(encoding="utf-8")
    assert f'!define APP_ID "{APP_ID}"' in text
