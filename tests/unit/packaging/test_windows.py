"""Files for Windows that are created without running Windows programs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from project import Failed
from runcomfy_desktop import APP_NAME, __version__
from windows import installer, sign, version_info

WINDOWS = Path(__file__).resolve().parents[3] / "packaging" / "windows"
_SETTINGS = "http://schemas.microsoft.com/SMI/{}/WindowsSettings"


def read_version_info(text: str) -> dict[str, Any]:
    """Evaluates the file as PyInstaller does, but with functions that return tuples."""

    def word(name: str) -> Any:
        return lambda *parts, **named: (name, parts, named)

    names = ("FixedFileInfo", "StringFileInfo", "StringStruct", "StringTable")
    words = {name: word(name) for name in (*names, "VSVersionInfo", "VarFileInfo", "VarStruct")}
    _, _, whole = eval(text, words)
    strings, _languages = whole["kids"]
    ((_, (_language, pairs), _),) = strings[1][0]
    return {**whole["ffi"][2], **{name: value for _, (name, value), _ in pairs}}


def test_the_version_that_windows_shows_is_the_programs() -> None:
    text = (WINDOWS / "version_info.txt").read_text(encoding="utf-8")
    assert text == version_info.text(__version__), "python packaging/windows/version_info.py"
    found = read_version_info(text)
    assert found["ProductName"] == APP_NAME
    assert found["FileVersion"] == found["ProductVersion"] == __version__
    assert found["OriginalFilename"] == "runcomfy-desktop.exe"
    assert "Not made by RunComfy" in found["LegalCopyright"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.3", (1, 2, 3, 0)),
        ("1.0rc1", (1, 0, 0, 0)),
        ("2", (2, 0, 0, 0)),
        ("1.2.3.4.5", (1, 2, 3, 4)),
        ("0.1.0.dev3", (0, 1, 0, 0)),
    ],
)
def test_windows_compares_four_numbers(version: str, expected: tuple[int, ...]) -> None:
    assert version_info.numbers(version) == expected
    found = read_version_info(version_info.text(version))
    assert found["filevers"] == expected
    assert found["FileVersion"] == version
    assert version_info.dotted(version) == ".".join(map(str, expected))


def test_no_version_is_a_fault() -> None:
    with pytest.raises(Failed, match="does not begin with a number"):
        version_info.numbers("newest")


def test_the_manifest_says_how_the_program_wants_to_be_run() -> None:
    root = ET.parse(WINDOWS / "runcomfy-desktop.manifest").getroot()
    texts = {element.tag: element.text for element in root.iter()}
    level = root.find(".//{*}requestedExecutionLevel")
    assert level is not None
    assert level.attrib == {"level": "asInvoker", "uiAccess": "false"}
    assert texts[f"{{{_SETTINGS.format(2016)}}}dpiAwareness"] == "PerMonitorV2, PerMonitor"
    assert texts[f"{{{_SETTINGS.format(2005)}}}dpiAware"] == "true/pm"
    assert texts[f"{{{_SETTINGS.format(2016)}}}longPathAware"] == "true"
    assert texts[f"{{{_SETTINGS.format(2019)}}}activeCodePage"] == "UTF-8"
    controls = root.find(".//{*}dependentAssembly/{*}assemblyIdentity")
    assert controls is not None
    assert controls.get("name") == "Microsoft.Windows.Common-Controls"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Creates a program folder with a few files."""
    for name in ("runcomfy-desktop.exe", "_internal/b.dll", "_internal/PIL/deep/a.pyd"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 700)
    return tmp_path


def test_the_uninstaller_reads_files_first_and_inner_folders_before_outer(folder: Path) -> None:
    files = installer.contents(folder)
    assert installer.listing(files).split("\r\n") == [
        "_internal\\PIL\\deep\\a.pyd",
        "_internal\\b.dll",
        "runcomfy-desktop.exe",
        "_internal\\PIL\\deep\\",
        "_internal\\PIL\\",
        "_internal\\",
        "",
    ]
    assert installer.size_kb(folder, files) == 3


def test_each_file_goes_into_its_folder(folder: Path) -> None:
    text = installer.script(folder, installer.contents(folder), Path("list.txt"))
    assert text.splitlines() == [
        "!macro InstallFiles",
        '  SetOutPath "$INSTDIR\\_internal\\PIL\\deep"',
        f'  File "{folder / "_internal/PIL/deep/a.pyd"}"',
        '  SetOutPath "$INSTDIR\\_internal"',
        f'  File "{folder / "_internal/b.dll"}"',
        '  SetOutPath "$INSTDIR"',
        f'  File "{folder / "runcomfy-desktop.exe"}"',
        '  SetOutPath "$INSTDIR\\_internal"',
        '  File "list.txt"',
        "!macroend",
    ]


@pytest.mark.parametrize("name", ["_internal/$TEMP.dll", "_internal/Größe.dll"])
def test_names_that_the_installer_would_misread_stop_it(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")
    with pytest.raises(Failed, match="No installer can carry these names"):
        installer.contents(folder)


def test_a_folder_that_holds_no_program_stops_it(folder: Path) -> None:
    (folder / "runcomfy-desktop.exe").unlink()
    with pytest.raises(Failed, match=r"There is no runcomfy-desktop\.exe"):
        installer.contents(folder)


def test_makensis_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDOWS_CERTIFICATE", "Y2VydGlmaWNhdGU=")
    monkeypatch.setenv("WINDOWS_CERTIFICATE_PASSWORD", "secret-7315")
    assert sign.has_certificate()
    assert sign.command().endswith("sign.py")
    assert "secret" not in sign.command()
    assert "Y2Vy" not in sign.command()


def test_a_certificate_that_is_none_is_told(
    monkeypatch: pytest.MonkeyPatch, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WINDOWS_CERTIFICATE", "not-base64!")
    assert sign.main([str(folder / "runcomfy-desktop.exe")]) == 1
    assert "WINDOWS_CERTIFICATE is not base64" in capsys.readouterr().err
