"""What leaves the window as a document or a picture: PDF, PNG."""
