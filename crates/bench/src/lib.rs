//! What a reply costs: a load server and bots to measure.
