"""The live viewer: sources, worker, pure state and panes, and the one window."""
