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

#[cfg(test)]
mod tests {
    use crate::bindings::exports::palisade::provider::catalog::Guest as _;
    use crate::embedding::bindings::exports::palisade::provider::embedding::Guest as _;
    use crate::{
        Adapter, CallOptions, Chat, Content, Description, Embedding, Exported, Provider, Result, chat, embedding,
    };

    struct Both;

    impl Provider for Both {
        fn describe() -> Description {
            Description::new("both").model("one")
        }
    }
    impl Chat for Both {
        fn reply(request: chat::Request, _: &CallOptions) -> Result<chat::Response> {
            Ok(chat::Response::text(request.prompt()))
        }
    }
    impl Embedding for Both {
        fn embed(request: embedding::Request, _: &CallOptions) -> Result<embedding::Response> {
            let length = |item: &Content| match item {
                Content::Text(text) => text.len() as f32,
                Content::Media(_) => 0.0,
            };
            Ok(embedding::Response::new(request.items.iter().map(|item| vec![length(item)])))
        }
    }
    crate::export!(Both: chat, embedding);

    #[test]
    fn several_capabilities_are_exported_together() {
        assert_eq!(Both::CAPABILITIES, ["chat", "embedding"]);
        let (models, _) = Adapter::<Both>::models(None).unwrap();
        assert_eq!(models[0].capabilities, Both::CAPABILITIES);
    }

    #[test]
    fn a_call_reaches_the_author() {
        let response = Adapter::<Both>::embed(embedding::Request::new(["a", "bc"]), CallOptions::new("one")).unwrap();
        assert_eq!(response.vectors, [[1.0], [2.0]]);
    }
}
