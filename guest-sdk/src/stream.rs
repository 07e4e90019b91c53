//! Answers that come in pieces, as the host pulls them.

use std::cell::Cell;
use std::fmt;

use crate::unlisted::Unlisted;
use crate::{Failure, FailureKind, Result, Usage, Warning};

/// A piece of an answer.
pub trait Piece: Sized + 'static {
    /// Usage and warnings, when this is the end of the answer.
    fn end(&mut self) -> Option<(&mut Usage, &mut Vec<Warning>)>;
}

/// The pieces that an author gives, up to the end or the first failure.
pub(crate) struct Events<E> {
    /// None when it is over: whatever the author holds open is let go at once.
    source: Option<Box<dyn Iterator<Item = Result<E>>>>,
    usage: Option<Usage>,
    warnings: Vec<Warning>,
    unlisted: Unlisted,
}

impl<E: Piece> Events<E> {
    pub(crate) fn new(source: impl IntoIterator<Item = Result<E>, IntoIter: 'static>) -> Self {
        let source: Box<dyn Iterator<Item = Result<E>>> = Box::new(source.into_iter());
        Self { source: Some(source), usage: None, warnings: Vec::new(), unlisted: Unlisted::default() }
    }

    /// Sets what the end will say was used.
    pub(crate) fn usage(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    /// Adds to what the end will say.
    pub(crate) fn warnings(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        self.warnings.extend(warnings);
    }

    /// Has the end warn of these.
    pub(crate) fn unlisted(&mut self, unlisted: Unlisted) {
        self.unlisted = unlisted;
    }
}

impl<E: Piece> Iterator for Events<E> {
    type Item = Result<E>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut item = self.source.as_mut()?.next();
        if let Some(Ok(piece)) = &mut item {
            let Some((usage, warnings)) = piece.end() else { return item };
            if let Some(set) = self.usage.take() {
                *usage = set;
            }
            warnings.append(&mut self.warnings);
            self.unlisted.tell(warnings);
        }
        self.source = None;
        item
    }
}

impl<E> fmt::Debug for Events<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Events").field("over", &self.source.is_none()).finish_non_exhaustive()
    }
}

/// What the host holds: it pulls, and may cancel.
pub struct Stream<E> {
    /// None when the host has cancelled.
    events: Cell<Option<Events<E>>>,
}

impl<E: Piece> Stream<E> {
    pub(crate) fn new(events: Events<E>) -> Self {
        Self { events: Cell::new(Some(events)) }
    }

    pub(crate) fn pull(&self) -> Result<Option<E>> {
        let Some(mut events) = self.events.take() else {
            return Err(Failure::new(FailureKind::Cancelled, "the call was cancelled"));
        };
        let item = events.next();
        self.events.set(Some(events));
        item.transpose()
    }

    /// Lets go of the author's iterator. What is over stays over.
    pub(crate) fn stop(&self) {
        let events = self.events.take();
        self.events.set(events.filter(|events| events.source.is_none()));
    }
}
