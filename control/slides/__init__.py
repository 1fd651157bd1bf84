"""Slides of those who speak: asked for, handed in, checked, kept, numbered, and forgotten (ADR 53)."""
