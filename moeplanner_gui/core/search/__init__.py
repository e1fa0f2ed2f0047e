"""Finding rigs: which of all that the catalogue can build do what is asked, and which are best."""
