"""Commands that start what was planned."""
