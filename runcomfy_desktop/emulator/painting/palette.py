"""Colour themes for pictures, chosen by words, or by the seed if no word matches."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.painting.image_tools import Colour, colour, hue_rotated, towards_hue

if TYPE_CHECKING:
    import random

_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class SceneTheme:
    """Colours of a time of day, a season or a landscape.

    `sky` goes from the top to the horizon; hills go from `far` to `near`; `mist` is between them;
    `disc` is the sun or, if `is_night`, the moon.
    """

    name: str
    words: tuple[str, ...]
    sky: tuple[Colour, ...]
    far: Colour
    near: Colour
    mist: Colour
    disc: Colour
    glow: Colour
    cloud: Colour
    is_night: bool = False

    def coloured(self, hue: float, share: float) -> SceneTheme:
        """Returns the theme with its colours moved towards a hue, except the sun or moon."""
        changed = self._each(lambda tone: towards_hue(tone, hue, share))
        # The sky keeps more of its own colour: with a single hue the picture would look filtered.
        sky = tuple(towards_hue(tone, hue, share * 0.45) for tone in self.sky)
        return replace(changed, sky=sky, disc=self.disc)

    def hue_rotated(self, degrees: float) -> SceneTheme:
        return self._each(lambda tone: hue_rotated(tone, degrees))

    def _each(self, change: object) -> SceneTheme:
        assert callable(change)
        return replace(
            self,
            sky=tuple(change(tone) for tone in self.sky),
            **{
                name: change(getattr(self, name))
                for name in ("far", "near", "mist", "disc", "glow", "cloud")
            },
        )


def _theme(name: str, words: str, sky: str, *rest: str, is_night: bool = False) -> SceneTheme:
    far, near, mist, disc, glow, cloud = (colour(text) for text in rest)
    stops = tuple(colour(text) for text in sky.split())
    return SceneTheme(
        name, tuple(words.split()), stops, far, near, mist, disc, glow, cloud, is_night
    )


# Columns: sky; far, near, mist, disc, glow, cloud.
# fmt: off
THEMES = (
    _theme("night", "night midnight moon moonlight stars starry dark nocturnal",
           "#060b26 #0d1b46 #1d3a72 #3f629a #7d97bd",
           "#3f5c93", "#060a1c", "#8aa5cf", "#fbf6e0", "#9fb8ee", "#5a78b4", is_night=True),
    _theme("dusk", "dusk sunset evening twilight",
           "#23204f #573a80 #b3507f #ee8467 #ffc680 #ffe3a6",
           "#a0567f", "#190f2e", "#f6a37e", "#fff2cf", "#ffbe78", "#ffa98c"),
    _theme("dawn", "dawn sunrise morning daybreak",
           "#39588f #7a90c6 #c6b3d2 #f6c6b4 #ffe6c2",
           "#b7a2c4", "#272947", "#fbdccb", "#fffaf0", "#ffe0b0", "#fff1e6"),
    _theme("day", "day noon sunny bright summer",
           "#2f79cf #5b9fe3 #9accf1 #dbf0fa",
           "#93bcc4", "#134a3a", "#d6ecef", "#fffdf0", "#fff6d2", "#ffffff"),
    _theme("snow", "snow snowy winter ice frozen arctic",
           "#5f89bd #93b4da #cadbed #f5eff1",
           "#b6cae2", "#3b587f", "#eef3fa", "#fffdf8", "#fff4e4", "#ffffff"),
    _theme("desert", "desert dune dunes sand canyon mars",
           "#3b7fb8 #83b5d2 #cfd8c7 #f6dfae",
           "#dda36c", "#6b2d1c", "#f5d7a4", "#fffaea", "#ffe9b5", "#fff3dd"),
    _theme("autumn", "autumn fall october harvest",
           "#4f7b9f #8ea9b4 #d9cbae #fbdfa6",
           "#d29561", "#4a1717", "#f6d5a2", "#fff9e6", "#ffe2a3", "#fff0d8"),
    _theme("spring", "spring flower flowers blossom cherry garden",
           "#6c92dc #a6b8ee #eec3e0 #ffe7e4",
           "#cf93c1", "#4a2453", "#fbdcea", "#fffaf4", "#ffe3e6", "#fff4f9"),
    _theme("forest", "forest wood woods jungle tree trees pine pines",
           "#5e9093 #95bdb2 #cfe2c9 #f6f3d6",
           "#8db49f", "#0c2620", "#dcebd6", "#fffdf0", "#fdf5cf", "#f4faee"),
    _theme("storm", "storm rain rainy thunder grey gray fog foggy",
           "#262f3b #455261 #74818c #b3bcbe",
           "#7b8990", "#12181d", "#b9c3c5", "#eef1ea", "#cfd8d8", "#8c979f"),
)
# fmt: on
_SEED_THEMES = ("dusk", "dawn", "day", "night", "autumn", "spring")

HUES: dict[str, float] = {
    "red": 0.99,
    "crimson": 0.97,
    "orange": 0.07,
    "gold": 0.12,
    "golden": 0.12,
    "yellow": 0.15,
    "lime": 0.24,
    "green": 0.36,
    "emerald": 0.41,
    "teal": 0.48,
    "turquoise": 0.49,
    "cyan": 0.52,
    "azure": 0.57,
    "blue": 0.61,
    "cobalt": 0.62,
    "indigo": 0.69,
    "violet": 0.75,
    "purple": 0.78,
    "magenta": 0.85,
    "pink": 0.91,
}


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def hue_in(text: str) -> float | None:
    """Returns the hue of the first colour word in `text`; None if there is none."""
    return next((HUES[word] for word in words_of(text) if word in HUES), None)


def theme_in(text: str) -> SceneTheme | None:
    """Returns the theme named in `text`, or None; a time of day takes precedence over a place."""
    words = set(words_of(text))
    return next((theme for theme in THEMES if words.intersection(theme.words)), None)


def theme_for(text: str, rng: random.Random) -> SceneTheme:
    """Returns the theme for a scene, slightly different for each seed."""
    theme = theme_in(text)
    if theme is None:
        name = rng.choice(_SEED_THEMES)
        theme = next(each for each in THEMES if each.name == name)
    theme = theme.hue_rotated(rng.uniform(-9, 9))
    hue = hue_in(text)
    return theme if hue is None else theme.coloured(hue, 0.55)
