"""Detect my GPUs: looks, shows what it found beside what the plan has, changes nothing unasked."""
