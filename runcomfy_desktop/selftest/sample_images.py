"""One small image in each format that users open or RunComfy sends: left half red, right half blue.

Animated formats have a second frame with the sides exchanged.
"""

from __future__ import annotations

from base64 import b64decode

SIDE = 16
ANIMATED = ("gif", "webp")
_RED, _BLUE = (200, 30, 30), (30, 30, 200)
# JPEG does not preserve colours exactly.
_COLOUR_TOLERANCE = 12

_SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='16' height='16'>"
    b"<rect width='8' height='16' fill='#c81e1e'/>"
    b"<rect x='8' width='8' height='16' fill='#1e1ec8'/></svg>"
)
_TEXTS = {
    "png": (
        "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAIElEQVR4nGM8ISfHgA2EMazCKs6EVRQPGNUwqmHo"
        "aAAARPgCJBguwVkAAAAASUVORK5CYII="
    ),
    "jpeg": (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsj"
        "HBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo"
        "KCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAAQABADAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAA"
        "AAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAk"
        "M2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT"
        "lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QA"
        "HwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdh"
        "cRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hp"
        "anN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk"
        "5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDgK+eP2E5Wv6CPw46qv59P3E5Wv6CPw4//2Q=="
    ),
    "webp": (
        "UklGRpwAAABXRUJQVlA4WAoAAAACAAAADwAADwAAQU5JTQYAAAAAAAAAAABBTk1GNAAAAAAAAAAAAA8AAA8AAGQA"
        "AAJWUDhMHAAAAC8PwAMADzAe91C9FfL8RwvEgsn8pbsziOh/ZAJBTk1GNAAAAAAAAAAAAA8AAA8AAGQAAABWUDhM"
        "HAAAAC8PwAMADzAe91C9FfL8RwvEgkn+0rsziOh/ZAI="
    ),
    "gif": (
        "R0lGODlhEAAQAIEAAMgeHh4eyAAAAAAAACH5BAAKAAAALAAAAAAQABAAAAg2AAEIHCgwgMGDBgkSRIhQ4UCGBx0W"
        "hBhAIgCKFSVitLhRI0WOHz1CBDlSJEOSJ002VBmRpcGAACH5BAEKAAIALAAAAAAQABAAgcgeHh4eyAAAAAAAAAg2"
        "AAMIHCgQgMGDBgkSRIhQ4UCGBx0WhAhAYgCKFSVitLhRI0WOHz1CBDlSJEOSJ002VBmRpcGAADs="
    ),
    "bmp": (
        "Qk02AwAAAAAAADYAAAAoAAAAEAAAABAAAAABABgAAAAAAAADAADEDgAAxA4AAAAAAAAAAAAAHh7IHh7IHh7IHh7I"
        "Hh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4e"
        "yB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4e"
        "Hh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7I"
        "Hh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4e"
        "yB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7I"
        "Hh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7I"
        "yB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4e"
        "yB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7I"
        "Hh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4e"
        "yB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4e"
        "Hh7IHh7IHh7IHh7IHh7IHh7IHh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4eHh7IHh7IHh7IHh7IHh7IHh7I"
        "Hh7IHh7IyB4eyB4eyB4eyB4eyB4eyB4eyB4eyB4e"
    ),
    "tiff": (
        "SUkqAG4AAACAMgPB6BQSBwWEQeFQODQ2Ew6FsiHxOIwuKxCMQiKRmLxeNxOPx6LRySRqRSWGSiSyGVSeWRKXSeYy"
        "uZxuax6XzKVR+cySbxmezadzifw+ixGgx2h0Cjw2myal0ao0inymkw6AgAAKAAABAwABAAAAEAAAAAEBAwABAAAA"
        "EAAAAAIBAwADAAAA7AAAAAMBAwABAAAABQAAAAYBAwABAAAAAgAAABEBBAABAAAACAAAABUBAwABAAAAAwAAABYB"
        "AwABAAAAEAAAABcBBAABAAAAZQAAABwBAwABAAAAAQAAAAAAAAAIAAgACAA="
    ),
    "ico": (
        "AAABAAEAEBAAAAAAIABZAAAAFgAAAIlQTkcNChoKAAAADUlIRFIAAAAQAAAAEAgCAAAAkJFoNgAAACBJREFUeJxj"
        "PCEnx4ANhDGswirOhFUUDxjVMKph6GgAAET4AiQYLsFZAAAAAElFTkSuQmCC"
    ),
}
SAMPLES: dict[str, bytes] = {
    **{name: b64decode(text) for name, text in _TEXTS.items()},
    "svg": _SVG,
}


def is_intact(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    """Returns True if two colours, one from each half, match the sample."""
    pairs = ((left, _RED), (right, _BLUE))
    return all(
        abs(a - b) <= _COLOUR_TOLERANCE
        for actual, expected in pairs
        for a, b in zip(actual, expected, strict=False)
    )
