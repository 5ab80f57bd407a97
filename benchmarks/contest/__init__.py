"""How often luck wins the contest, and how soon skill does, on leagues drawn from real backtests."""
