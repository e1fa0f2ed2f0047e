"""The window: everything a person sees. Computes nothing of its own."""
