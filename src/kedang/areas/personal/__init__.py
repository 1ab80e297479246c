"""Personal data: who agreed to what, and what people ask about the data kept of them."""
