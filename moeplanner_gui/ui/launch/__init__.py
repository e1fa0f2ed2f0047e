"""The window that starts the engine of a plan: commands, flags, and what will be printed."""
