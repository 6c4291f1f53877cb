"""Ready-made pictures of units: where they lie on disk, made to size, kept, and loaded by a thread."""
