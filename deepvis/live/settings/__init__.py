"""The viewer's settings: read from YAML, under their own names or the classic toolbox's; printed and documented."""

from __future__ import annotations

from deepvis.live.settings.printing import markdown_table, print_settings
from deepvis.live.settings.reading import LoadedSettings, Origin, load_settings, settings_of
from deepvis.live.settings.values import Settings

__all__ = ["LoadedSettings", "Origin", "Settings", "load_settings", "markdown_table", "print_settings", "settings_of"]
