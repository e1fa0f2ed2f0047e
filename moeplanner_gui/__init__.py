"""MoE Planner: what hardware runs a large language model, before the money is spent."""
