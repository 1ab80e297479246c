"""Early warning: rules over the facts of a customer, and the case that each warning is until it is closed."""
