//! Secrets in a keyring: the program, a D-Bus and GNOME's keyring of this test's own.
//!
//! Needs the programs `dbus-daemon` and `gnome-keyring-daemon`, and the example providers: `cargo xtask test` runs it where they are, and says
//! so where they are not.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use palisade_vendors::{OpenAi, Vendor as _};
use tempfile::TempDir;

/// A bus that starts nothing by itself.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=.</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
const PROGRAM: &str = env!("CARGO_BIN_EXE_palisade");

/// A session with a bus, and with a keyring where it was unlocked. It ends with this.
struct Session {
    folder: TempDir,
    address: String,
    bus: Child,
    keyring: Option<Child>,
}

impl Session {
    /// A session in which nobody keeps secrets.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bus.conf"), BUS.replace("dir=.", &format!("dir={}", folder.path().display())))
            .unwrap();
        let mut bus = Command::new("dbus-daemon")
            .current_dir(folder.path())
            .args(["--config-file=bus.conf", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            // It grumbles at limits of the machine.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { folder, address: address.trim().to_owned(), bus, keyring: None }
    }

    /// Makes a keyring, unlocks it, and waits until the bus knows it.
    fn unlock(&mut self) {
        let mut keyring = self
            .command("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        keyring.stdin.take().unwrap().write_all(b"the password of the keyring\n").unwrap();
        while !self.is_known("org.freedesktop.secrets") {
            assert_eq!(keyring.try_wait().unwrap(), None, "it keeps secrets");
            std::thread::yield_now();
        }
        self.keyring = Some(keyring);
    }

    /// Whether somebody has this name on the bus.
    fn is_known(&self, name: &str) -> bool {
        let asked = ["--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner"];
        let name = format!("string:{name}");
        let said = self.command("dbus-send").args(["--session"]).args(asked).arg(name).output().unwrap();
        String::from_utf8_lossy(&said.stdout).contains("boolean true")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("XDG_DATA_HOME", self.folder.path().join("data"))
            .env("PALISADE_CACHE", self.folder.path().join("cache"));
        command
    }

    fn palisade(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut child = self
            .command(PROGRAM)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs it, and gives what it prints.
    fn printed(&self, arguments: &[&str], stdin: &str) -> String {
        let output = self.palisade(arguments, stdin);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for child in self.keyring.iter_mut().chain([&mut self.bus]) {
            let _gone = child.kill();
            let _gone = child.wait();
        }
    }
}

#[test]
fn a_provider_is_lent_a_secret_of_the_keyring() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let vendor = runtime.block_on(OpenAi::start());
    let mut session = Session::start();
    session.unlock();
    let (url, address) = (vendor.url("/v1"), vendor.address);
    let component = Path::new(PROGRAM).ancestors().nth(2).unwrap().join("providers/openai-compatible.wasm");
    let config = format!(
        r#"
[providers.writer]
component = {component:?}
config = {{ base_url = "{url}", models = {{ chat = ["gpt-4o-mini"] }} }}
limits = {{ fuel = "20G", memory = "256MiB" }}

[[providers.writer.allow]]
url = "{url}/*"
allow-private = ["{address}"]
credential = {{ secret = "keyring:the vendor", header = "authorization", format = "Bearer {{}}" }}
"#
    );
    fs::write(session.folder.path().join("palisade.toml"), config).unwrap();

    let listed = session.printed(&["secrets"], "");
    assert!(listed.contains("keyring:the vendor") && listed.contains("no\n"), "{listed}");
    let unset = session.palisade(&["run", "chat", "hello"], "");
    let said = String::from_utf8_lossy(&unset.stderr);
    assert!(unset.status.code() == Some(6) && said.contains("error[auth]"), "{said}");

    let told = session.printed(&["secrets", "set", "the vendor"], &format!("{}\n", OpenAi::KEY));
    assert!(told.contains("keyring:the vendor") && !told.contains(OpenAi::KEY), "{told}");
    let listed = session.printed(&["secrets", "--json"], "");
    assert!(listed.contains(r#""is_set": true"#) && !listed.contains(OpenAi::KEY), "{listed}");
    assert!(!session.printed(&["run", "chat", "hello"], "").is_empty());
    let authorization = format!("Bearer {}", OpenAi::KEY);
    assert!(vendor.requests().iter().any(|request| request.header("authorization") == Some(&authorization)));

    assert_eq!(session.printed(&["secrets", "remove", "the vendor"], "").trim(), "the vendor is removed");
    assert_eq!(session.printed(&["secrets", "remove", "the vendor"], "").trim(), "the vendor was not there");
    assert_eq!(session.palisade(&["secrets", "set", "the vendor"], "\n").status.code(), Some(2));
}

#[test]
fn a_session_without_a_keyring_says_so() {
    let session = Session::start();
    let output = session.palisade(&["secrets", "set", "openai"], "sk-0123456789\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("error[keyring-unavailable]") && said.contains("`env:NAME`"), "{said}");
    assert!(!said.contains("0123"), "{said}");
}
