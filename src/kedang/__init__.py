"""Kedang (客档): the customer file and key-account system."""
