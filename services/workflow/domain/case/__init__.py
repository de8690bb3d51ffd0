"""Whatever has a life of its own: one `decide` and one `evolve` for every kind of case."""
