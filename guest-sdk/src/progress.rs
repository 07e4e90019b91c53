//! How far a call is, for whoever waits for it.

/// Reports the share of the work that is done, 0 to 1, and what is being done, in a few words. Cheap: the host keeps the
/// latest report and drops those that nobody reads.
pub fn report(done: f32, message: &str) {
    #[cfg(target_arch = "wasm32")]
    {
        use crate::bindings::palisade::provider::progress::{Update, report};
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let permille = (done.clamp(0.0, 1.0) * 1000.0) as u32;
        let message = (!message.is_empty()).then(|| message.to_owned());
        report(&Update { permille: Some(permille), message });
    }
    #[cfg(not(target_arch = "wasm32"))]
    let _ = (done, message);
}
