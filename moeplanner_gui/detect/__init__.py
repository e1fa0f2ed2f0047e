"""What is in this machine. Knows no plan."""
