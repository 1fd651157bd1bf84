"""PostgreSQL as Django knows it, with an end to waiting for it (docs/adr/0032-proxies-and-time-outs.md)."""
