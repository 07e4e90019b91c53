//! What a component says of itself: whether it is the same twice, what it costs, whether it is of use.

use std::collections::BTreeMap;

use palisade_core::{Capability, Catalogue, Limits, Preset, Provider as _, text::escape};
use palisade_sandbox::Component;

use crate::{
    Code, Severity, Upstream,
    door::watched,
    report::{Check, Finding},
};

/// Asks a fresh instance for the catalogue again, with hardly more fuel than that took.
pub(crate) async fn check_describe(component: &Component) -> Check {
    let mut check = Check::new("describe");
    let limits = component.limits().for_catalogue();
    check.tried();
    let (again, report) = match component.describe_again(&limits).await {
        Ok(described) => described,
        Err(error) => {
            check.find(Finding::new(Code::Error(error.kind()), format!("asked again: {error}")));
            return check;
        }
    };
    if again != *component.catalogue() {
        check.find(Finding::new(Code::DescribeDiffers, "two fresh instances describe themselves differently"));
    }
    let fuel = report.resources.fuel.unwrap_or_default();
    let tight = Limits::preset(Preset::Tight).for_catalogue().fuel;
    if fuel > tight {
        let found = format!("it takes {fuel} of fuel, and the preset `tight` gives {tight}");
        check.find(Finding::new(Code::DescribeCostly, found));
    }
    check.tried();
    // What it took once is about enough: nothing depends on how much there is. Some languages draw a few random numbers as they start,
    // so that each instance takes a bit more or less.
    if let Err(error) = component.describe_again(&Limits { fuel: fuel + fuel / 8, ..limits }).await {
        let found = format!("it took {fuel} of fuel, and is not served with an eighth more: {error}");
        check.find(Finding::new(Code::DescribeDiffers, found));
    }
    check
}

/// Checks the rules that a catalogue may break and still be taken.
pub(crate) fn check_catalogue(
    catalogue: &Catalogue,
    capabilities: &[Capability],
    config: &BTreeMap<String, String>,
) -> Check {
    let mut check = Check::new("catalogue");
    check.tried();
    if let Err(error) = catalogue.description.check_config(config) {
        check.find(Finding::new(Code::ConfigRefused, error.message()));
    }
    if catalogue.description.summary.trim().is_empty() {
        check.find(Finding::new(Code::NoSummary, "its summary is empty"));
    }
    for capability in capabilities {
        check.tried();
        if !catalogue.models.iter().any(|model| model.capabilities.contains(capability)) {
            check.find(Finding::new(Code::CapabilityWithoutModel, format!("no model serves {capability}")));
        }
    }
    for model in &catalogue.models {
        check.tried();
        if model.prices.is_none() {
            let found = format!("the price of model `{}` is unknown", escape(model.id.as_str(), 64));
            check.find(Finding::new(Code::PriceUnknown, found));
        }
    }
    check
}

/// Asks whether it could serve.
pub(crate) async fn check_health(component: &Component, upstream: &Upstream) -> Check {
    use palisade_core::ErrorClass;
    let mut check = Check::new("health");
    let credentials = &component.catalogue().description.credential_names;
    let (outlet, lack) = watched(&upstream.outlet(credentials));
    match component.check(outlet).await {
        Ok(()) => check.tried(),
        Err(error) if error.kind().class() == ErrorClass::Sandbox => {
            check.tried();
            check.find(Finding::new(Code::Error(error.kind()), error.message()).with_severity(Severity::Error));
        }
        Err(error) => match lack.missing() {
            Some(missing) => check.leave_out(format!("it needs {missing}: `{}`: {error}", error.kind().code())),
            None => {
                check.tried();
                check.find(Finding::new(Code::Unhealthy, format!("`{}`: {error}", error.kind().code())));
            }
        },
    }
    check
}
