"""The Krita adapter without Krita: what needs no editor, and what only asks one for simple things."""
