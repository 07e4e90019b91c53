//! Where a request goes when an attempt at it has failed.

use palisade_core::{Error, ErrorKind, PicoUsd, Submitted, catalogue::FailureBilling, http::Traffic};
use palisade_routing::Endpoint;

/// How far a request is carried when the one who was to serve it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallback {
    /// Attempts at the most, the first one included: 3 by default. All together keep to the timeout of the call.
    pub attempts: u32,
    /// Whether another provider is asked when one refuses the content. Off by default: a refusal is an answer.
    pub around_refusals: bool,
    /// Where an attempt at an embedding, a ranking or a moderation takes longer than 95 of 100 did, another provider is asked
    /// beside it, if both cost no more than this; the slower one is dropped. At most one request in twenty, and none with an
    /// idempotency key. Nothing by default, so that only what is free is asked twice; none for never.
    pub hedge_up_to: Option<PicoUsd>,
}

impl Default for Fallback {
    fn default() -> Self {
        Self { attempts: 3, around_refusals: false, hedge_up_to: Some(PicoUsd::ZERO) }
    }
}

impl Fallback {
    /// No second attempt.
    #[must_use]
    pub const fn none() -> Self {
        Self { attempts: 1, around_refusals: false, hedge_up_to: None }
    }
}

/// What an attempt at a request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bill {
    /// Nothing.
    Free,
    /// Something; and this is what is said of attempts that fail.
    Paid(FailureBilling),
}

impl Bill {
    /// That of an endpoint, where a request costs so much at the most; not known is never free.
    pub(crate) fn of(endpoint: &Endpoint, high: Option<PicoUsd>) -> Self {
        if high == Some(PicoUsd::ZERO) { Self::Free } else { Self::Paid(endpoint.bills_on_failure) }
    }
}

/// What to do after an attempt has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nobody else may do better, or would do it again.
    Stop,
    /// Another model, of the same provider too.
    OtherEndpoint,
    /// Another provider: what failed is the same for all models of this one.
    OtherProvider,
}

/// What to do after this failure. Work that is paid for and may be under way is never done a second time.
pub(crate) fn after(error: &Error, bill: Bill, fallback: Fallback) -> Next {
    // What goes on is not begun a second time.
    if is_maybe_billed(error, bill) || error.job().is_some() {
        return Next::Stop;
    }
    match error.kind() {
        ErrorKind::ContentPolicy if fallback.around_refusals => Next::OtherEndpoint,
        ErrorKind::LimitExceeded | ErrorKind::Unsupported | ErrorKind::ModelNotFound => Next::OtherEndpoint,
        ErrorKind::RateLimited
        | ErrorKind::ProviderBusy
        | ErrorKind::Auth
        | ErrorKind::InsufficientCredit
        | ErrorKind::IsolationUnavailable => Next::OtherProvider,
        ErrorKind::FuelExhausted
        | ErrorKind::Deadline
        | ErrorKind::CpuLimit
        | ErrorKind::Stalled
        | ErrorKind::MemoryLimit
        | ErrorKind::ResourceLimit
        | ErrorKind::HostCallLimit
        | ErrorKind::ResultTooLarge
        | ErrorKind::Trap
        | ErrorKind::BadOutput
        | ErrorKind::Overloaded
        | ErrorKind::UpstreamTimeout
        | ErrorKind::Upstream
        | ErrorKind::ProviderFailed => Next::OtherEndpoint,
        // The request is wrong, the caller or the host wants no more, or a component that serves is being loaded.
        _ => Next::Stop,
    }
}

/// Whether the same endpoint may do better when it is asked again.
pub(crate) fn may_repeat(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Trap
            | ErrorKind::RateLimited
            | ErrorKind::Overloaded
            | ErrorKind::Upstream
            | ErrorKind::ProviderFailed
            | ErrorKind::ProviderBusy
    )
}

/// Whether work that has failed may be on a bill.
pub(crate) fn is_maybe_billed(error: &Error, bill: Bill) -> bool {
    match (error.submitted(), bill) {
        (Submitted::No, _) | (_, Bill::Free) => false,
        // It has answered that it failed.
        (Submitted::Yes, Bill::Paid(FailureBilling::Never)) => !is_answer(error.kind()),
        (Submitted::Yes | Submitted::Unknown, Bill::Paid(_)) => true,
    }
}

/// What a provider says of work that was handed over, put right by what the host knows: where nothing could leave, or nothing
/// has, nothing was; what was cut off, or answered nonsense, may have been. Where something has left, the provider is believed that
/// it was refused, or has failed, if that is how it ended and each request was answered.
pub(crate) fn submitted(error: &Error, reaches_out: bool, traffic: Option<&Traffic>) -> Submitted {
    let (kind, said) = (error.kind(), error.submitted());
    if !reaches_out || traffic.is_some_and(|traffic| traffic.requests() == 0) {
        return Submitted::No;
    }
    let is_unanswered = traffic.is_some_and(|traffic| traffic.answers() < traffic.requests());
    let is_cut_off = matches!(kind, ErrorKind::Deadline | ErrorKind::Trap | ErrorKind::Shutdown | ErrorKind::BadOutput);
    match said {
        Submitted::No if is_unanswered || is_cut_off || (traffic.is_some() && !is_answer(kind)) => Submitted::Unknown,
        // An answer that has not come says nothing of the bill.
        Submitted::Yes if is_unanswered && is_answer(kind) => Submitted::Unknown,
        said => said,
    }
}

