//! Where the components are, and the hosts that tests share.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use palisade::{
    CachePlace, Compiler, Completion, Config, Error, Host, HostBuilder, Limits, Media, ProviderHandle, Registration,
    text_to_image,
};
use tokio::runtime::Runtime;

pub(crate) type Made = Result<Completion<text_to_image::Response>, Error>;

/// The runtime of the shared hosts: each test has one of its own, which ends with it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn target() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    env::var_os("CARGO_TARGET_DIR").map_or_else(default, PathBuf::from)
}

/// The folder of the example providers, with their configuration.
pub(crate) fn providers() -> PathBuf {
    let folder = target().join("providers");
    assert!(folder.join("palisade.toml").is_file(), "no {}: run `cargo xtask guests` first", folder.display());
    folder
}

/// The folder of the components that are written in other languages, with their configuration.
pub(crate) fn languages() -> PathBuf {
    let folder = target().join("languages");
    assert!(folder.join("palisade.toml").is_file(), "no {}: run `cargo xtask guests` first", folder.display());
    folder
}

/// The components of a folder, in the order of their names.
pub(crate) fn components(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("run `cargo xtask guests` first").map(|file| file.unwrap().path());
    let mut components: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "wasm")).collect();
    components.sort();
    components
}

/// Who compiles for tests.
pub(crate) fn compiler() -> Compiler {
    Compiler::Program(env!("CARGO_BIN_EXE_palisade-worker").into())
}

/// A host to fill, which compiles what no test has compiled before.
pub(crate) fn builder() -> HostBuilder {
    Host::builder().compiler(compiler()).cache(cache())
}

/// Where compiled code is kept.
pub(crate) fn cache() -> CachePlace {
    CachePlace::Folder { path: CACHE.clone(), max_bytes: 1 << 30 }
}

/// The code that earlier runs have compiled. What they refused is forgotten: the rules may have changed since.
static CACHE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    for file in fs::read_dir(&folder).into_iter().flatten().flatten() {
        if file.path().extension().is_some_and(|end| end == "refused") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    folder
});

/// A host as a configuration says.
pub(crate) async fn open(path: impl AsRef<Path>) -> Result<Host, Error> {
    builder().config(Config::read(path.as_ref()).await?).build().await
}

pub(crate) fn hostile_path() -> PathBuf {
    target().join("hostile/hostile.wasm")
}

/// The guest that reaches upstreams by `wasi:http`.
pub(crate) fn fetcher_path() -> PathBuf {
    target().join("hostile/fetcher.wasm")
}

pub(crate) fn hostile_bytes() -> Vec<u8> {
    let path = hostile_path();
    fs::read(&path).unwrap_or_else(|error| panic!("no {}: run `cargo xtask guests` first: {error}", path.display()))
}

/// The hostile guest with one of its behaviours.
pub(crate) fn behaving(behaviour: &str) -> Registration {
    Registration::bytes(hostile_bytes()).config("behaviour", behaviour)
}

/// A host with one component, `neighbour`, that behaves well. Tests add others under names of their own.
pub(crate) fn shared() -> &'static Host {
    static SHARED: LazyLock<Host> = LazyLock::new(|| {
        on_runtime(async {
            let host = builder().build().await.unwrap();
            host.register("neighbour", behaving("well-behaved")).await.unwrap();
            host
        })
    });
    &SHARED
}

/// A host with the example providers, set up as their configuration says.
pub(crate) fn examples() -> &'static Host {
    static EXAMPLES: LazyLock<Host> = LazyLock::new(open_examples);
    &EXAMPLES
}

/// The same, for tests that depend on nothing having been measured: never call one of these providers.
pub(crate) fn untouched() -> &'static Host {
    static UNTOUCHED: LazyLock<Host> = LazyLock::new(open_examples);
    &UNTOUCHED
}

fn open_examples() -> Host {
    on_runtime(async { open(providers().join("palisade.toml")).await.unwrap() })
}

/// Runs this where no other runtime is in the way.
pub(crate) fn on_runtime<T: Send>(work: impl Future<Output = T> + Send) -> T {
    thread::scope(|scope| scope.spawn(|| RUNTIME.block_on(work)).join().unwrap())
}

/// Loads a provider, does something with it, and takes it out again.
pub(crate) async fn with<T>(registration: Registration, work: impl AsyncFnOnce(&ProviderHandle) -> T) -> T {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("called-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    shared().register(&name, registration).await.unwrap();
    let done = work(&shared().get(&name).unwrap()).await;
    shared().unregister(&name).await.unwrap();
    done
}

/// Loads a provider, has it paint, and takes it out again.
pub(crate) async fn call_once(registration: Registration) -> Made {
    with(registration, async |provider| provider.text_to_image("a fox").await).await
}

/// Fails unless a component in the shared host still answers.
pub(crate) async fn assert_the_neighbour_answers() {
    let made = shared().get("neighbour").unwrap().text_to_image("a fox").await.unwrap();
    assert_eq!(made.response.images[0].content.media_type, "image/png");
}

/// A watchdog at ten times the bound: it fails what hangs, and measures nothing.
pub(crate) async fn within<T>(bound: Duration, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(bound * 10, work).await.expect("it took more than ten times as long as it may")
}

/// Limits under which only time ends a guest.
pub(crate) fn only_time(timeout: Duration) -> Limits {
    Limits { fuel: u64::MAX, host_calls: u64::MAX, timeout, cpu_time: timeout * 2, ..Limits::default() }
}

/// Fails when the text could act on a terminal.
pub(crate) fn assert_harmless(text: &str) {
    assert!(!text.chars().any(|character| character.is_control() || character == '\u{202e}'), "unescaped: {text:?}");
}

/// A tiny PNG whose header says that it has so many pixels.
pub(crate) fn hollow_png(width: u32, height: u32) -> Media {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut data = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    data.extend(&header);
    data.extend(crc32fast::hash(&header).to_be_bytes());
    // An empty zlib stream, and the end.
    for chunk in [&b"IDAT\x78\x9c\x03\0\0\0\0\x01"[..], b"IEND"] {
        data.extend(u32::try_from(chunk.len() - 4).unwrap().to_be_bytes());
        data.extend(chunk);
        data.extend(crc32fast::hash(chunk).to_be_bytes());
    }
    Media { media_type: "image/png".to_owned(), data }
}
