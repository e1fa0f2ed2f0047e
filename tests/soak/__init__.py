"""A seeded monkey at the real window: random edits by real events, for as long as is asked for."""
