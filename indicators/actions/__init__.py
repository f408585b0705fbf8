"""Every multi-row write of the indicators app, one module a noun."""
