"""Wiring: settings become one application; the only place that knows every part.

One class above the other by what is wired: `stores`, over them `rules`, `cases`, `ballots` and the
`log`, whose `Parts` are what a command needs; `reading`, and `web`, which answers and whose `asgi`
a server's worker processes call. Nothing is loaded by naming this package: what answers takes
longer to load than most commands run.
"""
