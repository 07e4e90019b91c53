//! The way of a component through all checks.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use palisade_core::{Capability, Digest, ErrorClass, Provider as _, Result, catalogue::Model, text::escape};
use palisade_sandbox::{Cache, Compiler, Component, LoadOptions, Loader, Reuse, Sandbox, interfaces, read};
use sha2::{Digest as _, Sha256};

use crate::{
    Code, Settings, Upstream, catalogue, imports, job_rules,
    judge::judge,
    repeated,
    report::{Check, Finding, Import, Interface, Outcome, Report, Verdict},
    resources::{self, Ledger},
    run::Caller,
    suite::{self, Case, Suite},
};

/// Models of one capability that are checked in full. The others are asked one request each: those of a long catalogue differ
/// in what they are called.
const MOST_IN_FULL: usize = 3;
/// Models that are named where one is not there.
const MOST_NAMED: usize = 16;

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
        report.checks.extend(check_named(&catalogue.models, settings));
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
            component: escape(name, 200),
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

/// A model that was asked for, and is not there.
fn check_named(models: &[Model], settings: &Settings) -> Option<Check> {
    let only = settings.model.as_ref().filter(|only| models.iter().all(|model| model.id != **only))?;
    let mut known: Vec<_> = models.iter().take(MOST_NAMED).map(|model| escape(model.id.as_str(), 64)).collect();
    if models.len() > known.len() {
        known.push(format!("and {} more", models.len() - known.len()));
    }
    let mut check = Check::new("models");
    check.leave_out(format!("it has no model `{}`; it has: {}", escape(only.as_str(), 64), known.join(", ")));
    Some(check)
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
        let models = self.component.catalogue().models.iter();
        let models: Vec<_> = models.filter(|model| model.capabilities.contains(&capability)).collect();
        let wanted = |model: &&&Model| self.settings.model.as_ref().is_none_or(|only| *only == model.id);
        let chosen: Vec<_> = models.iter().filter(wanted).copied().collect();
        let (in_full, others) = chosen.split_at(chosen.len().min(MOST_IN_FULL));
        let mut checks = Vec::new();
        for model in in_full {
            checks.extend(self.check_model(capability, model, ledger).await);
        }
        if !others.is_empty() {
            checks.push(self.check_briefly(capability, others, ledger).await);
        }
        if chosen.len() < models.len() {
            checks
                .push(left_out(capability, format!("{} other models were not asked for", models.len() - chosen.len())));
        }
        checks
    }

    /// Asks one request of each model.
    async fn check_briefly(&self, capability: Capability, models: &[&Model], ledger: &mut Ledger) -> Check {
        let mut check = Check { capability: Some(capability), ..Check::new("other models") };
        let start = Instant::now();
        for (model, done) in models.iter().zip(0..) {
            if start.elapsed() > self.settings.patience {
                check.leave_out(format!("{} more models were not asked: it takes long", models.len() - done));
                break;
            }
            let Suite { groups, left_out, .. } =
                suite::of(capability, model, self.component.catalogue(), self.settings);
            let valid = groups.into_iter().find(|(name, _)| *name == suite::VALID);
            let Some(case) = valid.and_then(|(_, cases)| cases.into_iter().next()) else {
                check.leave_out(left_out.unwrap_or_else(|| "there is no request for it here".to_owned()));
                continue;
            };
            let what = format!("model `{}`: {}", escape(model.id.as_str(), 64), case.what);
            let case = Case { what, ..case };
            let answer = self.caller(self.component, model).ask(&case).await;
            judge(&case, &answer, model, &mut check);
            if answer.result.is_ok() {
                ledger.add(capability, answer.resources);
            }
        }
        check
            .leave_out(format!("{} models were asked one request each: `--model ID` checks one in full", models.len()));
        check
    }

    fn caller<'a>(&'a self, component: &'a Component, model: &'a Model) -> Caller<'a> {
        Caller { component, model: &model.id, settings: self.settings }
    }

    async fn check_model(&self, capability: Capability, model: &Model, ledger: &mut Ledger) -> Vec<Check> {
        let Suite { plain, other, groups, left_out } =
            suite::of(capability, model, self.component.catalogue(), self.settings);
        let caller = self.caller(self.component, model);
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
            if self.component.jobs().contains(&capability) {
                let mut check = Check::of("jobs", capability, &model.id);
                let kept = self.caller(self.kept, model);
                job_rules::check_jobs(&caller, &kept, plain, other.as_ref(), &mut check).await;
                checks.push(check);
            }
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
