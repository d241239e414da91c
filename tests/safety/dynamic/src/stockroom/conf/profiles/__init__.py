"""A profile is a module; $STOCKROOM_SETTINGS names it."""
