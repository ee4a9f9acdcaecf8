"""The job: plan, scan, import, verification."""
