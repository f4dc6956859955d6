"""Making pictures ready to be sent: smaller, or with a mask painted on them."""
