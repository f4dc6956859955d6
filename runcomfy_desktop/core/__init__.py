"""What happens; every task lives here."""
