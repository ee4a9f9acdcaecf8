"""What of the check-lists is done, as far as it can be looked up: on the site, in the DNS, in Intercom, here."""
