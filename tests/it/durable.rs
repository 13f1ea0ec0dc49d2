//! What survives the process: turns, answers, buttons and albums of a bot that ends in the middle of what it does.

mod answers;
mod bot;
mod intake;
mod presses;
mod turns;
