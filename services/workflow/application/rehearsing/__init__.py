"""Playing a scheme in memory before anybody works by it: every end, every side way, every loss."""
