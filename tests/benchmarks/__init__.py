"""What the README claims, measured: `make bench`. Never part of the tests."""
