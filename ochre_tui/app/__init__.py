"""The Textual app: the wizard around the screens, and how it is launched."""
