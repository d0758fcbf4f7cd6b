"""The whole suite on one machine: the stack, and what is done with it."""
