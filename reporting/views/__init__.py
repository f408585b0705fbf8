"""Pages of the reporting app, one module a noun."""
