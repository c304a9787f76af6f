"""The snippets, one module for each subject; CASES gives each a name."""
