"""The RunComfy REST API and nothing else."""
