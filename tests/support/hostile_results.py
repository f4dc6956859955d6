"""Hostile results: what a service, or whoever wrote a deployment's nodes, may hand back."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.emulator.outcome import Outcome
from runcomfy_desktop.emulator.saving.desk import NodeOutput, SavedFile
from tests.support.hostile import CANARY
from tests.support.hostile_pictures import SVG
from tests.support.media_bytes import mp4
from tests.support.pictures import PNG_HEAD, cut, encoded, png_chunk, png_head, png_that_says

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1024 * 1024
RTL = "\u202e"
CUT_OFF = "RunComfy sent this file without its end, several times in the same way."
DAMAGED = "The file is damaged or cut off."
FOREIGN = "This program cannot show this kind of picture."
NOT_OPENED = "The program does not open files of this kind by itself."


def outcome(**channels: Any) -> Outcome:
    """A run whose one output node reported this."""
    files = {name: value for name, value in channels.items() if isinstance(value, tuple)}
    plain = {name: value for name, value in channels.items() if name not in files}
    return Outcome({"9": NodeOutput(files, plain)})


def saved(name: str, data: bytes | Callable[[], bytes], said: str | None = None) -> SavedFile:
    """A file of the storage; `said` is what the service says that it is called."""

    def write() -> bytes:
        return data() if callable(data) else data

    facts: dict[str, Any] = {} if said is None else {"filename": said}
    return SavedFile("output", "", name, "application/octet-stream", write, facts)


def named() -> Outcome:
    """A run whose files are called as below."""
    data = encoded("PNG")
    return outcome(
        images=tuple(saved(f"{at}.png", data, name) for at, (name, _end) in enumerate(NAMES))
    )


# (the name that the service gives, the end of the name on disk)
NAMES = (
    ("../../../evil.png", "-_.._.._evil.png"),
    ("..", "-output"),
    (".", "-output"),
    ("/etc/cron.d/evil.png", "-_etc_cron.d_evil.png"),
    ("C:\\Windows\\evil.png", "-C__Windows_evil.png"),
    ("\\\\server\\share\\evil.png", "-__server_share_evil.png"),
    ("CON", "-_CON"),
    ("con.png", "-_con.png"),
    ("NUL", "-_NUL"),
    ("LPT1.tar.gz.png", "-_LPT1.tar.gz.png"),
    ("a.png. . .", "-a.png"),
    ("   .png", "-png"),
    ("a:stream.png", "-a_stream.png"),
    ("a\x00b\x1b[31m\n.png", "-a_b_[31m_.png"),
    (f"a{RTL}gnp.exe", "-a_gnp.exe"),
    ("<img src=x onerror=alert(1)>.png", "-_img src=x onerror=alert(1)_.png"),
    ('quo"te|pipe?star*.png', "-quo_te_pipe_star_.png"),
    ("👩\u200d🚀.png", "-👩\u200d🚀.png"),
    ("n" * 300 + ".png", f"-{'n' * 176}.png"),
    ("é" * 300 + ".png", f"-{'é' * 88}.png"),
    ("x." + "y" * 300, f"-x.{'y' * 178}"),
    ("-rf", "--rf"),
    (".bashrc", "-bashrc"),
    ("half \ud800.png", "-half _.png"),
)


@dataclass(frozen=True)
class Shown:
    """A hostile result and what stands in the viewer's place.

    `card` are the words of the card there; "" when the picture or the text itself is shown.
    """

    name: str
    makes: Callable[[], Outcome]
    card: str = ""
    shows: str = ""

    @property
    def is_told(self) -> bool:
        """Whether a notice says that the file came damaged."""
        return self.card == CUT_OFF

    @property
    def words(self) -> str:
        return self.card or f"It is shown: “{self.shows}”."


def _images(name: str, data: bytes | Callable[[], bytes]) -> Callable[[], Outcome]:
    return lambda: outcome(images=(saved(name, data),))


def _text(value: Any) -> Callable[[], Outcome]:
    return lambda: outcome(text=value)


def large_png(size_bytes: int) -> bytes:
    """A sound PNG of this many bytes, of pixels that were not packed at all."""
    side = int((size_bytes / 3) ** 0.5)
    packed = zlib.compress((b"\0" + bytes((200, 40, 90)) * side) * side, 0)
    return png_head(side, side) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


RESULTS = (
    Shown(
        "a picture of 100 MB", _images("a.png", lambda: large_png(100 * MB)), shows="5912 × 5912"
    ),
    Shown(
        "a decompression bomb",
        _images("a.png", png_that_says(60_000, 60_000)),
        "With 60000 × 60000 pixels it is too large to be shown here.",
    ),
    Shown("a picture that breaks off", _images("a.png", cut(encoded("PNG"))), CUT_OFF),
    Shown("a JPEG that breaks off", _images("a.jpg", cut(encoded("JPEG"), 0.9)), CUT_OFF),
    Shown("the first bytes of a picture", _images("a.png", PNG_HEAD), CUT_OFF),
    Shown("a film that breaks off", _images("a.mp4", cut(mp4(padding=MB))), CUT_OFF),
    Shown(
        "a picture of noise",
        _images("a.png", png_head(9, 9) + png_chunk(b"IDAT", b"?" * 99) + png_chunk(b"IEND", b"")),
        DAMAGED,
    ),
    Shown("an SVG that names other files", _images("a.svg", SVG), NOT_OPENED),
    Shown("an SVG called .bmp", _images("a.bmp", SVG), FOREIGN),
    Shown("a program", _images("a.exe", b"MZ" + bytes(99)), NOT_OPENED),
    Shown("a starter", _images("a.desktop", b"[Desktop Entry]"), NOT_OPENED),
    Shown("a text file of 100 MB", _images("a.txt", lambda: b"line\n" * (20 * MB)), shows="line"),
    Shown(
        "a text file of one line of 30 MB", _images("a.txt", lambda: b"x" * 30 * MB), shows="xxx"
    ),
    Shown("a text file that is no text", _images("a.txt", bytes(range(256))), shows="\ufffd"),
    Shown("a text of a million lines", _text(["\n" * 999_000 + "end"]), shows="…"),
    Shown("a text of markup", _text([f"<h1>{CANARY}</h1><img src='file:///x'>"]), shows="<h1>"),
    Shown("a text with marks that turn it around", _text([f"a{RTL}b\u2066c"]), shows="a"),
    Shown("a text of half letters and NUL", _text(["x\ud800\x00y"]), shows="x"),
    Shown(
        "texts in texts, nulls and numbers", _text([[["deep"]], None, 3, {"a": "in"}]), shows="deep"
    ),
)


@dataclass(frozen=True)
class Refused:
    """A hostile result whose file does not come; the job is done all the same."""

    name: str
    makes: Callable[[], Outcome]
    gets: str


def _nowhere(url: str) -> Callable[[], Outcome]:
    return lambda: outcome(images=[{"url": url, "filename": "a.png"}])


_NO_ADDRESS = (
    "The service points to a place without a proper address, which is not one of its own places."
)
REFUSED = (
    Refused(
        "an address of somebody else",
        _nowhere("https://evil.example/a.png"),
        "The service points to evil.example, which is not one of its own places.",
    ),
    Refused(
        "an address that looks like RunComfy's",
        _nowhere("https://files.runcomfy.net@evil.example/a.png"),
        _NO_ADDRESS,
    ),
    Refused(
        "an address without encryption",
        _nowhere("http://files.runcomfy.net/a.png"),
        "The service points to files.runcomfy.net, which is not one of its own places.",
    ),
    Refused(
        "an address in the local network",
        _nowhere("https://192.168.0.1/a.png"),
        "The service points to 192.168.0.1, which is not one of its own places.",
    ),
    Refused("an address of a file on this computer", _nowhere("file:///etc/passwd"), _NO_ADDRESS),
)
