//! What all capabilities have in common, written once.

/// Declares a capability: its name, its generated code, and the check that [`export!`](crate::export!) makes. With a
/// function, the capability answers at once, and what the host calls is passed on to the trait as well; its request says which
/// of the parameters that a model may list it has.
macro_rules! capability {
    ($name:literal, $trait:ident) => {
        $crate::bindings::generate!($name);

        /// Name of the interface.
        pub const NAME: &str = $name;

        #[doc(hidden)]
        pub const fn is_implemented<P: $trait>() {}
    };
    ($name:literal, $trait:ident, $interface:ident::$function:ident) => {
        $crate::capability::capability!($name, $trait);

        /// What the host gets: the response of a provider, with a warning of each parameter that the model does not list.
        /// For tests; within a component the SDK calls it.
        ///
        /// # Errors
        /// As the provider's own function; and `unsupported` for such a parameter when the caller is strict.
        pub fn $function<P: $crate::Provider + $trait>(
            request: Request,
            options: &$crate::CallOptions,
        ) -> $crate::Result<Response> {
            let unlisted = $crate::unlisted::Unlisted::of::<P>(&request, options)?;
            let mut response = P::$function(request, options)?;
            unlisted.tell(&mut response.warnings);
            Ok(response)
        }

        impl<P: $crate::Exported + $trait> bindings::exports::palisade::provider::$interface::Guest
            for $crate::Adapter<P>
        {
            fn $function(request: Request, options: $crate::CallOptions) -> $crate::Result<Response> {
                $crate::adapter::enter();
                $function::<P>(request, &options)
            }
        }
    };
}

/// Gives a type that has `usage` and `warnings` the functions that set them.
macro_rules! reports {
    ($type:ident) => {
        impl $type {
            /// Sets what was used, in place of what it was made with.
            #[must_use]
            pub fn usage(mut self, usage: $crate::Usage) -> Self {
                self.usage = usage;
                self
            }

            /// Adds warnings.
            #[must_use]
            pub fn warnings(mut self, warnings: impl IntoIterator<Item = $crate::Warning>) -> Self {
                self.warnings.extend(warnings);
                self
            }
        }
    };
}

pub(crate) use {capability, reports};

#[cfg(test)]
mod tests {
    use crate::{
        Content, Dimensions, Image, Media, Usage, Warning, custom, embedding, image_edit, image_to_text, image_upscale,
        moderation, rerank, speech_to_text, text_to_image, text_to_speech,
    };

    fn media() -> Media {
        Media::new("image/png", vec![1]).unwrap()
    }

    fn image() -> Image {
        Image::png(vec![1], 1, 1).unwrap()
    }

    #[test]
    fn a_response_says_what_was_used_unless_set() {
        let request = Usage::of("request", 1);
        assert_eq!(text_to_image::Response::new([image(), image()]).usage, Usage::images(2));
        assert_eq!(image_edit::Response::new([image(), image()]).usage, Usage::images(2));
        assert_eq!(image_upscale::Response::new(image()).usage, Usage::images(1));
        assert_eq!(embedding::Response::new([vec![0.0]]).usage, request);
        assert_eq!(rerank::Response::new([rerank::Ranked::new(0, 1.0)]).usage, request);
        assert_eq!(moderation::Response::new([]).usage, request);
        assert_eq!(image_to_text::Response::new("grün").usage, Usage::of("character", 4));
        assert_eq!(speech_to_text::Response::new("grün").usage, Usage::of("character", 4));
        assert_eq!(custom::Response::new("{}").usage, request);
        let response = embedding::Response::new([]).usage(Usage::of("input-token", 7));
        assert_eq!(response.usage, Usage::of("input-token", 7));
    }

    #[test]
    fn warnings_add_up() {
        let [first, second] = ["first", "second"].map(|note| Warning::Note(note.to_owned()));
        let response = custom::Response::new("1").warnings([first.clone()]).warnings([second.clone()]);
        assert_eq!(response.warnings, [first, second]);
    }

    #[test]
    fn a_request_has_the_defaults_of_the_interface() {
        let edit = image_edit::Request::new("redder", [media()]);
        assert_eq!((edit.n, edit.size, edit.images.len()), (1, Dimensions::Auto, 1));
        assert_eq!(image_upscale::Request::new(media()).scale, image_upscale::Scale::Factor(2.0));
        let items = || vec![Content::from("a"), Content::from(media())];
        assert_eq!(embedding::Request::new(items()).items, items());
        assert_eq!(moderation::Request::new(["a"]).items, [Content::Text("a".to_owned())]);
        let rerank = rerank::Request::new("fox", ["a fox", "a dog"]);
        assert_eq!((rerank.documents.len(), rerank.top_n), (2, None));
        assert_eq!(image_to_text::Request::new(media()).task, None);
        assert!(!speech_to_text::Request::new(media()).speakers);
        assert_eq!(text_to_speech::Request::new("hi").speed, None);
        assert!(custom::Request::new("sum", "[]").media.is_empty());
    }

    #[test]
    fn a_verdict_is_flagged_when_a_category_is() {
        let category = |flagged| moderation::Category::new("spam", flagged, 0.5);
        assert!(moderation::Verdict::new([category(false), category(true)]).flagged);
        assert!(!moderation::Verdict::new([category(false)]).flagged);
    }
}
