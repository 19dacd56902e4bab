"""What client and verifier decide, without input or output: no sockets, no threads, no clock, no event loop."""
