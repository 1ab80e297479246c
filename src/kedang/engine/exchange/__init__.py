"""Import and export of any record type, through the two doors."""
