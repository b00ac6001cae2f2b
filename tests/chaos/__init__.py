"""The promises under crashes, faults and load, on real services that a test may break (T-5)."""
