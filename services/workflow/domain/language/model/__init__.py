"""What a scheme of format 2 says, as values: frozen, resolved, the same for every reader.

The reader makes them of a file; the checks, the engine, `show`, `try` and `diff` work on them and
never look at the file again. A reference is a name, found in the scheme's mapping of that sort.
Every value that may be at fault keeps its place in the file, `at`.

`scheme` is the whole; `lives` the kinds of case with their states and links; `triggers` and
`guards` what may be done; `parties` who; `days` when; `where` for which; `documents` and `scores`
what is handed in and what comes of it.
"""
