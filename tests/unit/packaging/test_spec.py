"""The PyInstaller spec collects the right files on all three systems.

Here it is run with recorders in place of PyInstaller's functions, and with the file names of Qt's
own packages for those systems.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcomfy_desktop import APP_ID, APP_NAME, __version__
from runcomfy_desktop.app.options import LINK_SCHEME
from runcomfy_desktop.app.package_channel import PackageChannel

PACKAGING = Path(__file__).resolve().parents[3] / "packaging"
SPEC = PACKAGING / "pyinstaller" / "runcomfy-desktop.spec"
Entry = tuple[str, str, str]

_FORMATS = ("gif", "icns", "ico", "jpeg", "pdf", "svg", "tga", "tiff", "wbmp", "webp")
_INCLUDED_FORMATS = ("gif", "ico", "jpeg", "svg", "tiff", "webp")
_UNUSED_LIBRARIES = ("OpenGL", "Pdf", "Qml", "QmlModels", "Quick", "Sql", "VirtualKeyboard")
_USED_LIBRARIES = ("Core", "Gui", "Network", "Svg", "Widgets")

# Paths in the bundle, as PyInstaller names them: those that must stay, and those that must go.
WINDOWS_INCLUDED = [
    "python313.dll",
    r"PySide6\QtWidgets.pyd",
    *(rf"PySide6\Qt6{name}.dll" for name in _USED_LIBRARIES),
    *(rf"PySide6\plugins\imageformats\q{name}.dll" for name in _INCLUDED_FORMATS),
    r"PySide6\plugins\iconengines\qsvgicon.dll",
    r"PySide6\plugins\platforms\qwindows.dll",
    r"PySide6\plugins\platforms\qoffscreen.dll",
    r"PySide6\plugins\styles\qmodernwindowsstyle.dll",
]
WINDOWS_DROPPED = [
    *(rf"PySide6\Qt6{name}.dll" for name in _UNUSED_LIBRARIES),
    *(rf"PySide6\plugins\imageformats\q{n}.dll" for n in _FORMATS if n not in _INCLUDED_FORMATS),
    r"PySide6\opengl32sw.dll",
    r"PySide6\plugins\generic\qtuiotouchplugin.dll",
    r"PySide6\plugins\networkinformation\qnetworklistmanager.dll",
    r"PySide6\plugins\platforminputcontexts\qtvirtualkeyboardplugin.dll",
    r"PySide6\plugins\platforms\qdirect2d.dll",
    r"PySide6\plugins\platforms\qminimal.dll",
    r"PySide6\plugins\sqldrivers\qsqlite.dll",
    r"PySide6\plugins\tls\qschannelbackend.dll",
    r"PySide6\plugins\tls\qopensslbackend.dll",
]
_FRAMEWORK = "PySide6/Qt/lib/Qt{0}.framework/Versions/A/Qt{0}"
MACOS_INCLUDED = [
    "Python",
    "PySide6/QtWidgets.abi3.so",
    *(_FRAMEWORK.format(name) for name in (*_USED_LIBRARIES, "DBus")),
    *(f"PySide6/Qt/plugins/imageformats/libq{name}.dylib" for name in _INCLUDED_FORMATS),
    "PySide6/Qt/plugins/iconengines/libqsvgicon.dylib",
    "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
    "PySide6/Qt/plugins/platforms/libqoffscreen.dylib",
    "PySide6/Qt/plugins/styles/libqmacstyle.dylib",
]
MACOS_DROPPED = [
    *(_FRAMEWORK.format(name) for name in _UNUSED_LIBRARIES),
    *(f"Qt{name}" for name in _UNUSED_LIBRARIES),
    *(
        f"PySide6/Qt/plugins/imageformats/libq{name}.dylib"
        for name in _FORMATS
        if name not in _INCLUDED_FORMATS
    ),
    "PySide6/Qt/plugins/imageformats/libqmacheif.dylib",
    "PySide6/Qt/plugins/imageformats/libqmacjp2.dylib",
    "PySide6/Qt/plugins/generic/libqtuiotouchplugin.dylib",
    "PySide6/Qt/plugins/networkinformation/libqapplenetworkinformation.dylib",
    "PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.dylib",
    "PySide6/Qt/plugins/platforms/libqminimal.dylib",
    "PySide6/Qt/plugins/sqldrivers/libqsqlite.dylib",
    "PySide6/Qt/plugins/tls/libqsecuretransportbackend.dylib",
]
LINUX_INCLUDED = [
    *(f"PySide6/Qt/plugins/imageformats/libq{name}.so" for name in _INCLUDED_FORMATS),
    "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
    "PySide6/Qt/plugins/platforms/libqoffscreen.so",
    "PySide6/Qt/plugins/platforms/libqwayland.so",
    "PySide6/Qt/plugins/platforms/libqxcb.so",
    "libpython3.11.so.1.0",
]
LINUX_DROPPED = [
    "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
    "PySide6/Qt/plugins/platforms/libqeglfs.so",
    "PySide6/Qt/plugins/tls/libqopensslbackend.so",
    "libGL.so.1",
    "libstdc++.so.6",
    "libnobody-asks-for-it.so.1",
]
# Scripts that PyInstaller runs at a start: its own, then the program.
SCRIPTS = ("pyi_rth_inspect", "pyi_rth_pkgutil", "pyi_rth_pyside6", "launcher")
SYSTEMS = {
    "linux": (LINUX_INCLUDED, LINUX_DROPPED),
    "win32": (WINDOWS_INCLUDED, WINDOWS_DROPPED),
    "darwin": (MACOS_INCLUDED, MACOS_DROPPED),
}


@dataclass
class SpecCall:
    """One call of a PyInstaller function, with what the real function would have found."""

    words: tuple[Any, ...]
    named: dict[str, Any]
    binaries: list[Entry] = field(default_factory=list)
    datas: list[Entry] = field(default_factory=list)
    pure: tuple[()] = ()
    scripts: Any = tuple((name, f"/found/{name}.py", "PYSOURCE") for name in SCRIPTS)


class PyInstaller:
    """Runs the spec as `platform` and records its calls."""

    def __init__(self, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: dict[str, SpecCall] = {}
        stored, dropped = SYSTEMS[platform]
        self._binaries = [(place, f"/found/{place}", "BINARY") for place in (*stored, *dropped)]
        hooks = ModuleType("PyInstaller.utils.hooks")
        resources = "/site/runcomfy_desktop/resources"
        vars(hooks).update(
            collect_data_files=lambda _name: [
                (f"{resources}/icons/app.svg", "runcomfy_desktop/resources/icons"),
                (f"{resources}/channel", "runcomfy_desktop/resources"),
            ],
            collect_submodules=lambda _name: ["runcomfy_desktop.app.application"],
            copy_metadata=lambda _name: [("/site/its.dist-info", "its.dist-info")],
        )
        for name in ("PyInstaller", "PyInstaller.utils"):
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
        monkeypatch.setitem(sys.modules, hooks.__name__, hooks)
        monkeypatch.setattr(importlib.metadata, "version", lambda _name: __version__)
        monkeypatch.setattr(sys, "path", list(sys.path))
        code = compile(SPEC.read_text(encoding="utf-8"), str(SPEC), "exec")
        words = ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")
        with monkeypatch.context() as as_platform:
            as_platform.setattr(sys, "platform", platform)
            exec(code, {"SPECPATH": str(SPEC.parent), **{word: self._word(word) for word in words}})

    def _word(self, word: str) -> Any:
        def call(*words: object, **named: object) -> SpecCall:
            made = SpecCall(words, dict(named))
            if word == "Analysis":
                made.binaries = list(self._binaries)
            self.made[word] = made
            return made

        return call

    @property
    def places(self) -> set[str]:
        """Bundle paths of the libraries that stay in the bundle."""
        binaries = self.made["COLLECT"].words[1]
        return {place for place, _source, _kind in binaries}


@pytest.fixture(params=list(SYSTEMS))
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(platform: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PyInstaller:
    # The libraries named here do not exist as files, so objdump must report that they need nothing.
    objdump = tmp_path / "objdump"
    objdump.write_text("#!/bin/sh\n")
    objdump.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for name in ("CODESIGN_IDENTITY", "TARGET_ARCH"):
        monkeypatch.delenv(name, raising=False)
    return PyInstaller(platform, monkeypatch)


def test_what_is_needed_stays_and_the_rest_goes(run: PyInstaller, platform: str) -> None:
    stored, dropped = SYSTEMS[platform]
    assert set(stored) - run.places == set()
    assert run.places & set(dropped) == set()


def test_the_program_is_one_folder_without_a_console(run: PyInstaller) -> None:
    program = run.made["EXE"].named
    assert program["name"] == "runcomfy-desktop"
    assert program["exclude_binaries"] is True
    assert program["contents_directory"] == "_internal"
    assert program["console"] is False
    assert program["upx"] is False
    assert run.made["COLLECT"].named["name"] == "runcomfy-desktop"
    assert run.made["Analysis"].named["optimize"] == 0


def test_every_file_that_it_names_is_there(run: PyInstaller, platform: str) -> None:
    program = run.made["EXE"].named
    files: dict[str, dict[str, str | None]] = {
        "linux": {"icon": None, "version": None, "manifest": None, "entitlements_file": None},
        "win32": {
            "icon": "windows/runcomfy-desktop.ico",
            "version": "windows/version_info.txt",
            "manifest": "windows/runcomfy-desktop.manifest",
            "entitlements_file": None,
        },
        "darwin": {
            "icon": "macos/runcomfy-desktop.icns",
            "version": None,
            "manifest": None,
            "entitlements_file": "macos/entitlements.plist",
        },
    }
    wanted = files[platform]
    named = {name: program[name] for name in wanted}
    assert named == {name: path and str(PACKAGING / path) for name, path in wanted.items()}
    scripts = run.made["Analysis"].words[0]
    for path in (*scripts, *filter(None, named.values())):
        assert Path(path).is_file(), path


def test_the_bundle_says_which_package_it_is(run: PyInstaller, platform: str) -> None:
    """On Linux several packages are made from the bundle, and each writes its own channel."""
    datas = run.made["Analysis"].named["datas"]
    (source,) = [path for path, _target in datas if Path(path).name == "channel"]
    if platform == "linux":
        assert source == "/site/runcomfy_desktop/resources/channel"
    else:
        word = Path(source).read_text(encoding="ascii").strip()
        assert (
            PackageChannel(word)
            is {"win32": PackageChannel.WINDOWS, "darwin": PackageChannel.MACOS}[platform]
        )


def test_on_linux_the_program_starts_without_what_it_has_no_use_for(
    run: PyInstaller, platform: str
) -> None:
    started = [name for name, _path, _kind in run.made["EXE"].words[1]]
    assert started == (["pyi_rth_pkgutil", "launcher"] if platform == "linux" else [*SCRIPTS])


def test_only_the_mac_gets_a_bundle(run: PyInstaller, platform: str) -> None:
    assert ("BUNDLE" in run.made) == (platform == "darwin")


def test_the_macs_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIGN_IDENTITY", "Developer ID Application: Somebody")
    monkeypatch.setenv("TARGET_ARCH", "arm64")
    run = PyInstaller("darwin", monkeypatch)
    program, bundle = run.made["EXE"].named, run.made["BUNDLE"].named
    assert program["codesign_identity"] == "Developer ID Application: Somebody"
    assert program["target_arch"] == "arm64"
    assert bundle["name"] == f"{APP_NAME}.app"
    assert bundle["bundle_identifier"] == APP_ID
    assert bundle["version"] == __version__
    plist = bundle["info_plist"]
    assert plist["CFBundleDisplayName"] == APP_NAME
    assert plist["CFBundleShortVersionString"] == __version__
    # The minimum that Qt's own files for macOS require.
    assert plist["LSMinimumSystemVersion"] == "13.0"
    assert plist["LSApplicationCategoryType"] == "public.app-category.graphics-design"
    assert plist["NSHighResolutionCapable"] is True
    assert "Not made by RunComfy" in plist["NSHumanReadableCopyright"]


def test_the_mac_offers_workflows_to_it_and_gives_it_links(monkeypatch: pytest.MonkeyPatch) -> None:
    plist = PyInstaller("darwin", monkeypatch).made["BUNDLE"].named["info_plist"]
    (document,) = plist["CFBundleDocumentTypes"]
    assert document["LSItemContentTypes"] == ["public.json"]
    assert document["LSHandlerRank"] == "Alternate"  # one of several programs, never the default
    (link,) = plist["CFBundleURLTypes"]
    assert link["CFBundleURLSchemes"] == [LINK_SCHEME]


def test_a_checkout_is_not_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Checkout(PyInstaller):
        def _word(self, word: str) -> Any:
            hooks = sys.modules["PyInstaller.utils.hooks"]
            monkeypatch.setattr(hooks, "collect_data_files", lambda _name: [])
            return super()._word(word)

    with pytest.raises(SystemExit, match="install the wheel"):
        Checkout("win32", monkeypatch)
