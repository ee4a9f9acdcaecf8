"""`python -m ochre_tui`."""

from ochre_tui.cli import main

main()
