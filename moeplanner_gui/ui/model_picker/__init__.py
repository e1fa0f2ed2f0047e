"""The model, its weights and how it is served: the left column."""
