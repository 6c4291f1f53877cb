"""How fast deepvis is, and how fast other programs are on the same nets, pictures and cores."""
