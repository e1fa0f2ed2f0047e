"""Reading a model from its files, or looking one up, in a dialog."""
