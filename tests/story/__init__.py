"""The whole sale against a real server: processes, clock, clients, and the kill after a commit."""
