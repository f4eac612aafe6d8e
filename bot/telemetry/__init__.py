"""What goes on inside, for those who operate it: log lines, numbers, traces. Never what a debtor wrote, never who."""
