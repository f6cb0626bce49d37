"""What people prefer: votes, screening, rankings, studies."""
