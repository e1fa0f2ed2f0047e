"""MoE Planner: what hardware runs a large language model, before the money is spent."""

__version__ = "0.1.0"