/// Whether an upstream has said how the work ended, rather than that nobody waited for it.
pub(crate) fn is_answer(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidInput
            | ErrorKind::LimitExceeded
            | ErrorKind::Unsupported
            | ErrorKind::ContentPolicy
            | ErrorKind::Auth
            | ErrorKind::InsufficientCredit
            | ErrorKind::ModelNotFound
            | ErrorKind::RateLimited
            | ErrorKind::Overloaded
            | ErrorKind::Upstream
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAID: [Bill; 3] =
        [Bill::Paid(FailureBilling::Never), Bill::Paid(FailureBilling::Always), Bill::Paid(FailureBilling::Unknown)];

    fn failed(kind: ErrorKind, submitted: Submitted) -> Error {
        Error::new(kind, "it failed").with_upstream(submitted, None)
    }

    #[test]
    fn paid_work_that_may_be_under_way_is_never_done_again() {
        for &kind in ErrorKind::ALL {
            for bill in PAID {
                let next = after(&failed(kind, Submitted::Unknown), bill, Fallback::default());
                assert_eq!(next, Next::Stop, "{kind:?} {bill:?}");
            }
            for bill in [Bill::Paid(FailureBilling::Always), Bill::Paid(FailureBilling::Unknown)] {
                let next = after(&failed(kind, Submitted::Yes), bill, Fallback::default());
                assert_eq!(next, Next::Stop, "{kind:?} {bill:?}");
            }
        }
        for kind in [ErrorKind::Deadline, ErrorKind::UpstreamTimeout, ErrorKind::Trap, ErrorKind::Stalled] {
            let next = after(&failed(kind, Submitted::Yes), Bill::Paid(FailureBilling::Never), Fallback::default());
            assert_eq!(next, Next::Stop, "{kind:?}");
        }
    }

    #[test]
    fn what_is_free_or_was_not_submitted_or_not_billed_goes_elsewhere() {
        let upstream = |submitted| failed(ErrorKind::Upstream, submitted);
        for (error, bill) in [
            (upstream(Submitted::Yes), Bill::Free),
            (upstream(Submitted::No), Bill::Paid(FailureBilling::Always)),
            (upstream(Submitted::Yes), Bill::Paid(FailureBilling::Never)),
        ] {
            assert_eq!(after(&error, bill, Fallback::default()), Next::OtherEndpoint);
        }
    }

    #[test]
    fn of_what_has_left_a_provider_is_believed_when_it_was_answered() {
        let traffic = Traffic::default();
        let believed = |kind, said| submitted(&failed(kind, said), true, Some(&traffic));
        for said in [Submitted::No, Submitted::Yes, Submitted::Unknown] {
            assert_eq!(believed(ErrorKind::Upstream, said), Submitted::No, "nothing has left");
        }
        traffic.request_leaves();
        for said in [Submitted::No, Submitted::Yes, Submitted::Unknown] {
            let error = failed(ErrorKind::Upstream, believed(ErrorKind::Upstream, said));
            let next = after(&error, Bill::Paid(FailureBilling::Never), Fallback::default());
            assert_eq!(next, Next::Stop, "{said:?} of what was not answered");
        }
        traffic.answer_came();
        for said in [Submitted::No, Submitted::Yes, Submitted::Unknown] {
            assert_eq!(believed(ErrorKind::Upstream, said), said);
        }
        assert_eq!(believed(ErrorKind::Trap, Submitted::No), Submitted::Unknown);
        assert_eq!(
            submitted(&failed(ErrorKind::Trap, Submitted::Yes), false, None),
            Submitted::No,
            "nothing can leave"
        );
        assert_eq!(submitted(&failed(ErrorKind::Upstream, Submitted::No), true, None), Submitted::No);
        assert_eq!(submitted(&failed(ErrorKind::Deadline, Submitted::No), true, None), Submitted::Unknown);
    }

    #[test]
    fn a_job_that_goes_on_is_not_begun_a_second_time() {
        for kind in [ErrorKind::Upstream, ErrorKind::Trap] {
            let error = failed(kind, Submitted::Yes);
            assert_eq!(after(&error, Bill::Free, Fallback::default()), Next::OtherEndpoint);
            assert_eq!(after(&error.with_job("0123456789abcdef"), Bill::Free, Fallback::default()), Next::Stop);
        }
    }

    #[test]
    fn a_refusal_is_an_answer_unless_the_caller_says_otherwise() {
        let refused = failed(ErrorKind::ContentPolicy, Submitted::No);
        assert_eq!(after(&refused, Bill::Free, Fallback::default()), Next::Stop);
        let around = Fallback { around_refusals: true, ..Fallback::default() };
        assert_eq!(after(&refused, Bill::Free, around), Next::OtherEndpoint);
    }

    #[test]
    fn what_is_wrong_with_the_request_or_the_host_stays_where_it_is() {
        for kind in [ErrorKind::InvalidInput, ErrorKind::Cancelled, ErrorKind::Shutdown, ErrorKind::HostBusy] {
            assert_eq!(after(&failed(kind, Submitted::No), Bill::Free, Fallback::default()), Next::Stop, "{kind:?}");
        }
        for kind in [ErrorKind::Auth, ErrorKind::RateLimited, ErrorKind::ProviderBusy] {
            let next = after(&failed(kind, Submitted::No), Bill::Free, Fallback::default());
            assert_eq!(next, Next::OtherProvider, "{kind:?}");
        }
    }
}
