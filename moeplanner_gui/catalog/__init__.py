"""Rows about models, GPUs, hosts and prices: read, checked, looked up. Computes no estimate."""
