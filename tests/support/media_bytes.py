"""Small real media, assembled byte by byte: videos, sounds and models, as encoders write them."""

from __future__ import annotations

import io
import struct
import wave

_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_ROTATED_MATRIX = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def mp4(
    width: int = 640,
    height: int = 360,
    length_s: float = 2.5,
    *,
    brand: bytes = b"isom",
    padding: int = 0,
    rotated: bool = False,
) -> bytes:
    """Returns a video; its metadata follows the picture data of `padding` bytes."""
    return (
        box(b"ftyp", brand + struct.pack(">I", 512) + b"isomiso2avc1mp41")
        + box(b"mdat", bytes(padding))
        + box(b"moov", _mvhd(length_s) + _track(0, 0) + _track(width, height, rotated=rotated))
    )


def _mvhd(length_s: float) -> bytes:
    header = struct.pack(">IIIII", 0, 0, 0, 1000, int(length_s * 1000))
    return box(b"mvhd", header + bytes(80))


def _track(width: int, height: int, *, rotated: bool = False) -> bytes:
    matrix = _ROTATED_MATRIX if rotated else _MATRIX
    header = struct.pack(">IIIIII", 7, 0, 0, 1, 0, 0) + bytes(16) + matrix
    return box(b"trak", box(b"tkhd", header + struct.pack(">II", width << 16, height << 16)))


def matroska(
    width: int = 640, height: int = 360, length_s: float = 2.5, *, kind: bytes = b"webm"
) -> bytes:
    """Returns a Matroska video; the end of the segment is open, as in a stream."""
    info = element(0x2AD7B1, struct.pack(">I", 1_000_000)) + element(
        0x4489, struct.pack(">d", length_s * 1000)
    )
    video = element(0xB0, struct.pack(">H", width)) + element(0xBA, struct.pack(">H", height))
    tracks = element(0x1654AE6B, element(0xAE, element(0xE0, video)))
    inside = element(0x1549A966, info) + tracks + element(0x1F43B675, bytes(20))
    return element(0x1A45DFA3, element(0x4282, kind)) + b"\x18\x53\x80\x67\xff" + inside


def element(name: int, content: bytes) -> bytes:
    header = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return header + (len(content) | 1 << 28).to_bytes(4, "big") + content


def avi(width: int = 640, height: int = 360, length_s: float = 2.5) -> bytes:
    header = struct.pack(
        "<14I", 40_000, 0, 0, 0, int(length_s * 25), 0, 1, 0, width, height, 0, 0, 0, 0
    )
    inside = (
        b"AVI LIST" + struct.pack("<I", 4 + 8 + 56) + b"hdrlavih" + struct.pack("<I", 56) + header
    )
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def wav(length_s: float = 2.0, rate: int = 8000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * int(length_s * rate)))
    return buffer.getvalue()


def flac(length_s: float = 2.0, rate: int = 44100) -> bytes:
    packed = rate << 44 | 1 << 41 | 15 << 36 | int(length_s * rate)
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80\x00\x00\x22" + info


def mp3(length_s: float = 2.0, *, label: int = 0) -> bytes:
    """Returns MP3 frames of 128 kbit/s, after an ID3 tag with a cover of `label` bytes."""
    frames = int(length_s * 44100 / 1152)
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    size = bytes(label >> shift & 0x7F for shift in (21, 14, 7, 0))
    return (b"ID3\x04\x00\x00" + size + bytes(label) if label else b"") + frame * frames


def mp3_of_varying_quality(frames: int) -> bytes:
    """Returns an MP3 that states the number of its frames in the first frame."""
    header = b"\xff\xfb\x90\x64" + bytes(32) + b"Xing" + struct.pack(">II", 1, frames)
    return header + bytes(417 - len(header)) + b"\xff\xfb\x50\x64" + bytes(200)


def ogg(codec: bytes = b"\x01vorbis") -> bytes:
    return b"OggS\x00\x02" + bytes(20) + b"\x01\x1e" + codec + bytes(30)


GLB = b"glTF" + struct.pack("<II", 2, 12)
GLTF = b'{"asset": {"version": "2.0"}}'
OBJ = b"# a triangle\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
STL = b"solid triangle\nendsolid triangle\n"
PLY = b"ply\nformat ascii 1.0\nelement vertex 0\nend_header\n"
FBX = b"Kaydara FBX Binary  \x00\x1a\x00" + bytes(30)
