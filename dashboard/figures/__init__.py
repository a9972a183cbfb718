"""What answers share, by theme: protected counts and what a statistic says of them. A floor below the answers."""
