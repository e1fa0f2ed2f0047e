"""The Cost tab: owning against renting and paying per token, and every input of it."""
