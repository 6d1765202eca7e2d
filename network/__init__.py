"""From where a request comes, what that allows, and what stands in the way of a log-in."""
