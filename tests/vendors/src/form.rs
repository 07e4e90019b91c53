//! Requests that are forms.

use axum::{
    body::Bytes,
    extract::{Multipart, multipart::MultipartRejection},
};

/// A form that was read.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<Field>);

/// A field of it.
#[derive(Debug)]
pub(crate) struct Field {
    name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Form {
    /// Reads it to its end; none where it is no form.
    pub(crate) async fn read(multipart: Result<Multipart, MultipartRejection>) -> Option<Self> {
        let mut multipart = multipart.ok()?;
        let mut fields = Vec::new();
        while let Some(field) = multipart.next_field().await.ok()? {
            let name = field.name()?.to_owned();
            let file_name = field.file_name().map(str::to_owned);
            fields.push(Field { name, file_name, bytes: field.bytes().await.ok()? });
        }
        Some(Self(fields))
    }

    /// Fields that are files, by either way to write that there are several.
    pub(crate) fn files(&self, name: &str) -> Vec<&Field> {
        let called = |field: &&Field| field.name.strip_suffix("[]").unwrap_or(&field.name) == name;
        self.0.iter().filter(called).filter(|field| field.file_name.is_some()).collect()
    }

    /// A field that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).into_iter().next()
    }

    /// All fields of this name that are text.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let called = self.0.iter().filter(|field| field.name == name && field.file_name.is_none());
        called.filter_map(|field| std::str::from_utf8(&field.bytes).ok()).collect()
    }
}
