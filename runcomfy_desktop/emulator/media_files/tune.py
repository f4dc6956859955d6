"""Short tune for each seed: its notes and its samples.

Notes have the frequencies of MP3's spectral lines, so that the tune is the same in every format.
"""

from __future__ import annotations

import functools
import math
import random
from array import array
from dataclasses import dataclass
from typing import NamedTuple

RATE = 44_100
# The time unit of the tune: one MP3 granule.
GRANULE = 576
# A demo's sound should not keep a laptop busy for a minute.
_MAX_DURATION_S = 60.0
_LINES = (4, 7, 10, 12, 13)
_LENGTHS = (14, 21, 28, 42)
_WAVE_SAMPLES = 2048
_PEAK_AMPLITUDE = 11_000


class MusicNote(NamedTuple):
    """Spectral line that sounds for a number of granules; `loudness` is at most 1."""

    line: int
    granules: int
    loudness: float

    @property
    def hertz(self) -> float:
        return (self.line + 0.5) * RATE / (2 * GRANULE)


@dataclass(frozen=True, slots=True)
class Tune:
    """Tune derived from `seed_text`, with a length of `seconds` (at most a minute)."""

    seed_text: str
    seconds: float

    @property
    def sample_count(self) -> int:
        return max(1, round(min(self.seconds, _MAX_DURATION_S) * RATE))

    def notes(self) -> list[MusicNote]:
        """Returns the notes; together they last at least as long as the tune."""
        rng = random.Random(self.seed_text)
        notes: list[MusicNote] = []
        remaining = -(-self.sample_count // GRANULE)
        while remaining > 0:
            granules = min(remaining, rng.choice(_LENGTHS))
            note = MusicNote(rng.choice(_LINES), granules, rng.uniform(0.4, 1.0))
            notes.append(note)
            remaining -= granules
        return notes

    def samples(self) -> array[int]:
        """Returns 16-bit samples for one channel."""
        sound = array("h")
        for note in self.notes():
            sound.extend(_note_samples(note))
        return sound[: self.sample_count]


def decay(granule: int) -> float:
    """Returns the relative loudness of a note after the given number of granules."""
    return math.exp(-granule / 18)


def _note_samples(note: MusicNote) -> list[int]:
    wave, step = _wave(), note.hertz * _WAVE_SAMPLES / RATE
    count = note.granules * GRANULE
    # The first and last samples of a note are faded, so that it does not click.
    amplitude = [
        _PEAK_AMPLITUDE * note.loudness * decay(n // GRANULE) for n in range(0, count, GRANULE)
    ]
    edge = GRANULE // 4
    samples = [
        int(amplitude[n // GRANULE] * wave[int(n * step) % _WAVE_SAMPLES]) for n in range(count)
    ]
    for n in range(edge):
        samples[n] = samples[n] * n // edge
        samples[-1 - n] = samples[-1 - n] * n // edge
    return samples


@functools.cache
def _wave() -> list[float]:
    phases = [2 * math.pi * n / _WAVE_SAMPLES for n in range(_WAVE_SAMPLES)]
    return [0.7 * math.sin(at) + 0.2 * math.sin(2 * at) + 0.1 * math.sin(3 * at) for at in phases]
