"""The remote services that Passport asks."""
