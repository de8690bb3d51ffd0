"""Polls in a room: slips, the phones that vote with them, and the count.

The one idea: two tables without a common value. A ticket knows that its slip was used, and neither
by whom nor when; the urn holds answers one by one, and no sheet. What happens to either goes
through no other store: not the keys of requests, not the transitions, not the log, no line of a
request.
"""
