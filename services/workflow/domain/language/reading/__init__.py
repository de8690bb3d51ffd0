"""Making a scheme of a document: each module declares one part of what may be written."""
