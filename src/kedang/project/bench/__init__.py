"""Scenarios of `kedang bench`: each module has run(size) -> mapping of figures, with `within` for its budget."""
