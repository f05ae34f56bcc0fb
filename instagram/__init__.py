"""All we know of Meta: signatures, events, limits, errors and the client. No Django, no models."""
