"""The Reality check tab: what articles claim, beside what is computed."""
