"""What is seen of working without a network: how old things are, and what changed since."""
