//! The services on offer, each of which is a model of the catalogue.

use palisade_guest::{CallOptions, Result};

/// What a service does with a picture that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nothing: it takes none.
    None,
    /// Begins from it, and goes as far away as `strength` says.
    Start,
    /// Changes what a mask shows.
    Masked,
    /// Looks in it for what a second prompt names, and puts what the prompt says in its place.
    Searched,
    /// Enlarges it.
    Enlarged,
}

/// A service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Service {
    /// Its id in the catalogue.
    pub(crate) id: &'static str,
    /// Where it is.
    pub(crate) path: &'static str,
    /// What it calls the model, where it has several.
    pub(crate) model: Option<&'static str>,
    /// Whether it makes pictures of nothing but words.
    pub(crate) makes: bool,
    pub(crate) uses: Use,
    /// The words for what it writes, the usual one first.
    pub(crate) formats: &'static [&'static str],
    /// Whether it is told what must not be seen.
    pub(crate) has_negative_prompt: bool,
    /// Whether it knows styles by name.
    pub(crate) has_styles: bool,
}

const ALL_FORMATS: &[&str] = &["png", "jpeg", "webp"];

const CORE: Service = Service {
    id: "core",
    path: "v2beta/stable-image/generate/core",
    model: None,
    makes: true,
    uses: Use::None,
    formats: ALL_FORMATS,
    has_negative_prompt: true,
    has_styles: true,
};

const SD3: Service = Service {
    id: "sd3.5-large",
    path: "v2beta/stable-image/generate/sd3",
    model: Some("sd3.5-large"),
    uses: Use::Start,
    formats: &["png", "jpeg"],
    has_styles: false,
    ..CORE
};

const INPAINT: Service = Service {
    id: "inpaint",
    path: "v2beta/stable-image/edit/inpaint",
    makes: false,
    uses: Use::Masked,
    has_styles: false,
    ..CORE
};

/// What Stability AI served when this was written, and answers at once.
pub(crate) const SERVICES: &[Service] = &[
    CORE,
    Service { id: "ultra", path: "v2beta/stable-image/generate/ultra", uses: Use::Start, ..CORE },
    SD3,
    Service { id: "sd3.5-large-turbo", model: Some("sd3.5-large-turbo"), has_negative_prompt: false, ..SD3 },
    Service { id: "sd3.5-medium", model: Some("sd3.5-medium"), ..SD3 },
    INPAINT,
    Service {
        id: "search-and-replace",
        path: "v2beta/stable-image/edit/search-and-replace",
        uses: Use::Searched,
        ..INPAINT
    },
    Service {
        id: "fast-upscale",
        path: "v2beta/stable-image/upscale/fast",
        uses: Use::Enlarged,
        has_negative_prompt: false,
        ..INPAINT
    },
];

impl Service {
    /// The service that a call names, which does what is asked.
    pub(crate) fn of(options: &CallOptions, does: impl Fn(&Self) -> bool) -> Result<&'static Self> {
        let is_named = |service: &&Self| service.id == options.model && does(service);
        SERVICES.iter().find(is_named).ok_or_else(|| options.unknown_model())
    }

    pub(crate) fn edits(&self) -> bool {
        matches!(self.uses, Use::Start | Use::Masked | Use::Searched)
    }

    pub(crate) fn enlarges(&self) -> bool {
        self.uses == Use::Enlarged
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::FailureKind;

    use super::*;

    #[test]
    fn a_service_is_found_where_it_does_what_is_asked() {
        let of = |id: &str, does: fn(&Service) -> bool| Service::of(&CallOptions::new(id), does).map(|found| found.id);
        assert_eq!(of("ultra", Service::edits), Ok("ultra"));
        assert_eq!(of("core", Service::edits).unwrap_err().kind, FailureKind::ModelNotFound);
        assert_eq!(of("fast-upscale", Service::enlarges), Ok("fast-upscale"));
        assert_eq!(of("sdxl", |_| true).unwrap_err().kind, FailureKind::ModelNotFound);
    }
}
