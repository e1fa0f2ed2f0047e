"""The Speed tab: the answer, where a token's time goes, curves, measurements, changes."""
