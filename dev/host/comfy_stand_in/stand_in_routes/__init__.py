"""Routes of the stand-in, by what they are about."""
