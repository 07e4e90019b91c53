//! The macro that turns a provider into a component.

/// Exports a provider with the capabilities that it serves: `export!(Card: text_to_image);`.
///
/// A capability is named like its module in this crate; several are separated by commas. `catalog` and `health` are
/// always exported. Each named capability must be implemented, which is checked natively too, although only a build for
/// wasm32 really exports anything.
#[macro_export]
macro_rules! export {
    ($provider:ty: $($capability:ident),+ $(,)?) => {
        impl $crate::Exported for $provider {
            const VERSION: &'static str = ::core::env!("CARGO_PKG_VERSION");
            const CAPABILITIES: &'static [&'static str] = &[$($crate::$capability::NAME),+];
        }

        const _: () = {
            $(const _: () = $crate::$capability::is_implemented::<$provider>();)+

            // Natively, names with `@` and `#` are more than a linker takes.
            #[cfg(target_arch = "wasm32")]
            #[allow(unsafe_code, reason = "generated")]
            const _: () = {
                type Component = $crate::Adapter<$provider>;
                $crate::bindings::export!(Component with_types_in $crate::bindings);
                $($crate::$capability::bindings::export!(Component with_types_in $crate::$capability::bindings);)+
            };
        };
    };
}
