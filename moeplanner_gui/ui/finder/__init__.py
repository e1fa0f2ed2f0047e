"""Find a rig: the page with wishes, the chart of what does them and the list."""
