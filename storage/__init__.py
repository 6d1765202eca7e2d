"""Tables, queries and migrations: the only folder that speaks SQL."""
