"""The program's files for Linux desktops, checked with the tools that desktops use."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runcomfy_desktop import APP_ID

PROJECT = Path(__file__).resolve().parents[2]
LINUX = PROJECT / "packaging" / "linux"
_EDITOR = """[Desktop Entry]
Type=Application
Name=Editor
Exec=true %u
MimeType=text/plain;
"""
_SYSTEM_TYPES = Path("/usr/share/mime/packages/freedesktop.org.xml")


def output_of(*words: str, cwd: Path = LINUX, env: dict[str, str] | None = None) -> str:
    """Runs a command and returns both output streams; fails if the command fails."""
    ended = subprocess.run(
        words,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_the_launcher_entry_is_valid() -> None:
    assert output_of("desktop-file-validate", f"{APP_ID}.desktop") == ""


def test_the_metadata_is_valid() -> None:
    message = output_of("appstreamcli", "validate", "--no-net", f"{APP_ID}.metainfo.xml")
    assert "Validation was successful" in message


def test_the_manual_is_set_without_a_warning() -> None:
    words = ("groff", "-man", "-Tutf8", "-ww", "-K", "utf8", "-P-c", "runcomfy-desktop.1")
    message = output_of(*words)
    assert "warning" not in message
    assert "It is not made, endorsed or supported by RunComfy." in " ".join(message.split())


@pytest.fixture
def desktop(tmp_path: Path) -> dict[str, str]:
    """Environment with this program and a text editor installed, the editor being the default."""
    data = tmp_path / "share"
    applications, types = data / "applications", data / "mime" / "packages"
    applications.mkdir(parents=True)
    types.mkdir(parents=True)
    launcher = (LINUX / f"{APP_ID}.desktop").read_text(encoding="utf-8")
    # The program is not in the PATH of this computer.
    launcher = launcher.replace("TryExec=runcomfy-desktop\n", "").replace(
        "Exec=run", "Exec=true run"
    )
    (applications / f"{APP_ID}.desktop").write_text(launcher, encoding="utf-8")
    (applications / "editor.desktop").write_text(_EDITOR, encoding="utf-8")
    (applications / "mimeapps.list").write_text(
        "[Default Applications]\ntext/plain=editor.desktop\n", encoding="utf-8"
    )
    for file in (_SYSTEM_TYPES, LINUX / f"{APP_ID}.xml"):
        (types / file.name).write_bytes(file.read_bytes())
    output_of("update-mime-database", str(data / "mime"))
    output_of("update-desktop-database", str(applications))
    return {
        "XDG_DATA_HOME": str(data),
        "XDG_DATA_DIRS": str(data),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }


def default_for(kind: str, desktop: dict[str, str]) -> str:
    first = output_of("gio", "mime", kind, env=desktop).splitlines()[0]
    return first.rpartition(": ")[2]


def type_of(file: Path, desktop: dict[str, str]) -> str:
    file.write_text('{"3": {"class_type": "KSampler", "inputs": {}}}', encoding="utf-8")
    message = output_of("gio", "info", "-a", "standard::content-type", str(file), env=desktop)
    return message.rpartition("standard::content-type: ")[2].strip()


def test_a_saved_workflow_and_a_link_open_this_program(
    desktop: dict[str, str], tmp_path: Path
) -> None:
    kind = "application/x-comfyui-api-workflow+json"
    assert type_of(tmp_path / "workflow_api.json", desktop) == kind
    assert type_of(tmp_path / "hills_workflow_api.json", desktop) == kind
    assert default_for(kind, desktop) == f"{APP_ID}.desktop"
    assert default_for("x-scheme-handler/runcomfy-desktop", desktop) == f"{APP_ID}.desktop"


def test_other_json_files_stay_with_the_persons_editor(
    desktop: dict[str, str], tmp_path: Path
) -> None:
    assert type_of(tmp_path / "package.json", desktop) == "application/json"
    assert default_for("application/json", desktop) == "editor.desktop"
