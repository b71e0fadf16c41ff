"""Who may do what: what each operation asks of its caller, and whether policies grant it."""
