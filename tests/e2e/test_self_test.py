"""The self-test of an installation: it passes if everything is present.

Every part that is removed or broken is named in the output and in the report, with exit code 1, and
in time.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop import __version__
from runcomfy_desktop.selftest.checks import WITHOUT_WINDOW, checks_of
from runcomfy_desktop.selftest.runner import TIMEOUT_VARIABLE
from runcomfy_desktop.selftest.service_checks import ROUND_TRIP_VARIABLE
from tests.e2e.wayland_compositor import wayland
from tests.support.installed_program import InstalledProgram
from tests.support.soak import share

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.support.secret_service import DesktopSession

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
ON_QT = set(checks_of("offscreen", is_first=True))
RESOURCES = "runcomfy_desktop/resources"
PLUGINS = "PySide6/Qt/plugins"
BELIEVES_ANYBODY = """
import ssl
careful = ssl.SSLContext.wrap_socket
def careless(self, *given, **named):
    if named.get("server_hostname"):
        self.check_hostname = False
        self.verify_mode = ssl.CERT_NONE
    return careful(self, *given, **named)
ssl.SSLContext.wrap_socket = careless
"""
NO_FONTS = "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig></fontconfig>"


@dataclass(frozen=True)
class Mutation:
    """Damage to one part of the installation, and its expected effects.

    The part is removed (`gone`, patterns below the packages), hidden by another (`put`, a module
    and its text) or broken from outside (`env`). `fails` are the parts that fail; one of the
    reported reasons contains `word`.
    """

    name: str
    fails: set[str]
    gone: tuple[str, ...] = ()
    put: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    word: str = ""


def plugin(place: str, fails: set[str]) -> Mutation:
    return Mutation(place, {"Qt plugins", *fails}, (f"{PLUGINS}/{place}.so",))


# Damage that affects only the process without Qt, and only the one with Qt.
WITHOUT_QT_CHECKS = [
    Mutation("own dist-info", {"metadata"}, ("runcomfy_desktop-*.dist-info",)),
    Mutation("dist-info of keyring", {"keyring"}, ("keyring-*.dist-info",), word="dist-info"),
    Mutation("cryptography", {"keyring", "modules"}, ("cryptography",), word="cryptography"),
    Mutation("jeepney", {"keyring", "modules"}, ("jeepney",), word="jeepney"),
    Mutation("secretstorage", {"keyring"}, ("secretstorage",), word="secretstorage"),
    Mutation("cacert.pem", {"certificates"}, ("certifi/cacert.pem",), word="cacert.pem"),
    Mutation("lazy module", {"modules"}, ("runcomfy_desktop/ui/help/about.py",), word="about"),
    Mutation("lazy room", {"modules"}, ("runcomfy_desktop/tour",), word="tour"),
    Mutation("Pillow's WebP", {"drawing"}, ("PIL/WebPImagePlugin.py",), word="webp"),
    Mutation("Pillow's GIF", {"drawing"}, ("PIL/GifImagePlugin.py",), word="gif"),
    Mutation(
        "quick JSON",
        {"Python's own parts"},
        put={"_json": "raise ImportError('gone')"},
        word="_json",
    ),
    Mutation("QtNetwork", {"modules"}, ("PySide6/QtNetwork*.so",), word="QtNetwork"),
    Mutation(
        "TLS that believes anybody",
        {"TLS"},
        put={"sitecustomize": BELIEVES_ANYBODY},
        word="was trusted",
    ),
    Mutation(
        "one workflow",
        {"resources", "workflows", "demo service"},
        (f"{RESOURCES}/workflows/wan-clip.json",),
        word="wan-clip.json",
    ),
]
OF_QT = [
    *(
        plugin(f"imageformats/libq{name}", {"picture formats"})
        for name in ("webp", "jpeg", "gif", "tiff", "ico")
    ),
    plugin("imageformats/libqsvg", {"picture formats", "style sheet"}),
    plugin("iconengines/libqsvgicon", {"icons"}),
    plugin("platforminputcontexts/libcomposeplatforminputcontextplugin", set()),
    plugin("platforms/libqxcb", set()),
    plugin("wayland-shell-integration/libxdg-shell", set()),
    Mutation("fonts", {"text", "window"}, env={"FONTCONFIG_FILE": "no-fonts.conf"}, word="font"),
]
OF_BOTH = [
    Mutation("one icon", {"resources", "icons"}, (f"{RESOURCES}/icons/dice.svg",), word="dice.svg"),
    Mutation(
        "style sheet", {"resources", "style sheet", "window"}, (f"{RESOURCES}/style/window.qss",)
    ),
    Mutation(
        "libQt6Svg",
        {"modules", "Qt plugins", "picture formats", "icons", "style sheet", "window"},
        ("PySide6/Qt/lib/libQt6Svg.so.6",),
        word="libQt6Svg",
    ),
    Mutation(
        "libraries that are the system's",
        {"libraries", "libraries of Qt"},
        put={"sitecustomize": "import sys; sys._MEIPASS = '/nowhere'"},
        word="libQt6Core",
    ),
    Mutation("qasync", {"modules", "event loop", "window"}, ("qasync",)),
    Mutation("httpx", {"modules", "TLS", "demo service"}, ("httpx",)),
    Mutation("emulator", {"modules", "demo service"}, ("runcomfy_desktop/emulator",)),
    Mutation(
        "libsqlite3",
        {"modules", "Python's own parts", "history", "demo service"},
        put={"_sqlite3": "raise ImportError('no libsqlite3')"},
        word="no libsqlite3",
    ),
]
# Parts of the program that the lower layers do not need.
UNUSED = ("ui", "core", "emulator", "domain/conversion", "tour", "platform")
# Each run tests one pair in four, a soak all of them.
PAIRS = [
    *(tuple(each for each in pair if each) for pair in zip_longest(WITHOUT_QT_CHECKS, OF_QT)),
    *((each,) for each in OF_BOTH),
][:: share(4, 1)]


@dataclass(frozen=True)
class SelfTestOutcome:
    """Result of one self-test."""

    code: int
    output: str
    report: dict[str, Any]

    def failed(self, group: str = "") -> set[str]:
        parts = [each for each in self.report["parts"] if not group or each["group"] == group]
        return {each["name"] for each in parts if not each["ok"]}

    def says(self, name: str) -> str:
        """Returns the message about a part that fails."""
        found = [each for each in self.report["parts"] if each["name"] == name and not each["ok"]]
        return "\n".join([found[0]["says"], *found[0]["trace"]])


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> InstalledProgram:
    return InstalledProgram.make(tmp_path_factory.mktemp("installed"))


def run_self_test(
    installed: InstalledProgram, tmp_path: Path, environment: dict[str, str], *groups: str
) -> SelfTestOutcome:
    """Runs the self-test on everything, like a user, or on some groups of parts."""
    file = tmp_path / "report.json"
    if groups:
        ended = installed.self_test(file, *groups, environment=environment)
    else:
        ended = installed.run("--self-test", "--report", str(file), environment=environment)
    return SelfTestOutcome(
        ended.returncode, ended.stdout + ended.stderr, json.loads(file.read_bytes())
    )


def test_a_whole_installation_passes_and_leaves_nothing_behind(
    installed: InstalledProgram, tmp_path: Path
) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    places = {name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    outcome = run_self_test(installed, tmp_path, {**OFFSCREEN, **places, "TMPDIR": str(scratch)})
    assert outcome.code == 0, outcome.output
    assert outcome.output.splitlines()[-1] == "everything is there"
    assert "FAILED" not in outcome.output
    assert outcome.report["ok"] is True
    assert outcome.report["version"] == __version__
    versions = {"Python", "Qt", "PySide6", "OpenSSL", "SQLite", "Pillow", "httpx"}
    assert versions <= set(outcome.report["versions"])
    assert {each["group"] for each in outcome.report["parts"]} == {WITHOUT_WINDOW, "offscreen"}
    assert [each["name"] for each in outcome.report["parts"]] == [
        *checks_of(WITHOUT_WINDOW, is_first=True),
        *checks_of("offscreen", is_first=True),
    ]
    assert list(scratch.iterdir()) == []
    # The list of fonts is provided by the system.
    assert {each.name for each in home.iterdir()} <= {".cache"}


@pytest.mark.soak
@pytest.mark.parametrize(
    "pair", PAIRS, ids=[" and ".join(each.name for each in pair) for pair in PAIRS]
)
def test_what_is_missing_is_told_and_nothing_else(
    installed: InstalledProgram, tmp_path: Path, pair: tuple[Mutation, ...]
) -> None:
    """Two parts are damaged at once if they concern different processes."""
    environment = dict(OFFSCREEN)
    for each in pair:
        environment.update(each.env)
        put_in_front(tmp_path, environment, each.put)
    with installed.without(*(pattern for each in pair for pattern in each.gone)):
        outcome = run_self_test(installed, tmp_path, environment)
    assert outcome.code == 1
    assert outcome.report["ok"] is False
    assert outcome.failed() == set().union(*(each.fails for each in pair)), outcome.output
    for each in pair:
        assert any(each.word in outcome.says(part) for part in each.fails), outcome.output


def put_in_front(tmp_path: Path, environment: dict[str, str], modules: dict[str, str]) -> None:
    """Writes modules that hide the installed ones, and the file that an `env` refers to."""
    front = tmp_path / "front"
    front.mkdir(exist_ok=True)
    environment["PYTHONPATH"] = str(front)
    for module, text in modules.items():
        (front / f"{module}.py").write_text(text)
    if environment.get("FONTCONFIG_FILE") == "no-fonts.conf":
        (front / "no-fonts.conf").write_text(NO_FONTS)
        environment["FONTCONFIG_FILE"] = str(front / "no-fonts.conf")


def test_a_part_that_crashes_is_told_and_the_others_are_looked_at(
    installed: InstalledProgram, tmp_path: Path
) -> None:
    environment = dict(OFFSCREEN)
    put_in_front(tmp_path, environment, {"certifi": "import os; os.abort()"})
    outcome = run_self_test(installed, tmp_path, environment)
    assert outcome.code == 1
    # The unreached parts of the crashed process fail, and none of the other process.
    assert outcome.failed("offscreen") == set()
    assert "signal 6" in outcome.output
    assert re.search(r"File .*certifi\.py", outcome.output), "it is told where it crashed"
    assert any("was not reached" in each["says"] for each in outcome.report["parts"])


def test_a_part_that_hangs_ends_in_time(installed: InstalledProgram, tmp_path: Path) -> None:
    environment = {**OFFSCREEN, TIMEOUT_VARIABLE: "2"}
    put_in_front(tmp_path, environment, {"certifi": "import time; time.sleep(600)"})
    outcome = run_self_test(installed, tmp_path, environment, WITHOUT_WINDOW)
    assert outcome.code == 1
    assert "did not end within 2 s" in outcome.output


def test_an_optimised_python_finds_as_much(installed: InstalledProgram, tmp_path: Path) -> None:
    """`-O` removes assertions; the self-test still finds every fault.

    This Python has to compile everything that it imports, so most of the program is removed.
    """
    file = tmp_path / "report.json"
    with installed.without("certifi/cacert.pem", *map("runcomfy_desktop/{}".format, UNUSED)):
        ended = subprocess.run(
            [installed.python, "-O", "-m", "runcomfy_desktop", "--self-test", "--report", file],
            cwd=installed.folder,
            env={**os.environ, **OFFSCREEN},
            capture_output=True,
            timeout=100,
            check=False,
        )
    outcome = SelfTestOutcome(
        ended.returncode, ended.stdout.decode(), json.loads(file.read_bytes())
    )
    assert outcome.code == 1
    assert "FAILED  certificates" in outcome.output
    assert "cacert.pem" in outcome.says("certificates")


def test_without_a_place_to_print_to_there_is_the_report_and_the_keyring_is_not_used(
    installed: InstalledProgram, tmp_path: Path, desktop: DesktopSession
) -> None:
    """A windowed program on Windows has no output: `sys.stdout` is None."""
    file = tmp_path / "report.json"
    command = 'exec "$0" -m runcomfy_desktop --self-test --report "$1" <&- >&- 2>&-'
    ended = subprocess.run(
        ["/bin/sh", "-c", command, installed.python, file],
        cwd=installed.folder,
        env={**os.environ, **OFFSCREEN},
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0
    report = json.loads(file.read_bytes())
    assert report["ok"] is True
    (keyring,) = [each["says"] for each in report["parts"] if each["name"] == "keyring"]
    assert "SecretService" in keyring
    assert "came back" not in keyring


def test_the_keyring_is_used_when_that_is_asked_for(
    installed: InstalledProgram, tmp_path: Path, desktop: DesktopSession
) -> None:
    outcome = run_self_test(
        installed, tmp_path, {**OFFSCREEN, ROUND_TRIP_VARIABLE: "1"}, WITHOUT_WINDOW
    )
    assert outcome.code == 0, outcome.output
    assert "came back" in outcome.output


def test_a_report_that_cannot_be_written_is_a_failure(
    installed: InstalledProgram, tmp_path: Path
) -> None:
    """Everything is checked and reported, and the last line names the problem."""
    ended = installed.self_test(tmp_path / "no" / "r.json", "offscreen", environment=OFFSCREEN)
    assert ended.returncode == 1
    assert "r.json cannot be written" in ended.stdout


# On real displays


def test_displays_are_looked_at_without_being_asked(
    installed: InstalledProgram, tmp_path: Path, display: Display
) -> None:
    with wayland(tmp_path) as environment:
        outcome = run_self_test(installed, tmp_path, {**environment, "DISPLAY": display.name})
    assert outcome.code == 0, outcome.output
    groups = {each["group"] for each in outcome.report["parts"]}
    assert groups == {WITHOUT_WINDOW, "xcb", "wayland", "offscreen"}


def test_a_missing_way_to_x11_is_told(
    installed: InstalledProgram, tmp_path: Path, display: Display
) -> None:
    """Qt aborts in this case."""
    with installed.without(f"{PLUGINS}/platforms/libqxcb.so"):
        outcome = run_self_test(installed, tmp_path, {"DISPLAY": display.name}, "xcb", "offscreen")
    assert outcome.code == 1
    assert outcome.failed("xcb") == ON_QT
    assert outcome.failed("offscreen") == set()
    assert "signal 6" in outcome.output


def test_a_library_of_x11_that_cannot_be_loaded_is_told(
    installed: InstalledProgram, tmp_path: Path, display: Display
) -> None:
    (tmp_path / "libxcb-cursor.so.0").write_bytes(b"")
    environment = {"DISPLAY": display.name, "LD_LIBRARY_PATH": str(tmp_path)}
    outcome = run_self_test(installed, tmp_path, environment, "xcb")
    assert outcome.code == 1
    assert outcome.failed("xcb") == ON_QT
    assert "xcb-cursor" in outcome.output


def test_what_wayland_lacks_is_told(installed: InstalledProgram, tmp_path: Path) -> None:
    with wayland(tmp_path) as environment:
        with installed.without(f"{PLUGINS}/platforms/libqwayland.so"):
            outcome = run_self_test(installed, tmp_path, environment, "wayland")
        assert outcome.failed("wayland") == ON_QT
        with installed.without(f"{PLUGINS}/wayland-shell-integration/libxdg-shell.so"):
            outcome = run_self_test(installed, tmp_path, environment, "wayland")
        assert {"platform", "window"} <= outcome.failed("wayland"), outcome.output
