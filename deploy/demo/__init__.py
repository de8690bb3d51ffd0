"""The demonstration: one commission that does not exist, playing the cycle of 2019."""
