"""Ten thousand simulated conversations through the whole dialogue, each judged by an oracle of its own.

`python -m bench.simulation --conversations 10000 --seed N`
"""
