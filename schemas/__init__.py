"""The contract: what both services and the auditor agree on, pure of I/O.

Events and their bytes, the tree and its checkpoints, working days, documents with line numbers.
"""
