"""Where: bridge points, their connection details and coordinators."""
