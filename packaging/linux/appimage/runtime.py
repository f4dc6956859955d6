"""Compiles the AppImage's runtime: one static program for every x86_64 Linux."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from linux import tools
from project import BUILD, PACKAGING, Failed, reproducible

SOURCE = Path(__file__).resolve().parent / "src"
OUT = BUILD / "linux" / "appimage"
RUNTIME = "runtime"
# Packages linked into the runtime; their notices are added to the program's.
_LINKED = "linked.json"
_PACKAGES = ("libc6-dev", "libfuse3-dev", "libsquashfuse-dev", "libzstd-dev")
_COMPILE = (
    *("gcc", "-std=gnu17", "-O2", "-static-pie", "-fPIE"),
    *("-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wformat=2", "-Werror"),
    *("-fstack-protector-strong", "-D_FORTIFY_SOURCE=3"),
    *("-isystem", "/usr/include/fuse3", "-isystem", "/usr/include/squashfuse"),
    *("-Wl,-z,relro,-z,now", "-Wl,-z,noexecstack", "-Wl,--build-id=none", "-s"),
)
_LIBRARIES = ("-lsquashfuse_ll", "-lsquashfuse", "-lfuse3", "-lzstd", "-lpthread")


def make(out: Path = OUT) -> Path:
    """Compiles the runtime and records what was linked into it; returns the program's path."""
    out.mkdir(parents=True, exist_ok=True)
    binds = ((SOURCE, "/source", "ro"), (PACKAGING, "/packaging", "ro"), (out, "/out", "rw"))
    with tools.root().enter(binds) as place:
        sources = [f"/source/{each.name}" for each in sorted(SOURCE.glob("*.c"))]
        words = [*_COMPILE, *sources, *_LIBRARIES, "-o", f"/out/{RUNTIME}"]
        if said := place.must(words, env=reproducible()).strip():
            raise Failed(f"The compiler has something to say of the AppImage's runtime:\n{said}")
        facts = ["/packaging/trust/facts.py", "--packages", f"/out/{_LINKED}", *_PACKAGES]
        place.must(["python3", *facts])
    return out / RUNTIME


def linked(out: Path = OUT) -> dict[str, Any]:
    """Returns the packages linked into the runtime, with their notices; call `make` first."""
    found: dict[str, Any] = json.loads((out / _LINKED).read_text(encoding="utf-8"))
    return found
