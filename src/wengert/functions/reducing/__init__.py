"""Functions that make fewer elements of many: sums, scans, orders, norms."""
