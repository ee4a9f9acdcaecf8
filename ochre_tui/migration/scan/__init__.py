"""The scan: a dry run that reads Intercom and changes nothing."""
