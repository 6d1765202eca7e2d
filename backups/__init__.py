"""The store as a whole: written to a file, read back, carried to another database."""
