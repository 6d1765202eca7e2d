"""HTTP: who asks, what they ask for, and what they are told."""
