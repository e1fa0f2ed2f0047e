"""The Checks tab: what to look at before buying, what was dismissed, and the wall circuit."""
