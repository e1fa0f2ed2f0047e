"""The palette of cards and hosts that a rig is built from."""
