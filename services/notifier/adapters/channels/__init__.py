"""Ways out that cannot be asked afterwards whether a message arrived.

The in-app inbox is not among them: it is the workflow's own call, see `application/deliver.py`.
"""
