"""Two records that mean one thing become one, with everything that hangs on them, and can be taken apart again."""
