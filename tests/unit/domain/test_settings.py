"""Settings: the initial defaults, and the stored values of enums."""

from __future__ import annotations

from runcomfy_desktop.api.client import check_base_url
from runcomfy_desktop.domain.settings import QueueVersion, Settings, ThemeMode


def test_defaults() -> None:
    settings = Settings()
    assert check_base_url(settings.base_url) == settings.base_url == "https://api.runcomfy.net"
    assert settings.queue_version is QueueVersion.V1
    assert settings.theme is ThemeMode.SYSTEM
    assert (settings.output_folder, settings.last_deployment_id) == ("", "")
    assert settings.recent_files == ()


def test_stored_words_never_change() -> None:
    assert [theme.value for theme in ThemeMode] == ["system", "light", "dark"]
    assert [version.value for version in QueueVersion] == ["v1", "v2"]
