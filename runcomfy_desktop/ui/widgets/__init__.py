"""Small general widgets without knowledge of jobs."""
