"""Embedded colour profiles: their names, and pictures converted to sRGB; for worker threads only.

Everything is painted as sRGB. Only Qt's readers attach a profile, and only one that fits the kind
of pixels; a picture without one, also one for print (CMYK), counts as sRGB.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QColorSpace, QImage

from runcomfy_desktop.ui.base.formatters import one_line

_STRIP_PIXELS = 1_000_000
_TEST_COLOURS = ("#ff0000", "#00ff00", "#0000ff", "#808080", "#b04020", "#203040")
_MAX_NAME_CHARS = 60


def profile_name(image: QImage) -> str:
    """Returns the name of a profile such as `Display P3`; "" for sRGB and a nameless profile.

    The name is untrusted text of the file.
    """
    space = image.colorSpace()
    return "" if is_nearly_srgb(space) else one_line(space.description())[:_MAX_NAME_CHARS]


def is_nearly_srgb(space: QColorSpace) -> bool:
    """Reports whether a colour space is sRGB, or visually the same.

    Many tools write their own variant.
    """
    if not space.isValid() or space == _srgb():
        return True
    if space.colorModel() is not QColorSpace.ColorModel.Rgb:
        return False
    to_srgb = space.transformationToColorSpace(_srgb())
    pairs = [(QColor(name), to_srgb.map(QColor(name))) for name in _TEST_COLOURS]
    return all(
        max(abs(a.red() - b.red()), abs(a.green() - b.green()), abs(a.blue() - b.blue())) <= 2
        for a, b in pairs
    )


def in_srgb(image: QImage) -> QImage:
    """Returns the picture in sRGB; it is changed in place if possible, so pass the only reference.

    Qt holds the GIL during a conversion, so the picture is converted in strips.
    """
    if is_nearly_srgb(image.colorSpace()):
        return image
    if image.colorCount():
        converted = image.convertedToColorSpace(_srgb())
        return image if converted.isNull() else converted
    rows_per_strip = max(1, _STRIP_PIXELS // image.width())
    result = target = None
    for top in range(0, image.height(), rows_per_strip):
        strip = image.copy(0, top, image.width(), min(rows_per_strip, image.height() - top))
        strip = strip.convertedToColorSpace(_srgb())
        if strip.isNull():
            # The profile cannot be applied to pixels of this kind.
            return image
        if result is None or target is None:
            is_same = strip.format() == image.format()
            result = image if is_same else QImage(image.size(), strip.format())
            target = memoryview(result.bits())
        begin = top * result.bytesPerLine()
        target[begin : begin + strip.sizeInBytes()] = memoryview(strip.constBits())
    if result is None:
        return image
    result.setColorSpace(_srgb())
    return result


def _srgb() -> QColorSpace:
    return QColorSpace(QColorSpace.NamedColorSpace.SRgb)
