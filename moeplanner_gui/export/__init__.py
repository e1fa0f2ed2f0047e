"""The plan on its way out: plan file, parts list, CSV. Knows no window."""
