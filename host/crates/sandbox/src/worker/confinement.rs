//! What holds a worker, and what does not.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A piece of what confines a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Piece {
    /// It has no environment variables.
    Environment,
    /// Nothing of the host is open in it but the pipes to the host.
    Descriptors,
    /// It has limits of memory, and may have no files, processes and core dumps.
    Limits,
    /// It can gain no rights by running another program.
    NoNewPrivileges,
    /// Landlock: it opens, makes, removes and lists no file. It keeps nobody from looking at a file by its path, from changing
    /// its mode and times, nor, before Linux 6.2, from cutting it off: only the filter of system calls does.
    Files,
    /// Landlock: it reaches no TCP port.
    Network,
    /// Landlock: it signals no process but itself, and reaches no abstract socket.
    Signals,
    /// Namespaces: it has users, a network and message queues of its own, with nothing in them.
    Namespaces,
    /// Seccomp: it may make only the few system calls that computing needs. No file is opened, no socket made, no program run.
    SystemCalls,
}

impl Piece {
    /// All pieces, in the order in which a worker gives things up.
    pub const ALL: &[Self] = &[
        Self::Environment,
        Self::Descriptors,
        Self::Limits,
        Self::NoNewPrivileges,
        Self::Files,
        Self::Network,
        Self::Signals,
        Self::Namespaces,
        Self::SystemCalls,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Descriptors => "descriptors",
            Self::Limits => "limits",
            Self::NoNewPrivileges => "no-new-privileges",
            Self::Files => "files",
            Self::Network => "network",
            Self::Signals => "signals",
            Self::Namespaces => "namespaces",
            Self::SystemCalls => "system-calls",
        }
    }

    /// Whether a worker without it is no second wall. The others are walls behind this wall: without a system call for
    /// sockets and for signals there is nothing that they could stop.
    #[must_use]
    pub const fn is_required(self) -> bool {
        match self {
            Self::Environment
            | Self::Descriptors
            | Self::Limits
            | Self::NoNewPrivileges
            | Self::Files
            | Self::SystemCalls => true,
            Self::Network | Self::Signals | Self::Namespaces => false,
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Whether a piece holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceStatus {
    /// The piece.
    pub piece: Piece,
    /// Whether it holds.
    pub holds: bool,
    /// Why it does not.
    pub reason: Option<String>,
    /// How much of it this system has, where that differs.
    pub extent: Option<String>,
}

/// What confines a worker: each piece, with why it does not hold where it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    pieces: Vec<PieceStatus>,
}

impl Confinement {
    /// All pieces.
    #[must_use]
    pub fn pieces(&self) -> &[PieceStatus] {
        &self.pieces
    }

    /// Whether this piece holds.
    #[must_use]
    pub fn holds(&self, piece: Piece) -> bool {
        self.pieces.iter().any(|status| status.piece == piece && status.holds)
    }

    /// The pieces that a second wall needs and that do not hold, with the reasons. None is a wall.
    #[must_use]
    pub fn missing(&self) -> Vec<PieceStatus> {
        let missing = |piece: &&Piece| piece.is_required() && !self.holds(**piece);
        let status = |piece: &Piece| {
            let known = self.pieces.iter().find(|status| status.piece == *piece).cloned();
            known.unwrap_or(PieceStatus { piece: *piece, holds: false, reason: None, extent: None })
        };
        Piece::ALL.iter().filter(missing).map(status).collect()
    }

    /// Notes how giving something up went.
    pub(crate) fn note(&mut self, piece: Piece, outcome: Result<(), impl fmt::Display>) {
        let reason = outcome.err().map(|error| error.to_string());
        self.pieces.push(PieceStatus { piece, holds: reason.is_none(), reason, extent: None });
    }

    /// Notes how much of a piece there is.
    pub(crate) fn note_extent(&mut self, piece: Piece, extent: String) {
        if let Some(status) = self.pieces.iter_mut().find(|status| status.piece == piece) {
            status.extent = Some(extent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_needs_every_required_piece_and_no_other() {
        let mut confinement = Confinement::default();
        assert_eq!(confinement.missing().len(), Piece::ALL.iter().filter(|piece| piece.is_required()).count());
        for piece in Piece::ALL {
            let lacking = if piece.is_required() { Ok(()) } else { Err("not on this kernel") };
            confinement.note(*piece, lacking);
        }
        assert_eq!(confinement.missing(), []);
        assert!(!confinement.holds(Piece::Namespaces));

        let mut without = Confinement::default();
        for piece in Piece::ALL.iter().filter(|piece| **piece != Piece::Files) {
            without.note(*piece, Ok::<(), &str>(()));
        }
        without.note(Piece::Files, Err("no Landlock"));
        let missing = without.missing();
        assert_eq!(missing.len(), 1);
        assert_eq!((missing[0].piece, missing[0].reason.as_deref()), (Piece::Files, Some("no Landlock")));
    }

    #[test]
    fn a_name_is_what_json_has() {
        for piece in Piece::ALL {
            assert_eq!(serde_json::to_value(piece).unwrap(), piece.name());
        }
    }
}
