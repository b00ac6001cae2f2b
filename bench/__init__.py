"""Measurements of the goals in docs/performance.md: ratios within one run (`make bench`)."""
