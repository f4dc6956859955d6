"""The hand-written list of third-party code inside Qt's libraries."""

from __future__ import annotations

import pytest

from trust import attributions


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("PySide6/Qt/lib/libQt6Core.so.6", "QtCore"),
        ("PySide6/Qt6Core.dll", "QtCore"),
        ("PySide6\\Qt6Core.dll", "QtCore"),
        ("PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore", "QtCore"),
        ("PySide6/Qt/lib/libicudata.so.73", "icudata"),
        ("PySide6/Qt/plugins/imageformats/libqgif.so", "imageformats/qgif"),
        ("PySide6\\plugins\\imageformats\\qgif.dll", "imageformats/qgif"),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", "platforms/qcocoa"),
        (
            "PySide6/Qt/plugins/wayland-graphics-integration-client/libqt-plugin-wayland-egl.so",
            "wayland-graphics-integration-client/qt-plugin-wayland-egl",
        ),
        ("PySide6/QtCore.abi3.so", ""),
        ("PySide6/QtCore.pyd", ""),
        ("PySide6/libpyside6.abi3.so.6.11", ""),
        ("PySide6/pyside6.abi3.dll", ""),
        ("PySide6/MSVCP140.dll", ""),
        ("PySide6/__init__.py", ""),
        ("PySide6/Qt/qt.conf", ""),
        ("PySide6/Qt/lib/QtCore.framework/Versions/A/Resources/Info.plist", ""),
        ("PySide6/Qt/lib/QtCore.framework/Resources/PrivacyInfo.xcprivacy", ""),
    ],
)
def test_a_library_has_one_name_on_all_systems(file: str, name: str) -> None:
    assert attributions.library_name(file) == name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("pillow.libs/libzstd-40ad5e7e.so.1.5.7", "zstd"),
        ("pillow.libs/libXau-154567c4.so.6.0.0", "Xau"),
        ("PIL/.dylibs/libwebp.7.dylib", "webp"),
    ],
)
def test_pillows_libraries_have_bare_names(file: str, name: str) -> None:
    assert attributions.pillow_name(file) == name


def test_every_part_is_complete_and_used() -> None:
    parts = attributions.parts()
    named = {key for keys in attributions.contains().values() for key in keys}
    named |= {key for keys in attributions.inside().values() for key in keys}
    named |= set(attributions.pillows()[0].values())
    assert named == set(parts)
    assert [part.key for part in parts.values() if not (part.name and part.holders)] == []
    assert [part.key for part in parts.values() if bool(part.version) != bool(part.says)] == []


def test_every_licence_has_its_text_and_every_text_its_use() -> None:
    used = {name for part in attributions.parts().values() for name in part.licences}
    there = {each.stem for each in attributions.LICENCES.glob("*.txt")}
    assert there == used | {"LGPL-3.0-only", "GPL-3.0-only"}
    for name in there:
        text = attributions.licence_text(name)
        assert len(text) > 300
        assert max(map(len, text.splitlines())) <= 130
