"""The bill of materials: what to buy, what each part costs, what is there already."""
