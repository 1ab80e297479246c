"""Scenarios of `kedang bench`: each module has run(size) -> figures, `within` among them."""
