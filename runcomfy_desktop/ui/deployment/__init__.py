"""What is known of one deployment, and what can be changed about it."""
