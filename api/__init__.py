"""The web surface: HTTP in, one call of kg, HTTP out."""
