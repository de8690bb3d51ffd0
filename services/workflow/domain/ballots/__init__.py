"""Ballots in a room: slips, sheets, and whether they add up. Pure, like the rest of the domain."""
