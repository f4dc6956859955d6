"""Qt item models: the bridge from the core's topics to views."""
