"""Compiles the AppImage's runtime: one static program for every x86_64 Linux."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from linux import tools
from project import BUILD, Failed, reproducible

SOURCE = Path(__file__).resolve().parent / "src"
OUT = BUILD / "linux" / "appimage"
RUNTIME = OUT / "runtime"
# What is linked into it, told where the program tells of third-party code.
_PARTS = OUT / "runtime-parts.json"
LINKED = ("libc6-dev", "libfuse3-dev", "libsquashfuse-dev", "libzstd-dev")
_COMPILE = (
    *("gcc", "-std=gnu17", "-O2", "-static-pie", "-fPIE"),
    *("-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wformat=2", "-Werror"),
    *("-fstack-protector-strong", "-D_FORTIFY_SOURCE=3"),
    *("-isystem", "/usr/include/fuse3", "-isystem", "/usr/include/squashfuse"),
    *("-Wl,-z,relro,-z,now", "-Wl,-z,noexecstack", "-Wl,--build-id=none", "-s"),
)
_LIBRARIES = ("-lsquashfuse_ll", "-lsquashfuse", "-lfuse3", "-lzstd", "-lpthread")


@dataclass(frozen=True)
class Part:
    """A library inside the runtime, as Debian names it, with its notice."""

    package: str
    version: str
    notice: str


def make(out: Path = OUT) -> Path:
    """Compiles it and writes down what was linked into it; returns the program."""
    out.mkdir(parents=True, exist_ok=True)
    with tools.root().enter(((SOURCE, "/source", "ro"), (out, "/out", "rw"))) as place:
        sources = [f"/source/{each.name}" for each in sorted(SOURCE.glob("*.c"))]
        words = [*_COMPILE, *sources, *_LIBRARIES, "-o", "/out/runtime"]
        if said := place.must(words, env=reproducible()).strip():
            raise Failed(f"The compiler has something to say of the AppImage's runtime:\n{said}")
        parts = []
        for package in LINKED:
            version = place.must(["dpkg-query", "-W", "-f", "${Version}", package])
            notice = place.must(["cat", f"/usr/share/doc/{package}/copyright"])
            parts.append({"package": package, "version": version, "notice": notice})
    (out / _PARTS.name).write_text(json.dumps(parts, indent=1), encoding="utf-8")
    return out / "runtime"


def parts(out: Path = OUT) -> list[Part]:
    """What the runtime was linked with; it has to be made before."""
    found = json.loads((out / _PARTS.name).read_text(encoding="utf-8"))
    return [Part(each["package"], each["version"], each["notice"]) for each in found]
