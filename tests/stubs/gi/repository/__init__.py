"""Stands for the namespaces that PyGObject makes."""
