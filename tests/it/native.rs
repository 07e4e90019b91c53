//! Providers that are Rust code.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use palisade::{
    BoxFuture, Call, CallReport, Capability, Catalogue, Error, ErrorKind, Media, Outcome, Provider, Result, Usage,
    catalogue::{Description, Model},
    http::Outlet,
    text_to_image::{Image, Response},
};

/// What it does when it is called.
#[derive(Clone, Copy)]
pub(crate) enum Doing {
    Answer,
    AnswerNothing,
    Fail,
    Panic,
    PanicBeforeTheFuture,
    Hang,
}

pub(crate) struct Native {
    doing: Doing,
    catalogue: Catalogue,
    calls: Arc<AtomicU32>,
    usage: Usage,
}

impl Native {
    pub(crate) fn new(doing: Doing) -> Self {
        let description =
            Description { claimed_id: "native".to_owned(), version: "1.0.0".to_owned(), ..Description::default() };
        let models = vec![Model::new("brush".parse().unwrap(), &[Capability::TextToImage])];
        Self { doing, catalogue: Catalogue::new(description, models), calls: Arc::default(), usage: Usage::default() }
    }

    /// With something else in its catalogue.
    pub(crate) fn change(mut self, change: impl FnOnce(&mut Catalogue)) -> Self {
        change(&mut self.catalogue);
        self
    }

    /// With this usage in each response.
    pub(crate) fn using(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Counts its calls.
    pub(crate) fn calls(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.calls)
    }
}

impl Provider for Native {
    fn capabilities(&self) -> &[Capability] {
        &[Capability::TextToImage]
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn check(&self, _: Outlet) -> BoxFuture<'_, Result<()>> {
        match self.doing {
            Doing::Hang => Box::pin(std::future::pending()),
            _ => Box::pin(async { Ok(()) }),
        }
    }

    fn call(&self, _call: Call) -> BoxFuture<'_, Result<Outcome>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let images = match self.doing {
            Doing::Answer => 1,
            Doing::AnswerNothing => 0,
            Doing::Fail => {
                return Box::pin(async { Err(Error::new(ErrorKind::RateLimited, "too many pictures")) });
            }
            Doing::Panic => return Box::pin(async { panic!("a native provider panics") }),
            Doing::PanicBeforeTheFuture => panic!("a native provider panics at once"),
            Doing::Hang => return Box::pin(std::future::pending()),
        };
        let content = Media { media_type: "image/png".to_owned(), data: vec![1] };
        let image = Image { content, width: None, height: None, seed: None, revised_prompt: None };
        let response = Response { images: vec![image; images], usage: self.usage.clone(), warnings: Vec::new() };
        Box::pin(async { Ok(Outcome { response: response.into(), report: CallReport::default() }) })
    }
}
