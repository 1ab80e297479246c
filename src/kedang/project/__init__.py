"""Kedang put together: settings, addresses, the command line and the servers."""
