"""Figures shared by the views and the PDF: pure ``paint(painter, rect, data, theme)``."""
