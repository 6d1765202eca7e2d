"""Stored credentials: sealing them, keeping them, and deciding which run may have one."""
