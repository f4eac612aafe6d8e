"""The compliance record: typed tags, an append-only hash-chained log, its verification and its export."""
