"""Pages of the indicators app, one module a task of the user."""
