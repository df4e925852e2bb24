//! Scripted events give the expected text; the engine keeps its invariants.
