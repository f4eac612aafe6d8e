"""Use cases, one a function: each decides with the pure core and writes its audit entry in the same transaction."""
