"""Published claims against the estimator: what is claimed, how it is checked, what comes out."""
