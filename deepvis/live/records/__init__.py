"""What the viewer writes and plays again: recordings, saved views, pictures and videos."""
