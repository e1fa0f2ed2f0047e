"""The Context tab: the longest context of each choice, and memory against context."""
