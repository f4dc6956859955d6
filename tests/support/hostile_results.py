"""Malicious results, as a service or the author of a deployment's nodes could return them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.emulator.output_folder import NodeOutput, SavedFile
from runcomfy_desktop.emulator.run_outcome import RunOutcome
from tests.support.hostile_cases import CANARY
from tests.support.hostile_pictures import SVG
from tests.support.image_files import (
    PNG_SIGNATURE,
    cut_off,
    noisy_image,
    png_chunk,
    png_claiming_size,
    png_header,
)
from tests.support.media_bytes import mp4

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1024 * 1024
RTL = "\u202e"
CUT_OFF = "RunComfy sent this file without its end, several times in the same way."
DAMAGED = "The file is damaged or cut off."
FOREIGN = "This program cannot show this kind of picture."
NOT_OPENED = "The program does not open files of this kind by itself."


def outcome(**channels: Any) -> RunOutcome:
    """Returns the outcome of a run with one output node, which reported `channels`."""
    files = {name: value for name, value in channels.items() if isinstance(value, tuple)}
    plain = {name: value for name, value in channels.items() if name not in files}
    return RunOutcome({"9": NodeOutput(files, plain)})


def saved_file(
    name: str, data: bytes | Callable[[], bytes], service_name: str | None = None
) -> SavedFile:
    """Returns a file in the storage; `service_name` is the name that the service reports for it."""

    def write() -> bytes:
        return data() if callable(data) else data

    facts: dict[str, Any] = {} if service_name is None else {"filename": service_name}
    return SavedFile("output", "", name, "application/octet-stream", write, facts)


def outcome_with_names() -> RunOutcome:
    """Returns the outcome of a run with files that have the names in NAMES."""
    data = noisy_image("PNG")
    return outcome(
        images=tuple(saved_file(f"{at}.png", data, name) for at, (name, _end) in enumerate(NAMES))
    )


# (the name that the service reports, the end of the name on disk)
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
class HostileResult:
    """Malicious result, with the expected content of the viewer.

    `card` is the text of the card shown in place of the result; "" if the picture or text itself is
    shown.
    """

    name: str
    make_outcome: Callable[[], RunOutcome]
    card: str = ""
    expected_text: str = ""

    @property
    def has_notice(self) -> bool:
        """True if a notice reports that the file is damaged."""
        return self.card == CUT_OFF

    @property
    def list_text(self) -> str:
        return self.card or f"It is shown: “{self.expected_text}”."


def _images(name: str, data: bytes | Callable[[], bytes]) -> Callable[[], RunOutcome]:
    return lambda: outcome(images=(saved_file(name, data),))


def _text(value: Any) -> Callable[[], RunOutcome]:
    return lambda: outcome(text=value)


def large_png(size_bytes: int) -> bytes:
    """Returns a valid PNG of this size in bytes, with uncompressed pixels."""
    side = int((size_bytes / 3) ** 0.5)
    packed = zlib.compress((b"\0" + bytes((200, 40, 90)) * side) * side, 0)
    return png_header(side, side) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


RESULTS = (
    HostileResult(
        "a picture of 100 MB",
        _images("a.png", lambda: large_png(100 * MB)),
        expected_text="5912 × 5912",
    ),
    HostileResult(
        "a decompression bomb",
        _images("a.png", png_claiming_size(60_000, 60_000)),
        "With 60000 × 60000 pixels it is too large to be shown here.",
    ),
    HostileResult(
        "a picture that breaks off", _images("a.png", cut_off(noisy_image("PNG"))), CUT_OFF
    ),
    HostileResult(
        "a JPEG that breaks off", _images("a.jpg", cut_off(noisy_image("JPEG"), 0.9)), CUT_OFF
    ),
    HostileResult("the first bytes of a picture", _images("a.png", PNG_SIGNATURE), CUT_OFF),
    HostileResult("a film that breaks off", _images("a.mp4", cut_off(mp4(padding=MB))), CUT_OFF),
    HostileResult(
        "a picture of noise",
        _images(
            "a.png", png_header(9, 9) + png_chunk(b"IDAT", b"?" * 99) + png_chunk(b"IEND", b"")
        ),
        DAMAGED,
    ),
    HostileResult("an SVG that names other files", _images("a.svg", SVG), NOT_OPENED),
    HostileResult("an SVG called .bmp", _images("a.bmp", SVG), FOREIGN),
    HostileResult("a program", _images("a.exe", b"MZ" + bytes(99)), NOT_OPENED),
    HostileResult("a starter", _images("a.desktop", b"[Desktop Entry]"), NOT_OPENED),
    HostileResult(
        "a text file of 100 MB",
        _images("a.txt", lambda: b"line\n" * (20 * MB)),
        expected_text="line",
    ),
    HostileResult(
        "a text file of one line of 30 MB",
        _images("a.txt", lambda: b"x" * 30 * MB),
        expected_text="xxx",
    ),
    HostileResult(
        "a text file that is no text", _images("a.txt", bytes(range(256))), expected_text="\ufffd"
    ),
    HostileResult("a text of a million lines", _text(["\n" * 999_000 + "end"]), expected_text="…"),
    HostileResult(
        "a text of markup", _text([f"<h1>{CANARY}</h1><img src='file:///x'>"]), expected_text="<h1>"
    ),
    HostileResult(
        "a text with marks that turn it around", _text([f"a{RTL}b\u2066c"]), expected_text="a"
    ),
    HostileResult("a text of half letters and NUL", _text(["x\ud800\x00y"]), expected_text="x"),
    HostileResult(
        "texts in texts, nulls and numbers",
        _text([[["deep"]], None, 3, {"a": "in"}]),
        expected_text="deep",
    ),
)


@dataclass(frozen=True)
class RefusedResult:
    """Malicious result with a file that is not downloaded; the job is done nevertheless."""

    name: str
    make_outcome: Callable[[], RunOutcome]
    expected_text: str


def _at_address(url: str) -> Callable[[], RunOutcome]:
    return lambda: outcome(images=[{"url": url, "filename": "a.png"}])


_NO_ADDRESS = (
    "The service points to a place without a proper address, which is not one of its own places."
)
REFUSED = (
    RefusedResult(
        "an address of somebody else",
        _at_address("https://evil.example/a.png"),
        "The service points to evil.example, which is not one of its own places.",
    ),
    RefusedResult(
        "an address that looks like RunComfy's",
        _at_address("https://files.runcomfy.net@evil.example/a.png"),
        _NO_ADDRESS,
    ),
    RefusedResult(
        "an address without encryption",
        _at_address("http://files.runcomfy.net/a.png"),
        "The service points to files.runcomfy.net, which is not one of its own places.",
    ),
    RefusedResult(
        "an address in the local network",
        _at_address("https://192.168.0.1/a.png"),
        "The service points to 192.168.0.1, which is not one of its own places.",
    ),
    RefusedResult(
        "an address of a file on this computer", _at_address("file:///etc/passwd"), _NO_ADDRESS
    ),
)
