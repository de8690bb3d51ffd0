"""Kinds of datum, one file each: a kind of case is data, a kind of this is code."""
