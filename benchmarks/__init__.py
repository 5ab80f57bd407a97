"""What morrow claims about speed and skill, and the commands that show it."""
