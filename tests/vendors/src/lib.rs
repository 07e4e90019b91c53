//! Servers on this machine that answer as vendors of AI do, and one that misbehaves on demand.
