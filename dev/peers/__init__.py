"""Real servers of other people's making, arranged for tests; each is a process of Node's."""
