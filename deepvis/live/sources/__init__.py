"""Where pictures come from: files that are stepped through, and live sources that run by themselves."""

from deepvis.live.sources.camera import Camera
from deepvis.live.sources.files import PictureFiles, entry_at, open_files, read_entry
from deepvis.live.sources.frame import SPEEDS, Frame, LiveSource, Order, SourceOptions
from deepvis.live.sources.lists import Entry, read_list
from deepvis.live.sources.opening import CAMERA, VIDEO_SUFFIXES, is_live, live_name, open_live
from deepvis.live.sources.player import Player
from deepvis.live.sources.reel import STREAM
from deepvis.live.sources.video import Video

__all__ = [
    "CAMERA",
    "SPEEDS",
    "STREAM",
    "VIDEO_SUFFIXES",
    "Camera",
    "Entry",
    "Frame",
    "LiveSource",
    "Order",
    "PictureFiles",
    "Player",
    "SourceOptions",
    "Video",
    "entry_at",
    "is_live",
    "live_name",
    "open_files",
    "open_live",
    "read_entry",
    "read_list",
]
