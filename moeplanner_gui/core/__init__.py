"""Physics and arithmetic of a plan. Knows no files, no window, no clock."""
