"""Every multi-row write of the verification app, one module a noun."""
