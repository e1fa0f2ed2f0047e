"""Every option of the engine, in one dialog."""
