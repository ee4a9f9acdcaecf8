"""The ground truth: what a correct import of the made-up workspace must export, and how an export differs from it."""

from ochre_tui.sandbox.truth.compare import compare
from ochre_tui.sandbox.truth.export import expected_export
from ochre_tui.sandbox.truth.plan import Member, TruthPlan
from ochre_tui.sandbox.truth.values import Field

__all__ = ["Field", "Member", "TruthPlan", "compare", "expected_export"]
