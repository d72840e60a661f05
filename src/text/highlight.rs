//! Which stretches of a text match?
