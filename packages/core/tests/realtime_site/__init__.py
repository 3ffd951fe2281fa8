"""A small site with sockets, served by a real uvicorn in the realtime tests."""
