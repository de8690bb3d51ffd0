"""Files people write: schemes and organisations."""
