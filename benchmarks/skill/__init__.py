"""How good the forecasts of morrow's own pick are, walked forward over a universe."""
