"""What each inference engine places where, and the buffers it needs."""
