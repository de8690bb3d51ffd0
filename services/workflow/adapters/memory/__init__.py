"""Stores that last as long as the process: for rehearsals of schemes and for tests."""
