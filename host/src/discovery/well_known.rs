//! Variables in which people keep keys of vendors, and the provider that each is for.

/// A key, and what a configuration would say of the provider that is lent it.
#[derive(Debug)]
pub(crate) struct WellKnown {
    /// The variable.
    pub(crate) variable: &'static str,
    /// The id of the provider, and the name of its component's file without `.wasm`.
    pub(crate) id: &'static str,
    /// What would stand in the file beside the component.
    pub(crate) settings: &'static str,
}

/// In the order in which they are reported. They say what `example-providers/palisade.toml` says.
pub(crate) const WELL_KNOWN: &[WellKnown] = &[
    WellKnown {
        variable: "OPENAI_API_KEY",
        id: "openai-compatible",
        settings: r#"
            config = { base_url = "https://api.openai.com/v1" }
            limits = { fuel = "20G", memory = "256MiB", timeout = "120s" }
            [[allow]]
            url = "https://api.openai.com/v1/*"
            credential = { secret = "env:OPENAI_API_KEY", header = "authorization", format = "Bearer {}" }
        "#,
    },
    WellKnown {
        variable: "ANTHROPIC_API_KEY",
        id: "anthropic",
        settings: r#"
            limits = { fuel = "20G", memory = "256MiB", timeout = "300s" }
            [[allow]]
            url = "https://api.anthropic.com/v1/*"
            credential = { secret = "env:ANTHROPIC_API_KEY", header = "x-api-key" }
        "#,
    },
    WellKnown {
        variable: "STABILITY_API_KEY",
        id: "stability",
        settings: r#"
            limits = { fuel = "20G", memory = "256MiB", timeout = "120s" }
            [[allow]]
            url = "https://api.stability.ai/*"
            credential = { secret = "env:STABILITY_API_KEY", header = "authorization", format = "Bearer {}" }
        "#,
    },
    WellKnown {
        variable: "FAL_KEY",
        id: "fal",
        settings: r#"
            limits = { fuel = "20G", memory = "1GiB", timeout = "120s" }
            [[allow]]
            url = "https://queue.fal.run/*"
            credential = { secret = "env:FAL_KEY", header = "authorization", format = "Key {}" }
            [[allow]]
            url = "https://*.fal.media/*"
        "#,
    },
];
