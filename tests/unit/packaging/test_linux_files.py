"""Files that a Linux desktop reads: launcher entry, metadata, file type, man page."""

from __future__ import annotations

import configparser
import re
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from runcomfy_desktop import APP_ID, APP_NAME, __version__
from runcomfy_desktop.app.options import parse

PROJECT = Path(__file__).resolve().parents[3]
LINUX = PROJECT / "packaging" / "linux"
MIME = "application/x-comfyui-api-workflow+json"
_NAMESPACE = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}


def launcher() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign] # the documented way
    parser.read(LINUX / f"{APP_ID}.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def metainfo() -> ET.Element:
    return ET.parse(LINUX / f"{APP_ID}.metainfo.xml").getroot()


def text_of(root: ET.Element, path: str) -> str:
    return " ".join((root.findtext(path) or "").split())


def manual() -> str:
    return (LINUX / "runcomfy-desktop.1").read_text(encoding="utf-8").replace("\\-", "-")


def test_the_launcher_starts_the_program_with_a_file_or_a_link() -> None:
    entry = launcher()
    assert entry["Exec"] == "runcomfy-desktop %u"
    assert entry["TryExec"] == "runcomfy-desktop"
    assert entry["Name"] == APP_NAME
    assert entry["Icon"] == APP_ID
    assert entry["Terminal"] == "false"
    assert entry["StartupWMClass"] == APP_NAME  # Qt's name of the window on X11


def test_the_launcher_claims_links_and_workflows_but_not_every_json_file() -> None:
    """Listing application/json would make the program its default on some desktops."""
    types = launcher()["MimeType"].strip(";").split(";")
    assert types == [MIME, "x-scheme-handler/runcomfy-desktop"]


def test_every_place_says_who_did_not_make_it() -> None:
    assert "not made by RunComfy" in launcher()["Comment"]
    assert "not made, endorsed or supported by RunComfy" in text_of(metainfo(), "description/p")
    assert "not made, endorsed or supported by RunComfy" in manual()


def test_the_metadata_names_this_program_and_this_version() -> None:
    root = metainfo()
    assert text_of(root, "id") == APP_ID
    assert text_of(root, "name") == APP_NAME
    assert text_of(root, "launchable") == f"{APP_ID}.desktop"
    assert text_of(root, "icon") == APP_ID
    assert text_of(root, "provides/binary") == "runcomfy-desktop"
    assert text_of(root, "provides/mediatype") == MIME
    newest = root.find("releases/release")
    assert newest is not None
    assert newest.get("version") == __version__


def test_the_screenshots_are_the_pictures_of_the_tour() -> None:
    images = metainfo().findall("screenshots/screenshot/image")
    assert len(images) == 2
    for image in images:
        _, _, name = (image.text or "").partition("/main/")
        file = (PROJECT / name).read_bytes()
        size = struct.unpack_from(">II", file, 16)
        assert size == (int(image.get("width", 0)), int(image.get("height", 0)))


def test_the_file_type_is_json_by_the_name_under_which_comfyui_saves_it() -> None:
    root = ET.parse(LINUX / f"{APP_ID}.xml").getroot()
    (kind,) = root.findall("m:mime-type", _NAMESPACE)
    assert kind.get("type") == MIME
    above = kind.find("m:sub-class-of", _NAMESPACE)
    assert above is not None
    assert above.get("type") == "application/json"
    globs = [glob.get("pattern") for glob in kind.findall("m:glob", _NAMESPACE)]
    assert globs == ["*workflow_api.json"]


def test_the_manual_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    explained = set(re.findall(r"^\.B[A-Z]* .*?(--[a-z-]+)", manual(), re.MULTILINE))
    assert explained - {"--help"} == options - {"--help"}
    assert "--help" in explained


def test_the_manual_is_named_after_the_command() -> None:
    assert manual().startswith(".TH RUNCOMFY-DESKTOP 1")
    assert re.search(r"^runcomfy-desktop - an independent", manual(), re.MULTILINE)
