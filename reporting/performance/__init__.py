"""The performance of units: what is counted (`claims`), for which `period`, how it is scored (`assessment`), and how it
is drawn (`charts`, `page`). What is stored of it for lists and comparisons is `reporting.actions.score`'s."""
