"""The commands of `kedang`. Each module is one: docstring, add_arguments(parser), run(options)."""
