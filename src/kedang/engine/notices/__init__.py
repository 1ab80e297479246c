"""Notices to people: what happened that they should know, in a line."""

from kedang.engine.notices.telling import tell

__all__ = ["tell"]
