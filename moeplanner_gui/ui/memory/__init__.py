"""The Memory tab: every device byte by byte, as bars and as a table."""
