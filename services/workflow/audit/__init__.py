"""The offline verifier: bytes, tree, positions, signature, outside checkpoints.

It imports `schemas` and `cryptography` alone, so that an auditor can read all of it and run it
far from the service.
"""

from services.workflow.audit.findings import Code, Finding, Summary
from services.workflow.audit.known import Known, NotKnown
from services.workflow.audit.verifying import verify, verify_texts

__all__ = ["Code", "Finding", "Known", "NotKnown", "Summary", "verify", "verify_texts"]
