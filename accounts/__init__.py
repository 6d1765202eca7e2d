"""Accounts, the identities that prove them, and their sessions."""
