"""Files of office suites: what is brought is taken apart with distrust, what is handed out is made.

The one idea: such a file is a zip of XML that somebody else packed. Nothing it says of itself is
believed, nothing in it acts or reaches out, and a cell is a value or it is refused.
"""
