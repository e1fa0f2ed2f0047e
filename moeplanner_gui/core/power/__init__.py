"""What a rig draws: of its power supplies, and from the wall."""
