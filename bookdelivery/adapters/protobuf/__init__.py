"""What contexts say to one another and to people, as Protocol Buffers, made from the same schemas as the JSON."""
