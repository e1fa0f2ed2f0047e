"""The rig: nodes, their slots and cards, what fits on them and what would make it fit."""
