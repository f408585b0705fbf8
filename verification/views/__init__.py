"""Pages of the verification app, one module a noun."""
