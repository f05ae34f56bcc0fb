from people.admin import invitation, person, role, sessions  # noqa: F401 - they register themselves
