"""The scheme language, format 2: what may be written, what it means, and whether it is sound."""
