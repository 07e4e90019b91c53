//! The generated code for the world that every provider has: the host's services, the shared types, `catalog` and
//! `health`. The same macro makes that of each capability, beside its trait. Use the re-exports instead.

/// Generates the code for a world. A capability gives the name of its world only, and shares the types of this module.
macro_rules! generate {
    ($world:literal) => {
        $crate::bindings::generate!(bindings, $world, {
            "palisade:provider/blobs@0.1.1": crate::bindings::palisade::provider::blobs,
            "palisade:provider/types@0.1.1": crate::bindings::palisade::provider::types,
        });
    };
    ($module:ident, $world:literal, { $($with:tt)* }) => {
        #[doc(hidden)]
        #[allow(
            missing_docs,
            unreachable_pub,
            unsafe_code,
            clippy::all,
            clippy::allow_attributes_without_reason,
            clippy::indexing_slicing,
            clippy::panic,
            clippy::undocumented_unsafe_blocks,
            clippy::unwrap_used,
            reason = "generated"
        )]
        pub mod $module {
            wit_bindgen::generate!({
                path: "../wit",
                inline: "
                    package palisade:guest;
                    world base { include palisade:provider/provider@0.1.1; }
                    world text-to-image { export palisade:provider/text-to-image@0.1.1; }
                    world text-to-image-job { export palisade:provider/text-to-image-job@0.1.1; }
                    world text-to-video { export palisade:provider/text-to-video@0.1.1; }
                    world image-to-video { export palisade:provider/image-to-video@0.1.1; }
                    world jobs { export palisade:provider/jobs@0.1.1; }
                    world image-edit { export palisade:provider/image-edit@0.1.1; }
                    world image-upscale { export palisade:provider/image-upscale@0.1.1; }
                    world chat { export palisade:provider/chat@0.1.1; }
                    world embedding { export palisade:provider/embedding@0.1.1; }
                    world rerank { export palisade:provider/rerank@0.1.1; }
                    world moderation { export palisade:provider/moderation@0.1.1; }
                    world image-to-text { export palisade:provider/image-to-text@0.1.1; }
                    world text-to-speech { export palisade:provider/text-to-speech@0.1.1; }
                    world speech-to-text { export palisade:provider/speech-to-text@0.1.1; }
                    world custom { export palisade:provider/custom@0.1.1; }
                ",
                world: $world,
                with: { $($with)* },
                additional_derives: [PartialEq],
                generate_all,
                generate_unused_types: true,
                pub_export_macro: true,
            });
        }
    };
}
pub(crate) use generate;

generate!(base, "base", {});
pub use base::*;
