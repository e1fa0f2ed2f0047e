"""Help where it is needed: words explained, the guide, what is new, about, the catalogue's age."""
