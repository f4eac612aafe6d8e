"""The pure core: what a debt, an offer and an agreement are. Standard library only; no clock, no I/O."""
