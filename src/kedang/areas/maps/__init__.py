"""Customers, visits and sales on a map, and the route of a day."""
