//! The way of a component through all checks.

use std::{path::Path, time::Duration};

use palisade_core::{Capability, Digest, ErrorClass, Provider as _, Result, catalogue::Model};
use palisade_sandbox::{Cache, Compiler, Component, LoadOptions, Loader, Reuse, Sandbox, interfaces, read};
use sha2::{Digest as _, Sha256};

use crate::{
    Code, Settings, Upstream, catalogue, imports,
    judge::judge,
    repeated,
    report::{Check, Finding, Import, Interface, Outcome, Report, Verdict},
    resources::{self, Ledger},
    run::Caller,
    suite::{self, Suite},
};

/// Models of one capability that are checked: those of a long catalogue differ in what they are called.
const MAX_MODELS: usize = 3;

/// Checks components.
pub struct Checker {
    loader: Loader,
}

impl Checker {
    /// A checker with this compiler, in the sandbox of this process. Without a cache every check compiles.
    ///
    /// # Errors
    ///
    /// `internal` when the sandbox cannot be made.
    pub fn open(compiler: Compiler, cache: Option<Cache>) -> Result<Self> {
        Ok(Self { loader: Loader::new(Sandbox::shared(None)?, compiler, cache) })
    }

    /// Checks the component in this file. What is wrong with it is in the report.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be read; any kind of the class `Host` when this host cannot load components.
    pub async fn check_file(&self, path: &Path, settings: &Settings) -> Result<Report> {
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
        match read(path, settings.limits.component_bytes).await {
            Ok(bytes) => self.check(&name, bytes, settings).await,
            Err(error) if error.kind().class() == ErrorClass::Component => {
                Ok(refused(Report::of(&name, Vec::new(), Vec::new()), &error))
            }
            Err(error) => Err(error),
        }
    }

    /// Checks a component. What is wrong with it is in the report.
    ///
    /// # Errors
    ///
    /// Any kind of the class `Host` when this host cannot load components.
    pub async fn check(&self, name: &str, bytes: Vec<u8>, settings: &Settings) -> Result<Report> {
        let names = interfaces(&bytes).unwrap_or_default();
        let mut report = Report::of(name, imports::exported(&names), imports::imported(&names));
        report.size = bytes.len() as u64;
        report.digest = Some(Digest::from_sha256(Sha256::digest(&bytes).into()));
        let reaches_out = imports::reaches_out(&report.imports);
        if !report.interfaces.is_empty() {
            report.checks.push(imports::check_exports(&report.interfaces));
        }

        let component = match self.load(bytes.clone(), settings, reaches_out, None).await {
            Ok(component) => component,
            Err(error) if error.kind().class() == ErrorClass::Component => return Ok(refused(report, &error)),
            Err(error) if error.kind().class() == ErrorClass::Sandbox => {
                let mut check = Check::new("describe");
                check.tried();
                check.find(Finding::new(Code::Error(error.kind()), format!("it did not describe itself: {error}")));
                report.checks.push(check);
                return Ok(report.conclude());
            }
            Err(error) => return Err(error),
        };
        let catalogue = component.catalogue();
        report.description = Some(catalogue.description.clone());
        report.checks.push(catalogue::check_describe(&component).await);
        report.checks.push(catalogue::check_catalogue(catalogue, component.capabilities(), &settings.config));
        report.checks.push(catalogue::check_health(&component, &settings.upstream).await);

        let reuse = Reuse { calls: settings.calls.saturating_add(1), idle: Duration::from_secs(600), instances: 1 };
        let kept = self.load(bytes, settings, reaches_out, Some(reuse)).await?;
        let mut ledger = Ledger::default();
        let subject = Subject { component: &component, kept: &kept, settings };
        let wanted = |capability: &&Capability| settings.only.is_none_or(|only| only == **capability);
        for capability in component.capabilities().iter().filter(wanted) {
            report.checks.extend(subject.check_capability(*capability, &mut ledger).await);
        }
        if let Some(only) = settings.only {
            let mut others = Check::new("other capabilities");
            if !component.capabilities().contains(&only) {
                report.checks.push(left_out(only, "the component does not export it"));
            }
            others.leave_out(format!("only {only} was asked for"));
            report.checks.push(others);
        }
        report.checks.extend(check_recordings(&settings.upstream));
        component.dispose().await;
        kept.dispose().await;
        report.resources = ledger.summary();
        report.suggested_limits = resources::suggested(&report.resources);
        Ok(report.conclude())
    }

    async fn load(
        &self,
        bytes: Vec<u8>,
        settings: &Settings,
        reaches_out: bool,
        reuse: Option<Reuse>,
    ) -> Result<Component> {
        let (limits, config) = (settings.limits.clone(), settings.config.clone());
        let options = LoadOptions { limits, config, reaches_out, reuse, ..LoadOptions::default() };
        self.loader.verify(bytes, options).await?.describe().await
    }
}

