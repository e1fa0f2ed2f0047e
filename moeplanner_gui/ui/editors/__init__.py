"""Forms for the user's own cards, hosts and models."""
