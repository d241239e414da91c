"""dynamic/ is a project that mutants are made of, with tests of its own."""

collect_ignore = ["dynamic"]
