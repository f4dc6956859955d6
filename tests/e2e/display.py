"""Virtual screen for the program, with screenshots and simulated input (xdotool)."""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import TYPE_CHECKING

from PIL import ImageColor, ImageGrab

if TYPE_CHECKING:
    from pathlib import Path

_SIZE = "1920x1080x24"
# The program treats faster presses as the auto-repeat of a key that is held down.
_KEY_PRESS_S = 0.05


class Display:
    """A private X server on the first free display."""

    def __init__(self, log: Path) -> None:
        number_out, number_in = os.pipe()
        with log.open("wb") as reported:
            self._server = subprocess.Popen(
                [
                    "Xvfb",
                    "-displayfd",
                    str(number_in),
                    "-screen",
                    "0",
                    _SIZE,
                    "-nolisten",
                    "tcp",
                    "-noreset",
                ],
                pass_fds=[number_in],
                stderr=reported,
                stdin=subprocess.DEVNULL,
            )
        os.close(number_in)
        with os.fdopen(number_out) as number:
            # The server writes the number when it is ready; an empty line means that it has ended.
            self.name = f":{number.readline().strip()}"
        if self.name == ":":
            raise RuntimeError(f"Xvfb did not start: {log.read_text()}")

    def close(self) -> None:
        self._server.terminate()
        self._server.wait(20)

    @property
    def environment(self) -> dict[str, str]:
        return {"DISPLAY": self.name, "QT_QPA_PLATFORM": "xcb"}

    def save_screenshot(self, path: Path) -> None:
        """Saves a screenshot."""
        path.parent.mkdir(parents=True, exist_ok=True)
        ImageGrab.grab(xdisplay=self.name).save(path)

    def colour_centre(self, colour: str) -> tuple[int, int] | None:
        """Returns the centre of the highest area in exactly this colour; None if there is none.

        The area is at least 60 pixels wide. Its height distinguishes a button from a line below a
        tab, which may be as wide.
        """
        screen = ImageGrab.grab(xdisplay=self.name).convert("RGB")
        wanted = bytes(ImageColor.getrgb(colour)[:3])
        rows: dict[int, list[int]] = {}
        for y in range(screen.height):
            row = screen.crop((0, y, screen.width, y + 1)).tobytes()
            mask = bytes(row[at : at + 3] == wanted for at in range(0, len(row), 3))
            for run in re.finditer(b"\x01{60,}", mask):
                rows.setdefault((run.start() + run.end()) // 2, []).append(y)
        if not rows:
            return None
        x = max(rows, key=lambda middle: len(rows[middle]))
        return x, sum(rows[x]) // len(rows[x])

    def count_pixels(self, colour: str) -> int:
        """Returns the number of pixels in exactly this colour."""
        screen = ImageGrab.grab(xdisplay=self.name).convert("RGB")
        pixels = screen.getcolors(screen.width * screen.height) or []
        return sum(amount for amount, each in pixels if each == ImageColor.getrgb(colour)[:3])

    def is_blank(self) -> bool:
        """Returns True if the whole screen has one colour: nothing has been painted yet."""
        colours = ImageGrab.grab(xdisplay=self.name).convert("RGB").getcolors(1)
        return colours is not None

    def xdotool(self, *arguments: str | int) -> str:
        """Runs xdotool and returns its output, which is empty for a search without results."""
        done = subprocess.run(
            ["xdotool", *map(str, arguments)],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done.stdout.strip()

    def windows(self, title: str) -> list[int]:
        """Returns the ids of the visible windows whose title matches the pattern `title`."""
        found = self.xdotool("search", "--onlyvisible", "--name", title)
        return [int(word) for word in found.split()]

    def wait_for_window(self, title: str, limit_s: float = 60) -> int:
        """Waits until the window with that title is shown and painted, and returns its id."""
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            found = self.windows(title)
            if found and not self.is_blank():
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"No window {title!r} after {limit_s:.0f} s")

    def focus(self, window: int) -> None:
        # Without a window manager, a window does not get the focus by itself.
        self.xdotool("windowfocus", "--sync", window)

    def focus_nothing(self) -> None:
        """Removes the focus, as if the user worked in another program."""
        self.xdotool("windowfocus", self.xdotool("search", "--maxdepth", 0, ".*").split()[0])

    def press(self, *keys: str) -> None:
        """Presses keys by xdotool's names, for example `ctrl+Return`."""
        self.xdotool("key", "--clearmodifiers", *keys)
        time.sleep(_KEY_PRESS_S)

    def write(self, text: str) -> None:
        self.xdotool("type", "--delay", "5", text)

    def click(self, x: int, y: int) -> None:
        self.xdotool("mousemove", x, y, "click", 1)
