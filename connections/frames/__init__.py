"""Our pages inside Pipedrive: who is asking, without a cookie (reliability P-11, S-7 to S-10)."""