impl Report {
    fn of(name: &str, interfaces: Vec<Interface>, imports: Vec<Import>) -> Self {
        Self {
            component: palisade_core::text::escape(name, 200),
            digest: None,
            size: 0,
            description: None,
            interfaces,
            imports,
            checks: Vec::new(),
            resources: Vec::new(),
            suggested_limits: Vec::new(),
            verdict: Verdict::Fails,
        }
    }
}

/// A report of what was not loaded.
fn refused(mut report: Report, error: &palisade_core::Error) -> Report {
    let mut check = Check::new("loading");
    check.tried();
    check.find(Finding::new(Code::Error(error.kind()), error.message()));
    report.checks.push(check);
    report.verdict = Verdict::Refused;
    report
}

/// A capability of which nothing is checked.
fn left_out(capability: Capability, why: impl Into<String>) -> Check {
    let mut check = Check { capability: Some(capability), ..Check::new(suite::VALID) };
    check.leave_out(why);
    check
}

/// What there was to be answered, and nothing was recorded for it.
fn check_recordings(upstream: &Upstream) -> Option<Check> {
    let Upstream::Recorded(recordings) = upstream else { return None };
    let (given, missing, more) = recordings.used();
    let mut check = Check::new("recordings");
    for _ in 0..given {
        check.tried();
    }
    let count = missing.len() + more;
    if count > 0 {
        check.leave_out(format!("{count} requests have no recording"));
    }
    for asked in missing {
        check.find(Finding::new(Code::NotRecorded, asked));
    }
    Some(check)
}

/// What is checked, and how.
struct Subject<'a> {
    component: &'a Component,
    /// The same, whose instances are kept between calls.
    kept: &'a Component,
    settings: &'a Settings,
}

impl Subject<'_> {
    async fn check_capability(&self, capability: Capability, ledger: &mut Ledger) -> Vec<Check> {
        if self.component.jobs().contains(&capability) {
            return vec![left_out(capability, "its work is jobs, which nothing here submits")];
        }
        let models = self.component.catalogue().models.iter();
        let models: Vec<_> = models.filter(|model| model.capabilities.contains(&capability)).collect();
        let mut checks = Vec::new();
        for model in models.iter().take(MAX_MODELS) {
            checks.extend(self.check_model(capability, model, ledger).await);
        }
        if models.len() > MAX_MODELS {
            checks.push(left_out(capability, format!("{} more models are not checked", models.len() - MAX_MODELS)));
        }
        checks
    }

    async fn check_model(&self, capability: Capability, model: &Model, ledger: &mut Ledger) -> Vec<Check> {
        let Suite { plain, groups, left_out } = suite::of(capability, model, self.component.catalogue(), self.settings);
        let caller = Caller { component: self.component, model: &model.id, upstream: &self.settings.upstream };
        let mut checks = Vec::new();
        let mut is_served = false;
        for (name, cases) in groups {
            let mut check = Check::of(name, capability, &model.id);
            for case in &cases {
                let answer = caller.ask(case).await;
                judge(case, &answer, model, &mut check);
                if answer.result.is_ok() {
                    is_served = true;
                    ledger.add(capability, answer.resources);
                }
            }
            checks.push(check);
        }
        let mut about = Check::of("files", capability, &model.id);
        if let Some(why) = left_out {
            about.leave_out(why);
            checks.push(about);
        }
        let tried = checks.iter().any(|check| check.outcome != Outcome::NotChecked);
        if let Some(check) = checks.iter_mut().find(|check| check.name == suite::VALID)
            && tried
            && !is_served
            && check.findings.is_empty()
            && check.left_out.is_none()
        {
            check.find(Finding::new(Code::NothingServed, "every request was refused, for what is in it"));
        }
        if let Some(plain) = &plain {
            checks.extend(self.check_again(capability, model, plain, &caller).await);
        }
        checks
    }

    /// What is asked more than once.
    async fn check_again(
        &self,
        capability: Capability,
        model: &Model,
        plain: &palisade_core::Request,
        caller: &Caller<'_>,
    ) -> Vec<Check> {
        let mut checks = Vec::new();
        if repeated::claims_seeds(model, plain) {
            let mut check = Check::of("seeds", capability, &model.id);
            repeated::check_seed(caller, model, plain, &mut check).await;
            checks.push(check);
        }
        if matches!(capability, Capability::Chat | Capability::TextToSpeech) {
            let mut check = Check::of("streams", capability, &model.id);
            repeated::check_stream(caller, model, plain, &mut check).await;
            checks.push(check);
        }
        let mut check = Check::of("one instance for many calls", capability, &model.id);
        let caller = Caller { component: self.kept, ..caller.clone() };
        repeated::check_kept(&caller, model, plain, self.settings, &mut check).await;
        checks.push(check);
        checks
    }
}
