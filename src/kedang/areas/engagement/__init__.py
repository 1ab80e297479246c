"""What people do for customers: tasks, and what follows from visits."""
