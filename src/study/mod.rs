//! Card, rating and the present moment to the card's next state, by the `fsrs` crate. Pure: `now` is an argument.
