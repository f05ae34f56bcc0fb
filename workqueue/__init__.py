"""The ground floor: the database is the queue, the bell makes it fast. It knows no model."""
