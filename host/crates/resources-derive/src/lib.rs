//! Derives `palisade_resources::Resource`.
//!
//! ```text
//! #[derive(Clone, Serialize, Deserialize, JsonSchema, Resource)]
//! #[resource(kind = "model", register = standard)]
//! struct Llama {
//!     #[resource(name)]
//!     name: String,
//!     context_tokens: u32,
//! }
//! ```
//!
//! Who has the crate under another name says so: `#[resource(crate = "palisade::resources")]`.
//!
//! `kind` is `model`, `prompt`, `config`, `embedding` or a kind of one's own. One field is marked as the name. What is derived is also known at
//! start, for `Resources::register_static`; a function after `register` gives a value that is registered there too.

use proc_macro::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Ident, LitStr, Path, Result, parse_macro_input};

/// Derives `Resource` for a struct with a field that is its name.
#[proc_macro_derive(Resource, attributes(resource))]
pub fn resource(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derive(&input).unwrap_or_else(|error| error.to_compile_error().into())
}

/// What stands in `#[resource(...)]` of the struct.
struct Options {
    kind: LitStr,
    register: Option<Path>,
    /// What this library is called there.
    library: Path,
}

fn derive(input: &DeriveInput) -> Result<TokenStream> {
    if let Some(parameter) = input.generics.params.first() {
        return Err(Error::new_spanned(parameter, "a resource has no parameters: its type has one name"));
    }
    let Options { kind, register, library } = options(input)?;
    let field = name_field(input)?;
    let ident = &input.ident;
    let type_name = ident.to_string();
    let (field_ident, json_name) = (&field.ident, json_name(input, field)?);
    let kind = match kind.value().as_str() {
        "model" => quote!(#library::ResourceKind::Model),
        "prompt" => quote!(#library::ResourceKind::Prompt),
        "config" => quote!(#library::ResourceKind::Config),
        "embedding" => quote!(#library::ResourceKind::Embedding),
        _ => quote!(#library::ResourceKind::Custom(::std::borrow::Cow::Borrowed(#kind))),
    };
    let known_at_start = match register {
        Some(function) => quote! {
            const _: () = {
                struct Made;

                impl #library::Make<#ident> for Made {
                    fn make() -> #ident {
                        #function()
                    }
                }

                #library::inventory::submit! {
                    #library::Static::with_value::<#ident, Made>()
                }
            };
        },
        None => quote!(#library::inventory::submit! { #library::Static::of::<#ident>() }),
    };
    let derived = quote! {
        impl #library::Resource for #ident {
            const KIND: #library::ResourceKind = #kind;
            const TYPE: &'static str = #type_name;
            const NAME_FIELD: ::core::option::Option<&'static str> = ::core::option::Option::Some(#json_name);

            fn name(&self) -> &str {
                ::core::convert::AsRef::<str>::as_ref(&self.#field_ident)
            }
        }

        #known_at_start
    };
    Ok(derived.into())
}

fn options(input: &DeriveInput) -> Result<Options> {
    let (mut kind, mut register, mut library) = (None, None, syn::parse_quote!(::palisade_resources));
    for attribute in own(&input.attrs) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("kind") {
                kind = Some(meta.value()?.parse()?);
                Ok(())
            } else if meta.path.is_ident("register") {
                register = Some(meta.value()?.parse()?);
                Ok(())
            } else if meta.path.is_ident("crate") {
                library = meta.value()?.parse::<LitStr>()?.parse()?;
                Ok(())
            } else {
                Err(meta.error("write `kind = \"...\"` or `register = function`"))
            }
        })?;
    }
    let missing = || Error::new_spanned(&input.ident, "say what kind it is: `#[resource(kind = \"model\")]`");
    Ok(Options { kind: kind.ok_or_else(missing)?, register, library })
}

fn own(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("resource"))
}

/// The one field that is marked as the name.
fn name_field(input: &DeriveInput) -> Result<&Field> {
    let wrong = |message| Err(Error::new_spanned(&input.ident, message));
    let Data::Struct(data) = &input.data else { return wrong("only a struct is a resource") };
    let Fields::Named(fields) = &data.fields else { return wrong("the fields of a resource have names") };
    let mut marked = None;
    for field in &fields.named {
        for attribute in own(&field.attrs) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") { Ok(()) } else { Err(meta.error("write `#[resource(name)]`")) }
            })?;
            if marked.replace(field).is_some() {
                return Err(Error::new_spanned(field, "another field is the name already"));
            }
        }
    }
    match marked {
        Some(field) => Ok(field),
        None => wrong("mark the field that is the name with `#[resource(name)]`"),
    }
}

/// What the field is called in JSON.
fn json_name(input: &DeriveInput, field: &Field) -> Result<String> {
    if let Some(renamed) = serde_value(&field.attrs, "rename")? {
        return Ok(renamed.value());
    }
    let name = field.ident.as_ref().map(Ident::to_string).unwrap_or_default();
    let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    let changes = |style: &str| {
        name.contains('_')
            || matches!(style, "UPPERCASE" | "PascalCase" | "SCREAMING_SNAKE_CASE" | "SCREAMING-KEBAB-CASE")
    };
    match serde_value(&input.attrs, "rename_all")? {
        Some(style) if style.value() != "snake_case" && changes(&style.value()) => {
            Err(Error::new_spanned(field, "say what the name is called there: `#[serde(rename = \"...\")]`"))
        }
        _ => Ok(name),
    }
}

/// What one of serde's attributes says.
fn serde_value(attributes: &[Attribute], key: &str) -> Result<Option<LitStr>> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        attribute.parse_nested_meta(|meta| {
            if meta.input.peek(syn::Token![=]) {
                let value: syn::Expr = meta.value()?.parse()?;
                if let (true, syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })) =
                    (meta.path.is_ident(key), value)
                {
                    found = Some(text);
                }
            } else if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<quote::__private::TokenStream>()?;
            }
            Ok(())
        })?;
    }
    Ok(found)
}
