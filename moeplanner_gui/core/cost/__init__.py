"""What it costs: owning, renting by the hour, or paying an API per token. Money is Decimal."""
