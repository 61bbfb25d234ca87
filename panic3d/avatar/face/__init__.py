"""The face of an avatar: openings of eyes and mouth, what lies behind them, and the expressions."""
