"""A stand-in for Instagram on this machine. Development only; no other app knows of it."""
