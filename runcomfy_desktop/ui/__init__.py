"""What is seen: no coroutines, no nested loops, no I/O but decoding pictures and window state."""
