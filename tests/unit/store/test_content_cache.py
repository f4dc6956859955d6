"""Records name contents, which are stored once and stay as long as a record names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.store.compressed_files import hash_of
from runcomfy_desktop.store.content_cache import RECORD_SUFFIX, ContentCache

if TYPE_CHECKING:
    from pathlib import Path

TEXT, README = b"a workflow", b"a readme"


def cache_in(folder: Path) -> ContentCache:
    return ContentCache(
        folder, ".content", ("text", "readme"), max_bytes=1_000_000, max_content_bytes=1_000
    )


def save(cache: ContentCache, name: str, **contents: bytes) -> None:
    hashes = {field: hash_of([data]) for field, data in contents.items()}
    for field, data in contents.items():
        cache.save_content(hashes[field], [data])
    cache.save_record(name + RECORD_SUFFIX, {**hashes})


def test_a_content_stays_until_no_record_names_it(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    save(cache, "one", text=TEXT, readme=README)
    save(cache, "two", text=TEXT)
    cache.save_content(hash_of([b"unused"]), [b"unused"])
    cache.enforce_limits()
    assert len([*tmp_path.glob("*.content")]) == 2
    (tmp_path / f"one{RECORD_SUFFIX}").unlink()
    cache.enforce_limits()
    assert cache.load_content(hash_of([TEXT]), b"".join) == TEXT
    assert cache.load_content(hash_of([README]), b"".join) is None


def test_a_content_beyond_its_bound_is_damage(tmp_path: Path) -> None:
    cache, large = cache_in(tmp_path), b"x" * 1_001
    cache.save_content(hash_of([large]), [large])
    assert cache.load_content(hash_of([large]), b"".join) is None
    assert [path.name for path in tmp_path.iterdir()] == [f"{hash_of([large])}.broken-1.content"]


def test_a_missing_record_is_none(tmp_path: Path) -> None:
    assert cache_in(tmp_path).load_record(f"none{RECORD_SUFFIX}", dict) is None
