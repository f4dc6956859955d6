"""A little tune for each seed: the notes, and their samples.

Notes sit on the lines of MP3's spectrum, so that the tune is the same in each format.
"""

from __future__ import annotations

import functools
import math
import random
from array import array
from dataclasses import dataclass
from typing import NamedTuple

RATE = 44_100
# The smallest time of the tune: one of MP3's granules.
GRANULE = 576
# A demo's sound should not keep a laptop busy for a minute.
_MAX_DURATION_S = 60.0
_LINES = (4, 7, 10, 12, 13)
_LENGTHS = (14, 21, 28, 42)
_WAVE_SAMPLES = 2048
_PEAK_AMPLITUDE = 11_000


class MusicNote(NamedTuple):
    """A line of the spectrum for a number of granules; `loudness` up to 1."""

    line: int
    granules: int
    loudness: float

    @property
    def hertz(self) -> float:
        return (self.line + 0.5) * RATE / (2 * GRANULE)


@dataclass(frozen=True, slots=True)
class Tune:
    """What `seed_text` sound like for `seconds`."""

    seed_text: str
    seconds: float

    @property
    def sample_count(self) -> int:
        return max(1, round(min(self.seconds, _MAX_DURATION_S) * RATE))

    def notes(self) -> list[MusicNote]:
        """Notes that last at least as long as the tune."""
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
        """16 bits, one channel."""
        sound = array("h")
        for note in self.notes():
            sound.extend(_note_samples(note))
        return sound[: self.sample_count]


def decay(granule: int) -> float:
    """How loud a note still is after so many granules."""
    return math.exp(-granule / 18)


def _note_samples(note: MusicNote) -> list[int]:
    wave, step = _wave(), note.hertz * _WAVE_SAMPLES / RATE
    count = note.granules * GRANULE
    # The first and last moments are drawn in, so that nothing clicks.
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
