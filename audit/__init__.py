"""What happened here: when, who, from where, what."""
