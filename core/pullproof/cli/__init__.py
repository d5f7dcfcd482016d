"""The command line: manifests, messages, references, a cluster. Each command is imported when asked for."""
