"""GLB: a vessel turned on a lathe, with normals; outline and colour are derived from a string."""

from __future__ import annotations

import json
import math
import random
import struct
from typing import NamedTuple

_RINGS, _SIDES = 40, 48
_FLOAT, _SHORT = 5126, 5123
_POINTS, _TRIANGLES = 34962, 34963
_JSON, _BINARY = b"JSON", b"BIN\x00"


class _GlbMesh(NamedTuple):
    """Positions and normals (three numbers per vertex), and triangles (three vertices each)."""

    positions: list[tuple[float, float, float]]
    normals: list[tuple[float, float, float]]
    triangles: list[int]


def write(seed_text: str) -> bytes:
    """Returns the file; the vessel stands on the ground and is one unit high."""
    rng = random.Random(seed_text)
    mesh = _vessel_mesh(rng)
    colour = [round(rng.uniform(0.25, 0.9), 3) for _part in range(3)]
    parts = [
        struct.pack(
            f"<{3 * len(mesh.positions)}f", *(part for each in mesh.positions for part in each)
        ),
        struct.pack(
            f"<{3 * len(mesh.normals)}f", *(part for each in mesh.normals for part in each)
        ),
        struct.pack(f"<{len(mesh.triangles)}H", *mesh.triangles),
    ]
    text = json.dumps(_description(mesh, parts, colour), separators=(",", ":")).encode()
    chunks = _chunk(_JSON, text, b" ") + _chunk(_BINARY, b"".join(parts), b"\x00")
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _vessel_mesh(rng: random.Random) -> _GlbMesh:
    waves = [(rng.uniform(-0.09, 0.09), turn) for turn in (1, 2, 3)]
    middle = rng.uniform(0.24, 0.34)

    def radius(height: float) -> float:
        return middle + sum(size * math.sin(math.pi * turn * height) for size, turn in waves)

    mesh = _GlbMesh([], [], [])
    for ring in range(_RINGS + 1):
        height = ring / _RINGS
        slope = (radius(height + 1e-4) - radius(height - 1e-4)) / 2e-4
        length = math.hypot(1, slope)
        for side in range(_SIDES):
            turn = 2 * math.pi * side / _SIDES
            cosine, sine = math.cos(turn), math.sin(turn)
            mesh.positions.append((radius(height) * cosine, height, radius(height) * sine))
            mesh.normals.append((cosine / length, -slope / length, sine / length))
    for ring in range(_RINGS):
        for side in range(_SIDES):
            index, next_index = ring * _SIDES + side, ring * _SIDES + (side + 1) % _SIDES
            mesh.triangles.extend((index, index + _SIDES, next_index))
            mesh.triangles.extend((next_index, index + _SIDES, next_index + _SIDES))
    return mesh


def _description(mesh: _GlbMesh, parts: list[bytes], colour: list[float]) -> dict[str, object]:
    attributes = {"POSITION": 0, "NORMAL": 1}
    surface = {
        "baseColorFactor": [*colour, 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": 0.6,
    }
    return {
        "asset": {"version": "2.0", "generator": "runcomfy-desktop stand-in"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "vessel"}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 2, "material": 0}]}],
        # The vessel is open at the top: its inside is visible, so both sides are drawn.
        "materials": [{"doubleSided": True, "pbrMetallicRoughness": surface}],
        "buffers": [{"byteLength": sum(map(len, parts))}],
        "bufferViews": _views(parts),
        "accessors": _accessors(mesh),
    }


def _views(parts: list[bytes]) -> list[dict[str, int]]:
    views, start = [], 0
    for part, target in zip(parts, (_POINTS, _POINTS, _TRIANGLES), strict=True):
        size = len(part)
        views.append({"buffer": 0, "byteOffset": start, "byteLength": size, "target": target})
        start += size
    return views


def _accessors(mesh: _GlbMesh) -> list[dict[str, object]]:
    columns = list(zip(*mesh.positions, strict=True))
    lowest, highest = ([_round_to_float32(of(part)) for part in columns] for of in (min, max))
    points = {"componentType": _FLOAT, "count": len(mesh.positions), "type": "VEC3"}
    corners = {"componentType": _SHORT, "count": len(mesh.triangles), "type": "SCALAR"}
    return [
        {"bufferView": 0, **points, "min": lowest, "max": highest},
        {"bufferView": 1, **points},
        {"bufferView": 2, **corners},
    ]


def _round_to_float32(value: float) -> float:
    """Rounds a value to the file's precision, because readers compare limits with positions."""
    (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    return float(rounded)


def _chunk(kind: bytes, content: bytes, filler: bytes) -> bytes:
    padded = content + filler * (-len(content) % 4)
    return struct.pack("<I4s", len(padded), kind) + padded
